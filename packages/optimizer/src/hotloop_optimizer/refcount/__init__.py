"""Reference-count insertion, the last pass: the fewest increfs and decrefs that are exact."""

from hotloop_optimizer.refcount.insertion import RefcountInsertion
from hotloop_optimizer.refcount.liveness import RefcountError

__all__ = ["RefcountError", "RefcountInsertion"]
