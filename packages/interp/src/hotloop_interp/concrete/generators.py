"""Generators and coroutines: genuine CPython objects whose frames are interpreted.

A generator is made natively (calling its function runs nothing of the body). To resume it, its
frame is read out of the object, interpreted, and written back at the next yield, so that at any
moment native code may resume it as well. It is finished by letting CPython itself execute its
last return or raise, which clears it.
"""

from __future__ import annotations

from collections.abc import Callable
from types import CoroutineType, GeneratorType

from hotloop_interp import frame_access as access
from hotloop_interp.concrete import awaiting, shadows
from hotloop_interp.concrete.base import python_method
from hotloop_interp.concrete.exceptions import ConcreteExceptions
from hotloop_interp.concrete.objects import ConcreteObjects
from hotloop_interp.decode import decode
from hotloop_interp.frame import NULL, Frame, ReturnKind, Slot
from hotloop_interp.machine import Result, Returned
from hotloop_interp.sealed import seal

seal(globals())


class ConcreteGenerators(ConcreteObjects, ConcreteExceptions):
    """Generators, coroutines, await."""

    def resume_generator(
        self, frame: Frame[object], generator: object, value: object, kind: ReturnKind
    ) -> Frame[object] | None:
        awaiter: Slot[object] = NULL
        found = awaiting.asend_to_enter(generator, value)
        if found is not None:
            awaiter = generator
            generator, value = found
        elif not _can_enter(generator, value):
            return None
        callee = self._take_frame(frame, generator)
        callee.index = callee.instr.next
        callee.push(value)
        callee.return_kind = kind
        callee.awaiter = awaiter
        return callee

    def throw_into(
        self, frame: Frame[object], generator: object, exception: BaseException
    ) -> Frame[object] | None:
        """The frame of a suspended generator to raise in, None if it must be done natively."""
        if not isinstance(generator, (GeneratorType, CoroutineType)):
            return None
        if access.generator_state(generator) != access.GEN_SUSPENDED:
            return None
        if _delegate(generator) is not None:
            return None
        callee = self._take_frame(frame, generator)
        handled = self.handled[-1]
        if handled is not None and handled is not exception:
            assert isinstance(handled, BaseException)
            exception.__context__ = handled
        callee.return_kind = ReturnKind.NEXT
        callee.raising = exception
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
        callee.index = callee.decoded.index_at[live.last]
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
        if frame.awaiter is not NULL and type(value) is awaiting.Wrapped:
            return self._finish(frame, value)
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
        if frame.awaiter is not NULL:
            return self._finish(frame, None)
        try:
            return self._finish(frame, value)
        except StopIteration:
            return value

    def _finish(self, frame: Frame[object], value: object) -> object:
        """Let CPython execute the RETURN_VALUE or YIELD_VALUE the frame is at; it raises."""
        self._put_frame(frame, len(frame.stack) - 1, frame.instr.offset - 2)
        handled = self._pop_handled()
        if frame.awaiter is not NULL:
            if handled is not None:
                access.set_generator_handled(frame.generator, handled)
            frame.generator = NULL
            return _bound_send(frame.awaiter)(value)
        return _bound_send(frame.generator)(value)

    def raised(self, frame: Frame[object], exception: BaseException) -> BaseException:
        self.frame = frame.parent
        if frame.generator is NULL:
            shadows.retire(frame)
            clear(frame)
            return exception
        raised_at = frame.raised_at
        shown = shadows.shadow_of(frame).object
        # At the instruction that raises again: the one it raises for may have a handler.
        self._put_frame(frame, 0, frame.instr.offset)
        self._pop_handled()
        traceback = exception.__traceback__
        owner = frame.generator if frame.awaiter is NULL else frame.awaiter
        frame.generator = NULL
        try:
            _bound_throw(owner)(exception)
        except BaseException as error:
            raised = error
        else:
            raise AssertionError("a generator went on after raising")
        exception.__traceback__ = traceback
        access.live_frame(shown).last = raised_at
        if raised is not exception:
            raised.__traceback__ = None
        return raised

    def return_generator(self, frame: Frame[object]) -> object:
        """RETURN_GENERATOR: move the frame into a new generator.

        The function is called natively with nonsense for arguments, which are overwritten: this
        runs nothing of its body.
        """
        assert frame.func is not None
        assert frame.parent is not None
        code = frame.code
        total = code.co_argcount + code.co_kwonlyargcount
        named = dict.fromkeys(code.co_varnames[code.co_argcount : total])
        made = self.native(frame.parent, frame.func, [None] * code.co_argcount, named)
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
            if value is not None or type(receiver) is CoroutineType:
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
        return awaiting.get_aiter(self, frame, value)

    def get_anext(self, frame: Frame[object], iterator: object) -> Result[object]:
        return awaiting.get_anext(self, frame, iterator)

    def async_gen_wrap(self, value: object) -> object:
        return awaiting.wrap(value)


def _can_enter(generator: object, value: object) -> bool:
    """Whether it is a suspended generator or coroutine that takes the value."""
    if type(generator) is not GeneratorType and type(generator) is not CoroutineType:
        return False
    state = access.generator_state(generator)
    return state == access.GEN_SUSPENDED or (state == access.GEN_CREATED and value is None)


def _delegate(generator: object) -> object:
    """What a generator or coroutine awaits."""
    if type(generator) is CoroutineType:
        return generator.cr_await
    assert type(generator) is GeneratorType
    return generator.gi_yieldfrom


def _bound_send(receiver: object) -> Callable[[object], object]:
    """The `send` attribute, of any type of iterator."""
    send: Callable[[object], object] = receiver.send  # type: ignore[attr-defined]
    return send


def _bound_throw(receiver: object) -> Callable[[BaseException], object]:
    throw: Callable[[BaseException], object] = receiver.throw  # type: ignore[attr-defined]
    return throw


def clear(frame: Frame[object]) -> None:
    """Let the values of a finished frame die in CPython's order (_PyFrame_Clear)."""
    slots = frame.localsplus
    for index in range(len(slots)):
        slots[index] = NULL
    frame.stack.clear()
