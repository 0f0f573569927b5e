"""Exceptions while recording: only handlers of exceptions that were foreseen are recorded.

(See `catching`.) A handler of any other can be run through only as far as it does not touch the
exception state.
"""

from __future__ import annotations

from types import BuiltinFunctionType, WrapperDescriptorType
from typing import NoReturn

from hotloop_interp.frame import NULL, Frame, Slot
from hotloop_interp.protocol import is_a
from hotloop_ir.ops.call import CallPython
from hotloop_ir.value import Const
from hotloop_tracer.abort import AbortReason, ProgramRaised
from hotloop_tracer.handover import clear_slots
from hotloop_tracer.objects import MISSING, lookup, python_method
from hotloop_tracer.recording_operators import Operators
from hotloop_tracer.traced import Traced


def _is_exception_class(class_: Traced) -> bool:
    """PyExceptionClass_Check."""
    return is_a(class_.obj, type) and type.__subclasscheck__(BaseException, class_.obj)


def _is_made_quietly(cls: type) -> bool:
    """Whether calling an exception class, or the death of an instance, runs no code of its own."""
    if not type.__subclasscheck__(BaseException, cls) or type(cls) is not type:
        return False
    made = type(lookup(cls, "__new__")), type(lookup(cls, "__init__"))
    quietly = made == (BuiltinFunctionType, WrapperDescriptorType)
    return quietly and lookup(cls, "__del__") is MISSING


def _made(cls: type[BaseException]) -> BaseException | None:
    try:
        return cls()
    except TypeError:  # it takes arguments
        return None


class Exceptions(Operators):
    """Operations on exceptions and context managers."""

    def exception_value(self, exception: BaseException) -> Traced:
        """Handlers are not recorded."""
        self.give_up(AbortReason.EXCEPTION_STATE)

    def exception_of(self, value: Traced) -> BaseException:
        """Handlers are not recorded."""
        self.give_up(AbortReason.EXCEPTION_STATE)

    def add_traceback(self, frame: Frame[Traced], exception: BaseException) -> None:
        """Handlers are not recorded."""
        self.give_up(AbortReason.EXCEPTION_STATE)

    def push_handled(self, frame: Frame[Traced], exception: Traced) -> Traced:
        """Only of an exception that was foreseen: nothing will see it."""
        if self.handling is None or exception is not self.handling.value:
            self.give_up(AbortReason.EXCEPTION_STATE)
        return self.handling.previous

    def pop_handled(self, frame: Frame[Traced], previous: Traced) -> None:
        """The end of a handler: from here on the state of the program is a plain one again."""
        if self.handling is None or previous is not self.handling.previous:
            self.give_up(AbortReason.EXCEPTION_STATE)
        self.dirty = True  # the exception dies, too
        left, self.handling = self.handling.left, None
        for at in left:  # somebody may still know these frames
            at.stack.clear()
        for at in left:
            clear_slots(at)

    def exc_match(self, frame: Frame[Traced], exception: Traced, class_: Traced) -> Traced:
        """Whether an ``except`` clause takes an exception that was foreseen."""
        if self.handling is None or exception is not self.handling.value:
            self.give_up(AbortReason.EXCEPTION_STATE)
        classes = (class_,) if type(class_.obj) is not tuple else class_.parts or ()
        if not classes or not all(map(_is_exception_class, classes)):
            self.give_up(AbortReason.EXCEPTION_STATE)
        for one in classes:
            self.promote(one)
        cls = type(exception.obj)
        return self.const(any(type.__subclasscheck__(one.obj, cls) for one in classes))

    def group_match(
        self, frame: Frame[Traced], exception: Traced, class_: Traced
    ) -> tuple[Traced, Traced]:
        """Handlers are not recorded."""
        self.give_up(AbortReason.EXCEPTION_STATE)

    def prep_reraise_star(self, original: Traced, raised: Traced) -> Traced:
        """Handlers are not recorded."""
        self.give_up(AbortReason.EXCEPTION_STATE)

    def is_stop_async(self, exception: Traced) -> bool:
        """Handlers are not recorded."""
        self.give_up(AbortReason.EXCEPTION_STATE)

    def is_stop_iteration(self, exception: BaseException) -> bool:
        """Handlers are not recorded."""
        self.give_up(AbortReason.EXCEPTION_STATE)

    def raise_stop_iteration(self, value: Traced) -> NoReturn:
        """Generators are not entered."""
        self.give_up(AbortReason.GENERATOR)

    def stop_value(self, exception: BaseException) -> Traced:
        """Handlers are not recorded."""
        self.give_up(AbortReason.EXCEPTION_STATE)

    def do_raise(
        self, frame: Frame[Traced], exception: Slot[Traced], cause: Slot[Traced]
    ) -> NoReturn:
        """A raise statement, which is foreseen if it makes its exception or just has."""
        found = None
        if cause is NULL and exception is not NULL:
            found = self._raised_by_statement(frame, exception)
        if found is None:
            self.give_up(AbortReason.RAISED)
        self.foresee()
        raise ProgramRaised(found, executed=False)

    def _raised_by_statement(self, frame: Frame[Traced], operand: Traced) -> BaseException | None:
        """The exception of a raise statement, if nobody else knows it."""
        obj, ref = operand.obj, operand.ref
        cls = obj if is_a(obj, type) else type(obj)
        if not _is_made_quietly(cls) or not self.version_of(cls):
            return None
        if cls is obj:
            self.promote(operand)
            return _made(cls)
        maker = ref.args[0] if isinstance(ref, CallPython) else None
        if not isinstance(maker, Const) or maker.value is not cls or operand in frame.localsplus:
            return None
        assert isinstance(obj, BaseException)
        return obj

    def raised(self, frame: Frame[Traced], exception: BaseException) -> BaseException:
        """Handlers are not recorded."""
        self.give_up(AbortReason.EXCEPTION_STATE)

    def with_methods(
        self, frame: Frame[Traced], manager: Traced, *, is_async: bool
    ) -> tuple[Traced, Traced]:
        """Bound ``__enter__`` and ``__exit__`` that are Python functions of the class."""
        cls = type(manager.obj)
        methods = [python_method(cls, name) for name in ("__enter__", "__exit__")]
        if is_async or not self.introspect.type_version(cls):
            self.give_up(AbortReason.UNSUPPORTED_OPCODE)
        self.version_of(self.type_of(manager))
        bound: list[Traced] = []
        for method in methods:
            if method is None:
                self.give_up(AbortReason.UNSUPPORTED_OPCODE)
            bound.append(self.new_method(self.const(method), manager))
        return bound[0], bound[1]

    def with_except_start(
        self, frame: Frame[Traced], exit_: Traced, exception: Traced
    ) -> Traced | Frame[Traced]:
        """Context managers are not recorded."""
        self.give_up(AbortReason.UNSUPPORTED_OPCODE)

    def match_class(self, subject: Traced, class_: Traced, count: int, names: Traced) -> Traced:
        """Class patterns are not recorded."""
        self.give_up(AbortReason.UNSUPPORTED_OPCODE)

    def match_keys(self, subject: Traced, keys: Traced) -> Traced:
        """Mapping patterns are not recorded."""
        self.give_up(AbortReason.UNSUPPORTED_OPCODE)

    def match_mapping(self, subject: Traced) -> Traced:
        """Mapping patterns are not recorded."""
        self.give_up(AbortReason.UNSUPPORTED_OPCODE)

    def match_sequence(self, subject: Traced) -> Traced:
        """Sequence patterns are not recorded."""
        self.give_up(AbortReason.UNSUPPORTED_OPCODE)

    def print_expr(self, frame: Frame[Traced], value: Traced) -> None:
        """Interactive statements are not recorded."""
        self.give_up(AbortReason.UNSUPPORTED_OPCODE)
