"""The version of hotloop-backend-x86; read by the build, by `hotloop_backend_x86` and by `tools/bump.py`."""

__version__ = "0.1.0"
