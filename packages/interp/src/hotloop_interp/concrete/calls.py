"""Calls of plain objects: Python functions are entered, the rest is called natively."""

from __future__ import annotations

from collections.abc import Sequence
from types import BuiltinFunctionType, CellType, CodeType, FunctionType, MethodType

from hotloop_interp.concrete import dispatch
from hotloop_interp.concrete.base import ConcreteBase, python_method, split_keywords
from hotloop_interp.concrete.special import ENTERING, SPECIAL, enter_method
from hotloop_interp.frame import NULL, Frame, ReturnKind, Slot
from hotloop_interp.machine import Machine, Result
from hotloop_interp.protocol import is_a, lookup
from hotloop_interp.sealed import seal
from hotloop_ir.slotted import slotted

seal(globals())

_TYPE_CALL = type.__dict__["__call__"]


@slotted(frozen=True)
class ThenInit:
    """The rest of type_call after a Python __new__: __init__, if it made an instance."""

    class_: type
    args: Sequence[object]
    kwnames: tuple[str, ...]

    def resume(
        self, machine: Machine[object], caller: Frame[object], value: object
    ) -> Result[object]:
        if not issubclass(type(value), self.class_):
            return value
        assert isinstance(machine, ConcreteCalls)
        return machine.init(caller, value, self.args, self.kwnames)


class ConcreteCalls(ConcreteBase):
    """Calls and functions."""

    def call(
        self,
        frame: Frame[object],
        callable_: object,
        args: Sequence[object],
        kwnames: tuple[str, ...],
    ) -> Result[object]:
        if is_a(callable_, FunctionType):
            return self.enter(frame, callable_, args, kwnames)
        if is_a(callable_, MethodType):
            return self.call(frame, callable_.__func__, [callable_.__self__, *args], kwnames)
        special = SPECIAL.get(id(callable_))
        if special is not None:
            if self.profilefunc is None:
                return special(self, frame, args, kwnames)
            if special in ENTERING:
                return self.call_native(frame, callable_, args, kwnames)
            self.c_event(frame, "c_call", callable_)
            result = special(self, frame, args, kwnames)
            self.c_event(frame, "c_return", callable_)
            return result
        if type(callable_) is BuiltinFunctionType and self.profilefunc is None:
            entered = enter_method(self, frame, callable_, args, kwnames)
            if entered is not None:
                return entered
        if is_a(callable_, type):
            return self._call_class(frame, callable_, args, kwnames)
        method = python_method(callable_, "__call__")
        if method is not None:
            return self.enter(frame, method, [callable_, *args], kwnames)
        return self.call_native(frame, callable_, args, kwnames)

    def call_native(
        self,
        frame: Frame[object],
        callable_: object,
        args: Sequence[object],
        kwnames: tuple[str, ...],
    ) -> object:
        """Call without interpreting."""
        if self.profilefunc is not None:
            return self.profiled(frame, callable_, *split_keywords(args, kwnames))
        return self.native(frame, callable_, *split_keywords(args, kwnames))

    def _call_class(
        self, frame: Frame[object], class_: type, args: Sequence[object], kwnames: tuple[str, ...]
    ) -> Result[object]:
        """type_call, with Python methods entered."""
        metacall = lookup(type(class_), "__call__")
        if type(metacall) is FunctionType:
            return self.enter(frame, metacall, [class_, *args], kwnames)
        if metacall is not _TYPE_CALL:
            return self.call_native(frame, class_, args, kwnames)
        new, init = lookup(class_, "__new__"), lookup(class_, "__init__")
        if type(new) is staticmethod and type(new.__func__) is FunctionType:
            rest = ThenInit(class_, args, kwnames)
            return self.enter(
                frame, new.__func__, [class_, *args], kwnames, ReturnKind.CONTINUE, rest=rest
            )
        if type(init) is not FunctionType or not callable(new):
            return self.call_native(frame, class_, args, kwnames)
        positional, keywords = split_keywords(args, kwnames)
        made = self.native(frame, new, (class_, *positional), keywords)
        if not issubclass(type(made), class_):
            return made
        return self.init(frame, made, args, kwnames)

    def init(
        self, frame: Frame[object], made: object, args: Sequence[object], kwnames: tuple[str, ...]
    ) -> Result[object]:
        """Call the __init__ of a new instance."""
        init = lookup(type(made), "__init__")
        if type(init) is FunctionType:
            result = self.enter(frame, init, [made, *args], kwnames, ReturnKind.INIT, payload=made)
            if type(result) is Frame:
                return result
            self.check_init_result(result)
            return made

        positional, keywords = split_keywords(args, kwnames)
        self.native(frame, init, (made, *positional), keywords)
        return made

    def check_init_result(self, value: object) -> None:
        if value is not None:
            kind = type(value).__name__
            raise TypeError(f"__init__() should return None, not '{kind}'")

    def call_ex(
        self, frame: Frame[object], callable_: object, args: object, kwargs: Slot[object]
    ) -> Result[object]:
        if not is_a(args, tuple):
            args = dispatch.star_arguments(self.here, callable_, args)
        assert isinstance(args, tuple)
        if kwargs is NULL or not kwargs:
            return self.call(frame, callable_, args, ())
        assert isinstance(kwargs, dict)
        keywords: dict[object, object] = kwargs
        names = tuple(key for key in keywords if is_a(key, str))
        if len(names) != len(keywords):
            raise TypeError("keywords must be strings")
        return self.call(frame, callable_, (*args, *keywords.values()), names)

    def make_function(
        self,
        frame: Frame[object],
        code: object,
        defaults: Slot[object],
        kwdefaults: Slot[object],
        annotations: Slot[object],
        closure: Slot[object],
    ) -> object:
        assert isinstance(code, CodeType)
        cells = () if closure is NULL else closure
        assert isinstance(cells, tuple)
        function = make_native_function(frame, code, cells)
        if defaults is not NULL:
            function.__defaults__ = defaults  # type: ignore[assignment]
        if kwdefaults is not NULL:
            function.__kwdefaults__ = kwdefaults  # type: ignore[assignment]
        if annotations is not NULL:
            function.__annotations__ = dispatch.annotations_dict(annotations)
        return function


def make_native_function(
    frame: Frame[object], code: CodeType, cells: tuple[CellType, ...]
) -> FunctionType:
    """PyFunction_New: `__module__` from the globals, the frame's builtins."""
    return FunctionType(code, frame.globals, code.co_name, None, cells or None)
