"""LLVM IR: asking Python what to do at a merge point or an exit, and doing it.

Templates for ``native.py``. Python is asked rarely: when something is new or has become hot.
"""

from __future__ import annotations

from typing import Final

ASKING: Final = """
; Ask Python what to do. Returns its answer: NULL, None, or a request (exit record, buffer).
define internal ptr @ask(ptr %self, ptr %ts, ptr %frame, ptr %record, ptr %buf) {
  %slowp = getelementptr i8, ptr %self, i64 $slow_path
  %slow = load ptr, ptr %slowp
  %nobody = icmp eq ptr %slow, null
  br i1 %nobody, label %nothing, label %call
nothing:
  call void @incref(ptr @_Py_NoneStruct)
  ret ptr @_Py_NoneStruct
call:
  %roomp = getelementptr i8, ptr @hl_runtime, i64 8
  %room = load i32, ptr %roomp
  call void @add_depth(ptr %ts, i32 %room)
  %f = ptrtoint ptr %frame to i64
  %r = ptrtoint ptr %record to i64
  %b = ptrtoint ptr %buf to i64
  %open = call i64 @hl_clock_pause()
  %answer = call ptr (ptr, ptr, ...) @PyObject_CallFunction(ptr %slow, ptr @hl_format, ptr %self,
    i64 %f, i64 %r, i64 %b)
  call void @hl_clock_go_on(i64 %open)
  %less = sub i32 0, %room
  call void @add_depth(ptr %ts, i32 %less)
  %interruptedp = getelementptr i8, ptr @hl_runtime, i64 40
  %interrupted = load i64, ptr %interruptedp
  %late = icmp ne i64 %interrupted, 0
  br i1 %late, label %interrupt, label %answered
interrupt:
  store i64 0, ptr %interruptedp
  call void @PyErr_SetInterrupt()
  br label %answered
answered:
  ret ptr %answer
}

; Obey a request of the slow path: leave through the record it names. Consumes the request.
define internal ptr @obey(ptr %ts, ptr %frame, ptr %request, ptr %gcp) {
  %a = call ptr @PyTuple_GetItem(ptr %request, i64 0)
  %record = call ptr @PyLong_AsVoidPtr(ptr %a)
  %b = call ptr @PyTuple_GetItem(ptr %request, i64 1)
  %buf = call ptr @PyLong_AsVoidPtr(ptr %b)
  %kindp = getelementptr i64, ptr %record, i64 2
  %kind = load i64, ptr %kindp
  %raises = icmp eq i64 %kind, 1
  br i1 %raises, label %raise, label %go
raise:
  %e = call ptr @PyTuple_GetItem(ptr %request, i64 2)
  %tp = getelementptr i64, ptr %e, i64 1
  %t = load ptr, ptr %tp
  %tb = call ptr @PyException_GetTraceback(ptr %e)
  call void @incref(ptr %t)
  call void @incref(ptr %e)
  call void @PyErr_Restore(ptr %t, ptr %e, ptr %tb)
  br label %go
go:
  %gc = load i32, ptr %gcp
  store i32 0, ptr %gcp
  %result = call ptr @hl_resume(ptr %ts, ptr %frame, ptr %record, ptr %buf, i32 %gc, i1 1)
  call void @xdecref(ptr %request)
  ret ptr %result
}
"""
