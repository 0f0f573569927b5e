"""Recording for hotloop: runs the bytecode handlers on traced values and writes IR down.

This package must not import the optimizer, a backend, llvmlite or ctypes.
"""

from hotloop_tracer.abort import Abort, AbortReason
from hotloop_tracer.objects import Introspect
from hotloop_tracer.options import DefaultServices, Header, Options, Services
from hotloop_tracer.tracer import Recorder, RecordResult

__all__ = [
    "Abort",
    "AbortReason",
    "DefaultServices",
    "Header",
    "Introspect",
    "Options",
    "RecordResult",
    "Recorder",
    "Services",
]
