"""LLVM IR: asking the slow path, in Python; nothing raises in the middle of hotloop's own work.

Template for ``native.py``. CPython runs handlers of signals, and pending calls, where it finds that
it is in the main thread. A signal that comes meanwhile stays pending. An exception for a thread
(``PyThreadState_SetAsyncExc``) is set for the first thread state in the interpreter's list that has
the thread's ident: meanwhile there is another one in front of the thread's own.
"""

from __future__ import annotations

from typing import Final

HOLDING: Final = """
; The thread state in front of a thread's own that takes what PyThreadState_SetAsyncExc sets for it,
; or NULL. No other has a number below zero.
define internal ptr @stand_in(ptr %ts) {
  %idp = getelementptr i8, ptr %ts, i64 $thread_ident
  %id = load i64, ptr %idp
  br label %look
look:
  %at = phi ptr [ %ts, %0 ], [ %before, %wrong ]
  %prevp = getelementptr i8, ptr %at, i64 $thread_prev
  %before = load ptr, ptr %prevp
  %none = icmp eq ptr %before, null
  br i1 %none, label %done, label %compare
compare:
  %numberp = getelementptr i8, ptr %before, i64 $thread_id
  %number = load i64, ptr %numberp
  %stands_in = icmp slt i64 %number, 0
  br i1 %stands_in, label %whose, label %wrong
whose:
  %theirp = getelementptr i8, ptr %before, i64 $thread_ident
  %their = load i64, ptr %theirp
  %mine = icmp eq i64 %their, %id
  br i1 %mine, label %done, label %wrong
wrong:
  br label %look
done:
  ret ptr %before
}

; Give what was set for one thread state to another.
define internal void @pass_on(ptr %from, ptr %to) {
  %fromp = getelementptr i8, ptr %from, i64 $async_exc
  %exception = load ptr, ptr %fromp
  %some = icmp ne ptr %exception, null
  br i1 %some, label %pass, label %done
pass:
  store ptr null, ptr %fromp
  %top = getelementptr i8, ptr %to, i64 $async_exc
  %old = load ptr, ptr %top
  store ptr %exception, ptr %top
  call void @xdecref(ptr %old)
  br label %done
done:
  ret void
}

; Neither a handler of a signal (if this is the main thread) nor an exception that another thread
; sets comes from here on. Whether that is new.
define i1 @hl_hold(ptr %ts) {
  %there = call ptr @stand_in(ptr %ts)
  %free = icmp eq ptr %there, null
  br i1 %free, label %stand, label %held_already
held_already:
  ret i1 0
stand:
  %interpp = getelementptr i8, ptr %ts, i64 $interp
  %interp = load ptr, ptr %interpp
  %made = call ptr @PyThreadState_New(ptr %interp)
  %no_memory = icmp eq ptr %made, null
  br i1 %no_memory, label %signals, label %number
number:
  %numberp = getelementptr i8, ptr %made, i64 $thread_id
  store i64 -1, ptr %numberp
  call void @pass_on(ptr %ts, ptr %made)
  br label %signals
signals:
  %idp = getelementptr i8, ptr %ts, i64 $thread_ident
  %id = load i64, ptr %idp
  %mainp = getelementptr i8, ptr @_PyRuntime, i64 $main_thread
  %main = load i64, ptr %mainp
  %here = icmp eq i64 %id, %main
  br i1 %here, label %hold, label %done
hold:
  %heldp = getelementptr i8, ptr @hl_runtime, i64 $held
  store i64 %id, ptr %heldp
  store i64 0, ptr %mainp
  br label %done
done:
  ret i1 1
}

; They come again, at the next place where CPython looks: none of ours may come before that.
define void @hl_release(ptr %ts) {
  %interpp = getelementptr i8, ptr %ts, i64 $interp
  %interp = load ptr, ptr %interpp
  %there = call ptr @stand_in(ptr %ts)
  %free = icmp eq ptr %there, null
  br i1 %free, label %signals, label %leave
leave:
  call void @pass_on(ptr %there, ptr %ts)
  call void @PyThreadState_Delete(ptr %there)
  %exceptionp = getelementptr i8, ptr %ts, i64 $async_exc
  %exception = load ptr, ptr %exceptionp
  %set = icmp ne ptr %exception, null
  br i1 %set, label %raise, label %signals
raise:
  call void @_PyEval_SignalAsyncExc(ptr %interp)
  br label %signals
signals:
  %idp = getelementptr i8, ptr %ts, i64 $thread_ident
  %id = load i64, ptr %idp
  %heldp = getelementptr i8, ptr @hl_runtime, i64 $held
  %held = load i64, ptr %heldp
  %here = icmp eq i64 %id, %held
  br i1 %here, label %release, label %done
release:
  %mainp = getelementptr i8, ptr @_PyRuntime, i64 $main_thread
  store i64 %id, ptr %mainp
  store i64 0, ptr %heldp
  %pendingp = getelementptr i8, ptr @_PyRuntime, i64 $signals_pending
  %pending = load i32, ptr %pendingp
  %some = icmp ne i32 %pending, 0
  br i1 %some, label %tell, label %done
tell:
  %breakerp = getelementptr i8, ptr %interp, i64 $eval_breaker
  store i32 1, ptr %breakerp
  br label %done
done:
  ret void
}

; The same for Python code of ours: no frame begins when it calls them.
define void @hl_hold_here() {
  %tsp = getelementptr i8, ptr @_PyRuntime, i64 $tstate_current
  %ts = load ptr, ptr %tsp
  %new = call i1 @hl_hold(ptr %ts)
  ret void
}

define void @hl_release_here() {
  %tsp = getelementptr i8, ptr @_PyRuntime, i64 $tstate_current
  %ts = load ptr, ptr %tsp
  call void @hl_release(ptr %ts)
  ret void
}

; A trace function of ours, without handlers in its middle.
define i32 @hl_traced(ptr %object, ptr %frame, i32 %what, ptr %argument) {
  %tsp = getelementptr i8, ptr @_PyRuntime, i64 $tstate_current
  %ts = load ptr, ptr %tsp
  %new = call i1 @hl_hold(ptr %ts)
  %tracerp = getelementptr i8, ptr @hl_runtime, i64 $tracer
  %tracer = load ptr, ptr %tracerp
  %status = call i32 %tracer(ptr %object, ptr %frame, i32 %what, ptr %argument)
  br i1 %new, label %release, label %done
release:
  call void @hl_release(ptr %ts)
  br label %done
done:
  ret i32 %status
}
"""

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
  %new = call i1 @hl_hold(ptr %ts)
  %f = ptrtoint ptr %frame to i64
  %r = ptrtoint ptr %record to i64
  %b = ptrtoint ptr %buf to i64
  %open = call i64 @hl_clock_pause()
  %answer = call ptr (ptr, ptr, ...) @PyObject_CallFunction(ptr %slow, ptr @hl_format, ptr %self,
    i64 %f, i64 %r, i64 %b)
  call void @hl_clock_go_on(i64 %open)
  %let_gop = getelementptr i8, ptr @hl_runtime, i64 $let_go
  %let_go = load i64, ptr %let_gop
  store i64 0, ptr %let_gop
  %launched = icmp ne i64 %let_go, 0
  %over = or i1 %new, %launched
  br i1 %over, label %release, label %answered
release:
  call void @hl_release(ptr %ts)
  br label %answered
answered:
  %less = sub i32 0, %room
  call void @add_depth(ptr %ts, i32 %less)
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
  ; Frames that are still to come are made from the words of the request's fourth item.
  %pending = load ptr, ptr @hl_runtime
  %no_more = icmp eq ptr %pending, null
  br i1 %no_more, label %done, label %keep
keep:
  %owner = call ptr @PyTuple_GetItem(ptr %request, i64 3)
  call void @incref(ptr %owner)
  %ownerp = getelementptr i64, ptr %pending, i64 8
  store ptr %owner, ptr %ownerp
  br label %done
done:
  call void @xdecref(ptr %request)
  ret ptr %result
}
"""
