"""What the second iteration of a peeled loop may take from the first.

Looking something up that only the first iteration knows *imports* it: the value becomes
an extra parameter of the label, and the op that computes or checks it is added to the
**short preamble**. Whoever jumps to the label runs the short preamble on the values it
brings: the loop's own back edge (where the ops mostly fold away, because nothing has
changed) and bridges. So invariants are computed once, with no separate hoisting pass.
(PyPy: ``optimizeopt/unroll.py``, short preambles; LuaJIT: ``lj_opt_loop.c``.)

An op of the short preamble runs earlier than the op it stands for, on values that the body's
own guards have not seen. So whatever it needs to be safe (the class of the object it reads,
an index in range, an address that is not NULL) is checked in the short preamble before it,
or it is not imported. What depends on memory is imported only while nothing in the second
iteration can have changed that memory.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from hotloop_ir import descr as d
from hotloop_ir.descr import Descr, Place
from hotloop_ir.op import Op
from hotloop_ir.ops import floats, guard, integer, memory
from hotloop_ir.ops.pyobj import UnboxInt
from hotloop_ir.slotted import slotted
from hotloop_ir.snapshot import Snapshot
from hotloop_ir.value import TRUE, Const, Param, Type, Value, const_int, same_const
from hotloop_optimizer.engine import Engine, is_heap_type
from hotloop_optimizer.visit_object import remember_bound

#: Pure ops that do not take all values of their last operand -> which constants are safe.
_PARTIAL: Final[dict[type[Op[Any]], range | None]] = {
    integer.IntFloordiv: range(1, integer.MAX),
    integer.IntMod: range(1, integer.MAX),
    integer.IntLshift: range(64),
    integer.IntLshiftOvf: range(64),
    integer.IntRshift: range(64),
    floats.FloatTruediv: None,
    floats.FloatSqrt: None,
}


@slotted(eq=False)
class Short:
    """One op of the short preamble, on parameters of the label and results of shorts before.

    ``result`` stands for what the op gives (None: a guard). It is a parameter of the label
    if ``carried``, else only later shorts use it.
    """

    op: Op[Any]
    result: Param[Any] | None
    carried: bool = True


class Imports:
    """The first iteration's knowledge, seen from the second.

    ``outer`` maps a parameter of the label to the value it has when the label is
    reached from the first iteration. ``slots`` are the parameters that are whole slots of the
    header's frame, which are never NULL.
    """

    __slots__ = ("checked", "first", "header", "heap", "heap_types", "outer", "second", "shorts")

    def __init__(
        self,
        first: Engine,
        second: Engine,
        outer: dict[Value[Any], Value[Any]],
        slots: Iterable[Value[Any]],
        header: Snapshot,
    ) -> None:
        self.first = first
        self.second = second
        self.outer = outer
        self.header = header
        self.heap = first.heap.copy()
        #: whether classes that can be assigned are still those of the first iteration
        self.heap_types = True
        self.shorts: list[Short] = []
        #: what the short preamble has proved: ("nonnull", v), (v, class), (v, constant) ...
        self.checked: set[object] = {("nonnull", slot) for slot in slots}

    def outside(self, value: Value[Any]) -> Value[Any] | None:
        """The first iteration's value for a value of the second."""
        return value if type(value) is Const else self.outer.get(value)

    def extra(self, op: Op[Any], value: Value[Any]) -> Param[Any]:
        """A new parameter holding what ``op`` computes at the label; ``value`` at first."""
        param: Param[Any] = Param(op.type)
        self.outer[param] = value
        self.shorts.append(Short(op, param))
        if not isinstance(op, UnboxInt):  # an int that is known already is not checked for size
            remember_bound(self.second, op, param)
        return param

    def check(self, fact: object, op: Op[Any]) -> None:
        """Add a guard to the short preamble, after which ``fact`` holds."""
        if fact not in self.checked:
            self.checked.add(fact)
            self.shorts.append(Short(op, None))

    # -- values ---------------------------------------------------------------

    def expression(self, op: Op[Any], args: tuple[Value[Any], ...]) -> Value[Any] | None:
        """The value of a pure expression computed in the first iteration."""
        outside = []
        for arg in args:
            value = self.outside(arg)
            if value is None:
                return None
            outside.append(value)
        if type(op) in _PARTIAL and not _is_safe(op, args[-1]):
            return None
        known = self.first.available.get((type(op), *outside))
        if known is None or all(type(arg) is Const for arg in args):
            return None
        param = self.extra(op.rebuild(args, self.header if op.has_snapshot else None), known)
        self.second.available[(type(op), *args)] = param
        return param

    def content(
        self,
        op: Op[Any],
        descr: Descr,
        base: Value[Any],
        index: object,
        args: tuple[Value[Any], ...],
    ) -> Value[Any] | None:
        """The content of memory known from the first iteration and not written since."""
        outside = self.outside(base)
        outside_index = index
        if isinstance(index, Value):
            outside_index = self.outer.get(index)
            if outside_index is None:
                return None
        if outside is None:
            return None
        value = self.heap.get(descr, outside, outside_index)
        if value is None or value.type is not op.type:
            return None
        if not self.readable(descr, base, index):
            return None
        param = self.extra(op.rebuild(args, None), value)
        self.second.heap.put(descr, base, param, index)
        if index is not None:
            self.checked.add(("nonnull", param))
            self.second.nonnull.add(param)
        elif descr is d.DICT_KEYS:  # every dict has keys
            self.checked.add(("keys", param))
        return param

    def unboxed(self, op: Op[Any], ref: Value[Any]) -> Value[Any] | None:
        """The unboxed twin of a REF."""
        outside = self.outer.get(ref)
        if outside is None:
            return None
        twin = self.first.unboxed.get(outside)
        cls = self.first_type(outside)
        if twin is None or twin.type is not op.type or cls is None:
            return None
        if not self.exact_type(ref, cls):
            return None
        param = self.extra(op.rebuild((ref,), self.header if op.has_snapshot else None), twin)
        self.second.unboxed[ref] = param
        return param

    # -- what makes a read safe ------------------------------------------------

    def readable(self, descr: Descr, base: Value[Any], index: object) -> bool:
        """Whether the short preamble may read a place; adds the checks that needs."""
        place = descr.place
        if place is Place.KEYS:  # the version says that there is such an entry
            version = self.second.heap.get(d.KEYS_VERSION, base)
            return ("constant", version) in self.checked
        if descr.raw_base:
            return ("keys", base) in self.checked or self.not_null(base)
        if type(base) is not Const:
            cls = self.first_type(self.outer[base])
            if cls is None or not self.exact_type(base, cls):
                return False
        if place is Place.VALUES:
            values = self.second.heap.get(d.MANAGED_VALUES, base)
            return ("nonnull", values) in self.checked
        if place is Place.ITEMS or place is Place.INDIRECT:
            return self.in_range(descr, base, index)
        return True

    def in_range(self, descr: Descr, base: Value[Any], index: object) -> bool:
        """Check ``0 <= index < length`` in the short preamble."""
        length_of = d.LENGTH_OF[descr]
        length = self.second.heap.get(length_of, base)
        if length is None:
            length = self.content(memory.GetField(base, length_of), length_of, base, None, (base,))
        if length is None or (type(length) is not Const and length not in self.outer):
            return False
        number = const_int(index) if isinstance(index, int) else index
        assert isinstance(number, Value)
        fact = ("below", index, length)
        if fact not in self.checked:
            self.condition(integer.IntLt(number, length), fact)
            if type(number) is not Const:
                self.condition(integer.IntGe(number, const_int(0)), ("natural", index))
        return True

    def condition(self, op: Op[Any], fact: object) -> None:
        """Check in the short preamble that a comparison gives true."""
        param = self.extra(op, TRUE)
        self.check(fact, guard.GuardTrue(param, self.header))

    # -- facts ----------------------------------------------------------------

    def first_type(self, outside: Value[Any]) -> type | None:
        """The exact class the first iteration knows of one of its values."""
        return self.first.type_of(self.first.find(outside))

    def exact_type(self, ref: Value[Any], cls: type) -> bool:
        """Whether the first iteration knew the exact type; then the short preamble checks it."""
        if is_heap_type(cls) and not self.heap_types:
            return False
        if (ref, cls) in self.checked:
            return True
        outside = self.outside(ref)
        if outside is None or self.first_type(outside) is not cls:
            return False
        if type(ref) is not Const and ("nonnull", ref) not in self.checked:
            self.check(("nonnull", ref), guard.GuardNonnull(ref, self.header))
        self.check((ref, cls), guard.GuardType(ref, cls, self.header))
        return True

    def not_null(self, value: Value[Any]) -> bool:
        """Whether the first iteration knew the value not to be NULL."""
        if ("nonnull", value) in self.checked:
            return True
        outside = self.outer.get(value)
        if outside is None or outside not in self.first.nonnull:
            return False
        kind = guard.GuardRawNonnull if value.type is Type.RAW else guard.GuardNonnull
        self.check(("nonnull", value), kind(value, self.header))
        return True

    def constant(self, value: Value[Any], expected: Value[Any]) -> bool:
        """Whether a guard of the first iteration has made the value this constant."""
        outside = self.outer.get(value)
        if outside is None or type(outside) is Const or type(expected) is not Const:
            return False
        known = self.first.find(outside)
        if type(known) is not Const or not same_const(known, expected):
            return False
        op: Op[Any]
        if expected.type is Type.BOOL:
            kind = guard.GuardTrue if expected.value else guard.GuardFalse
            op = kind(value, self.header)
        elif expected.type is Type.REF:
            op = guard.GuardIs(value, expected, self.header)
        else:
            assert expected.type is Type.INT
            op = guard.GuardInt(value, expected, self.header)
        self.check(("constant", value), op)
        return True

    # -- forgetting -----------------------------------------------------------

    def forget(self, memories: frozenset[str]) -> None:
        """A call in the second iteration wrote memory."""
        self.heap.forget(memories)
        if "*" in memories:
            self.heap_types = False

    def forget_written(self, descr: Descr, base: Value[Any], index: object) -> None:
        """A store in the second iteration."""
        if base in self.second.fresh:
            return
        kind = self.second.type_of(base)

        def may_alias(known: Value[Any], _: Value[Any]) -> bool:
            # The class of what is imported is checked at the label, but not that of constants.
            if type(known) is Const and is_heap_type(type(known.value)):
                return True
            other = self.first_type(known)
            return kind is None or other is None or kind is other

        self.heap.forget_written(descr, base, index, may_alias)


def _is_safe(op: Op[Any], last: Value[Any]) -> bool:
    """Whether a partial op takes any value as its other operand."""
    safe = _PARTIAL[type(op)]
    return safe is not None and type(last) is Const and last.value in safe
