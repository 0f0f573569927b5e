"""The version of hotloop-interp; read by the build, by `hotloop_interp` and by `tools/bump.py`."""

__version__ = "0.1.0"
