"""Boxed and unboxed twins of numbers, and residual calls: what every subject needs.

It must not choose an operation by a bytecode; that is for the `recording_*` modules.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from hotloop_ir.helper import Errors, Helper
from hotloop_ir.op import Op
from hotloop_ir.ops.call import Call, CallMayRaise, CallPython
from hotloop_ir.ops.integer import IntFromBool, IntGe, IntLe, IntNe, IntToFloat
from hotloop_ir.ops.pyobj import BoxBool, BoxFloat, BoxInt, UnboxBool, UnboxFloat, UnboxInt
from hotloop_ir.snapshot import Snapshot
from hotloop_ir.type_set import TypeSet
from hotloop_ir.value import Bool, Const, Float, Int, Ref, Type, Value, const_float, const_int
from hotloop_tracer.abort import ProgramRaised
from hotloop_tracer.options import Stage
from hotloop_tracer.promote import INT_MAX, INT_MIN, Guarding
from hotloop_tracer.rules import note_reader
from hotloop_tracer.snapshots import with_operands
from hotloop_tracer.traced import PERMANENT, UNKNOWN, Traced

UNBOX_LIMIT: Final = 1 << 60
"""Ints of smaller magnitude can be unboxed (two 30-bit digits)."""
EXACT_FLOAT: Final = 1 << 53
"""Ints up to this magnitude are exact as floats."""


INTS: Final = TypeSet(int, bool)
"""Types whose exact instances are numbers that `int_of` gives."""


_COUNT_NOTHING: Final = TypeSet(bool, dict, list, tuple)
"""Classes whose call is no level of recursion (they have a vectorcall)."""


def fits(value: int) -> bool:
    """Whether an int fits 64 signed bits."""
    return INT_MIN <= value <= INT_MAX


def can_unbox(traced: Traced) -> bool:
    """Whether `int_of` may be asked: the concrete int is small, or its twin is known."""
    return traced.num is not None or -UNBOX_LIMIT < traced.obj < UNBOX_LIMIT


class Unboxing(Guarding):
    """Numbers in and out of their boxes; helpers and residual calls."""

    # --- out of the box ---------------------------------------------------------------------

    def int_of(self, traced: Traced) -> Value[Int]:
        """The unboxed value of an int or bool for which `can_unbox` holds."""
        num = traced.num
        if num is None:
            if self.type_of(traced) is bool:
                return self.emit(IntFromBool(self.bool_of(traced)))
            num = traced.num = self.emit(UnboxInt(traced.ref, self.snap()))
        elif num.type is Type.BOOL:
            if type(num) is Const:
                return const_int(int(traced.obj))
            return self.emit(IntFromBool(num))
        return num

    def float_of(self, traced: Traced) -> Value[Float]:
        """The unboxed value of a float, or of an int converted."""
        num = traced.num
        if type(traced.obj) is not float:
            if type(traced.ref) is Const and type(num) is Const:
                return const_float(float(traced.obj))
            return self.emit(IntToFloat(self.int_of(traced)))
        if num is None:
            self.type_of(traced)
            num = traced.num = self.emit(UnboxFloat(traced.ref))
        return num

    def bool_of(self, traced: Traced) -> Value[Bool]:
        """The unboxed value of a bool."""
        num = traced.num
        if num is None:
            self.type_of(traced)
            num = traced.num = self.emit(UnboxBool(traced.ref))
        return num

    def guard_exact_float(self, traced: Traced) -> None:
        """Guard that an int is exact as a float; it is so now."""
        if type(traced.obj) is float:
            return
        number = self.int_of(traced)
        if type(number) is not Const:
            self.guard(self.emit(IntLe(number, const_int(EXACT_FLOAT))), True)
            self.guard(self.emit(IntGe(number, const_int(-EXACT_FLOAT))), True)

    def snap_of_operands(self, left: Traced, right: Traced) -> Snapshot:
        """The snapshot of an operator on two unboxed ints that does not fit.

        Operands that nothing but the operator has are made again on the way out, so that
        what held them need not. An operator on exact ints does not tell which objects they are.
        """
        frame = self._frame
        assert frame is not None
        stack = frame.stack
        if self.handling is not None:
            return self.snap()
        if len(stack) < 2 or stack[-2] is not left or stack[-1] is not right:
            return self.snap()
        boxes = [_made_again(operand) for operand in (left, right)]
        if boxes == [left.ref, right.ref] or frame.instr.op != "BINARY_OP":
            return self.snap()
        return Snapshot(with_operands(self.snap().frame, boxes))

    # --- into the box -----------------------------------------------------------------------

    def new_int(self, obj: int, number: Value[Int]) -> Traced:
        """The Python int of an unboxed one."""
        return Traced(obj, self.emit(BoxInt(number)), PERMANENT, number)

    def new_float(self, obj: float, number: Value[Float]) -> Traced:
        """The Python float of an unboxed one."""
        return Traced(obj, self.emit(BoxFloat(number)), PERMANENT, number)

    def new_bool(self, obj: bool, number: Value[Bool]) -> Traced:
        """The Python bool of an unboxed one."""
        if type(number) is Const:
            return self.const(obj)
        return Traced(obj, self.emit(BoxBool(number)), PERMANENT, number)

    # --- helpers ----------------------------------------------------------------------------

    def emit_call(self, helper: Helper, *operands: Value[Any]) -> Op[Any]:
        """The call of a helper, with the snapshot of the bytecode if it may raise."""
        if helper.errors is Errors.NEVER:
            return self.emit(Call(operands, helper))
        return self.emit(CallMayRaise(operands, helper, self.snap()))

    def after_call(self, helper: Helper) -> None:
        """What an executed helper makes unknown."""
        if helper.runs_python:
            self.forget()
        elif helper.writes:
            self.dirty = True

    def residual(
        self, helper: Helper, values: tuple[Value[Any], ...], do: Callable[..., Any], *args: Any
    ) -> Traced:
        """A helper that stays a call, really executed by ``do(*args)``; a REF result."""
        op = self.emit_call(helper, *values)
        self.unseen = not helper.runs_python
        obj = self.really_by(do, *args)
        self.after_call(helper)
        known = PERMANENT if helper.result_class is type(obj) else UNKNOWN
        return Traced(obj, op, known)

    def residual_int(
        self, helper: Helper, values: tuple[Value[Any], ...], do: Callable[..., Any], *args: Any
    ) -> tuple[int, Value[Int]]:
        """A helper that stays a call and answers an INT."""
        op = self.emit_call(helper, *values)
        self.unseen = not helper.runs_python
        number = self.really_by(do, *args)
        self.after_call(helper)
        return number, op

    def truth_of_int(self, obj: int, number: Value[Int]) -> Traced:
        """The bool of an INT that is 0 or not."""
        return self.new_bool(bool(obj), self.emit(IntNe(number, const_int(0))))

    def call_python(
        self, callable_: Traced, args: list[Traced], kwnames: tuple[str, ...]
    ) -> Traced:
        """A call that stays one; it runs for real, once."""
        operands = tuple([arg.ref for arg in args])
        op = self.emit(CallPython(callable_.ref, operands, kwnames, self.snap()))
        return self.run_call(op, callable_, args, kwnames)

    def run_call(
        self,
        op: Op[Any],
        callable_: Traced,
        args: list[Traced],
        kwnames: tuple[str, ...],
        *,
        quiet: bool = False,
    ) -> Traced:
        """Really run the call that ``op`` records. ``quiet``: it runs no code of the program."""
        objects = [arg.obj for arg in args]
        if kwnames:
            split = len(objects) - len(kwnames)
            keywords = dict(zip(kwnames, objects[split:], strict=True))
            result = self.really(callable_.obj, *objects[:split], **keywords)
        else:
            result = self.really(callable_.obj, *objects)
        if quiet:
            self.dirty = True
        else:
            self.forget()
        return Traced(result, op)

    def really_by(self, do: Callable[..., Any], *args: Any) -> Any:
        """`really`, by a function of ours or the builtins' that does what an instruction does.

        Being called counts as a level of recursion, which the instruction does not.
        """
        self.more_levels = 0 if do in _COUNT_NOTHING else -1
        try:
            return self.really(do, *args)
        finally:
            self.more_levels = 0

    def really(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Run code of the program. Its exception comes back as `ProgramRaised`."""
        return self.really_with(function, args, kwargs)

    def really_with(
        self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """`really`, where C code may get at the very tuple of arguments.

        Only here may finalisers of collections and handlers of signals run, which are code of the
        program, too, and exceptions come that other threads set.
        """
        stage = None if self.unseen else self.stage
        shown = None if stage is None else stage.show(self._frame)
        depth = self.depth_at_hand() - (0 if shown is None else 2)  # its frames do not count
        room = self.levels.enter(depth) if self.levels is not None else 0
        try:
            if self.holding is not None:
                self.holding.release()
            if stage is not None and shown is not None:
                result = stage.call(shown, function, args, kwargs)
            else:
                result = function(*args, **kwargs) if kwargs else function(*args)
        except BaseException as exception:
            _drop_own_entry(exception)
            raise ProgramRaised(exception) from None
        finally:
            if self.holding is not None:
                self.holding.stop()
                self.holding.hold()
            if self.levels is not None:
                self.levels.leave(room)
            if stage is not None:
                stage.hide()
                self._note_look(stage)
            self.unseen = False
        self.happened = (result,)
        return result

    def _note_look(self, stage: Stage) -> None:
        """What was called may have looked at frames that compiled code does not have."""
        if stage.looked and self._frame is not None:
            self.looked_at = True
            note_reader(self._frame.code)


def _made_again(operand: Traced) -> Value[Ref]:
    """A box of the number of an operand, unless it is a constant or no exact int."""
    number = operand.num
    if type(operand.obj) is not int or type(operand.ref) in (Const, BoxInt):
        return operand.ref
    return operand.ref if number is None or number.type is not Type.INT else BoxInt(number)


def _drop_own_entry(exception: BaseException) -> None:
    """Take the entry of `really_with` out of a traceback (there is none if its frame is hidden)."""
    entry = exception.__traceback__
    if entry is not None and entry.tb_frame.f_code is Unboxing.really_with.__code__:
        exception.__traceback__ = entry.tb_next
