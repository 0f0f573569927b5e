"""All operations, by family. Importing this package fills ``op.registry``."""

from hotloop_ir.ops import boolean, call, control, floats, guard, integer, memory, pyobj, refcount

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
