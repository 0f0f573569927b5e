"""A tracing JIT compiler for stock CPython.

This package wires the stages together and is the only one that users import. It must not hold
any compiler logic of its own. The public names are loaded on first use (PEP 562): ``hotloop run``
imports this package before the user's program and must not pay for what the program does not use.
"""

from hotloop.__about__ import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hotloop.api import disable, disabled, enable, jit, stats

__all__ = ["__version__", "disable", "disabled", "enable", "jit", "stats"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from hotloop import api

    value: object = getattr(api, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
