"""The forward walk: one pass over a trace with everything known so far.

The engine owns the facts (types, bounds, constants, unboxed twins, virtual objects,
memory, available expressions) and the list of ops that remain. What happens to each
kind of op is in the ``visit_*`` modules, registered with :func:`visits`; what carries
over a loop header is in ``imports`` and ``peel``. The input trace is never changed.

Every fact is about a value, and a value never changes, so most facts hold for good. Only
what is known of memory, and the exact class of instances of heap types (``__class__`` can be
assigned), is forgotten when code runs that may change it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from hotloop_ir.descr import Descr
from hotloop_ir.op import Op
from hotloop_ir.snapshot import Snapshot
from hotloop_ir.value import Const, Value, const_key
from hotloop_optimizer.bounds import UNBOUNDED, IntBound
from hotloop_optimizer.contents import remember
from hotloop_optimizer.heap import HeapCache
from hotloop_optimizer.lowering import Lowering
from hotloop_optimizer.virtuals import BOXES, Virtual, class_of

if TYPE_CHECKING:
    from hotloop_optimizer.imports import Imports

O = TypeVar("O", bound=Op[Any])  # noqa: E741 - an op, given back typed as itself
Visit: TypeAlias = "Callable[[Engine, Any], Value[Any] | None]"
Constants: TypeAlias = dict[tuple[object, ...], Const[Any]]

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


def is_heap_type(cls: type) -> bool:
    """Whether instances of ``cls`` may get another class (``__class__`` assignment)."""
    return bool(cls.__flags__ & _HEAP_TYPE)


class Engine:
    """State of one forward walk. ``constants`` may be shared with another engine."""

    __slots__ = (
        "available",
        "bounds",
        "constants",
        "fresh",
        "heap",
        "heap_types",
        "imports",
        "known",
        "lowering",
        "nonnull",
        "off",
        "out",
        "replaced",
        "reuse",
        "types",
        "unboxed",
    )

    def __init__(
        self,
        constants: Constants | None = None,
        *,
        reuse: bool = False,
        off: frozenset[str] = frozenset(),
    ) -> None:
        #: parts of the optimizer that are switched off (``pipeline.PARTS``)
        self.off = off
        self.out: list[Op[Any]] = []
        #: recorded value -> what stands for it, emitted value -> what it has turned out to
        #: be, virtual -> its allocation; allocations and constants in use map to themselves
        self.known: dict[Value[Any], Value[Any]] = {}
        #: exact classes that stay what they are
        self.types: dict[Value[Any], type] = {}
        #: exact classes that arbitrary code may change
        self.heap_types: dict[Value[Any], type] = {}
        self.nonnull: set[Value[Any]] = set()
        self.bounds: dict[Value[Any], IntBound] = {}
        self.unboxed: dict[Value[Any], Value[Any]] = {}
        self.heap = HeapCache(forgetful="heap" in off)
        #: pure expression -> its value
        self.available: dict[tuple[object, ...], Value[Any]] = {}
        #: objects allocated in this trace that only this trace knows
        self.fresh: set[Value[Any]] = set()
        self.constants: Constants = {} if constants is None else constants
        #: exact classes of the old contents that stores give
        self.replaced: dict[Value[Any], type] = {}
        self.imports: Imports | None = None
        self.lowering = Lowering()
        #: whether recorded ops may go into the result as they are (once per trace)
        self.reuse = reuse

    # -- values ---------------------------------------------------------------

    def find(self, value: Value[Any]) -> Value[Any]:
        """What a recorded or emitted value stands for now: constant, emitted value or virtual."""
        get = self.known.get
        found = get(value)
        if found is None:
            return self.intern(value) if type(value) is Const else value
        further = get(found)
        while further is not None and further is not found:
            found = further
            further = get(found)
        return found

    def resolve(self, args: tuple[Value[Any], ...]) -> tuple[Value[Any], ...]:
        """:meth:`find` for each operand; ``args`` itself if nothing changes."""
        get = self.known.get
        new: list[Value[Any]] = []
        same = True
        for arg in args:
            found = get(arg)
            if found is None:
                found = self.intern(arg) if type(arg) is Const else arg
            else:
                further = get(found)
                while further is not None and further is not found:
                    found = further
                    further = get(found)
            if found is not arg:
                same = False
            new.append(found)
        return args if same else tuple(new)

    def intern(self, const: Const[Any]) -> Const[Any]:
        """The one constant that stands for all interchangeable with this one."""
        same = self.constants.setdefault(const_key(const), const)
        self.known[const] = same
        self.known[same] = same
        return same

    def real(self, value: Value[Any]) -> Value[Any]:
        """Like :meth:`find`, but a virtual is allocated first."""
        found = self.find(value)
        return self.force(found) if type(found) is Virtual else found

    def real_all(self, args: tuple[Value[Any], ...]) -> tuple[Value[Any], ...]:
        """:meth:`real` for each operand."""
        for arg in args:
            self.real(arg)
        return self.resolve(args)

    def force(self, virtual: Virtual) -> Op[Any]:
        """Allocate a virtual here. Its contents stay known."""
        operands = self.real_all(tuple(virtual.fields))
        op = self.append(virtual.constructor(operands))
        self.known[virtual] = self.known[op] = op
        self.set_type(op, class_of(virtual.template))
        if type(virtual.template) not in BOXES:  # a box may be a shared object
            self.fresh.add(op)
        remember(self, virtual, op, operands)
        self.changed()
        return op

    def escape(self, value: Value[Any]) -> None:
        """The object is from now on known to memory or code outside this trace."""
        self.fresh.discard(value)

    def changed(self) -> None:
        """A virtual changed: what was lowered for snapshots must be looked at again."""
        self.lowering.version += 1

    def learn(self, value: Value[Any], known: Value[Any]) -> None:
        """From now on the resolved ``value`` is the resolved ``known`` (a guard has checked it)."""
        if value is not known:
            self.known[value] = self.intern(known) if type(known) is Const else known

    # -- facts ----------------------------------------------------------------

    def set_type(self, value: Value[Any], cls: type) -> None:
        """A resolved REF is of this exact class (and so is not NULL)."""
        (self.heap_types if is_heap_type(cls) else self.types)[value] = cls
        self.nonnull.add(value)

    def type_of(self, value: Value[Any]) -> type | None:
        """The exact type of a resolved REF, if known."""
        found = self.types.get(value)
        if found is not None:
            return found
        if type(value) is Virtual:
            return class_of(value.template)
        if type(value) is Const:
            cls = type(value.value)
            if not is_heap_type(cls):
                return cls
        return self.heap_types.get(value)

    def bound_of(self, value: Value[Any]) -> IntBound:
        """What is known of a resolved INT."""
        if type(value) is Const:
            number = value.value
            assert isinstance(number, int)
            return IntBound(number, number)
        if "bounds" in self.off:
            return UNBOUNDED
        return self.bounds.get(value, UNBOUNDED)

    def definition_of(self, value: Value[Any]) -> Op[Any] | None:
        """The op that computes a resolved value, if it is one."""
        return value if isinstance(value, Op) else None

    def constant_of(self, value: Value[Any]) -> Const[Any] | None:
        """The constant a value is known to be."""
        found = self.find(value)
        return found if type(found) is Const else None

    def may_alias(self, a: Value[Any], b: Value[Any]) -> bool:
        """Whether two different resolved REFs may be the same object."""
        if a in self.fresh or b in self.fresh:
            return False
        known_a, known_b = self.type_of(a), self.type_of(b)
        return known_a is None or known_b is None or known_a is known_b

    def forget(self, memories: frozenset[str]) -> None:
        """A call wrote memory: drop what is no longer certain.

        Arbitrary code may also get hold of any object a frame names, so nothing is only
        ours after it.
        """
        self.heap.forget(memories)
        if "*" in memories:
            self.heap_types.clear()
            self.fresh.clear()
        if self.imports is not None:
            self.imports.forget(memories)

    def forget_place(self, descr: Descr, base: Value[Any], index: object = None) -> None:
        """A place was written with something unknown."""
        self.heap.forget_written(descr, base, index, self.may_alias)
        if self.imports is not None:
            self.imports.forget_written(descr, base, index)

    def write(
        self, descr: Descr, base: Value[Any], value: Value[Any], index: object = None
    ) -> None:
        """A store happened: forget what it may have changed, remember what it stored."""
        self.forget_place(descr, base, index)
        self.heap.put(descr, base, value, index)

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
            self.known[op] = self.intern(result) if type(result) is Const else result
        return result

    def visit_new(self, op: Op[Any]) -> Value[Any]:
        """Walk an op a handler made itself; its value."""
        result = self.visit(op)
        assert result is not None
        return self.find(result)

    def emit(self, op: Op[Any], args: tuple[Value[Any], ...]) -> Op[Any]:
        """Append a recorded op on resolved operands, its snapshot lowered.

        The very op is reused when nothing changed, so that text and logs keep its identity.
        """
        snapshot = op.snapshot
        if snapshot is not None:
            op = op.rebuild(args, self.lowering.snapshot(self, snapshot))
        elif not self.reuse or (args is not op.args and args != op.args):
            op = op.rebuild(args, None)
        self.out.append(op)
        return op

    def lower(self, snapshot: Snapshot) -> Snapshot:
        """A recorded snapshot in terms of what stands for its values now."""
        return self.lowering.snapshot(self, snapshot)
