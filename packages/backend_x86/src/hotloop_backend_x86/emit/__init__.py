"""The emitters, one short function per operation. Importing this package fills the table."""

from hotloop_backend_x86.emit import (
    boolean,
    call,
    control,
    floats,
    guard,
    integer,
    memory,
    pyobj,
    refcount,
)

__all__ = [
    "boolean",
    "call",
    "control",
    "floats",
    "guard",
    "integer",
    "memory",
    "pyobj",
    "refcount",
]
