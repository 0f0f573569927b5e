"""LLVM IR: an activation whose trace is evaluated; ``hl_evaluate`` is what its code calls.

The evaluator is Python, but of a program's own doing nothing may run while it does, and nothing of
it may be there while the program runs. So it is asked what to do next, and its frames are gone
when that is done: a call, a death, a look at the eval breaker. While it runs no other thread does,
as in machine code: the mutex of the GIL is held, behind which others ask for the GIL (the evaluator
must not let go of it), and what they have asked for so far is put aside.
"""

from __future__ import annotations

import enum
from string import Template
from typing import Final

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
    RUNS_PYTHON = 9
    LEFT = 10  # levels of recursion that the program has left


WORDS: Final = 11
GO_ON_WORD, GO_ON_WITH_WORD = -10, -11
"""Words of an activation record: where its trace goes on when it is left, and the second operand
of that (the first is the buffer)."""
_ACTIVATION_WORDS: Final = 16
_ROOM: Final = 400  # levels of recursion for the evaluator

SYMBOLS: Final = (
    "PyObject_CallFunction", "PyObject_Vectorcall", "PyErr_Fetch", "PyErr_Restore", "PyErr_Print",
    "pthread_mutex_lock", "pthread_mutex_unlock", "usleep", "abort", "_PyRuntime",
)  # fmt: skip
"""Symbols of CPython and libc that the module refers to."""
NATIVES: Final = (
    "hl_hold", "hl_release", "hl_before_python", "hl_after_python", "hl_call_entry",
    "hl_drop_reference", "hl_drop_checked", "hl_interrupt_due",
)  # fmt: skip
"""Functions of our other native modules that it calls."""

_TEXT: Final = """
declare ptr @PyObject_CallFunction(ptr, ptr, ...)
declare ptr @PyObject_Vectorcall(ptr, ptr, i64, ptr)
declare void @PyErr_Fetch(ptr, ptr, ptr)
declare void @PyErr_Restore(ptr, ptr, ptr)
declare void @PyErr_Print()
declare i32 @pthread_mutex_lock(ptr)
declare i32 @pthread_mutex_unlock(ptr)
declare i32 @usleep(i32)
declare void @abort()
declare i1 @hl_hold(ptr)
declare void @hl_release(ptr)
declare void @hl_before_python(ptr, i64)
declare void @hl_after_python(ptr)
declare ptr @hl_call_entry(ptr, i64, ptr, ptr, i64, i32)
declare void @hl_drop_reference(ptr)
declare i1 @hl_drop_checked(ptr, ptr, i64)
declare i1 @hl_interrupt_due(ptr)
@_PyRuntime = external global i8
@hl_evaluator = external global i8
@hl_three_words = external global i8

define internal void @add_depth(ptr %ts, i32 %n) {
  %p = getelementptr i8, ptr %ts, i64 $recursion_remaining
  %old = load i32, ptr %p
  %new = add i32 %old, %n
  store i32 %new, ptr %p
  ret void
}

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

; Ask the evaluator what is to be done next; whether other threads have waited meanwhile.
define internal i1 @ask(ptr %buf, ptr %trace, ptr %words) {
  %tsp = getelementptr ptr, ptr %buf, i64 -2
  %ts = load ptr, ptr %tsp
  %leftp = getelementptr i8, ptr %ts, i64 $recursion_remaining
  %left32 = load i32, ptr %leftp
  %left = sext i32 %left32 to i64
  call void @set_word(ptr %words, i64 $LEFT, i64 %left)
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
  %answer = call ptr (ptr, ptr, ...) @PyObject_CallFunction(ptr @hl_evaluator,
    ptr @hl_three_words, ptr %trace, i64 %b, i64 %w)
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

define internal ptr @call(ptr %buf, ptr %words) {
  %target = call i64 @word(ptr %words, i64 $TARGET)
  %arguments = call i64 @word(ptr %words, i64 $ARGUMENTS)
  %count = call i64 @word(ptr %words, i64 $COUNT)
  %names = call i64 @word(ptr %words, i64 $NAMES)
  %record = call i64 @word(ptr %words, i64 $RECORD)
  %levels64 = call i64 @word(ptr %words, i64 $LEVELS)
  %runs = call i64 @word(ptr %words, i64 $RUNS_PYTHON)
  %f = inttoptr i64 %target to ptr
  %a = inttoptr i64 %arguments to ptr
  %n = inttoptr i64 %names to ptr
  %tsp = getelementptr ptr, ptr %buf, i64 -2
  %ts = load ptr, ptr %tsp
  %levels = trunc i64 %levels64 to i32
  %less = sub i32 0, %levels
  call void @add_depth(ptr %ts, i32 %less)
  %python = icmp ne i64 %runs, 0
  br i1 %python, label %let_go, label %go
let_go:
  call void @hl_before_python(ptr %buf, i64 %record)
  br label %go
go:
  %result = call ptr @PyObject_Vectorcall(ptr %f, ptr %a, i64 %count, ptr %n)
  br i1 %python, label %take_back, label %done
take_back:
  call void @hl_after_python(ptr %buf)
  br label %done
done:
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
  %waited = call i1 @ask(ptr %buf, ptr %trace, ptr %words)
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
  %answered = phi i64 [ %r, %returned ], [ 0, %drop ], [ %d, %drop_checked ], [ %l, %see ]
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
    """The module's text. Besides SYMBOLS and NATIVES it needs ``hl_evaluator``, the callable, and
    ``hl_three_words``, the C string "OLL".
    """
    return Template(_TEXT).substitute(
        {name: int(member) for name, member in Word.__members__.items()},
        recursion_remaining=layout["PyThreadState.recursion_remaining"],
        interp=layout["PyThreadState.interp"],
        cframe=layout["PyThreadState.cframe"],
        use_tracing=layout["_PyCFrame.use_tracing"],
        gil_mutex=layout["_PyRuntimeState.ceval.gil.mutex"],
        gil_drop_request=layout["PyInterpreterState.ceval.gil_drop_request"],
        eval_breaker=layout["PyInterpreterState.ceval.eval_breaker"],
        room=_ROOM,
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
