"""The version of hotloop; read by the build, by `hotloop` and by `tools/bump.py`."""

__version__ = "0.1.0"
