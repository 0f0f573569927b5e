"""The version of hotloop-tracer; read by the build, by `hotloop_tracer` and by `tools/bump.py`."""

__version__ = "0.1.0"
