"""Objects that CPython's collector need not look at any more.

``gc.freeze`` moves *all* objects to the permanent generation, which is never collected; here it
is done with some. Their reference counts work as before, and whatever they refer to stays alive
through them. Must not choose which objects.
"""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Iterable
from typing import Final

from hotloop.frames.memory import peek, peek32
from hotloop.frames.runtime import CompileModule
from hotloop_ir.layout import Layout

# Made once: a class that is dropped is a cycle, which the program's next collection would count.
_Settle: Final = ctypes.PYFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_void_p)

# gc_list_move of every item (Modules/gcmodule.c); the two lowest bits of _gc_prev are flags.
_IR: Final = """
define void @hl_settle(ptr %items, i64 %count, ptr %permanent) nounwind {{
entry:
  br label %loop
loop:
  %i = phi i64 [0, %entry], [%j, %next]
  %more = icmp slt i64 %i, %count
  br i1 %more, label %body, label %done
done:
  ret void
body:
  %place = getelementptr ptr, ptr %items, i64 %i
  %object = load ptr, ptr %place
  %head = getelementptr i8, ptr %object, i64 -{head}
  %after = load ptr, ptr %head
  %untracked = icmp eq ptr %after, null
  br i1 %untracked, label %next, label %move
move:
  %head.prev = getelementptr i8, ptr %head, i64 {prev}
  %word = load i64, ptr %head.prev
  %flags = and i64 %word, 3
  %before.word = and i64 %word, -4
  %before = inttoptr i64 %before.word to ptr
  store ptr %after, ptr %before
  %after.prev = getelementptr i8, ptr %after, i64 {prev}
  %after.word = load i64, ptr %after.prev
  %after.flags = and i64 %after.word, 3
  %after.new = or i64 %after.flags, %before.word
  store i64 %after.new, ptr %after.prev
  %last.prev = getelementptr i8, ptr %permanent, i64 {prev}
  %last.word = load i64, ptr %last.prev
  %last.address = and i64 %last.word, -4
  %last = inttoptr i64 %last.address to ptr
  store ptr %head, ptr %last
  %new.word = or i64 %last.address, %flags
  store i64 %new.word, ptr %head.prev
  store ptr %permanent, ptr %head
  %own = ptrtoint ptr %head to i64
  store i64 %own, ptr %last.prev
  br label %next
next:
  %j = add i64 %i, 1
  br label %loop
}}
"""


def settle(objects: list[object], layout: Layout, compile_module: CompileModule) -> bool:
    """Move objects to the permanent generation; says whether it was done.

    Every one must have a GC header; those that are not tracked stay as they are. Nothing is done
    while a collection runs (in a finaliser, say).
    """
    get = ctypes.pythonapi.PyInterpreterState_Get
    get.restype = ctypes.c_void_p
    state = int(get())
    permanent = state + layout["PyInterpreterState.gc.permanent_generation"]
    permanent += layout["gc_generation.head"]
    if peek32(state + layout["PyInterpreterState.gc.collecting"]):
        return False
    if (peek(permanent) == permanent) != (gc.get_freeze_count() == 0):
        return False  # not where the layout has it
    text = _IR.format(head=layout["sizeof(PyGC_Head)"], prev=layout["PyGC_Head._gc_prev"])
    address = compile_module(text, {})["hl_settle"]
    items = peek(id(objects) + layout["PyListObject.ob_item"])
    _Settle(address)(items, len(objects), permanent)
    return True


def untrack(objects: Iterable[object]) -> None:
    """Let all collections pass objects by. They must not be part of a cycle that may die."""
    forget = ctypes.pythonapi.PyObject_GC_UnTrack
    forget.argtypes, forget.restype = [ctypes.py_object], None
    for item in objects:
        forget(item)
