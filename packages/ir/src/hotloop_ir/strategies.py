"""Hypothesis strategies for random valid traces with inputs to run them on.

Needs the extra ``hotloop-ir[testing]``. The operands ops accept are stated here once
(:data:`DOMAINS`); :mod:`hotloop_ir.random_trace` and :mod:`hotloop_ir.random_loop` build the
traces.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import Any, Final

from hypothesis import strategies as st

from hotloop_ir.op import Op, registry
from hotloop_ir.ops import floats, integer
from hotloop_ir.random_loop import RandomLoop, random_loop
from hotloop_ir.random_trace import RandomTrace, random_trace
from hotloop_ir.trace_maker import Choices, TraceMaker
from hotloop_ir.value import Type

#: 64-bit integers, the edges more often.
INTS: Final = st.one_of(
    st.integers(-10, 10),
    st.sampled_from(
        [
            sign * 2**power + more
            for power in (30, 31, 59, 60, 62)
            for sign in (-1, 1)
            for more in (-1, 0, 1)
        ]
    ),
    st.integers(integer.MIN, integer.MAX),
)
#: All doubles, the odd ones more often.
FLOATS: Final = st.one_of(
    st.sampled_from([0.0, -0.0, 1.0, -1.5, 0.1, 1e300, 5e-324, float("inf"), float("nan")]),
    st.floats(),
)
#: Objects that are values: ints of any size, floats, bools, None, a str.
BOXES: Final = st.one_of(
    INTS, st.integers(-(2**80), 2**80), FLOATS, st.booleans(), st.none(), st.just("text")
)
#: Arrays of numbers.
NUMBERS: Final = st.one_of(
    st.lists(FLOATS, min_size=2, max_size=4).map(lambda items: array("d", items)),
    st.builds(array, st.sampled_from("bBhHiIlq"), st.lists(st.integers(0, 127), max_size=4)),
    st.binary(max_size=4).map(bytearray),
    st.binary(max_size=4),
)
#: Boxes, lists and tuples of boxes, arrays of numbers.
OBJECTS: Final = st.one_of(
    BOXES, st.lists(BOXES, max_size=4), st.lists(BOXES, max_size=4).map(tuple), NUMBERS
)

VALUES: Final[dict[Type, st.SearchStrategy[Any]]] = {
    Type.INT: INTS,
    Type.FLOAT: FLOATS,
    Type.BOOL: st.booleans(),
    Type.REF: OBJECTS,
}

_SHIFTS: Final = st.integers(0, 63)
_DIVISORS: Final = INTS.filter(lambda value: value not in (0, -1))

#: Arithmetic ops that do not take all values of their operand types -> what they take.
DOMAINS: Final[dict[type[Op[Any]], tuple[st.SearchStrategy[Any], ...]]] = {
    integer.IntLshift: (INTS, _SHIFTS),
    integer.IntRshift: (INTS, _SHIFTS),
    integer.IntFloordiv: (INTS, _DIVISORS),
    integer.IntMod: (INTS, _DIVISORS),
    floats.FloatTruediv: (FLOATS, FLOATS.filter(lambda value: value != 0.0)),
    floats.FloatSqrt: (FLOATS.filter(lambda value: not value < 0.0),),
}


def arithmetic_ops() -> list[type[Op[Any]]]:
    """The ops on INT, FLOAT and BOOL that say themselves what they compute."""
    unboxed = (Type.INT, Type.FLOAT, Type.BOOL)
    return [
        cls
        for cls in registry.values()
        if "evaluate" in vars(cls) and all(type_ in unboxed for type_ in cls.operand_types)
    ]


def operands(cls: type[Op[Any]]) -> st.SearchStrategy[tuple[Any, ...]]:
    """Values an arithmetic op accepts."""
    given = DOMAINS.get(cls) or tuple([VALUES[type_] for type_ in cls.operand_types])
    return st.tuples(*given)


class _Drawn(Choices):
    """Choices made by Hypothesis, so that failures shrink."""

    def __init__(self, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
        self._draw = draw

    def below(self, count: int) -> int:
        return int(self._draw(st.integers(0, count - 1)))

    def value(self, type_: Type, boxes_only: bool = False) -> Any:
        return self._draw(BOXES if boxes_only and type_ is Type.REF else VALUES[type_])

    def operands(self, cls: type[Op[Any]]) -> tuple[Any, ...]:
        drawn: tuple[Any, ...] = self._draw(operands(cls))
        return drawn


@st.composite
def traces(
    draw: st.DrawFn,
    *,
    max_steps: int = 25,
    labels: bool = True,
    instances: bool = True,
    recorded: bool = False,
) -> RandomTrace:
    """A random valid trace and inputs for it.

    ``labels``: some have a label inside, as peeled loops do. ``instances``: some make
    instances with inline values and read and write their attributes. ``recorded``: as the
    recorder would write them (for whole pipelines): all inputs and slots are REF, no
    labels, and ``guard_no_interrupt`` with the state of the header before the jump.
    """
    maker = TraceMaker(_Drawn(draw), arithmetic_ops(), frozenset(DOMAINS), recorded)
    labels = labels and not recorded
    return random_trace(maker, max_steps=max_steps, labels=labels, instances=instances)


@st.composite
def recorded_loops(draw: st.DrawFn, *, max_steps: int = 15) -> RandomLoop:
    """A random loop as a recorder writes it, with a plan of the objects it runs on.

    Loads and stores that alias, objects carried around and nested, inlined calls, iterators,
    calls that run arbitrary code.
    """
    return random_loop(_Drawn(draw), max_steps)
