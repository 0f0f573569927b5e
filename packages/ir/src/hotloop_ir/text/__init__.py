"""The text form of traces: printer and parser are inverse to each other.

The grammar is in ``docs/internals/ir.md``. Text is the language of tests, logs and bug
reports; nothing at run time depends on it.
"""

from hotloop_ir.text.names import CodeName, Names
from hotloop_ir.text.parser import ParseError, parse_trace
from hotloop_ir.text.printer import Printer, print_trace

__all__ = ["CodeName", "Names", "ParseError", "Printer", "parse_trace", "print_trace"]
