"""Stores that write a number into the box it replaces (``hotloop_backend_x86.reuse``)."""

from __future__ import annotations

from hotloop_backend_x86.emitter import LIKELY, UNLIKELY, Emitter
from hotloop_backend_x86.layout import facts
from hotloop_backend_x86.reuse import Box
from hotloop_ir.descr import Place
from hotloop_ir.ops.memory import SetField, SetItem
from hotloop_ir.ops.pyobj import BoxFloat

#: The numbers above those that CPython shares, and how many of them have one digit.
_FIRST_OWN = 257
_OWN_SHORT = (1 << 30) - _FIRST_OWN


def replace_number(e: Emitter, store: SetField | SetItem, box: Box, place: str) -> None:
    """Store the number of ``box`` at ``place``; what was there is dropped.

    In place if an exact number with one reference is there and, for ints, the new one has
    one digit and is not shared. All else is done by a native helper in a cold block.
    """
    old = e.let(f"load ptr, ptr {place}")
    value = e.use(box.value)
    slow, join = e.fresh_block(), e.fresh_block()
    if isinstance(box, BoxFloat):
        _test_old(e, store, old, "hl_type_float", slow)
        e.line(f"store double {value}, ptr {e.offset(old, facts()['PyFloatObject.ob_fval'])}")
    else:
        above = e.let(f"add i64 {value}, {-_FIRST_OWN}")
        _or_slow(e, f"icmp ult i64 {above}, {_OWN_SHORT}", slow)
        _test_old(e, store, old, "hl_type_int", slow)
        e.line(f"store i64 1, ptr {e.offset(old, facts()['PyLongObject.ob_size'])}")
        digit = e.let(f"trunc i64 {value} to i32")
        e.line(f"store i32 {digit}, ptr {e.offset(old, facts()['PyLongObject.ob_digit'])}")
    fast = e.block_name
    e.jump(join)
    made, source = _slowly(e, store, box, (old, place, slow, join))
    e.block(join)
    e.define(box, f"phi ptr [{old}, %{fast}], [{made}, %{source}]")
    e.nonnull.add(box)


def _or_slow(e: Emitter, condition: str, slow: str) -> None:
    name = e.fresh_block()
    e.branch(e.let(condition), name, slow, LIKELY)
    e.block(name)


def _test_old(e: Emitter, store: SetField | SetItem, old: str, cls: str, slow: str) -> None:
    """Go on if ``old`` is of this very type and has one reference."""
    if isinstance(store, SetField):
        _or_slow(e, f"icmp ne ptr {old}, null", slow)
    kind = e.let(f"load ptr, ptr {e.offset(old, facts()['PyObject.ob_type'])}")
    _or_slow(e, f"icmp eq ptr {kind}, {e.symbol(cls)}", slow)
    count = e.let(f"load i64, ptr {old}")
    _or_slow(e, f"icmp eq i64 {count}, 1", slow)


def _slowly(
    e: Emitter, store: SetField | SetItem, box: Box, names: tuple[str, str, str, str]
) -> tuple[str, str]:
    """The cold block: a new box, unless the helper can do without; its name and the block's."""
    old, place, slow, join = names
    helper = "hl_replace_float" if isinstance(box, BoxFloat) else "hl_replace_int"
    operand = f"{'double' if isinstance(box, BoxFloat) else 'i64'} {e.use(box.value)}"
    made, source = e.fresh(), slow
    e.cold.append(f"{slow}:")
    if isinstance(store, SetField) and store.descr.place is Place.VALUES:
        new, known = e.fresh_block(), e.fresh_block()
        empty = e.fresh()
        values = e.values_pointers[store.base]
        e.cold += (
            f"{empty} = icmp eq ptr {old}, null",
            f"br i1 {empty}, label %{new}, label %{known}, {UNLIKELY}",
            f"{new}:",
            f"call void {e.native('hl_add_to_order')}(ptr {values}, i64 {store.descr.index})",
            f"br label %{known}",
            f"{known}:",
        )
        source = known
    e.cold += (
        f"{made} = call ptr {e.native(helper)}(ptr {place}, {operand})",
        f"br label %{join}",
    )
    return made, source
