"""`ConcreteMachine`: the machine whose values are plain objects. With it the handlers are a
Python interpreter.

Python functions called from interpreted code are interpreted; what C code calls back runs
natively. It must give what CPython gives, exactly: it is the reference that recording and the
differential runs stand on.
"""

from hotloop_interp.concrete.calls import ConcreteCalls
from hotloop_interp.concrete.names import ConcreteNames
from hotloop_interp.concrete.tracing import ConcreteTracing
from hotloop_interp.concrete.values import ConcreteValues
from hotloop_interp.sealed import seal

seal(globals())

__all__ = ["ConcreteMachine"]


class ConcreteMachine(ConcreteTracing, ConcreteValues, ConcreteNames, ConcreteCalls):
    """Machine over plain objects. One machine interprets one call of `run`, in one thread."""
