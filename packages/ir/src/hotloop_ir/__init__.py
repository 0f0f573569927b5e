"""The typed IR that the stages of hotloop exchange: ops, traces, snapshots and their text.

This package is the contract. It must not import any other hotloop package, llvmlite or ctypes.
Its names are loaded on first use (PEP 562): every run of a program imports ``hotloop_ir.layout``
and must not pay for the rest. The functions ``evaluate`` and ``verify`` are in the modules of
their names.
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hotloop_ir import helpers, ops
    from hotloop_ir.descr import Descr
    from hotloop_ir.eval_backend import EvalBackend
    from hotloop_ir.evaluate import exit_values
    from hotloop_ir.helper import Helper, all_helpers, helper_named
    from hotloop_ir.memory import Memory, PlainMemory
    from hotloop_ir.op import Effect, GuardFailed, Op, Own, operation, registry
    from hotloop_ir.snapshot import FrameState, ReturnKind, Snapshot
    from hotloop_ir.stages import Backend, CompiledCode, Exit, Pass
    from hotloop_ir.text import CodeName, Names, ParseError, parse_trace, print_trace
    from hotloop_ir.trace import Target, Trace, TraceBuilder, TraceKind
    from hotloop_ir.value import (
        NULL,
        NULL_OBJECT,
        Const,
        Param,
        Type,
        Value,
        const_bool,
        const_float,
        const_int,
        const_ref,
        same_const,
    )
    from hotloop_ir.verify import InvalidTrace

__all__ = [
    "NULL",
    "NULL_OBJECT",
    "Backend",
    "CodeName",
    "CompiledCode",
    "Const",
    "Descr",
    "Effect",
    "EvalBackend",
    "Exit",
    "FrameState",
    "GuardFailed",
    "Helper",
    "InvalidTrace",
    "Memory",
    "Names",
    "Op",
    "Own",
    "Param",
    "ParseError",
    "Pass",
    "PlainMemory",
    "ReturnKind",
    "Snapshot",
    "Target",
    "Trace",
    "TraceBuilder",
    "TraceKind",
    "Type",
    "Value",
    "all_helpers",
    "const_bool",
    "const_float",
    "const_int",
    "const_ref",
    "exit_values",
    "helper_named",
    "helpers",
    "operation",
    "ops",
    "parse_trace",
    "print_trace",
    "registry",
    "same_const",
]

_HOME = {
    "descr": "Descr",
    "eval_backend": "EvalBackend",
    "evaluate": "exit_values",
    "helper": "Helper all_helpers helper_named",
    "memory": "Memory PlainMemory",
    "op": "Effect GuardFailed Op Own operation registry",
    "snapshot": "FrameState ReturnKind Snapshot",
    "stages": "Backend CompiledCode Exit Pass",
    "text": "CodeName Names ParseError parse_trace print_trace",
    "trace": "Target Trace TraceBuilder TraceKind",
    "value": "NULL NULL_OBJECT Const Param Type Value "
    "const_bool const_float const_int const_ref same_const",
    "verify": "InvalidTrace",
}


if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        for table in ("ops", "helpers"):  # the tables that the rest looks things up in
            __import__(f"{__name__}.{table}")
        if name in ("ops", "helpers"):
            return sys.modules[f"{__name__}.{name}"]
        for module, names in _HOME.items():
            if name in names.split():
                value: object = getattr(__import__(f"{__name__}.{module}", fromlist=[name]), name)
                globals()[name] = value
                return value
        raise AssertionError(name)  # in __all__ and in no module


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
