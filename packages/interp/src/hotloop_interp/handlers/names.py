"""Globals, names of class bodies and modules, imports."""

from hotloop_interp.decode import Instr
from hotloop_interp.frame import NULL, Frame, V
from hotloop_interp.handlers.registry import handles, replace_top
from hotloop_interp.machine import Machine
from hotloop_interp.sealed import seal

seal(globals())


def _name(frame: Frame[V], instr: Instr) -> str:
    name = instr.argval
    assert isinstance(name, str)
    return name


@handles("LOAD_GLOBAL")
def load_global(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """( -- [NULL] value)"""
    value = m.load_global(frame, _name(frame, instr))
    if instr.arg & 1:
        frame.push(NULL)
    frame.push(value)


@handles("STORE_GLOBAL")
def store_global(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """(value -- )"""
    m.store_global(frame, _name(frame, instr), frame.peek(1))
    frame.drop(1)


@handles("DELETE_GLOBAL")
def delete_global(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """( -- )"""
    m.delete_global(frame, _name(frame, instr))


@handles("LOAD_NAME")
def load_name(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """( -- value)"""
    frame.push(m.load_name(frame, _name(frame, instr)))


@handles("STORE_NAME")
def store_name(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """(value -- )"""
    m.store_name(frame, _name(frame, instr), frame.peek(1))
    frame.drop(1)


@handles("DELETE_NAME")
def delete_name(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """( -- )"""
    m.delete_name(frame, _name(frame, instr))


@handles("SETUP_ANNOTATIONS")
def setup_annotations(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """( -- )"""
    m.setup_annotations(frame)


@handles("LOAD_BUILD_CLASS")
def load_build_class(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """( -- builtins.__build_class__)"""
    frame.push(m.load_build_class(frame))


@handles("IMPORT_NAME")
def import_name(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """(level fromlist -- module)"""
    level, fromlist = frame.peek_many(2)
    replace_top(frame, 2, m.import_name(frame, _name(frame, instr), fromlist, level))


@handles("IMPORT_FROM")
def import_from(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """(module -- module value)"""
    frame.push(m.import_from(frame, frame.peek(1), _name(frame, instr)))


@handles("IMPORT_STAR")
def import_star(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """(module -- )"""
    m.import_star(frame, frame.peek(1))
    frame.drop(1)


@handles("PRINT_EXPR")
def print_expr(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """(value -- )"""
    m.print_expr(frame, frame.peek(1))
    frame.drop(1)
