"""Constants, locals, cells and stack shuffling."""

from hotloop_interp.decode import Instr
from hotloop_interp.frame import NULL, Frame, V
from hotloop_interp.handlers.registry import handles
from hotloop_interp.machine import Machine
from hotloop_interp.protocol import unbound_free, unbound_local
from hotloop_interp.sealed import seal

seal(globals())


@handles("NOP", "RESUME", "EXTENDED_ARG", "CACHE", "PRECALL", "KW_NAMES")
def nothing(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """( -- ). The last three never reach a handler: decoding merges them."""


@handles("LOAD_CONST")
def load_const(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """( -- constant)"""
    frame.stack.append(m.const(instr.argval))


@handles("LOAD_FAST")
def load_fast(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """( -- local)"""
    value = frame.localsplus[instr.arg]
    if value is NULL:
        raise unbound_local(frame.decoded.localsplus_names[instr.arg])
    frame.stack.append(value)


@handles("STORE_FAST")
def store_fast(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """(value -- ). The slot changes before the old value dies (SETLOCAL)."""
    slots = frame.localsplus
    old = slots[instr.arg]
    slots[instr.arg] = frame.stack.pop()
    del old


@handles("DELETE_FAST")
def delete_fast(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """( -- )"""
    old = frame.localsplus[instr.arg]
    if old is NULL:
        raise unbound_local(frame.decoded.localsplus_names[instr.arg])
    frame.localsplus[instr.arg] = NULL
    del old


@handles("LOAD_CLOSURE")
def load_closure(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """( -- cell)"""
    cell = frame.localsplus[instr.arg]
    if cell is NULL:
        raise unbound_local(frame.decoded.localsplus_names[instr.arg])
    frame.push(cell)


@handles("MAKE_CELL")
def make_cell(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """( -- ). The slot's value (an argument or NULL) goes into a new cell."""
    frame.localsplus[instr.arg] = m.make_cell(frame.localsplus[instr.arg])


@handles("COPY_FREE_VARS")
def copy_free_vars(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """( -- ). The function's closure becomes the last slots."""
    frame.localsplus[-instr.arg :] = m.closure(frame)


def _cell(frame: Frame[V], index: int) -> V:
    cell = frame.localsplus[index]
    assert cell is not NULL, "a cell slot without a cell"
    return cell


def _unbound(frame: Frame[V], index: int) -> NameError:
    """The error of an empty cell: another one for free variables (format_exc_unbound)."""
    name = frame.decoded.localsplus_names[index]
    is_free = index >= len(frame.localsplus) - len(frame.code.co_freevars)
    return unbound_free(name) if is_free else unbound_local(name)


@handles("LOAD_DEREF")
def load_deref(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """( -- contents of the cell)"""
    value = m.cell_get(_cell(frame, instr.arg))
    if value is NULL:
        raise _unbound(frame, instr.arg)
    frame.push(value)


@handles("LOAD_CLASSDEREF")
def load_classderef(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """( -- value of the class namespace, else of the cell)"""
    name = frame.decoded.localsplus_names[instr.arg]
    value = m.load_classderef(frame, name, _cell(frame, instr.arg))
    if value is NULL:
        raise _unbound(frame, instr.arg)
    frame.push(value)


@handles("STORE_DEREF")
def store_deref(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """(value -- )"""
    m.cell_set(_cell(frame, instr.arg), frame.peek(1))
    frame.drop(1)


@handles("DELETE_DEREF")
def delete_deref(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """( -- )"""
    cell = _cell(frame, instr.arg)
    if m.cell_get(cell) is NULL:
        raise _unbound(frame, instr.arg)
    m.cell_set(cell, NULL)


@handles("POP_TOP")
def pop_top(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """(value -- )"""
    frame.drop(1)


@handles("PUSH_NULL")
def push_null(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """( -- NULL)"""
    frame.push(NULL)


@handles("COPY")
def copy(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """(value ... -- value ... value)"""
    frame.push(frame.stack[-instr.arg])


@handles("SWAP")
def swap(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """(a ... b -- b ... a)"""
    stack = frame.stack
    stack[-1], stack[-instr.arg] = stack[-instr.arg], stack[-1]


@handles("LOAD_ASSERTION_ERROR")
def load_assertion_error(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """( -- AssertionError), whatever the builtins say."""
    frame.push(m.const(AssertionError))
