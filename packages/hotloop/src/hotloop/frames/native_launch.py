"""Native code for a callee of compiled code that left in its middle: its frames come about here.

``hl_finish`` is what compiled code calls. Mostly it makes the hidden *launcher* function the caller
of the frames without any Python code of ours: the launcher gets an order as its argument, its
merge point carries it out (``launch``, called by the window of native.py). Only for an exit that is
new or has become hot, with an exception, or under a tracer is Python asked (``core.callees``).
"""

from __future__ import annotations

from string import Template
from typing import Final

from hotloop_ir.layout import Layout

LENT: Final = 400
"""Levels of recursion that native code lends whenever it calls into Python."""
LENT_TO_CALLS: Final = LENT + 4
"""What ``hl_call_entry`` lends: besides, the calls that bring frames about do not count."""
LENT_TO_LAUNCH: Final = LENT_TO_CALLS - 2
"""What of that ``launch`` takes back: its frame and the callee's are there by then."""
SLOW_EXIT: Final = 4
"""Usual exits that one out of a callee is as bad as."""
CALLED_WORD: Final = 6
"""Word of an exit record: the record through which it is left as the callee of the launcher."""
FORMAT: Final = b"LLO"
"""Of the arguments of ``callees.finish_call``."""

# An order: [exit record, buffer, whether it has been carried out].
LAUNCH: Final = """
define internal ptr @launch(ptr %ts, ptr %frame, ptr %order, ptr %gcp) {
  %words = call ptr @PyLong_AsVoidPtr(ptr %order)
  %record = load ptr, ptr %words
  %bufp = getelementptr ptr, ptr %words, i64 1
  %buf = load ptr, ptr %bufp
  %donep = getelementptr i64, ptr %words, i64 2
  store i64 1, ptr %donep
  call void @add_depth(ptr %ts, i32 -$lent_to_launch)
  %gc = load i32, ptr %gcp
  store i32 0, ptr %gcp
  %result = call ptr @hl_resume(ptr %ts, ptr %frame, ptr %record, ptr %buf, i32 %gc, i1 1)
  ret ptr %result
}
"""

_FINISH: Final = """
declare void @PyErr_Fetch(ptr, ptr, ptr)
declare void @PyErr_NormalizeException(ptr, ptr, ptr)
declare void @PyErr_Clear()
declare i32 @PyException_SetTraceback(ptr, ptr)
declare ptr @PyObject_CallFunction(ptr, ptr, ...)
declare ptr @PyObject_Vectorcall(ptr, ptr, i64, ptr)
declare ptr @PyLong_FromVoidPtr(ptr)
declare void @Py_DecRef(ptr)
declare i64 @hl_clock_pause()
declare void @hl_clock_go_on(i64)
declare i1 @hl_hold(ptr)
declare void @hl_release(ptr)
@_Py_NoneStruct = external global i8
@_PyRuntime = external global i8
@hl_functions = external global i8
@hl_finish_format = external global i8

define ptr @hl_finish(ptr %buf, i64 %record) {
  %open = call i64 @hl_clock_pause()
  %result = call ptr @run(ptr %buf, i64 %record)
  call void @hl_clock_go_on(i64 %open)
  ret ptr %result
}

define internal ptr @run(ptr %buf, i64 %record) {
  %words = inttoptr i64 %record to ptr
  %calledp = getelementptr i64, ptr %words, i64 $called_word
  %called = load i64, ptr %calledp
  %unmade = icmp eq i64 %called, 0
  %wantp = getelementptr i64, ptr %words, i64 1
  %want = load i64, ptr %wantp
  %count = load i64, ptr %words
  %count1 = add i64 %count, $slow_exit
  %before = icmp slt i64 %count, %want
  %reached = icmp sge i64 %count1, %want
  %hot = and i1 %before, %reached
  %tsp = getelementptr i8, ptr @_PyRuntime, i64 $tstate_current
  %ts = load ptr, ptr %tsp
  %errorp = getelementptr i8, ptr %ts, i64 $curexc_type
  %error = load ptr, ptr %errorp
  %raises = icmp ne ptr %error, null
  %cfp = getelementptr i8, ptr %ts, i64 $cframe
  %cf = load ptr, ptr %cfp
  %tracingp = getelementptr i8, ptr %cf, i64 $use_tracing
  %tracing = load i8, ptr %tracingp
  %traced = icmp ne i8 %tracing, 0
  %a = or i1 %unmade, %hot
  %b = or i1 %raises, %traced
  %c = or i1 %a, %b
  br i1 %c, label %slow, label %fast
fast:
  %order = alloca i64, i64 3
  %bufp = getelementptr i64, ptr %order, i64 1
  %donep = getelementptr i64, ptr %order, i64 2
  %address = ptrtoint ptr %buf to i64
  store i64 %called, ptr %order
  store i64 %address, ptr %bufp
  store i64 0, ptr %donep
  ; Counted before the callee goes on: afterwards the record may have been freed.
  store i64 %count1, ptr %words
  %functionp = getelementptr i64, ptr %buf, i64 $function_word
  %slotp = getelementptr i64, ptr %buf, i64 $function_slot
  %own = load i64, ptr %functionp
  store i64 %own, ptr %slotp
  %number = call ptr @PyLong_FromVoidPtr(ptr %order)
  %no_memory = icmp eq ptr %number, null
  br i1 %no_memory, label %undone, label %start
start:
  %arguments = alloca ptr
  store ptr %number, ptr %arguments
  %launcherp = getelementptr ptr, ptr @hl_functions, i64 1
  %launcher = load ptr, ptr %launcherp
  ; Nothing comes in before its merge point (finishing._undisturbed).
  %outcome = call ptr @PyObject_Vectorcall(ptr %launcher, ptr %arguments, i64 1, ptr null)
  call void @Py_DecRef(ptr %number)
  %done = load i64, ptr %donep
  %carried_out = icmp ne i64 %done, 0
  br i1 %carried_out, label %left, label %not_left
left:
  %depthp = getelementptr i8, ptr %ts, i64 $recursion_remaining
  %depth = load i32, ptr %depthp
  %deeper = add i32 %depth, $lent_to_launch
  store i32 %deeper, ptr %depthp
  ret ptr %outcome
not_left:
  call void @Py_DecRef(ptr %outcome)
  br label %undone
undone:
  store i64 %count, ptr %words
  call void @PyErr_Clear()
  br label %slow
slow:
  %result = call ptr @ask(ptr %buf, i64 %record)
  ret ptr %result
}

; Ask Python. The exception that made the callee leave, if one did, becomes the third argument.
define internal ptr @ask(ptr %buf, i64 %record) {
  %type = alloca ptr
  %value = alloca ptr
  %trace = alloca ptr
  call void @PyErr_Fetch(ptr %type, ptr %value, ptr %trace)
  %t = load ptr, ptr %type
  %fine = icmp eq ptr %t, null
  br i1 %fine, label %call, label %raised
raised:
  call void @PyErr_NormalizeException(ptr %type, ptr %value, ptr %trace)
  %v0 = load ptr, ptr %value
  %x = load ptr, ptr %trace
  %plain = icmp eq ptr %x, null
  br i1 %plain, label %call, label %traced
traced:
  %ignored = call i32 @PyException_SetTraceback(ptr %v0, ptr %x)
  br label %call
call:
  %v = phi ptr [ @_Py_NoneStruct, %0 ], [ %v0, %raised ], [ %v0, %traced ]
  %b = ptrtoint ptr %buf to i64
  %function = load ptr, ptr @hl_functions
  %tsp = getelementptr i8, ptr @_PyRuntime, i64 $tstate_current
  %ts = load ptr, ptr %tsp
  %new = call i1 @hl_hold(ptr %ts)
  %result = call ptr (ptr, ptr, ...) @PyObject_CallFunction(ptr %function,
    ptr @hl_finish_format, i64 %b, i64 %record, ptr %v)
  call void @hl_release(ptr %ts)
  br i1 %fine, label %done, label %tidy
tidy:
  %t1 = load ptr, ptr %type
  %v1 = load ptr, ptr %value
  %x1 = load ptr, ptr %trace
  call void @Py_DecRef(ptr %t1)
  call void @Py_DecRef(ptr %v1)
  call void @Py_DecRef(ptr %x1)
  br label %done
done:
  ret ptr %result
}
"""


def finish_ir(layout: Layout, function_word: int, function_slot: int) -> str:
    """The text of ``hl_finish``: ``PyObject *(i64 *buf, i64 record)``.

    ``function_word``: where compiled code puts the callee's function into its buffer,
    ``function_slot``: where resume programs look for it. It needs ``hl_functions``: words with
    ``callees.finish_call`` and the launcher's function.
    """
    thread = ("cframe", "curexc_type", "recursion_remaining")
    return Template(_FINISH).substitute(
        {name: layout[f"PyThreadState.{name}"] for name in thread},
        use_tracing=layout["_PyCFrame.use_tracing"],
        tstate_current=layout["_PyRuntimeState.gilstate.tstate_current"],
        function_word=function_word,
        function_slot=function_slot,
        called_word=CALLED_WORD,
        slow_exit=SLOW_EXIT,
        lent_to_launch=LENT_TO_LAUNCH,
    )
