"""Random traces run as machine code and by the evaluator, seen the same way.

For tests and ``tools/fuzz_traces.py``. Like ``testing``: objects that a trace makes stay alive.
"""

from __future__ import annotations

import copy
import random
from array import array
from typing import Any

from hotloop_backend_x86.compile import X86Backend
from hotloop_backend_x86.memory import Activation
from hotloop_backend_x86.testing import enter, exit_state, keep_alive
from hotloop_ir.evaluate import ExitReason, Result, Stepper, TraceExit, evaluate
from hotloop_ir.memory import Memory, PlainMemory
from hotloop_ir.op import Op, registry
from hotloop_ir.ops import call, floats, guard, integer
from hotloop_ir.ops.control import Leave
from hotloop_ir.random_trace import RandomTrace, random_trace
from hotloop_ir.testing import canonical
from hotloop_ir.trace import Trace
from hotloop_ir.trace_maker import HEADER, TraceMaker
from hotloop_ir.value import Type

LIMIT = 1000
"""Most iterations of a trace in the evaluator."""
INTS = [0, 1, -1, 5, 2**30, 2**31 - 1, 2**59, 2**60, -(2**60), integer.MAX, integer.MIN, 12345]
FLOATS = [0.0, -0.0, 1.0, -1.5, 0.1, 1e300, 5e-324, float("inf"), float("nan")]
PARTIAL = frozenset(
    {integer.IntLshift, integer.IntRshift, integer.IntFloordiv, integer.IntMod}
    | {floats.FloatTruediv, floats.FloatSqrt}
)


def arithmetic() -> list[type[Op[Any]]]:
    """The ops on unboxed values that say themselves what they compute."""
    unboxed = (Type.INT, Type.FLOAT, Type.BOOL)
    return [
        cls
        for cls in registry.values()
        if "evaluate" in vars(cls) and all(type in unboxed for type in cls.operand_types)
    ]


class Seeded:
    """Choices of a random generator."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def below(self, count: int) -> int:
        """A number below ``count``."""
        return self.random.randrange(count)

    def value(self, type_: Type, boxes_only: bool = False) -> Any:
        """A value of a type."""
        choose = self.random.choice
        if type_ is Type.INT:
            return choose(INTS)
        if type_ is Type.FLOAT:
            return choose(FLOATS)
        if type_ is Type.BOOL:
            return self.below(2) == 1
        kind = self.below(5 if boxes_only else 8)
        if kind < 5:
            return choose([choose(INTS), choose(FLOATS), True, None, 2**80, "text"])
        if kind == 7:
            return self.numbers()
        items = [self.value(type_, boxes_only=True) for _ in range(self.below(4))]
        return items if kind == 5 else tuple(items)

    def numbers(self) -> Any:
        """An array, bytes or bytearray."""
        if self.below(3) == 0:
            return array("d", [self.random.choice(FLOATS) for _ in range(self.below(4))])
        items = [self.below(128) for _ in range(self.below(4))]
        code = self.random.choice("bBhHiIlq")
        return self.random.choice([bytes(items), bytearray(items), array(code, items)])

    def operands(self, cls: type[Op[Any]]) -> tuple[Any, ...]:
        """Operands that an op takes."""
        while True:
            drawn = tuple([self.value(type_) for type_ in cls.operand_types])
            if cls in (integer.IntLshift, integer.IntRshift):
                return (drawn[0], self.below(64))
            if cls in (integer.IntFloordiv, integer.IntMod) and drawn[1] in (0, -1):
                continue
            if cls is floats.FloatTruediv and drawn[1] == 0.0:
                continue
            if cls is floats.FloatSqrt and drawn[0] < 0.0:
                continue
            return drawn


def random_for(seed: int, *, recorded: bool = False) -> RandomTrace:
    """The random trace of a seed; ``recorded``: as the recorder writes them."""
    maker = TraceMaker(Seeded(seed), arithmetic(), PARTIAL, recorded)
    return random_trace(maker, max_steps=25, labels=not recorded, instances=False)


def reason_of(op: Op[Any], raised: bool) -> ExitReason:
    """Why compiled code left at an op."""
    if raised:
        return ExitReason.EXCEPTION
    if isinstance(op, guard.GuardNoInterrupt):
        return ExitReason.INTERRUPT
    return ExitReason.LEAVE if isinstance(op, Leave) else ExitReason.GUARD


def observe_machine(
    given: RandomTrace, level: int, *, counted: bool = False, resume: Trace | None = None
) -> Any:
    """What ``observe_evaluator`` sees, but of machine code.

    ``counted``: the trace has its reference counts. ``resume`` is run on, by the evaluator, if the
    code leaves at the header of a recorded trace.
    """
    trace = given.trace if counted else keep_alive(given.trace)
    code = X86Backend().compile(trace, level)
    inputs = copy.deepcopy(given.inputs)
    activation = Activation()
    error: Exception | None = None
    try:
        left = enter([code], inputs, activation)
        exit, env = left.exit, dict(left.values)
    except Exception as raised:
        error = raised
        calls = [e for e in code.exits if isinstance(e.guard, call.CallMayRaise)]
        assert len(calls) >= 1
        exit = calls[0] if len(calls) == 1 else raising(calls, given)
        env = exit_state(exit, activation)
    stepper = Stepper(PlainMemory())
    stepper.env = env
    result = stepper.leave(exit.guard, reason_of(exit.guard, error is not None), error)
    code.free()
    return visible(result, inputs, PlainMemory(), resume)


def raising(exits: list[Any], given: RandomTrace) -> Any:
    """The exit of the call that raises, as the evaluator has it."""
    result = evaluate(given.trace, copy.deepcopy(given.inputs), PlainMemory())
    assert isinstance(result, TraceExit)
    return next(exit for exit in exits if exit.guard is result.op)


def observe_evaluator(given: RandomTrace, memory: Memory, *, resume: Trace | None = None) -> Any:
    """What can be seen of a run of the evaluator; None if the trace does not end in an exit."""
    inputs = copy.deepcopy(given.inputs)
    return visible(evaluate(given.trace, inputs, memory, limit=LIMIT), inputs, memory, resume)


def visible(result: Result, inputs: Any, memory: Memory, resume: Trace | None) -> Any:
    """Where a run has left, with which frames, and what became of the inputs."""
    if resume is not None and isinstance(result, TraceExit) and result.frames[0].code == HEADER:
        result = evaluate(resume, result.frames[0].locals, memory, limit=LIMIT)
    if not isinstance(result, TraceExit):
        return None
    frames = [
        (frame.pc, frame.return_kind.value, frame.locals, frame.stack, frame.extra)
        for frame in result.frames
    ]
    codes = [frame.code for frame in result.frames]
    return (result.reason, codes, canonical((frames, inputs)), repr(result.exception))
