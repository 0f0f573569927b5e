"""Recording calls: Python functions, methods, classes, C functions, and whatever is callable.

What well-known C functions do in a trace is in `builtin_rules` and `method_rules`; others stay
calls. Functions that look at the frame they are called from end the recording.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType
from typing import Any, Final

from hotloop_interp.frame import NULL, Frame, ReturnKind, Slot
from hotloop_interp.protocol import is_a
from hotloop_ir import value as ir
from hotloop_ir.descr import BUILTIN_DEF, BUILTIN_SELF, METHOD_FUNC, METHOD_SELF
from hotloop_ir.helper import helper_named
from hotloop_ir.ops.call import CallPython
from hotloop_ir.ops.memory import GetField
from hotloop_ir.ops.pyobj import NewInstance, NewSlotsInstance
from hotloop_ir.value import Const
from hotloop_tracer import objects
from hotloop_tracer.abort import AbortReason
from hotloop_tracer.inlining import MadeFunction
from hotloop_tracer.objects import lookup
from hotloop_tracer.recording_attributes import Attributes, is_builtin_callable
from hotloop_tracer.rules import RULES, is_quiet, makes_class, may_keep_tuple
from hotloop_tracer.snapshots import shadow_of
from hotloop_tracer.traced import PERMANENT, Super, Traced

_CALL_EX: Final = helper_named("call_ex")
_LIST_TO_TUPLE: Final = helper_named("list_to_tuple")
_TUPLE_FROM: Final = helper_named("tuple_from_iterable")
_ABSTRACT: Final = 1 << 20


class Calls(Attributes):
    """Calls of everything."""

    def call(
        self,
        frame: Frame[Traced],
        callable_: Traced,
        args: Sequence[Traced],
        kwnames: tuple[str, ...],
    ) -> Traced | Frame[Traced]:
        """``callable_(*args)``, the last ones by keyword."""
        obj, values = callable_.obj, list(args)
        cls = type(obj)
        if cls is FunctionType:
            return self.enter(frame, callable_, values, kwnames)
        if cls is MethodType:
            return self._call_method(frame, callable_, values, kwnames)
        if is_builtin_callable(obj) or is_a(obj, type):
            return self._call_builtin(frame, callable_, values, kwnames)
        return self._call_instance(frame, callable_, values, kwnames)

    def call_ex(
        self, frame: Frame[Traced], callable_: Traced, args: Traced, kwargs: Slot[Traced]
    ) -> Traced | Frame[Traced]:
        """``callable_(*args, **kwargs)``: inlined if there are no keywords."""
        self.refuse_reader(frame, callable_)
        args_obj: Any = args.obj
        self.type_of(args)
        if type(args_obj) is list:
            args = self.residual(_LIST_TO_TUPLE, (args.ref,), lambda: tuple(args_obj))
        if type(args.obj) is tuple and kwargs is NULL and not may_keep_tuple(callable_.obj):
            items = self.unpack_sequence(args, len(args.obj))
            return self.call(frame, callable_, items, ())
        if type(args.obj) is not tuple:
            cls = type(args.obj)
            if lookup(cls, "__iter__") is objects.MISSING or not objects.class_is_immutable(cls):
                self.give_up(AbortReason.UNSUPPORTED_OPCODE)
            args = self.residual(_TUPLE_FROM, (args.ref,), tuple, args.obj)
        keywords, names = ({}, ir.NULL) if kwargs is NULL else (kwargs.obj, kwargs.ref)
        op = self.emit_call(_CALL_EX, callable_.ref, args.ref, names)
        obj = self.really_with(callable_.obj, args.obj, keywords)
        self.after_call(_CALL_EX)
        return Traced(obj, op)

    def call_python(
        self, callable_: Traced, args: list[Traced], kwnames: tuple[str, ...]
    ) -> Traced:
        """A call that stays one, but not of code that looks at the frames of its callers."""
        assert self._frame is not None
        self.refuse_reader(self._frame, callable_)
        if makes_class(callable_.obj, len(args)):
            self.give_up(AbortReason.READS_FRAME)
        return super().call_python(callable_, args, kwnames)

    # --- bound methods ----------------------------------------------------------------------

    def _call_method(
        self,
        frame: Frame[Traced],
        method: Traced,
        args: list[Traced],
        kwnames: tuple[str, ...],
    ) -> Traced | Frame[Traced]:
        function, instance = self._parts_of_method(method)
        if type(function.obj) is not FunctionType:
            return self.call_python(method, args, kwnames)
        return self.enter(frame, function, [instance, *args], kwnames)

    def _parts_of_method(self, method: Traced) -> tuple[Traced, Traced]:
        if method.parts is None:
            self.type_of(method)
            obj = method.obj
            function = Traced(obj.__func__, self.emit(GetField(method.ref, METHOD_FUNC)))
            instance = Traced(obj.__self__, self.emit(GetField(method.ref, METHOD_SELF)))
            method.parts = (self.promote(function), instance)
        return method.parts[0], method.parts[1]

    # --- C functions and classes ------------------------------------------------------------

    def _call_builtin(
        self,
        frame: Frame[Traced],
        callable_: Traced,
        args: list[Traced],
        kwnames: tuple[str, ...],
    ) -> Traced | Frame[Traced]:
        obj = callable_.obj
        if obj is super:
            return self._call_super(frame, callable_, args)
        self.refuse_reader(frame, callable_)
        rule = None if kwnames else RULES.get(id(obj))
        if rule is not None:
            self.promote(callable_)
            result = rule(self, frame, args)
            if result is not None:
                return result
        consumed = None if kwnames else self.consume(frame, callable_, args)
        if consumed is not None:
            return consumed
        if rule is None and type(obj) is type and objects.flags(obj) & objects.HEAP_TYPE:
            made = self._instantiate(frame, callable_, args, kwnames)
            if made is not None:
                return made
            if not args and self._makes_builtin(obj):
                self.promote(callable_)
                return self._call_quietly(callable_, args, kwnames)
        bound = self._call_bound(frame, callable_, args, kwnames)
        if bound is not None:
            return bound
        if is_quiet(obj, args):
            self.promote(callable_)
            return self._call_quietly(callable_, args, kwnames)
        return self.call_python(callable_, args, kwnames)

    def consume(
        self, frame: Frame[Traced], callable_: Traced, args: list[Traced]
    ) -> Traced | Frame[Traced] | None:
        """A builtin that takes all items of a generator; None for any other call."""
        return None

    def _call_bound(
        self,
        frame: Frame[Traced],
        callable_: Traced,
        args: list[Traced],
        kwnames: tuple[str, ...],
    ) -> Traced | Frame[Traced] | None:
        """A bound method of a builtin class, like a call of the method; None if it is none.

        Which method it is, is guarded, not which object it belongs to.
        """
        if type(callable_.obj) is not BuiltinFunctionType:
            return None
        method = objects.builtin_method(self.introspect, callable_.obj)
        rule = None if kwnames else RULES.get(id(method))
        instance = Traced(callable_.obj.__self__, callable_.ref)
        if rule is None and not is_quiet(method, [instance, *args]):
            return None
        instance = self._instance_of_builtin(callable_)
        if rule is not None:
            result = rule(self, frame, [instance, *args])
            if result is not None:
                return result
        if not is_quiet(method, [instance, *args]):
            return None
        self.type_of(instance)
        return self._call_quietly(callable_, args, kwnames)

    def _instance_of_builtin(self, callable_: Traced) -> Traced:
        """The object a builtin method is bound to; the method is guarded."""
        if callable_.parts is None:
            obj = callable_.obj
            if type(callable_.ref) is Const:
                instance = self.const(obj.__self__)
            else:
                self.type_of(callable_)
                definition = self.emit(GetField(callable_.ref, BUILTIN_DEF))
                self.guard_int(definition, self.introspect.method_definition(obj))
                instance = Traced(obj.__self__, self.emit(GetField(callable_.ref, BUILTIN_SELF)))
            callable_.parts = (instance,)
        return callable_.parts[0]

    def _call_quietly(
        self, callable_: Traced, args: list[Traced], kwnames: tuple[str, ...]
    ) -> Traced:
        """A real call that runs no code of the program itself.

        A collection inside it may, so nothing that was known stays known.
        """
        for arg in args:
            self.type_of(arg)
        operands = tuple([arg.ref for arg in args])
        op = self.emit(CallPython(callable_.ref, operands, kwnames, self.snap()))
        self.unseen = True
        result = self.run_call(op, callable_, args, kwnames)
        if type(callable_.obj) is type and type(result.obj) is callable_.obj:
            result.known = self.cache.epoch
        return result

    def _makes_builtin(self, cls: Any) -> bool:
        """Whether a class makes instances of a builtin container by that container's C code."""
        for base in (list, dict, set):
            if issubclass(cls, base):
                own = [lookup(cls, name) for name in ("__new__", "__init__")]
                same = own == [vars(base)["__new__"], vars(base)["__init__"]]
                return same and self.version_of(cls)
        return False

    def _instantiate(
        self,
        frame: Frame[Traced],
        callable_: Traced,
        args: list[Traced],
        kwnames: tuple[str, ...],
    ) -> Traced | Frame[Traced] | None:
        """A new instance, through a Python ``__init__`` if there is one (type_call)."""
        cls = callable_.obj
        init = lookup(cls, "__init__")
        if lookup(cls, "__new__") is not object.__dict__["__new__"]:
            return None
        if objects.flags(cls) & _ABSTRACT or not self.introspect.type_version(cls):
            return None
        bare = init is object.__init__ and not args
        if not bare and not (type(init) is FunctionType and self.may_step_into(frame, init)):
            return None
        slots = self.introspect.slots_of(cls)
        if slots is None and not self.introspect.plain_allocation(cls):
            return None
        self.promote(callable_)
        self.version_of(cls)
        instance = self._allocate(cls, slots)
        if bare:
            return instance
        everything = [instance, *args]
        callee = self.enter_frame(frame, self.const(init), everything, kwnames, ReturnKind.INIT)
        if callee is None:
            self.ops.remove(instance.ref)  # type: ignore[arg-type]
            return None
        callee.payload = instance
        shadow_of(callee).extra = instance.ref
        return callee

    def _allocate(self, cls: Any, slots: tuple[int, ...] | None) -> Traced:
        instance = object.__new__(cls)
        if slots is not None:
            empty = (ir.NULL,) * len(slots)
            return Traced(
                instance, self.emit(NewSlotsInstance(empty, cls, slots)), self.cache.epoch
            )
        empty = (ir.NULL,) * self.introspect.shared_key_count(cls)
        op = self.emit(NewInstance(empty, cls, ()))
        made = Traced(instance, op, self.cache.epoch)
        self.cache.values[id(op)] = op
        return made

    def check_init_result(self, value: Traced) -> None:
        """It is None: `returned` has seen to that."""

    # --- instances --------------------------------------------------------------------------

    def _call_instance(
        self,
        frame: Frame[Traced],
        callable_: Traced,
        args: list[Traced],
        kwnames: tuple[str, ...],
    ) -> Traced | Frame[Traced]:
        cls = type(callable_.obj)
        method = objects.python_method(cls, "__call__")
        if method is None or not self.introspect.type_version(cls):
            return self.call_python(callable_, args, kwnames)
        self.type_of(callable_)
        self.version_of(cls)
        everything = [callable_, *args]
        return self.enter(frame, self.const(method), everything, kwnames)

    # --- functions made here ----------------------------------------------------------------

    def make_function(
        self,
        frame: Frame[Traced],
        code: Traced,
        defaults: Slot[Traced],
        kwdefaults: Slot[Traced],
        annotations: Slot[Traced],
        closure: Slot[Traced],
    ) -> Traced:
        """A function of this frame's globals."""
        compiled = code.obj
        assert isinstance(compiled, CodeType)
        parts = [defaults, kwdefaults, annotations, closure]
        refs = [ir.NULL if part is NULL else part.ref for part in parts]
        helper = helper_named("make_function")
        running = self.const(self.services.running(compiled))
        op = self.emit_call(helper, running.ref, self.const(frame.globals).ref, *refs)
        cells = () if closure is NULL else tuple(self.unpack_sequence(closure, len(closure.obj)))
        values = (
            () if defaults is NULL else tuple(self.unpack_sequence(defaults, len(defaults.obj)))
        )
        function = FunctionType(
            running.obj,
            frame.globals,
            None,
            None if defaults is NULL else defaults.obj,
            None if closure is NULL else closure.obj,
        )
        if kwdefaults is not NULL:
            function.__kwdefaults__ = kwdefaults.obj
        if annotations is not NULL:
            function.__annotations__ = dict(
                zip(annotations.obj[::2], annotations.obj[1::2], strict=True)
            )
        tuple_ = None if defaults is NULL else defaults
        made = MadeFunction(function, op, tuple_, values, cells, self.cache.epoch)
        made.known = PERMANENT
        return made

    def load_build_class(self, frame: Frame[Traced]) -> Traced:
        """Class statements are not recorded."""
        self.give_up(AbortReason.CLASS_BODY)

    # --- super ------------------------------------------------------------------------------

    def _call_super(self, frame: Frame[Traced], callable_: Traced, args: list[Traced]) -> Traced:
        """``super()`` or ``super(C, self)``, followed at once by the attribute of a method."""
        following = frame.decoded.instrs[frame.index + 1]
        name = following.argval
        if following.op != "LOAD_METHOD" or type(name) is not str:
            self.give_up(AbortReason.SUPER_ESCAPES)
        if len(args) == 2:
            start, receiver = args
        elif not args:
            start, receiver = self._implicit_arguments(frame)
        else:
            self.give_up(AbortReason.SUPER_ESCAPES)
        if is_a(receiver.obj, type) or not is_a(start.obj, type):
            self.give_up(AbortReason.SUPER_ESCAPES)
        self.promote(callable_)
        self.promote(start)
        cls = self.type_of(receiver)
        attribute = self._after(cls, start.obj, name)
        if attribute is None or not self.version_of(cls):
            self.give_up(AbortReason.SUPER_ESCAPES)
        return Super(super(start.obj, receiver.obj), self.const(attribute), receiver)

    def _implicit_arguments(self, frame: Frame[Traced]) -> tuple[Traced, Traced]:
        """The ``__class__`` cell's content and the first argument (super_init_without_args)."""
        code = frame.code
        index = frame.decoded.local_index.get("__class__")
        cell = NULL if index is None else frame.localsplus[index]
        receiver = frame.localsplus[0] if code.co_argcount else NULL
        if cell is NULL or receiver is NULL:
            self.give_up(AbortReason.SUPER_ESCAPES)
        if code.co_varnames[0] in code.co_cellvars:
            receiver = self.cell_get(receiver)
        start = self.cell_get(cell)
        if start is NULL or receiver is NULL:
            self.give_up(AbortReason.SUPER_ESCAPES)
        return start, receiver

    @staticmethod
    def _after(cls: type, start: type, name: str) -> object:
        """The method that follows a class in the MRO of another, None if it is no plain one."""
        mro = type.__dict__["__mro__"].__get__(cls)
        if start not in mro:
            return None
        for base in mro[mro.index(start) + 1 :]:
            if name in vars(base):
                found = vars(base)[name]
                is_method = type(found) is FunctionType or found is object.__init__
                return found if is_method else None
        return None

    def load_method(
        self, frame: Frame[Traced], target: Traced, name: str
    ) -> tuple[Traced, Slot[Traced]] | Frame[Traced]:
        """Also of the super object that `_call_super` made.

        CPython pushes NULL and a bound method then; function and receiver do the same.
        """
        if type(target) is Super:
            return target.function, target.receiver
        return super().load_method(frame, target, name)
