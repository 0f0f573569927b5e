"""``hotloop replay FILE``: optimise and compile the trace of a dump again, with every check on.

Nothing of the program is run. Objects of the program are stood in for: a class by an empty one of
its name, an instance by an empty object; what the standard library has is taken from there.
"""

from __future__ import annotations

import importlib
import sys
import types
from collections.abc import Callable
from dataclasses import field
from pathlib import Path
from typing import Final

from hotloop.core.dumps import FIRST_LINE
from hotloop.errors import UsageError
from hotloop_ir.slotted import slotted
from hotloop_ir.text import Names, ParseError, parse_trace
from hotloop_ir.trace import Trace

_MADE: Final[dict[str, Callable[[], object]]] = {
    "function": lambda: types.FunctionType((lambda: None).__code__, {}),
    "module": lambda: types.ModuleType("stand_in"),
    "code": lambda: (lambda: None).__code__,
    "cell": types.CellType,
    "builtin_function_or_method": lambda: [].append,
    "method_descriptor": lambda: str.join,
}


@slotted()
class Dump:
    """What a dump says."""

    error: str = ""
    off: frozenset[str] = frozenset()
    names: dict[str, object] = field(default_factory=dict)
    text: str = ""


def replay(path: str) -> int:
    """Say on stdout whether the trace of a dump still fails; 1 if it does. Raises UsageError."""
    dump = read(path)
    try:
        trace = parse_trace(dump.text, dump.names)
    except ParseError as error:
        raise UsageError(f"replay: {path}: {error}") from None
    print(f"failed with    {dump.error}")
    for stage, run in (("optimising", optimised), ("compiling", compiled)):
        try:
            trace = run(trace, dump)
        except Exception as error:
            print(f"{stage:14} {type(error).__name__}: {error}")
            return 1
        print(f"{stage:14} {len(trace.ops)} operations, no error")
    return 0


def optimised(trace: Trace, dump: Dump) -> Trace:
    """The trace after all passes, verified before the first and after each."""
    from hotloop_ir.verify import verify
    from hotloop_optimizer.pipeline import Optimizer
    from hotloop_optimizer.refcount_check import check_balance

    optimised = Optimizer(dump.off, (verify,)).run(trace)
    check_balance(optimised)
    return optimised


def compiled(trace: Trace, dump: Dump) -> Trace:
    """The trace, for which machine code of both levels can be made."""
    from hotloop_backend_x86.compile import X86Backend

    for level in (0, 1):
        X86Backend().compile(trace, level).free()
    return trace


def read(path: str) -> Dump:
    """Read a dump. Raises UsageError."""
    try:
        text = Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"replay: {path}: {getattr(error, 'strerror', error)}") from None
    if not text.startswith(FIRST_LINE + "\n"):
        raise UsageError(f"replay: {path}: not a dump of hotloop")
    dump = Dump(text=text)
    for line in text.splitlines():
        word, _, rest = line.removeprefix("# ").partition(" ")
        if not line.startswith("# "):
            continue
        if word == "error":
            dump.error = rest
        elif word == "off":
            dump.off = frozenset(rest.split(",")) - {""}
        elif word == "name":
            kind, place, name = rest.split(" ", 2)
            dump.names[name] = stand_in(kind, place)
    return dump


def stand_in(kind: str, place: str) -> object:
    """A type or an object of a type that is known by its place."""
    name = place.rpartition(".")[2]
    cls = found_type(place) or type(name, (), {})
    if kind == "type":
        return cls
    try:
        return _MADE.get(name, cls)()
    except Exception:  # one that cannot be made of nothing
        return type(name, (), {})()


def found_type(place: str) -> type | None:
    """A type that every process has: a builtin one, or one of the standard library."""
    module, _, name = place.rpartition(".")
    found: object = None
    if module == "builtins":
        try:
            found = Names().lookup(name)
        except KeyError:
            pass
    elif module in sys.stdlib_module_names:
        found = getattr(importlib.import_module(module), name, None)
    return found if isinstance(found, type) else None
