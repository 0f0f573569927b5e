"""Decoding: one CPython version's bytecode to one instruction set.

All knowledge of a bytecode version lives in this package (`py311.py`); nothing here runs anything.
"""

from hotloop_interp.decode.cache import decode
from hotloop_interp.decode.instr import DecodedCode, HandlerEntry, Instr

__all__ = ["DecodedCode", "HandlerEntry", "Instr", "decode"]
