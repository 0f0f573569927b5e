"""The verifier: what every trace must satisfy between any two stages.

Shape
  1. every op but the last is no jump, leave or finish; the last is one of them
  2. no op occurs twice; inputs and label params occur once and are Params
Values
  3. every operand is a constant, an input, a param of a label before, or an op before
  4. no operand has type VOID; a constant's value fits its type (INT, RAW: 64 bits)
  5. each operand has the type the op declares; operands beyond those only if it has a
     variadic tail
Labels and jumps
  6. a label has as many initial values as params, of the same types
  7. a jump has the types of its label's params, of its Target, or (no target) of the
     inputs; it jumps to a label before it in the trace
  8. ``trace.targets`` belong to labels of the trace and have their types; ``trace.start`` has
     the types of the inputs
  9. after a label that has a Target, nothing from before it is used: who jumps to the Target
     brings the params only. After any other label, values from before are loop invariants
Memory
  10. a field op has a field descriptor, an item op an array descriptor; the base is RAW
      exactly for descriptors inside dict keys
  11. ``setfield``, ``setitem`` write REF, ``setfield_int`` INT; neither writes immutable memory
Calls
  12. operands match the helper's params (variadic: all of its one type)
  13. ``call`` takes helpers that cannot fail, ``call_may_raise`` those that can
  14. ``call_entry`` has the operands its Target takes; ``call_python`` has no more keyword
      names than operands, all different
Other immediates
  15. classes are classes; ``order`` names values that are not NULL, each once, and all of
      them; ``offsets`` has one entry a value, all different
Snapshots
  16. ops declared with a snapshot have one, others none; it has at least one frame
  17. its values obey 3 and 4, or are removed allocations: ops without effect but
      allocation that are not in the trace, whose operands obey this rule in turn
  18. slots are REF, or unboxed INT, FLOAT, BOOL; functions and extras are REF, but the extra of a
      generator is a constant INT
  19. ``owned`` values are REF, obey 3, are no constants and occur once
Trace
  20. ``known`` and ``borrowed`` speak of REF inputs
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from hotloop_ir.descr import Descr, Place
from hotloop_ir.helper import Errors, Helper
from hotloop_ir.op import Effect, Op
from hotloop_ir.ops.call import Call, CallEntry, CallMayRaise, CallPython
from hotloop_ir.ops.control import Finish, Jump, Label, Leave
from hotloop_ir.ops.guard import GuardType
from hotloop_ir.ops.memory import (
    GetField,
    GetItem,
    SetField,
    SetFieldInt,
    SetItem,
    SetItemFloat,
    SetItemInt,
)
from hotloop_ir.ops.pyobj import BoxBool, NewInstance, NewSlotsInstance
from hotloop_ir.snapshot import FrameState, ReturnKind, Snapshot
from hotloop_ir.text.printer import Printer
from hotloop_ir.trace import Target, Trace
from hotloop_ir.value import NULL_OBJECT, Const, Param, Type, Value

_END: Final = (Jump, Leave, Finish)
_FIELDS: Final = (Place.FIELD, Place.SLOT, Place.VALUES, Place.KEYS, Place.GENERATOR)
_ARRAYS: Final = (Place.ITEMS, Place.INDIRECT)
_SLOT_TYPES: Final = (Type.REF, Type.INT, Type.FLOAT, Type.BOOL)
_RANGE: Final = 1 << 63


class InvalidTrace(Exception):
    """A trace breaks an invariant. The message shows the trace up to the op at fault."""


class _Broken(Exception):
    """An invariant does not hold (the message says which)."""


def verify(trace: Trace) -> None:
    """Check every invariant of the module docstring. Raises InvalidTrace."""
    checker = _Checker(trace)
    position = -1
    try:
        checker.inputs()
        for position, op in enumerate(trace.ops):  # noqa: B007 - told in the message
            checker.op(op)
        checker.end()
    except _Broken as broken:
        raise InvalidTrace(_annotated(trace, position, str(broken))) from None


def is_removable(op: Op[Any]) -> bool:
    """Whether the op may live in snapshots only, as a removed allocation."""
    return op.effect is Effect.ALLOC or isinstance(op, BoxBool)


def _annotated(trace: Trace, position: int, message: str) -> str:
    printer = Printer(trace)
    lines = [printer.header]
    for op in trace.ops[: position + 1]:
        try:
            lines.append(printer.line(op))
        except Exception as error:  # a broken op may not even print
            lines.append(f"{op!r} (does not print: {error})")
    return "\n".join([message, *lines, "^" * min(len(lines[-1]), 60) + " " + message])


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise _Broken(message)


class _Checker:
    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.defined: set[Value[Any]] = set()
        self.hidden: set[Value[Any]] = set()  # behind a label with a Target
        self.ops = set(trace.ops)
        self.labels: set[Label] = set()
        self.frames: set[FrameState] = set()
        self.virtuals: set[Value[Any]] = set()

    # --- the trace as a whole -------------------------------------------------------------

    def inputs(self) -> None:
        for param in self.trace.inputs:
            self.define_param(param)
        known = [*self.trace.known, *self.trace.borrowed]
        inputs = set(self.trace.inputs)
        _require(
            all(param in inputs and param.type is Type.REF for param in known),
            "known or borrowed is no REF input (20)",
        )
        classes = self.trace.known.values()
        _require(all(isinstance(cls, type) for cls in classes), "known class is no class (20)")

    def end(self) -> None:
        ops = self.trace.ops
        ended = bool(ops) and isinstance(ops[-1], _END)
        _require(ended, "the trace does not end in a jump, leave or finish (1)")
        for label, target in self.trace.targets.items():
            _require(label in self.labels, "a target's label is not in the trace (8)")
            assert isinstance(label, Label)
            types = tuple([param.type for param in label.params])
            _require(tuple(target.types) == types, f"types of target {target.name} differ (8)")
        start = self.trace.start
        inputs = tuple([param.type for param in self.trace.inputs])
        _require(start is None or tuple(start.types) == inputs, "types of start differ (8)")

    def forget(self) -> None:
        """Start anew: nothing seen so far may be used."""
        self.hidden |= self.defined
        self.defined.clear()
        self.frames.clear()
        self.virtuals.clear()

    def define_param(self, param: Value[Any]) -> None:
        _require(isinstance(param, Param), "an input or label param is no Param (2)")
        twice = param in self.defined or param in self.hidden
        _require(not twice, "a param occurs twice (2)")
        _require(param.type is not Type.VOID, "a param has no type (4)")
        self.defined.add(param)

    # --- one op ---------------------------------------------------------------------------

    def op(self, op: Op[Any]) -> None:
        _require(op not in self.defined and op not in self.hidden, "the op occurs twice (2)")
        last = op is self.trace.ops[-1]
        _require(last or not isinstance(op, _END), "ops follow the end (1)")
        for value in op.args:
            self.operand(value)
        self.arity(op)
        check = _CHECKS.get(type(op))
        if check is not None:
            check(self, op)
        if op.has_snapshot:
            _require(op.snapshot is not None, "the snapshot is missing (16)")
            assert op.snapshot is not None
            self.snapshot(op.snapshot)
        else:
            _require(op.snapshot is None, "the op takes no snapshot (16)")
        self.defined.add(op)

    def operand(self, value: Value[Any]) -> None:
        if isinstance(value, Const):
            self.constant(value)
        else:
            _require(value not in self.hidden, "an operand is behind a label with a Target (9)")
            _require(value in self.defined, "an operand is used before its definition (3)")
            _require(value.type is not Type.VOID, "an operand has no value (4)")

    def constant(self, const: Const[Any]) -> None:
        value: object = const.value
        if const.type is Type.INT or const.type is Type.RAW:
            fits = type(value) is int and -_RANGE <= value < _RANGE
        elif const.type is Type.FLOAT:
            fits = type(value) is float
        elif const.type is Type.BOOL:
            fits = type(value) is bool
        else:
            fits = const.type is Type.REF
        _require(fits, f"{const!r} does not fit its type (4)")

    def arity(self, op: Op[Any]) -> None:
        declared = op.operand_types
        count = len(op.args)
        _require(count >= len(declared), "operands are missing (5)")
        _require(count == len(declared) or op.variadic is not None, "too many operands (5)")
        types = [*declared, *([op.variadic] * (count - len(declared)))]
        for value, type_ in zip(op.args, types, strict=True):
            fits = type_ is Type.VOID or value.type is type_  # VOID: declared Value[Any]
            _require(fits, f"an operand is {value.type.name}, not {type_ and type_.name} (5)")

    # --- snapshots ------------------------------------------------------------------------

    def snapshot(self, snapshot: Snapshot) -> None:
        frame: FrameState | None = snapshot.frame
        _require(isinstance(frame, FrameState), "the snapshot has no frame (16)")
        # A frame that was right at an earlier op is still right.
        while frame is not None and frame not in self.frames:
            self.frame(frame)
            self.frames.add(frame)
            frame = frame.parent
        owned = snapshot.owned
        _require(len(set(owned)) == len(owned), "a value is owned twice (19)")
        for value in owned:
            right = value.type is Type.REF and value in self.defined
            _require(right, "an owned value is not defined or no REF (19)")

    def frame(self, frame: FrameState) -> None:
        _require(type(frame.pc) is int and frame.pc >= 0, "the pc is no offset (16)")
        bits = frame.extra if frame.return_kind is ReturnKind.ITER else None
        _require(bits is None or _is_int(bits), "the extra of a generator is no number (18)")
        for value in (frame.function, None if bits is not None else frame.extra):
            _require(value is None or value.type is Type.REF, "function or extra is no REF (18)")
        for value in frame.slots():
            _require(value.type in _SLOT_TYPES, f"a slot is {value.type.name} (18)")
            self.slot(value)

    def slot(self, value: Value[Any]) -> None:
        if value in self.defined or value in self.virtuals:
            return
        if isinstance(value, Const):
            self.constant(value)
            return
        _require(value not in self.hidden, "a slot is behind a label with a Target (9)")
        _require(isinstance(value, Op), "a snapshot names an unknown param (17)")
        assert isinstance(value, Op)
        _require(value not in self.ops, "a snapshot names an op that comes later (17)")
        _require(is_removable(value), f"{value.mnemonic} is no removable allocation (17)")
        self.arity(value)
        for operand in value.args:
            self.slot(operand)
        check = _CHECKS.get(type(value))
        if check is not None:
            check(self, value)
        self.virtuals.add(value)


# --- checks of single ops -----------------------------------------------------------------


def _check_label(checker: _Checker, op: Label) -> None:
    types = [value.type for value in op.initial]
    _require(types == [param.type for param in op.params], "initial values and params differ (6)")
    if op in checker.trace.targets:
        checker.forget()
    for param in op.params:
        checker.define_param(param)
    checker.labels.add(op)


def _is_int(value: Value[Any]) -> bool:
    return isinstance(value, Const) and value.type is Type.INT


def _check_jump(checker: _Checker, op: Jump) -> None:
    target = op.target
    if target is None:
        expected = [param.type for param in checker.trace.inputs]
    elif isinstance(target, Label):
        _require(target in checker.labels, "the label is not in the trace (7)")
        expected = [param.type for param in target.params]
    else:
        _require(isinstance(target, Target), "the target is no Label or Target (7)")
        expected = list(target.types)
    types = [value.type for value in op.operands]
    _require(types == expected, "the operands are not what the target takes (7)")


def _check_field(checker: _Checker, op: GetField | SetField | SetFieldInt) -> None:
    descr: Any = op.descr
    _require(isinstance(descr, Descr) and descr.place in _FIELDS, "not a field (10)")
    expected = Type.RAW if descr.raw_base else Type.REF
    _require(op.base.type is expected, f"the base of {descr.name} is {expected.name} (10)")
    if not isinstance(op, GetField):
        _require(not descr.immutable, f"{descr.name} is immutable (11)")
        _require(descr.type is op.value.type, f"{descr.name} is {descr.type.name} (11)")


def _check_item(checker: _Checker, op: GetItem | SetItem | SetItemInt | SetItemFloat) -> None:
    descr: Any = op.descr
    _require(isinstance(descr, Descr) and descr.place in _ARRAYS, "not an array (10)")
    if not isinstance(op, GetItem):
        _require(not descr.immutable, f"{descr.name} is immutable (11)")
        _require(descr.type is op.value.type, f"{descr.name} is {descr.type.name} (11)")


def _check_helper(checker: _Checker, op: Call | CallMayRaise) -> None:
    helper = op.helper
    _require(isinstance(helper, Helper), "not a helper (12)")
    types = tuple([value.type for value in op.operands])
    expected = helper.params * len(types) if helper.variadic else helper.params
    _require(types == expected, f"operands of {helper.name} are {_names(expected)} (12)")
    fails = helper.errors is not Errors.NEVER
    _require(fails == isinstance(op, CallMayRaise), f"{helper.name}: wrong kind of call (13)")


def _check_entry(checker: _Checker, op: CallEntry) -> None:
    _require(isinstance(op.target, Target), "the target is no Target (14)")
    types = [value.type for value in op.operands]
    _require(types == list(op.target.types), "the operands are not what the entry takes (14)")


def _check_python(checker: _Checker, op: CallPython) -> None:
    names: Any = op.kwnames
    right = isinstance(names, tuple) and all(isinstance(name, str) for name in names)
    _require(right, "keyword names are no tuple of str (14)")
    _require(len(names) <= len(op.operands), "more keyword names than operands (14)")
    _require(len(set(names)) == len(names), "a keyword name occurs twice (14)")


def _check_instance(checker: _Checker, op: NewInstance) -> None:
    _require(isinstance(op.cls, type), "not a class (15)")
    present = [
        index
        for index, value in enumerate(op.values)
        if not (isinstance(value, Const) and value.value is NULL_OBJECT)
    ]
    # A traced value may be NULL or not; the order may name it.
    _require(set(present) >= set(op.order), "order names an unset value (15)")
    _require(len(set(op.order)) == len(op.order), "order names a value twice (15)")
    _require(set(present) <= set(op.order), "order omits a set value (15)")


def _check_slots(checker: _Checker, op: NewSlotsInstance) -> None:
    _require(isinstance(op.cls, type), "not a class (15)")
    _require(len(op.offsets) == len(op.values), "one offset a value (15)")
    _require(len(set(op.offsets)) == len(op.offsets), "an offset occurs twice (15)")


def _check_type(checker: _Checker, op: Any) -> None:
    _require(isinstance(op.cls, type), "not a class (15)")


def _names(types: tuple[Type, ...]) -> str:
    return ", ".join([type_.name for type_ in types]) or "none"


_CHECKS: Final[dict[type, Callable[[_Checker, Any], None]]] = {
    Label: _check_label,
    Jump: _check_jump,
    GetField: _check_field,
    SetField: _check_field,
    SetFieldInt: _check_field,
    GetItem: _check_item,
    SetItemFloat: _check_item,
    SetItemInt: _check_item,
    SetItem: _check_item,
    Call: _check_helper,
    CallEntry: _check_entry,
    CallMayRaise: _check_helper,
    CallPython: _check_python,
    NewInstance: _check_instance,
    NewSlotsInstance: _check_slots,
    GuardType: _check_type,
}
