"""The typed IR that the stages of hotloop exchange: ops, traces, snapshots and their text.

This package is the contract. It must not import any other hotloop package, llvmlite or ctypes.
"""

from hotloop_ir import helpers, ops
from hotloop_ir.descr import Descr
from hotloop_ir.eval_backend import EvalBackend
from hotloop_ir.evaluate import evaluate, exit_values
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
from hotloop_ir.verify import InvalidTrace, verify

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
    "evaluate",
    "exit_values",
    "helper_named",
    "helpers",
    "operation",
    "ops",
    "parse_trace",
    "print_trace",
    "registry",
    "same_const",
    "verify",
]
