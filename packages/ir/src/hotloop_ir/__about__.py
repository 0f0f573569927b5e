"""The version of hotloop-ir; read by the build, by `hotloop_ir` and by `tools/bump.py`."""

__version__ = "0.1.0"
