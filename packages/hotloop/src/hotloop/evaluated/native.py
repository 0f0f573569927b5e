"""LLVM IR: an activation whose trace is evaluated; ``hl_evaluate`` is what its code calls.

The evaluator is Python, but nothing of the program may run while it does, and nothing of it may be
there while the program runs. So it is asked what to do next (``frames.native_alone``: no other
thread runs, as in machine code), and its frames are gone when that is done: a call, a death, a look
at the eval breaker.
"""

from __future__ import annotations

import enum
from string import Template
from typing import Final

from hotloop.frames.native_alone import asking_ir
from hotloop_backend_x86.stores import BUFFER_SLOTS
from hotloop_ir.layout import Layout


class Wish(enum.IntEnum):
    """What the evaluator wants done; the first of the words it is given."""

    START = -1  # nothing yet: this is what it is told at first
    LEAVE = 0
    CALL = 1
    CALL_ENTRY = 2
    DROP = 3
    DROP_CHECKED = 4
    LOOK = 5
    RAISE = 6


class Word(enum.IntEnum):
    """The other words: of a wish and its answer, by number."""

    TARGET = 1  # what is called or dropped; at the start the selector
    SELECTOR = 2  # of the entry
    ARGUMENTS = 2
    COUNT = 3
    NAMES = 4
    RECORD = 5
    LEVELS = 6
    ANSWER = 7
    INNER = 8  # the buffer for a callee
    LEFT = 9  # levels of recursion that the program has left


WORDS: Final = 10
GO_ON_WORD, GO_ON_WITH_WORD = -10, -11
"""Words of an activation record: where its trace goes on when it is left, and the second operand
of that (the first is the buffer)."""
_ACTIVATION_WORDS: Final = 16

SYMBOLS: Final = ("PyObject_Vectorcall", "PyException_GetTraceback", "Py_IncRef", "usleep")
"""Symbols of CPython and libc that the module refers to, besides those of ``native_alone``."""
NATIVES: Final = (
    "hl_before_python", "hl_after_python", "hl_call_entry", "hl_drop_reference", "hl_drop_checked",
    "hl_interrupt_due",
)  # fmt: skip
"""Functions of the backend's runtime that it calls."""

_TEXT: Final = """
declare ptr @PyObject_Vectorcall(ptr, ptr, i64, ptr)
declare ptr @PyException_GetTraceback(ptr)
declare void @Py_IncRef(ptr)
declare i32 @usleep(i32)
declare void @hl_before_python(ptr, i64)
declare void @hl_after_python(ptr)
declare ptr @hl_call_entry(ptr, i64, ptr, ptr, i64, i32)
declare void @hl_drop_reference(ptr)
declare i1 @hl_drop_checked(ptr, ptr, i64)
declare i1 @hl_interrupt_due(ptr)
@hl_evaluator = external global i8

define internal ptr @call(ptr %buf, ptr %words) {
  %target = call i64 @word(ptr %words, i64 $TARGET)
  %arguments = call i64 @word(ptr %words, i64 $ARGUMENTS)
  %count = call i64 @word(ptr %words, i64 $COUNT)
  %names = call i64 @word(ptr %words, i64 $NAMES)
  %record = call i64 @word(ptr %words, i64 $RECORD)
  %levels64 = call i64 @word(ptr %words, i64 $LEVELS)
  %f = inttoptr i64 %target to ptr
  %a = inttoptr i64 %arguments to ptr
  %n = inttoptr i64 %names to ptr
  %tsp = getelementptr ptr, ptr %buf, i64 -2
  %ts = load ptr, ptr %tsp
  %levels = trunc i64 %levels64 to i32
  %less = sub i32 0, %levels
  call void @add_depth(ptr %ts, i32 %less)
  call void @hl_before_python(ptr %buf, i64 %record)
  %result = call ptr @PyObject_Vectorcall(ptr %f, ptr %a, i64 %count, ptr %n)
  call void @hl_after_python(ptr %buf)
  call void @add_depth(ptr %ts, i32 %levels)
  ret ptr %result
}

define internal ptr @call_entry(ptr %buf, ptr %words) {
  %target = call i64 @word(ptr %words, i64 $TARGET)
  %selector = call i64 @word(ptr %words, i64 $SELECTOR)
  %record = call i64 @word(ptr %words, i64 $RECORD)
  %levels64 = call i64 @word(ptr %words, i64 $LEVELS)
  %inner = call i64 @word(ptr %words, i64 $INNER)
  %levels = trunc i64 %levels64 to i32
  %code = inttoptr i64 %target to ptr
  %b = inttoptr i64 %inner to ptr
  %result = call ptr @hl_call_entry(ptr %buf, i64 %record, ptr %b, ptr %code, i64 %selector,
    i32 %levels)
  ret ptr %result
}

; Run a trace in an activation until it is left, through the two words that say where it goes on.
define void @hl_evaluate(ptr %buf, i64 %selector, ptr %trace) {
entry:
  %words = alloca i64, i64 $words, align 16
  %area = alloca i64, i64 $area, align 16
  %type = alloca ptr
  %value = alloca ptr
  %traceback = alloca ptr
  store ptr null, ptr %type
  %inner = getelementptr i64, ptr %area, i64 $activation
  %i = ptrtoint ptr %inner to i64
  store i64 -1, ptr %words
  call void @set_word(ptr %words, i64 $TARGET, i64 %selector)
  call void @set_word(ptr %words, i64 $INNER, i64 %i)
  br label %ask
ask:
  %tsp = getelementptr ptr, ptr %buf, i64 -2
  %ts = load ptr, ptr %tsp
  %leftp = getelementptr i8, ptr %ts, i64 $recursion_remaining
  %left32 = load i32, ptr %leftp
  %left = sext i32 %left32 to i64
  call void @set_word(ptr %words, i64 $LEFT, i64 %left)
  %waited = call i1 @ask(ptr @hl_evaluator, ptr %trace, ptr %buf, ptr %words)
  %wish = load i64, ptr %words
  %target = call i64 @word(ptr %words, i64 $TARGET)
  %record = call i64 @word(ptr %words, i64 $RECORD)
  %object = inttoptr i64 %target to ptr
  switch i64 %wish, label %leave [
    i64 1, label %call
    i64 2, label %entered
    i64 3, label %drop
    i64 4, label %drop_checked
    i64 5, label %look
    i64 6, label %set
  ]
call:
  %r1 = call ptr @call(ptr %buf, ptr %words)
  br label %called
entered:
  %r2 = call ptr @call_entry(ptr %buf, ptr %words)
  br label %called
called:
  %result = phi ptr [ %r1, %call ], [ %r2, %entered ]
  %failed = icmp eq ptr %result, null
  br i1 %failed, label %fetch, label %returned
fetch:
  call void @PyErr_Fetch(ptr %type, ptr %value, ptr %traceback)
  br label %returned
returned:
  %r = ptrtoint ptr %result to i64
  br label %answer
set:
  %classp = getelementptr ptr, ptr %object, i64 1
  %class = load ptr, ptr %classp
  %chain = call ptr @PyException_GetTraceback(ptr %object)
  call void @Py_IncRef(ptr %class)
  call void @Py_IncRef(ptr %object)
  store ptr %class, ptr %type
  store ptr %object, ptr %value
  store ptr %chain, ptr %traceback
  br label %answer
drop:
  call void @hl_drop_reference(ptr %object)
  br label %answer
drop_checked:
  %dirty = call i1 @hl_drop_checked(ptr %object, ptr %buf, i64 %record)
  %d = zext i1 %dirty to i64
  br label %answer
look:
  br i1 %waited, label %wait, label %see
wait: ; those who waited for the mutex ask for the GIL now, or would never come to it
  %slept = call i32 @usleep(i32 50)
  br label %see
see:
  %due = call i1 @hl_interrupt_due(ptr %buf)
  %l = zext i1 %due to i64
  br label %answer
answer:
  %answered = phi i64 [ %r, %returned ], [ 0, %set ], [ 0, %drop ], [ %d, %drop_checked ],
                      [ %l, %see ]
  call void @set_word(ptr %words, i64 $ANSWER, i64 %answered)
  br label %ask
leave:
  %t = load ptr, ptr %type
  %fine = icmp eq ptr %t, null
  br i1 %fine, label %done, label %raise
raise:
  %v = load ptr, ptr %value
  %x = load ptr, ptr %traceback
  call void @PyErr_Restore(ptr %t, ptr %v, ptr %x)
  br label %done
done:
  ret void
}
"""


def native_ir(layout: Layout) -> str:
    """The module's text. Besides all these it needs ``hl_evaluator``, the callable."""
    return asking_ir(layout) + Template(_TEXT).substitute(
        {name: int(member) for name, member in Word.__members__.items()},
        recursion_remaining=layout["PyThreadState.recursion_remaining"],
        words=WORDS,
        area=_ACTIVATION_WORDS + BUFFER_SLOTS,
        activation=_ACTIVATION_WORDS,
    )


def stub_text(evaluate: int, trace: int) -> str:
    """The code of one evaluated trace: evaluate it, and go on where that says.

    ``evaluate`` is the address of ``hl_evaluate``, ``trace`` that of what the evaluator is given.
    """
    return f"""
define dso_local i64 @trace(ptr %buf, i64 %selector) nounwind {{
  call void inttoptr (i64 {evaluate} to ptr)(ptr %buf, i64 %selector,
    ptr inttoptr (i64 {trace} to ptr))
  %place = getelementptr i64, ptr %buf, i64 {GO_ON_WORD}
  %target = load ptr, ptr %place
  %second = getelementptr i64, ptr %buf, i64 {GO_ON_WITH_WORD}
  %with = load i64, ptr %second
  %left = musttail call i64 %target(ptr %buf, i64 %with)
  ret i64 %left
}}
"""
