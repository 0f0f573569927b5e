"""The version of hotloop-optimizer; read by the build, by `hotloop_optimizer` and by `tools/bump.py`."""

__version__ = "0.1.0"
