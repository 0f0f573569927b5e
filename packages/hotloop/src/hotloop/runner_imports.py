"""Keeping hotloop's own imports and the program's apart.

``python script.py`` looks for modules in the script's directory first, so a program may have its
own ``queue.py`` or ``types.py``. hotloop imports the standard library's. Neither may see those of
the other: ``forget_shadowed`` before the program starts, ``own_imports`` around every later import
of ours.
``quick_turns`` keeps them from waiting. Must not import anything that is not already loaded at
start-up.
"""

from __future__ import annotations

import os
import sys
from _imp import is_frozen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType, TracebackType

# Loaded in any python, before the directory of the program is searched: cannot be shadowed. (A
# module moves to the end of sys.modules when its import is complete: site.py is last.)
_loaded = list(sys.modules)
_AT_START = frozenset(_loaded[: _loaded.index("site" if "site" in _loaded else "__main__") + 1])


_THIRD_PARTY = frozenset(
    (
        "capstone",
        "click",
        "hotloop",
        "hotloop_backend_x86",
        "hotloop_interp",
        "hotloop_ir",
        "hotloop_optimizer",
        "hotloop_tracer",
        "llvmlite",
        "rich",
    )
)


#: Full names of the modules that were loaded while imports were ours.
brought_in: set[str] = set()


def shadowing_names(directory: str) -> set[str]:
    """Names of modules that we may import and that a file or folder of this directory takes."""
    try:
        entries = os.listdir(directory or ".")
    except OSError:
        return set()
    names = {entry.partition(".")[0] for entry in entries}
    return names & (sys.stdlib_module_names | _THIRD_PARTY)


def forget_shadowed(directory: str) -> None:
    """Drop from ``sys.modules`` what hotloop loaded and the program has a module of its own for."""
    _take(shadowing_names(directory))


def _take(names: set[str]) -> dict[str, ModuleType]:
    """Take the modules of these names, and what is in them, out of ``sys.modules``."""
    taken = {}
    for name in list(sys.modules) if names else ():
        if name.partition(".")[0] not in names or name in _AT_START:
            continue
        if name not in sys.builtin_module_names and not is_frozen(name):
            taken[name] = sys.modules.pop(name)
    return taken


def half_imported() -> bool:
    """Whether modules that ours may need are in the middle of their import: half of what is in
    them would be missing, so that importing ours has to wait.
    """
    for name, module in list(sys.modules.items()):
        top = name.partition(".")[0]
        if top not in sys.stdlib_module_names and top not in _THIRD_PARTY:
            continue
        if type(module) is type(sys) and not top.startswith("hotloop"):
            if getattr(module.__dict__.get("__spec__"), "_initializing", False):
                return True
    return False


def has_namesakes() -> bool:
    """Whether the program's directory has names in it that we may import."""
    entry = _program_entry()
    return entry is not None and bool(shadowing_names(entry))


class own_imports:
    """While open, imports are ours: the program's directory and its namesakes are out of sight.

    Modules of the standard library that it brings in and that the program has a namesake of are
    taken out of ``sys.modules`` again. Other threads see the change while it lasts: nothing is
    changed where there are no namesakes, and where there are (``has_namesakes``), this is for the
    main thread, which is then not in the middle of using what is changed.
    """

    def __enter__(self) -> None:
        self._before = frozenset(sys.modules)
        self._entry = _program_entry()
        self._hidden: dict[str, ModuleType] = {}
        self._names: set[str] = set()
        if self._entry is None:
            return
        self._names = shadowing_names(self._entry)
        if not self._names:
            self._entry = None
            return
        sys.path.remove(self._entry)
        self._hidden = _take(self._names)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        brought_in.update(sys.modules.keys() - self._before)
        if self._entry is None:
            return
        _take(self._names)
        sys.modules.update(self._hidden)
        sys.path.insert(0, self._entry)


QUICK = 0.0001  # seconds


class quick_turns:
    """While open, a thread may keep the GIL for a moment only.

    An import lets go of the GIL at every file, and while the program computes it would wait a
    whole interval each time: seconds until anything is compiled.
    """

    def __enter__(self) -> None:
        self._usual = sys.getswitchinterval()
        sys.setswitchinterval(QUICK)
        self._quick = sys.getswitchinterval()  # rounded

    def __exit__(self, *error: object) -> None:
        if sys.getswitchinterval() == self._quick:  # else the program has set it
            sys.setswitchinterval(self._usual)


_entry: list[str] = []


def set_program_entry(entry: str) -> None:
    """Say which entry of ``sys.path`` is the program's own."""
    _entry[:] = [entry]


def _program_entry() -> str | None:
    """The program's own entry, if it is still where it was put."""
    return _entry[0] if _entry and sys.path[:1] == _entry else None
