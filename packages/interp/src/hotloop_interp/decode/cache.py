"""The cache of decoded code objects.

Keyed by identity (code objects compare by value). An entry dies with its code object: neither the
cache nor the decoding holds a reference to it.
"""

import weakref
from types import CodeType

from hotloop_interp.decode import py311
from hotloop_interp.decode.instr import DecodedCode
from hotloop_interp.sealed import seal

seal(globals())

_CACHE: dict[int, tuple[weakref.ref[CodeType], DecodedCode]] = {}


def decode(code: CodeType) -> DecodedCode:
    """The decoded form of `code`; the same object each time it is asked for."""
    key = id(code)
    found = _CACHE.get(key)
    if found is not None:
        return found[1]
    decoded = py311.decode_code(code)

    def forget(_: weakref.ref[CodeType]) -> None:
        _CACHE.pop(key, None)

    return _CACHE.setdefault(key, (weakref.ref(code, forget), decoded))[1]  # of the first thread
