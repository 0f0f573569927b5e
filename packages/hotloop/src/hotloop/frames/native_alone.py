"""LLVM IR: asking Python of ours while nothing of the program runs, in no thread.

Templates for modules whose code asks from the middle of compiled code. What runs must not let go of
the GIL: the mutex behind which other threads ask for it is held, and what they have asked for so
far is put aside.
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from string import Template
from typing import Final

from hotloop.frames.memory import symbol
from hotloop.frames.native_leaving import ADD_DEPTH
from hotloop_ir.layout import Layout

_ROOM: Final = 400  # levels of recursion for what is asked

SYMBOLS: Final = (
    "PyObject_CallFunction", "PyErr_Fetch", "PyErr_Restore", "PyErr_Print",
    "pthread_mutex_lock", "pthread_mutex_unlock", "abort", "_PyRuntime",
)  # fmt: skip
"""Symbols of CPython and libc that the text refers to. Besides it needs ``hl_hold``,
``hl_release`` and ``hl_three_words``, the C string "OLL"."""

_TEXT: Final = """
declare ptr @PyObject_CallFunction(ptr, ptr, ...)
declare void @PyErr_Fetch(ptr, ptr, ptr)
declare void @PyErr_Restore(ptr, ptr, ptr)
declare void @PyErr_Print()
declare i32 @pthread_mutex_lock(ptr)
declare i32 @pthread_mutex_unlock(ptr)
declare void @abort()
declare i1 @hl_hold(ptr)
declare void @hl_release(ptr)
@_PyRuntime = external global i8
@hl_three_words = external global i8

define internal i64 @word(ptr %words, i64 %number) {
  %p = getelementptr i64, ptr %words, i64 %number
  %word = load i64, ptr %p
  ret i64 %word
}

define internal void @set_word(ptr %words, i64 %number, i64 %word) {
  %p = getelementptr i64, ptr %words, i64 %number
  store i64 %word, ptr %p
  ret void
}

; Take the mutex of the GIL; whether other threads had asked for the GIL, who are put aside.
define internal i32 @stop_others(ptr %interp) {
  %mutex = getelementptr i8, ptr @_PyRuntime, i64 $gil_mutex
  %status = call i32 @pthread_mutex_lock(ptr %mutex)
  %requestp = getelementptr i8, ptr %interp, i64 $gil_drop_request
  %request = load volatile i32, ptr %requestp
  store volatile i32 0, ptr %requestp
  ret i32 %request
}

; They may go on; whether some have waited for the mutex (its first word is 2 then).
define internal i1 @let_others_go_on(ptr %interp, i32 %request) {
  %asked = icmp ne i32 %request, 0
  br i1 %asked, label %restore, label %unlock
restore:
  %requestp = getelementptr i8, ptr %interp, i64 $gil_drop_request
  store volatile i32 1, ptr %requestp
  %breakerp = getelementptr i8, ptr %interp, i64 $eval_breaker
  store volatile i32 1, ptr %breakerp
  br label %unlock
unlock:
  %mutex = getelementptr i8, ptr @_PyRuntime, i64 $gil_mutex
  %state = load volatile i32, ptr %mutex
  %status = call i32 @pthread_mutex_unlock(ptr %mutex)
  %waited = icmp ugt i32 %state, 1
  ret i1 %waited
}

; Call a function of ours with an object, the buffer of an activation and the address of some words.
; An error ends the process. Whether other threads have waited meanwhile.
define internal i1 @ask(ptr %function, ptr %object, ptr %buf, ptr %words) {
  %tsp = getelementptr ptr, ptr %buf, i64 -2
  %ts = load ptr, ptr %tsp
  call void @add_depth(ptr %ts, i32 $room)
  %new = call i1 @hl_hold(ptr %ts)
  %cframep = getelementptr i8, ptr %ts, i64 $cframe
  %cframe = load ptr, ptr %cframep
  %tracingp = getelementptr i8, ptr %cframe, i64 $use_tracing
  %tracing = load i8, ptr %tracingp
  store i8 0, ptr %tracingp
  %interpp = getelementptr i8, ptr %ts, i64 $interp
  %interp = load ptr, ptr %interpp
  %request = call i32 @stop_others(ptr %interp)
  %b = ptrtoint ptr %buf to i64
  %w = ptrtoint ptr %words to i64
  %answer = call ptr (ptr, ptr, ...) @PyObject_CallFunction(ptr %function, ptr @hl_three_words,
    ptr %object, i64 %b, i64 %w)
  %waited = call i1 @let_others_go_on(ptr %interp, i32 %request)
  %failed = icmp eq ptr %answer, null
  br i1 %failed, label %fatal, label %answered
fatal:
  call void @PyErr_Print()
  call void @abort()
  unreachable
answered:
  %count = load i64, ptr %answer
  %less = sub i64 %count, 1
  store i64 %less, ptr %answer
  store i8 %tracing, ptr %tracingp
  br i1 %new, label %release, label %done
release:
  call void @hl_release(ptr %ts)
  br label %done
done:
  call void @add_depth(ptr %ts, i32 -$room)
  ret i1 %waited
}
"""

_format = ctypes.create_string_buffer(b"OLL")


def asking_ir(layout: Layout) -> str:
    """The text that other modules begin with."""
    return Template(_TEXT + ADD_DEPTH).substitute(
        recursion_remaining=layout["PyThreadState.recursion_remaining"],
        interp=layout["PyThreadState.interp"],
        cframe=layout["PyThreadState.cframe"],
        use_tracing=layout["_PyCFrame.use_tracing"],
        gil_mutex=layout["_PyRuntimeState.ceval.gil.mutex"],
        gil_drop_request=layout["PyInterpreterState.ceval.gil_drop_request"],
        eval_breaker=layout["PyInterpreterState.ceval.eval_breaker"],
        room=_ROOM,
    )


def asking_symbols(natives: Mapping[str, int]) -> dict[str, int]:
    """What it refers to; ``natives``: the functions of ``frames.native``."""
    found = {name: symbol(name) for name in SYMBOLS}
    found |= {name: natives[name] for name in ("hl_hold", "hl_release")}
    found["hl_three_words"] = ctypes.addressof(_format)
    return found
