"""What the second iteration of a peeled loop may take from the first.

Looking something up that only the first iteration knows *imports* it: the value becomes
an extra parameter of the label, and the op that computes or checks it is added to the
**short preamble**. Whoever jumps to the label runs the short preamble on the values it
brings: the loop's own back edge (where the ops mostly fold away, because nothing has
changed) and bridges. So invariants are computed once, with no separate hoisting pass.
(PyPy: ``optimizeopt/unroll.py``, short preambles; LuaJIT: ``lj_opt_loop.c``.)
"""

from __future__ import annotations

from typing import Any

from hotloop_ir.descr import Descr
from hotloop_ir.op import Op
from hotloop_ir.ops import guard
from hotloop_ir.snapshot import Snapshot
from hotloop_ir.value import Const, Param, Type, Value, const_key

from hotloop_optimizer.engine import Engine
from hotloop_optimizer.virtuals import Virtual

_HEAP_TYPE = 1 << 9


class Imports:
    """The first iteration's knowledge, seen from the second.

    ``outer`` maps a parameter of the label to the value it has when the label is
    reached from the first iteration. ``shorts`` is the short preamble: (op on label
    parameters, the extra parameter its result goes to or None for a guard).
    """

    __slots__ = ("first", "header", "heap", "heap_types", "outer", "second", "shorts")

    def __init__(
        self, first: Engine, second: Engine, outer: dict[Value[Any], Value[Any]], header: Snapshot
    ) -> None:
        self.first = first
        self.second = second
        self.outer = outer
        self.header = header
        self.heap = first.heap.copy()
        self.heap_types = True
        self.shorts: list[tuple[Op[Any], Param[Any] | None]] = []

    def outside(self, value: Value[Any]) -> Value[Any] | None:
        """The first iteration's value for a value of the second."""
        return value if isinstance(value, Const) else self.outer.get(value)

    def extra(self, op: Op[Any], value: Value[Any]) -> Param[Any]:
        """A new parameter holding what ``op`` computes at the label; ``value`` at first."""
        param: Param[Any] = Param(op.type)
        self.outer[param] = value
        self.shorts.append((op, param))
        return param

    def check(self, op: Op[Any]) -> None:
        """Add a guard to the short preamble."""
        self.shorts.append((op, None))

    # -- values ---------------------------------------------------------------

    def expression(self, op: Op[Any], args: tuple[Value[Any], ...]) -> Value[Any] | None:
        """The value of a pure expression computed in the first iteration."""
        outside = [self.outside(arg) for arg in args]
        if None in outside or all(isinstance(arg, Const) for arg in args):
            return None
        value = self.first.available.get((type(op), *outside))
        if value is None:
            return None
        param = self.extra(op.rebuild(args, self.header if op.has_snapshot else None), value)
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
        outside_index = self.outside(index) if isinstance(index, Value) else index
        if outside is None or (outside_index is None and index is not None):
            return None
        value = self.heap.get(descr, outside, outside_index)
        if value is None or value.type is not op.type:
            return None
        param = self.extra(op.rebuild(args, None), value)
        self.second.heap.put(descr, base, param, index)
        return param

    def unboxed(self, op: Op[Any], ref: Value[Any]) -> Value[Any] | None:
        """The unboxed twin of a REF."""
        outside = self.outer.get(ref)
        if outside is None:
            return None
        twin = self.first.unboxed.get(outside)
        if twin is None or twin.type is not op.type:
            return None
        param = self.extra(op.rebuild((ref,), self.header if op.has_snapshot else None), twin)
        self.second.unboxed[ref] = param
        return param

    # -- facts ----------------------------------------------------------------

    def exact_type(self, ref: Value[Any], cls: type) -> bool:
        """Whether the first iteration knew the exact type."""
        outside = self.outer.get(ref)
        if outside is None or (cls.__flags__ & _HEAP_TYPE and not self.heap_types):
            return False
        if self.first.types.get(outside) is not cls:
            return False
        self.check(guard.GuardType(ref, cls, self.header))
        return True

    def not_null(self, value: Value[Any]) -> bool:
        """Whether the first iteration knew the value not to be NULL."""
        outside = self.outer.get(value)
        if outside is None or isinstance(outside, Virtual) or outside not in self.first.nonnull:
            return False
        kind = guard.GuardRawNonnull if value.type is Type.RAW else guard.GuardNonnull
        self.check(kind(value, self.header))
        return True

    def constant(self, value: Value[Any], expected: Value[Any]) -> bool:
        """Whether a guard of the first iteration has made the value this constant."""
        outside = self.outer.get(value)
        if outside is None or isinstance(outside, Const) or not isinstance(expected, Const):
            return False
        known = self.first.find(outside)
        if not isinstance(known, Const) or const_key(known) != const_key(expected):
            return False
        if expected.type is Type.BOOL:
            kind = guard.GuardTrue if expected.value else guard.GuardFalse
            self.check(kind(value, self.header))
        elif expected.type is Type.REF:
            self.check(guard.GuardIs(value, expected, self.header))
        elif expected.type is Type.INT:
            self.check(guard.GuardInt(value, expected, self.header))
        else:
            return False
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
        outside = self.outside(base)
        kind = self.second.type_of(base)
        if isinstance(index, Value):
            index = self.outside(index) or index

        def may_alias(known: Value[Any], _: Value[Any]) -> bool:
            other = self.first.type_of(self.first.find(known))
            return kind is None or other is None or kind is other

        target = base if outside is None else outside
        self.heap.forget_written(descr, target, index, may_alias)
