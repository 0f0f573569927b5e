"""Random traces: machine code against the evaluator, in a process of their own.

A crash then names the seed: ``python test_x86_random.py machine FIRST LAST`` runs some again.
"""

import copy
import random
import subprocess
import sys
from array import array
from pathlib import Path
from typing import Any

from hotloop_backend_x86.compile import X86Backend
from hotloop_backend_x86.memory import Activation, CtypesMemory
from hotloop_backend_x86.testing import enter, exit_state, keep_alive
from hotloop_ir.evaluate import ExitReason, Stepper, TraceExit, evaluate
from hotloop_ir.memory import Memory, PlainMemory
from hotloop_ir.op import Op, registry
from hotloop_ir.ops import call, floats, guard, integer
from hotloop_ir.ops.control import Leave
from hotloop_ir.random_trace import RandomTrace, random_trace
from hotloop_ir.testing import canonical
from hotloop_ir.text import print_trace
from hotloop_ir.trace_maker import TraceMaker
from hotloop_ir.value import Type

INTS = [0, 1, -1, 5, 2**30, 2**31 - 1, 2**59, 2**60, -(2**60), integer.MAX, integer.MIN, 12345]
FLOATS = [0.0, -0.0, 1.0, -1.5, 0.1, 1e300, 5e-324, float("inf"), float("nan")]
PARTIAL = frozenset(
    {integer.IntLshift, integer.IntRshift, integer.IntFloordiv, integer.IntMod}
    | {floats.FloatTruediv, floats.FloatSqrt}
)


def arithmetic() -> list[type[Op[Any]]]:
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
        return self.random.randrange(count)

    def value(self, type_: Type, boxes_only: bool = False) -> Any:
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
        if self.below(3) == 0:
            return array("d", [self.random.choice(FLOATS) for _ in range(self.below(4))])
        items = [self.below(128) for _ in range(self.below(4))]
        code = self.random.choice("bBhHiIlq")
        return self.random.choice([bytes(items), bytearray(items), array(code, items)])

    def operands(self, cls: type[Op[Any]]) -> tuple[Any, ...]:
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


def random_for(seed: int) -> RandomTrace:
    maker = TraceMaker(Seeded(seed), arithmetic(), PARTIAL)
    return random_trace(maker, max_steps=25, labels=True, instances=False)


def reason_of(op: Op[Any], raised: bool) -> ExitReason:
    if raised:
        return ExitReason.EXCEPTION
    if isinstance(op, guard.GuardNoInterrupt):
        return ExitReason.INTERRUPT
    return ExitReason.LEAVE if isinstance(op, Leave) else ExitReason.GUARD


def observe_machine(given: RandomTrace, level: int) -> Any:
    """What ``hotloop_ir.testing.observe`` sees, but of machine code; without the calls."""
    trace = keep_alive(given.trace)
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
    frames = [
        (frame.pc, frame.return_kind.value, frame.locals, frame.stack, frame.extra)
        for frame in result.frames
    ]
    codes = [frame.code for frame in result.frames]
    code.free()
    return (result.reason, codes, canonical((frames, inputs)), repr(error))


def raising(exits: list[Any], given: RandomTrace) -> Any:
    """The exit of the call that raises, as the evaluator has it."""
    result = evaluate(given.trace, copy.deepcopy(given.inputs), PlainMemory())
    assert isinstance(result, TraceExit)
    return next(exit for exit in exits if exit.guard is result.op)


def observe_evaluator(given: RandomTrace, memory: Memory) -> Any:
    inputs = copy.deepcopy(given.inputs)
    result = evaluate(given.trace, inputs, memory)
    if not isinstance(result, TraceExit):
        return None
    frames = [
        (frame.pc, frame.return_kind.value, frame.locals, frame.stack, frame.extra)
        for frame in result.frames
    ]
    codes = [frame.code for frame in result.frames]
    return (result.reason, codes, canonical((frames, inputs)), repr(result.exception))


def check(seed: int) -> None:
    given = random_for(seed)
    if given.trace.targets:
        given.trace.targets.clear()
    expected = observe_evaluator(given, PlainMemory())
    if expected is None:
        return
    for level in (0, 1, 2):
        found = observe_machine(given, level)
        assert found == expected, (
            f"seed {seed}, level {level}\n{print_trace(given.trace)}\non {given.inputs}\n"
            f"machine   {found}\nevaluator {expected}"
        )


def test_machine_code_agrees_with_the_evaluator() -> None:
    command = [sys.executable, str(Path(__file__)), "machine", "0", "250"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


def check_real_memory(seed: int) -> None:
    """The evaluator on real memory against itself on plain objects."""
    given = random_for(seed)
    expected = observe_evaluator(given, PlainMemory())
    kept = RandomTrace(keep_alive(given.trace), given.inputs)
    found = observe_evaluator(kept, CtypesMemory())
    assert found == expected, f"seed {seed}\n{print_trace(given.trace)}on {given.inputs}"


def test_the_evaluator_agrees_with_itself_on_real_memory() -> None:
    command = [sys.executable, str(Path(__file__)), "memory", "0", "150"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


if __name__ == "__main__":
    function = {"machine": check, "memory": check_real_memory}[sys.argv[1]]
    for number in range(int(sys.argv[2]), int(sys.argv[3])):
        print(number, flush=True)
        function(number)
