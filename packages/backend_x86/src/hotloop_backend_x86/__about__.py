"""The version of hotloop-backend-x86, read by the build and written by `tools/bump.py`."""

__version__ = "0.1.0"
