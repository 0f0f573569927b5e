"""Containers, strings, slices, unpacking."""

from hotloop_interp.decode import Instr
from hotloop_interp.frame import NULL, Frame, Slot, V
from hotloop_interp.handlers.registry import Control, handles, replace_top, settle
from hotloop_interp.machine import Machine
from hotloop_interp.sealed import seal

seal(globals())


@handles("BUILD_TUPLE")
def build_tuple(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """(items -- tuple)"""
    replace_top(frame, instr.arg, m.build_tuple(frame.peek_many(instr.arg)))


@handles("BUILD_LIST")
def build_list(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """(items -- list)"""
    replace_top(frame, instr.arg, m.build_list(frame.peek_many(instr.arg)))


@handles("BUILD_SET")
def build_set(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """(items -- set)"""
    replace_top(frame, instr.arg, m.build_set(frame.peek_many(instr.arg)))


@handles("BUILD_MAP")
def build_map(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """(key value ... -- dict)"""
    flat = frame.peek_many(2 * instr.arg)
    replace_top(frame, 2 * instr.arg, m.build_map(flat[::2], flat[1::2]))


@handles("BUILD_CONST_KEY_MAP")
def build_const_key_map(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """(values keys -- dict)"""
    *values, keys = frame.peek_many(instr.arg + 1)
    replace_top(frame, instr.arg + 1, m.build_const_key_map(keys, values))


@handles("BUILD_STRING")
def build_string(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """(parts -- str)"""
    replace_top(frame, instr.arg, m.build_string(frame.peek_many(instr.arg)))


@handles("BUILD_SLICE")
def build_slice(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """(start stop [step] -- slice)"""
    replace_top(frame, instr.arg, m.build_slice(frame.peek_many(instr.arg)))


@handles("FORMAT_VALUE")
def format_value(frame: Frame[V], m: Machine[V], instr: Instr) -> Control[V]:
    """(value [spec] -- str)"""
    has_spec = bool(instr.arg & 4)
    spec: Slot[V] = frame.peek(1) if has_spec else NULL
    value = frame.peek(1 + has_spec)
    return settle(frame, 1 + has_spec, m.format_value(frame, value, instr.arg & 3, spec))


@handles("LIST_APPEND")
def list_append(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """(list ... item -- list ...)"""
    m.list_append(frame.peek(instr.arg + 1), frame.peek(1))
    frame.drop(1)


@handles("LIST_EXTEND")
def list_extend(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """(list ... iterable -- list ...)"""
    m.list_extend(frame.peek(instr.arg + 1), frame.peek(1))
    frame.drop(1)


@handles("LIST_TO_TUPLE")
def list_to_tuple(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """(list -- tuple)"""
    replace_top(frame, 1, m.list_to_tuple(frame.peek(1)))


@handles("SET_ADD")
def set_add(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """(set ... item -- set ...)"""
    m.set_add(frame.peek(instr.arg + 1), frame.peek(1))
    frame.drop(1)


@handles("SET_UPDATE")
def set_update(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """(set ... iterable -- set ...)"""
    m.set_update(frame.peek(instr.arg + 1), frame.peek(1))
    frame.drop(1)


@handles("MAP_ADD")
def map_add(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """(dict ... key value -- dict ...)"""
    m.map_add(frame.peek(instr.arg + 2), frame.peek(2), frame.peek(1))
    frame.drop(2)


@handles("DICT_UPDATE")
def dict_update(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """(dict ... mapping -- dict ...)"""
    m.dict_update(frame.peek(instr.arg + 1), frame.peek(1))
    frame.drop(1)


@handles("DICT_MERGE")
def dict_merge(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """(callable tuple dict ... mapping -- callable tuple dict ...)"""
    callable_ = frame.peek(instr.arg + 3)
    m.dict_merge(callable_, frame.peek(instr.arg + 1), frame.peek(1))
    frame.drop(1)


@handles("UNPACK_SEQUENCE")
def unpack_sequence(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """(sequence -- last ... first)"""
    items = m.unpack_sequence(frame.peek(1), instr.arg)
    replace_top(frame, 1, *reversed(items))


@handles("UNPACK_EX")
def unpack_ex(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """(sequence -- last ... middle list ... first)"""
    items = m.unpack_ex(frame.peek(1), instr.arg & 255, instr.arg >> 8)
    replace_top(frame, 1, *reversed(items))
