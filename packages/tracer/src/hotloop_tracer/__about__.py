"""The version of hotloop-tracer, read by the build and written by `tools/bump.py`."""

__version__ = "0.1.0"
