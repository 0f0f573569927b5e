"""Exceptions."""

from hotloop_interp.decode import Instr
from hotloop_interp.frame import NULL, Frame, Slot, V
from hotloop_interp.handlers.registry import handles, replace_top
from hotloop_interp.machine import Machine, Unwind
from hotloop_interp.sealed import seal

seal(globals())


@handles("PUSH_EXC_INFO")
def push_exc_info(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """(exception -- previous exception)"""
    exception = frame.peek(1)
    replace_top(frame, 1, m.push_handled(frame, exception), exception)


@handles("POP_EXCEPT")
def pop_except(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """(previous -- )"""
    m.pop_handled(frame, frame.peek(1))
    frame.drop(1)


@handles("CHECK_EXC_MATCH")
def check_exc_match(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """(exception class -- exception bool)"""
    replace_top(frame, 1, m.exc_match(frame, frame.peek(2), frame.peek(1)))


@handles("CHECK_EG_MATCH")
def check_eg_match(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """(exception class -- rest match)"""
    replace_top(frame, 2, *m.group_match(frame, frame.peek(2), frame.peek(1)))


@handles("PREP_RERAISE_STAR")
def prep_reraise_star(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """(original raised -- exception to raise or None)"""
    replace_top(frame, 2, m.prep_reraise_star(frame.peek(2), frame.peek(1)))


@handles("RAISE_VARARGS")
def raise_varargs(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """([exception] [cause] -- ), never going on"""
    operands: list[Slot[V]] = [*frame.peek_many(instr.arg), NULL, NULL]
    m.do_raise(frame, operands[0], operands[1])


@handles("RERAISE")
def reraise(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """([lasti ...] exception -- ), never going on"""
    if instr.arg:
        frame.lasti = m.lasti_of(frame.peek(instr.arg + 1))
    raise Unwind(m.exception_of(frame.peek(1)))
