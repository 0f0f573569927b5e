"""The version of hotloop-interp, read by the build and written by `tools/bump.py`."""

__version__ = "0.1.0"
