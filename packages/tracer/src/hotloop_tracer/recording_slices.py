"""Recording slices of lists, tuples and strings: bounds are unboxed, the slice object is not made.

Only slices made in the trace itself, whose parts are None or small ints, are known here.
"""

from __future__ import annotations

import operator
from typing import Final, TypeAlias

from hotloop_ir import value as ir
from hotloop_ir.helper import helper_named
from hotloop_ir.ops.integer import IntLt, IntNe
from hotloop_ir.value import Const, Int, Value, const_int
from hotloop_tracer.builtin_bases import SEQUENCES
from hotloop_tracer.objects import death_is_harmless, death_may_run_code
from hotloop_tracer.promote import INT_MAX, INT_MIN
from hotloop_tracer.recording_building import Building
from hotloop_tracer.traced import Traced
from hotloop_tracer.unboxing import INTS, can_unbox

_H: Final = {
    name: helper_named(name)
    for name in (
        "list_dies_quietly",
        "list_set_slice",
        "list_set_slice_quiet",
        "list_slice",
        "list_slice_step",
        "str_slice",
        "str_slice_step",
        "tuple_slice",
        "tuple_slice_step",
    )
}

Measures: TypeAlias = tuple[Value[Int], Value[Int], Value[Int]]
"""Start, stop and step as PySlice_Unpack gives them."""


class Slices(Building):
    """Slices read, stored and deleted."""

    def slice_parts(self, key: Traced) -> tuple[Traced, Traced, Traced] | None:
        """Start, stop and step if they are None or small ints now, and the step is not 0."""
        if key.parts is None or len(key.parts) != 3:
            return None
        for part in key.parts:
            if part.obj is not None and not (type(part.obj) in INTS and can_unbox(part)):
                return None
        start, stop, step = key.parts
        if step.obj is not None and step.obj == 0:
            return None
        return start, stop, step

    def measure(self, parts: tuple[Traced, Traced, Traced]) -> Measures:
        """The parts, guarded to be None or small ints as they are now."""
        start, stop, step = parts
        stride = self._bound(step, 1)
        down = step.obj is not None and step.obj < 0
        if type(stride) is not Const:
            if start.obj is None or stop.obj is None:
                self.guard(self.emit(IntLt(stride, const_int(0))), down)
            self.guard(self.emit(IntNe(stride, const_int(0))), True)
        low = self._bound(start, INT_MAX if down else 0)
        high = self._bound(stop, INT_MIN if down else INT_MAX)
        return low, high, stride

    def _bound(self, bound: Traced, absent: int) -> Value[Int]:
        if bound.obj is None:
            self.type_of(bound)
            return const_int(absent)
        return self.int_of(bound)

    def get_slice(self, container: Traced, key: Traced) -> Traced | None:
        """``container[start:stop:step]`` of an exact list, tuple or str."""
        parts = self.slice_parts(key)
        if parts is None:
            return None
        name = f"{self.type_of(container).__name__}_slice"
        low, high, stride = self.measure(parts)
        values: tuple[Value[Int], ...] = (low, high, stride)
        if _is_one(stride) and _from_start(low) and _from_start(high):
            values = (low, high)
        else:
            name = f"{name}_step"
        refs = (container.ref, *values)
        return self.residual(_H[name], refs, operator.getitem, container.obj, key.obj)

    def set_slice(self, container: Traced, key: Traced, value: Traced | None) -> bool:
        """``container[start:stop] = value`` of a list or tuple, or ``del`` of it if that is None.

        False: it is not so, and nothing was recorded. The container is a list and guarded to be.
        Where only numbers, strings and the like are taken out, which is guarded, no code can run.
        """
        parts = self.slice_parts(key)
        if parts is None or not (parts[2].obj is None or parts[2].obj == 1):
            return False
        if value is not None and type(value.obj) not in SEQUENCES:
            return False
        low, high, stride = self.measure(parts)
        self.guard_int(stride, 1)
        if value is not None:
            self.type_of(value)
        name, taken = "list_set_slice", list.__getitem__(container.obj, key.obj)
        if all(death_is_harmless(type(item)) for item in taken):
            dies = self.emit_call(_H["list_dies_quietly"], container.ref, low, high)
            self.guard(self.emit(IntNe(dies, const_int(0))), True)
            name = "list_set_slice_quiet"
        refs = (container.ref, low, high, ir.NULL if value is None else value.ref)
        del taken
        if value is None:
            self.residual_int(_H[name], refs, operator.delitem, container.obj, key.obj)
        else:
            self.residual_int(_H[name], refs, operator.setitem, container.obj, key.obj, value.obj)
        return True

    def lose(self, obj: object) -> None:
        """An object is about to lose its place: it may die, and code of the program run then."""
        self.deadly = self.deadly or death_may_run_code(obj)


def _is_one(stride: Value[Int]) -> bool:
    return isinstance(stride, Const) and stride.value == 1


def _from_start(bound: Value[Int]) -> bool:
    """Whether a bound is known not to be counted from the end."""
    return isinstance(bound, Const) and isinstance(bound.value, int) and bound.value >= 0
