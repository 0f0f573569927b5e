"""Generators and coroutines: genuine CPython objects whose frames are interpreted.

A generator is made natively (calling its function runs nothing of the body). To resume it, its
frame is read out of the object, interpreted, and written back at the next yield, so that at any
moment native code may resume it as well. It is finished by letting CPython itself execute its
last return or raise, which clears it.
"""

from __future__ import annotations

from collections.abc import Callable
from types import CoroutineType, FunctionType, GeneratorType

from hotloop_interp import frame_access as access
from hotloop_interp.concrete import awaiting, shadows
from hotloop_interp.concrete.base import python_method
from hotloop_interp.concrete.exceptions import ConcreteExceptions
from hotloop_interp.concrete.objects import ConcreteObjects
from hotloop_interp.decode import decode
from hotloop_interp.frame import NULL, Frame, ReturnKind
from hotloop_interp.machine import Result, Returned
from hotloop_interp.sealed import seal

seal(globals())


class ConcreteGenerators(ConcreteObjects, ConcreteExceptions):
    """Generators, coroutines, await."""

    def resume_generator(
        self, frame: Frame[object], generator: object, value: object, kind: ReturnKind
    ) -> Frame[object] | None:
        if type(generator) is not GeneratorType and type(generator) is not CoroutineType:
            return None
        state = access.generator_state(generator)
        if state not in (access.GEN_CREATED, access.GEN_SUSPENDED):
            return None
        if state == access.GEN_CREATED and value is not None:
            return None
        callee = self._take_frame(frame, generator)
        callee.push(value)
        callee.return_kind = kind
        return callee

    def _take_frame(self, frame: Frame[object], generator: object) -> Frame[object]:
        """The generator's frame, moved out of it; the generator is then running."""
        live = access.generator_frame(generator)
        code = live.code
        count = len(decode(code).localsplus_names)
        slots = live.take_slots(0, count)
        stack = live.take_slots(count, live.stacktop)
        live.stacktop = count
        callee: Frame[object] = Frame(
            code, live.globals, live.builtins, slots,
            func=live.function(), f_locals=live.locals, parent=frame,
        )  # fmt: skip
        callee.stack = stack
        callee.index = callee.decoded.index_at[live.last] + 1
        callee.generator = generator
        access.set_generator_state(generator, access.GEN_EXECUTING)
        handled = access.generator_handled(generator)
        access.set_generator_handled(generator, NULL)
        self.handled.append(None if handled is NULL else handled)
        self.show_handled()
        return callee

    def _put_frame(self, frame: Frame[object], stack_size: int, last: int) -> None:
        """Move the frame back into its generator, which is then suspended after unit `last`."""
        generator = frame.generator
        live = access.generator_frame(generator)
        count = len(frame.localsplus)
        live.write_slots(0, frame.localsplus)
        live.init_stack(count, frame.stack[:stack_size])
        live.stacktop = count + stack_size
        live.last = last
        shadows.retire(frame)
        frame.localsplus.clear()
        frame.stack.clear()
        access.set_generator_state(generator, access.GEN_SUSPENDED)

    def _pop_handled(self) -> object:
        """Leave the generator's own level of handled exceptions."""
        handled = self.handled.pop()
        self.show_handled()
        return handled

    def yielded(self, frame: Frame[object], value: object) -> object:
        self.frame = frame.parent
        self._put_frame(frame, len(frame.stack) - 1, frame.instr.offset)
        handled = self._pop_handled()
        if handled is not None:
            access.set_generator_handled(frame.generator, handled)
        return value

    def returned(self, frame: Frame[object], value: object) -> object:
        self.frame = frame.parent
        if frame.generator is NULL:
            shadows.retire(frame)
            clear(frame)
            return value
        self._put_frame(frame, len(frame.stack) - 1, frame.instr.offset - 2)
        self._pop_handled()
        try:
            _send(frame.generator)(value)
        except StopIteration:
            return value
        raise AssertionError("a generator went on after its return")

    def raised(self, frame: Frame[object], exception: BaseException) -> BaseException:
        self.frame = frame.parent
        if frame.generator is NULL:
            shadows.retire(frame)
            clear(frame)
            return exception
        self._put_frame(frame, 0, frame.instr.offset)
        self._pop_handled()
        traceback = exception.__traceback__
        try:
            _throw(frame.generator)(exception)
        except BaseException as error:
            raised = error
        else:
            raise AssertionError("a generator went on after raising")
        exception.__traceback__ = traceback
        if raised is not exception:
            raised.__traceback__ = None
        return raised

    def return_generator(self, frame: Frame[object]) -> object:
        """RETURN_GENERATOR of a frame that was started here: move it into a new generator."""
        assert frame.func is not None
        made = _blank_call(frame.func)
        frame.generator = made
        self._put_frame(frame, 0, frame.instr.offset)
        access.set_generator_state(made, access.GEN_CREATED)
        frame.generator = NULL
        return made

    def send(
        self, frame: Frame[object], receiver: object, value: object
    ) -> object | Returned[object] | Frame[object]:
        callee = self.resume_generator(frame, receiver, value, ReturnKind.SEND)
        if callee is not None:
            return callee
        try:
            if value is not None:
                return self.native(frame, _bound_send(receiver), (value,))
            method = python_method(receiver, "__next__")
            if method is not None:
                return self.enter(frame, method, [receiver], kind=ReturnKind.SEND)
            return self.native(frame, next, (receiver,))
        except StopIteration as stop:
            return Returned(stop.value)

    def get_yield_from_iter(self, frame: Frame[object], value: object) -> Result[object]:
        kind = awaiting.yield_from_kind(frame.code, value)
        return value if kind else self.get_iter(frame, value)

    def get_awaitable(self, frame: Frame[object], value: object, context: int) -> Result[object]:
        return awaiting.get_awaitable(self, frame, value, context)

    def get_aiter(self, frame: Frame[object], value: object) -> Result[object]:
        return awaiting.get_aiter(value)

    def get_anext(self, frame: Frame[object], iterator: object) -> Result[object]:
        return awaiting.get_anext(self, frame, iterator)

    def async_gen_wrap(self, value: object) -> object:
        return awaiting.wrap(value)


def _blank_call(function: FunctionType) -> object:
    """Call a generator function with nonsense arguments, which are overwritten before use."""
    code = function.__code__
    total = code.co_argcount + code.co_kwonlyargcount
    named = dict.fromkeys(code.co_varnames[code.co_argcount : total])
    return function(*[None] * code.co_argcount, **named)


def _bound_send(receiver: object) -> Callable[[object], object]:
    """The `send` attribute, of any type of iterator."""
    send: Callable[[object], object] = receiver.send  # type: ignore[attr-defined]
    return send


def _send(generator: object) -> Callable[[object], object]:
    assert isinstance(generator, (GeneratorType, CoroutineType))
    send: Callable[[object], object] = generator.send
    return send


def _throw(generator: object) -> Callable[[BaseException], object]:
    assert isinstance(generator, (GeneratorType, CoroutineType))
    return generator.throw


def clear(frame: Frame[object]) -> None:
    """Let the values of a finished frame die in CPython's order (_PyFrame_Clear)."""
    slots = frame.localsplus
    for index in range(len(slots)):
        slots[index] = NULL
    frame.stack.clear()
