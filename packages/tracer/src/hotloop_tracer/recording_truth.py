"""Recording questions about values: membership, identity, truth, length."""

from __future__ import annotations

import operator
from typing import Any, Final

from hotloop_interp.frame import Frame, ReturnKind
from hotloop_ir import value as ir
from hotloop_ir.helper import helper_named
from hotloop_ir.helpers.list import COMPARABLE
from hotloop_ir.ops.boolean import BoolNot, RefIs
from hotloop_ir.ops.floats import FloatNe
from hotloop_ir.ops.guard import GuardFalse, GuardTrue
from hotloop_ir.ops.integer import IntEq, IntNe
from hotloop_ir.ops.memory import GetField
from hotloop_ir.snapshot import Snapshot
from hotloop_ir.type_set import TypeSet
from hotloop_ir.value import Bool, Const, Int, Value, const_float, const_int
from hotloop_tracer import objects
from hotloop_tracer.builtin_bases import LENGTHS
from hotloop_tracer.objects import MISSING, lookup
from hotloop_tracer.recording_containers import Containers
from hotloop_tracer.snapshots import refs as refs_of
from hotloop_tracer.snapshots import state_at
from hotloop_tracer.traced import Traced
from hotloop_tracer.unboxing import can_unbox

_SAFE_KEYS: Final = TypeSet(str, int, float, bool, bytes, type(None))
_ALL: Final = slice(None)
_H: Final = {
    name: helper_named(name)
    for name in (
        "contains_generic",
        "is_true",
        "list_find_quiet",
        "str_contains",
        "tuple_find_quiet",
    )
}


class Truth(Containers):
    """Membership, identity, truth and length."""

    # --- membership and truth -----------------------------------------------------------------

    def contains(
        self, frame: Frame[Traced], container: Traced, item: Traced, *, invert: bool
    ) -> Traced | Frame[Traced]:
        """``item in container``"""
        base = self.seen_as(container, "__contains__")
        if base is dict:
            there = self.holds_key(container, item)
            if there is not None:
                return self.const(there != invert)
        if base is str and type(item.obj) is str:
            self.type_of(item)
            found = item.obj in container.obj
            op = self.emit_call(_H["str_contains"], container.ref, item.ref)
            return self._membership(found, op, invert)
        if base is list or base is tuple:
            place = self.find_quietly(container, item, base)
            if place is not None:
                return self._membership_from(place, invert)
        callee = self._enter_method(
            frame, container, "__contains__", [item], ReturnKind.TRUTH, "__contains__"
        )
        if callee is not None:
            return callee
        helper = _H["contains_generic"]
        refs = (container.ref, item.ref)
        number, asked = self.residual_int(helper, refs, operator.contains, container.obj, item.obj)
        return self._membership(bool(number), asked, invert)

    def find_quietly(
        self, container: Traced, item: Traced, base: Any
    ) -> tuple[int, Value[Int]] | None:
        """Where an item is found in a list or tuple, plus 2; 0 if nowhere.

        None if that might run code of the program; that it does not is guarded.
        """
        helper = _H[f"{base.__name__}_find_quiet"]
        if type(item.obj) not in COMPARABLE:
            return None
        found = helper.reference(base.__getitem__(container.obj, _ALL), item.obj)
        if found == 1:
            return None
        self.type_of(item)
        place = self.emit_call(helper, container.ref, item.ref)
        self.guard(self.emit(IntNe(place, const_int(1))), True)
        return found, place

    def _membership_from(self, place: tuple[int, Value[Int]], invert: bool) -> Traced:
        return self._membership(bool(place[0]), place[1], invert)

    def _membership(self, found: bool, op: Value[Int], invert: bool) -> Traced:
        make: Any = IntEq if invert else IntNe
        return self.new_bool(found != invert, self.emit(make(op, const_int(0))))

    def is_op(self, left: Traced, right: Traced, *, invert: bool) -> Traced:
        """``left is right``"""
        result = left.obj is right.obj
        if type(left.ref) is Const and type(right.ref) is Const:
            return self.const(result != invert)
        same: Value[Any] = self.emit(RefIs(left.ref, right.ref))
        if invert:
            same = self.emit(BoolNot(same))
        return self.new_bool(result != invert, same)

    def is_none(self, value: Traced) -> bool:
        """``value is None``, to branch on."""
        result = value.obj is None
        if type(value.ref) is Const or value.known >= self.cache.epoch:
            return result
        none = self.const(None)
        if result:
            self.promote(value)
        else:
            self.guard(self.emit(RefIs(value.ref, none.ref)), False)
        return result

    def truth_value(self, value: Traced) -> tuple[bool, Value[Any]] | None:
        """The truth of a value as a BOOL, if that runs no code of the program."""
        obj, cls = value.obj, type(value.obj)
        if cls is bool:
            return obj, self.bool_of(value)
        if cls is int and can_unbox(value):
            return bool(obj), self.emit(IntNe(self.int_of(value), const_int(0)))
        if cls is float:
            return bool(obj), self.emit(FloatNe(self.float_of(value), const_float(0.0)))
        base = self.seen_as(value, "__len__")
        if base is not None and lookup(cls, "__bool__") is MISSING:
            size = self.emit(GetField(value.ref, LENGTHS[base]))
            return bool(obj), self.emit(IntNe(size, const_int(0)))
        if cls is type(None):
            self.type_of(value)
            return False, ir.FALSE
        has_method = [lookup(cls, name) is not MISSING for name in ("__bool__", "__len__")]
        if any(has_method) or cls is int:
            return None
        if not objects.class_is_immutable(cls) and not self.introspect.type_version(cls):
            return None
        self.type_of(value)
        self.version_of(cls)
        return True, ir.TRUE

    def truth(self, frame: Frame[Traced], value: Traced) -> bool | Frame[Traced]:
        """Truth, to branch on."""
        found = self.truth_value(value)
        if found is not None:
            self.guard(found[1], found[0])
            return found[0]
        for name in ("__bool__", "__len__"):
            if lookup(type(value.obj), name) is not MISSING:
                callee = self._enter_method(frame, value, name, [], ReturnKind.TRUTH, name)
                if callee is not None:
                    return callee
                break
        return self._truth_residual(frame, value)

    def _truth_residual(self, frame: Frame[Traced], value: Traced) -> bool:
        """``__bool__`` has run: the other outcome goes on after the jump, not at it."""
        number, op = self.residual_int(_H["is_true"], (value.ref,), bool, value.obj)
        self.guard_outcome(frame, self.emit(IntNe(op, const_int(0))), bool(number))
        return bool(number)

    def guard_outcome(self, frame: Frame[Traced], condition: Value[Bool], truth: bool) -> None:
        """Guard the outcome of a branch after an effect: fails to where the other one goes."""
        instr = frame.instr
        jumps = ("IF_TRUE" in instr.op) != truth
        stack = refs_of(frame.stack)
        if not (jumps and instr.op.endswith("OR_POP")):
            stack = stack[:-1]
        target = instr.jump if jumps else instr.next
        assert target is not None
        state = state_at(frame, frame.decoded.instrs[target].start, stack)
        snapshot = Snapshot(state, redoes=False)
        self.emit(GuardTrue(condition, snapshot) if truth else GuardFalse(condition, snapshot))

    def truth_of_result(self, callee: Frame[Traced], value: Traced) -> bool:
        """What `returned` has guarded."""
        return bool(value.obj)

    def logical_not(self, frame: Frame[Traced], value: Traced) -> Traced | Frame[Traced]:
        """``not value``"""
        found = self.truth_value(value)
        if found is not None:
            truth, condition = found
            if type(condition) is Const:
                return self.const(not truth)
            return self.new_bool(not truth, self.emit(BoolNot(condition)))
        number, op = self.residual_int(_H["is_true"], (value.ref,), bool, value.obj)
        return self.new_bool(not number, self.emit(IntEq(op, const_int(0))))

    # --- lengths ------------------------------------------------------------------------------

    def get_len(self, frame: Frame[Traced], value: Traced) -> Traced | Frame[Traced]:
        """``len(value)``"""
        base = self.seen_as(value, "__len__")
        if base is not None:
            return self.new_int(len(value.obj), self.emit(GetField(value.ref, LENGTHS[base])))
        number, op = self.residual_int(helper_named("len_generic"), (value.ref,), len, value.obj)
        return self.new_int(number, op)
