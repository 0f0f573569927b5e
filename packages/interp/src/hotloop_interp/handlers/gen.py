"""Generators, coroutines, async generators."""

from hotloop_interp.decode import Instr
from hotloop_interp.frame import NULL, Frame, ReturnKind, V, entered
from hotloop_interp.handlers.registry import (
    Control,
    Leave,
    finishes,
    handles,
    replace_top,
    settle,
)
from hotloop_interp.machine import Machine, Returned, Unwind
from hotloop_interp.sealed import seal

seal(globals())


@handles("RETURN_GENERATOR")
def return_generator(frame: Frame[V], m: Machine[V], instr: Instr) -> Control[V]:
    """( -- generator), leaving the frame, which the generator owns from now on"""
    frame.push(m.return_generator(frame))
    return Leave.RETURN


@handles("YIELD_VALUE")
def yield_value(frame: Frame[V], m: Machine[V], instr: Instr) -> Control[V]:
    """(value -- value sent), leaving the frame in between"""
    return Leave.YIELD


@handles("SEND")
def send(frame: Frame[V], m: Machine[V], instr: Instr) -> Control[V]:
    """(receiver value -- receiver yielded), or (receiver value -- result) and jump"""
    answer = m.send(frame, frame.peek(2), frame.peek(1))
    if entered(answer, frame):
        frame.drop(1)
        return answer
    if isinstance(answer, Returned):
        replace_top(frame, 2, answer.value)
        return instr.jump
    replace_top(frame, 1, answer)
    return None


@finishes(ReturnKind.SEND)
def send_returned(
    frame: Frame[V], m: Machine[V], callee: Frame[V], value: V, leave: Leave
) -> Control[V]:
    """(receiver -- receiver yielded), or (receiver -- result) and jump"""
    if callee.generator is not NULL and leave is Leave.RETURN:
        return send_stopped(frame, value)
    frame.push(value)
    return frame.instr.next


def send_stopped(frame: Frame[V], value: V) -> Control[V]:
    """(receiver -- result) and jump"""
    replace_top(frame, 1, value)
    return frame.instr.jump


@finishes(ReturnKind.NEXT)
def next_returned(
    frame: Frame[V], m: Machine[V], callee: Frame[V], value: V, leave: Leave
) -> Control[V]:
    """( -- item) of next() or send()"""
    if callee.generator is not NULL and leave is Leave.RETURN:
        if callee.payload is NULL:
            m.raise_stop_iteration(value)
        frame.push(callee.payload)
    else:
        frame.push(value)
    return frame.instr.next


@handles("ASYNC_GEN_WRAP")
def async_gen_wrap(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """(value -- wrapped value)"""
    replace_top(frame, 1, m.async_gen_wrap(frame.peek(1)))


@handles("GET_YIELD_FROM_ITER")
def get_yield_from_iter(frame: Frame[V], m: Machine[V], instr: Instr) -> Control[V]:
    """(iterable -- iterator)"""
    return settle(frame, 1, m.get_yield_from_iter(frame, frame.peek(1)))


@handles("GET_AWAITABLE")
def get_awaitable(frame: Frame[V], m: Machine[V], instr: Instr) -> Control[V]:
    """(awaitable -- iterator)"""
    return settle(frame, 1, m.get_awaitable(frame, frame.peek(1), instr.arg))


@handles("GET_AITER")
def get_aiter(frame: Frame[V], m: Machine[V], instr: Instr) -> Control[V]:
    """(async iterable -- async iterator)"""
    return settle(frame, 1, m.get_aiter(frame, frame.peek(1)))


@handles("GET_ANEXT")
def get_anext(frame: Frame[V], m: Machine[V], instr: Instr) -> Control[V]:
    """(async iterator -- async iterator awaitable)"""
    return settle(frame, 0, m.get_anext(frame, frame.peek(1)))


@handles("END_ASYNC_FOR")
def end_async_for(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """(async iterator exception -- ) for StopAsyncIteration; others go on unwinding"""
    exception = frame.peek(1)
    if not m.is_stop_async(exception):
        raise Unwind(m.exception_of(exception))
    frame.drop(2)
