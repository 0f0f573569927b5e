"""The forward walk: one pass over a trace with everything known so far.

The engine owns the facts (types, bounds, constants, unboxed twins, virtual objects,
memory, available expressions) and the list of ops that remain. What happens to each
kind of op is in the ``visit_*`` modules, registered with :func:`visits`; what carries
over a loop header is in ``imports`` and ``peel``. The input trace is never changed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from hotloop_ir.descr import Descr
from hotloop_ir.op import Op
from hotloop_ir.snapshot import FrameState, Snapshot
from hotloop_ir.value import Const, Value, const_key

from hotloop_optimizer.bounds import UNBOUNDED, IntBound
from hotloop_optimizer.heap import HeapCache
from hotloop_optimizer.virtuals import Virtual, class_of, field_index

if TYPE_CHECKING:
    from hotloop_optimizer.imports import Imports

O = TypeVar("O", bound=Op[Any])  # noqa: E741 - an op, given back typed as itself
Visit: TypeAlias = "Callable[[Engine, Any], Value[Any] | None]"

VISITS: dict[type[Op[Any]], Visit] = {}

_HEAP_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE


class InvalidTrace(Exception):
    """A guard can never hold: the trace contradicts itself and is not worth compiling."""


def visits(*classes: type[Op[Any]]) -> Callable[[Visit], Visit]:
    """Register the handler of op classes.

    A handler gets the engine and the recorded op (operands not yet resolved) and
    returns the value that stands for the op from now on (None if it has no result).
    """

    def register(visit: Visit) -> Visit:
        for op_class in classes:
            VISITS[op_class] = visit
        return visit

    return register


class Engine:
    """State of one forward walk."""

    __slots__ = (
        "available",
        "bounds",
        "constants",
        "definitions",
        "fresh",
        "forward",
        "frames",
        "heap",
        "imports",
        "nodes",
        "nonnull",
        "out",
        "replaced",
        "reuse",
        "types",
        "unboxed",
    )

    def __init__(self) -> None:
        self.out: list[Op[Any]] = []
        #: recorded value -> what stands for it (value or virtual)
        self.replaced: dict[Value[Any], Value[Any]] = {}
        #: emitted value -> what it is now known to be (a constant, mostly)
        self.forward: dict[Value[Any], Value[Any]] = {}
        self.types: dict[Value[Any], type] = {}
        self.nonnull: set[Value[Any]] = set()
        self.bounds: dict[Value[Any], IntBound] = {}
        self.unboxed: dict[Value[Any], Value[Any]] = {}
        self.heap = HeapCache()
        #: pure expression -> its value
        self.available: dict[tuple[object, ...], Value[Any]] = {}
        #: objects allocated in this trace that only this trace knows
        self.fresh: set[Value[Any]] = set()
        self.constants: dict[tuple[object, ...], Const[Any]] = {}
        self.imports: Imports | None = None
        #: frame state -> lowered frame state, until something changes
        self.frames: dict[FrameState, FrameState] = {}
        #: virtual -> its constructor in snapshots, until something changes
        self.nodes: dict[Virtual, Op[Any]] = {}
        #: whether recorded ops may go into the result as they are (first walk only)
        self.reuse = True

    # -- values ---------------------------------------------------------------

    def find(self, value: Value[Any]) -> Value[Any]:
        """What a recorded or emitted value stands for now: constant, emitted value or virtual."""
        value = self.replaced.get(value, value)
        forward = self.forward
        while value in forward:
            value = forward[value]
        if isinstance(value, Const):
            return self.constants.setdefault(const_key(value), value)
        return value

    def real(self, value: Value[Any]) -> Value[Any]:
        """Like :meth:`find`, but a virtual is allocated first."""
        found = self.find(value)
        return self.force(found) if isinstance(found, Virtual) else found

    def force(self, virtual: Virtual) -> Op[Any]:
        """Allocate a virtual here. Its contents stay known."""
        fields = list(virtual.fields)
        operands = tuple([self.real(field) for field in fields])
        op = self.append(virtual.constructor(operands))
        self.forward[virtual] = op
        self.types[op] = class_of(virtual.template)
        self.nonnull.add(op)
        self.fresh.add(op)
        self.remember_contents(virtual, op, operands)
        self.changed()
        return op

    def remember_contents(
        self, virtual: Virtual, op: Op[Any], operands: tuple[Value[Any], ...]
    ) -> None:
        """After forcing: what is known to be in the new object."""
        from hotloop_optimizer.contents import remember

        remember(self, virtual, op, operands)

    def escape(self, value: Value[Any]) -> None:
        """The object is from now on known to memory or code outside this trace."""
        self.fresh.discard(value)

    def changed(self) -> None:
        """A substitution or a virtual changed: what was lowered for snapshots is stale."""
        if self.frames:
            self.frames = {}
        if self.nodes:
            self.nodes = {}

    def learn(self, value: Value[Any], known: Value[Any]) -> None:
        """From now on ``value`` is ``known`` (a guard has checked it)."""
        if value is not known:
            self.forward[value] = known
            self.changed()

    # -- facts ----------------------------------------------------------------

    def type_of(self, value: Value[Any]) -> type | None:
        """The exact type of a resolved REF, if known."""
        if isinstance(value, Virtual):
            return class_of(value.template)
        if isinstance(value, Const):
            kind = type(value.value)
            return None if kind.__flags__ & _HEAP_TYPE else kind
        return self.types.get(value)

    def bound_of(self, value: Value[Any]) -> IntBound:
        """What is known of a resolved INT."""
        if isinstance(value, Const):
            assert isinstance(value.value, int)
            return IntBound(value.value, value.value)
        return self.bounds.get(value, UNBOUNDED)

    def definition_of(self, value: Value[Any]) -> Op[Any] | None:
        """The op that computes a resolved value, if it is one."""
        return value if isinstance(value, Op) else None

    def constant_of(self, value: Value[Any]) -> Const[Any] | None:
        """The constant a value is known to be."""
        found = self.find(value)
        return found if isinstance(found, Const) else None

    def may_alias(self, a: Value[Any], b: Value[Any]) -> bool:
        """Whether two different resolved REFs may be the same object."""
        if a in self.fresh or b in self.fresh:
            return False
        known_a, known_b = self.type_of(a), self.type_of(b)
        return known_a is None or known_b is None or known_a is known_b

    def forget(self, memories: frozenset[str]) -> None:
        """A call wrote memory: drop what is no longer certain."""
        self.heap.forget(memories)
        if "*" in memories:
            self.types = {
                value: kind for value, kind in self.types.items() if not kind.__flags__ & _HEAP_TYPE
            }
        if self.imports is not None:
            self.imports.forget(memories)

    def write(
        self, descr: Descr, base: Value[Any], value: Value[Any], index: object = None
    ) -> None:
        """A store happened: forget what it may have changed, remember what it stored."""
        self.heap.forget_written(descr, base, index, self.may_alias)
        self.heap.put(descr, base, value, index)
        if self.imports is not None:
            self.imports.forget_written(descr, base, index)

    # -- ops ------------------------------------------------------------------

    def append(self, op: O) -> O:
        """Put an op whose operands are resolved into the result."""
        self.out.append(op)
        return op

    def run(self, ops: list[Op[Any]]) -> None:
        """Walk recorded ops."""
        for op in ops:
            self.visit(op)

    def visit(self, op: Op[Any]) -> Value[Any] | None:
        """Walk one op and remember what stands for it."""
        result = VISITS[type(op)](self, op)
        if result is not None and result is not op:
            self.replaced[op] = result
        return result

    def visit_new(self, op: Op[Any]) -> Value[Any]:
        """Walk an op a handler made itself; its value."""
        result = self.visit(op)
        assert result is not None
        return self.find(result)

    def emit(self, op: Op[Any], *args: Value[Any]) -> Op[Any]:
        """Append a recorded op on new operands, its snapshot lowered.

        The very op is reused when nothing changed, so that text and logs keep its identity.
        """
        if op.snapshot is not None:
            return self.append(op.rebuild(args, self.lower(op.snapshot)))
        if self.reuse and all(a is b for a, b in zip(args, op.args, strict=True)):
            return self.append(op)
        return self.append(op.rebuild(args, None))

    # -- snapshots ------------------------------------------------------------

    def lower(self, snapshot: Snapshot) -> Snapshot:
        """A recorded snapshot in terms of what stands for its values now."""
        return Snapshot(self.lower_frame(snapshot.frame))

    def lower_frame(self, frame: FrameState) -> FrameState:
        """One frame state and its parents, lowered; cached until something changes."""
        done = self.frames.get(frame)
        if done is not None:
            return done
        parent = None if frame.parent is None else self.lower_frame(frame.parent)
        lower = self.lower_value
        new = FrameState(
            frame.code,
            None if frame.function is None else lower(frame.function),
            frame.pc,
            tuple([None if s is None else lower(s) for s in frame.locals]),
            tuple([None if s is None else lower(s) for s in frame.stack]),
            parent,
            frame.return_kind,
            None if frame.extra is None else lower(frame.extra),
        )
        self.frames[frame] = new
        return new

    def lower_value(self, value: Value[Any]) -> Value[Any]:
        """A slot of a snapshot: virtuals become constructors outside the trace."""
        found = self.find(value)
        if not isinstance(found, Virtual):
            return found
        node = self.nodes.get(found)
        if node is None:
            node = found.constructor(tuple([self.lower_value(f) for f in found.fields]))
            self.nodes[found] = node
        return node


def resolved_field(engine: Engine, virtual: Virtual, descr: Descr) -> Value[Any] | None:
    """The current content of a virtual's field, resolved; None if it has no such field."""
    index = field_index(virtual, descr)
    return None if index is None else engine.find(virtual.fields[index])
