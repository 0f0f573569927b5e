"""The native half of entering and leaving: LLVM IR text with the struct offsets filled in.

``window`` is what ``-record`` runs (see records.py): it moves the caller's frame into a buffer,
runs compiled code and leaves through the exit record that it returned. ``pending`` is the same for
the trampoline frames that become inlined frames. The exit records and resume programs they read
are written by resume.py. Nothing between publishing the pending block and its last frame may run
Python code or look at the eval breaker. This module only makes text; it compiles nothing.
"""

from __future__ import annotations

from string import Template

from hotloop.frames.native_asking import ASKING, HOLDING
from hotloop.frames.native_clock import CLOCK
from hotloop.frames.native_generators import WAKE
from hotloop.frames.native_launch import LAUNCH, LENT_TO_LAUNCH
from hotloop.frames.native_leaving import FINISH, RESUME
from hotloop.frames.native_pending import IN_STUB, LIMITS, PENDING
from hotloop.frames.native_values import REFERENCES, VIRTUALS
from hotloop.frames.resume import GENERATOR
from hotloop_backend_x86.runtime import ring
from hotloop_ir.layout import Layout

BUFFER_SLOTS = 512
"""Slots of the buffer that compiled code gets; an exit with more live values is refused."""
ACTIVATION_WORDS = 16
"""Words before the buffer (docs/internals/contract.md, section 5)."""

RUNTIME_WORDS = (
    "pending", "headroom", "call_site", "trampoline_1", "trampoline_2", "held",
    "clock_open", "clock_since", "clock_ticks", "tracer", "let_go", "generator_site",
    "generator_stub",
)  # fmt: skip
"""Words of the runtime block, in order (``Runtime`` fills them); the stack limits follow.

``held``: the main thread while nothing of the program may interrupt hotloop, else 0.
``clock_*``: activations that run, since when (ticks), and how long others did (native_clock.py).
``tracer``: a Py_tracefunc of ours. ``let_go``: the slow path at hand runs frames of the program."""
STACK_LIMIT_WORDS = 2 * 64
"""A table of (thread key, lowest stack address at which compiled code is entered)."""

EXTERNALS = (
    "PyLong_FromLongLong", "PyFloat_FromDouble", "_Py_Dealloc", "PyTuple_New", "PyList_New",
    "PyDict_New", "PyDict_SetItem", "_PyObject_New", "_PyObject_GC_New", "PyObject_GC_Track",
    "PyObject_CallFunction", "PyErr_Fetch", "PyErr_Restore", "PyErr_Clear",
    "PyException_GetTraceback",
    "PyMem_RawMalloc", "PyMem_RawFree", "PyTuple_GetItem", "PyLong_AsVoidPtr",
    "_Py_NoneStruct", "_Py_TrueStruct", "_Py_FalseStruct",
    "_PyRuntime", "PyBaseObject_Type", "PyLong_Type", "PyCell_New", "pthread_self",
    "pthread_getattr_np", "pthread_attr_getstack", "pthread_attr_destroy",
    "PyThreadState_New", "PyThreadState_Delete", "_PyEval_SignalAsyncExc",
)  # fmt: skip
"""Symbols of CPython and libc that the module refers to."""

_DECLARATIONS = """
declare ptr @PyLong_FromLongLong(i64)
declare ptr @PyFloat_FromDouble(double)
declare void @_Py_Dealloc(ptr)
declare ptr @PyTuple_New(i64)
declare ptr @PyList_New(i64)
declare ptr @PyDict_New()
declare i32 @PyDict_SetItem(ptr, ptr, ptr)
declare ptr @_PyObject_New(ptr)
declare ptr @_PyObject_GC_New(ptr)
declare void @PyObject_GC_Track(ptr)
declare ptr @PyObject_CallFunction(ptr, ptr, ...)
declare void @PyErr_Fetch(ptr, ptr, ptr)
declare void @PyErr_Restore(ptr, ptr, ptr)
declare void @PyErr_Clear()
declare void @llvm.trap()
declare ptr @PyException_GetTraceback(ptr)
declare ptr @PyMem_RawMalloc(i64)
declare void @PyMem_RawFree(ptr)
declare ptr @PyTuple_GetItem(ptr, i64)
declare ptr @PyLong_AsVoidPtr(ptr)
declare ptr @PyCell_New(ptr)
declare i64 @pthread_self()
declare i32 @pthread_getattr_np(i64, ptr)
declare i32 @pthread_attr_getstack(ptr, ptr, ptr)
declare i32 @pthread_attr_destroy(ptr)
declare ptr @PyThreadState_New(ptr)
declare void @PyThreadState_Delete(ptr)
declare void @_PyEval_SignalAsyncExc(ptr)
@_Py_NoneStruct = external global i8
@_Py_TrueStruct = external global i8
@_Py_FalseStruct = external global i8
@_PyRuntime = external global i8
@PyBaseObject_Type = external global i8
@PyLong_Type = external global i8
@hl_runtime = external global i8
@hl_format = external global i8
"""

_WINDOW = """
; Run what is compiled for a merge point, or ask, and leave. The frame is suspended in its stub.
define internal ptr @enter(ptr %self, ptr %ts, ptr %frame) {
  %interpp = getelementptr i8, ptr %ts, i64 $interp
  %interp = load ptr, ptr %interpp
  %gcp = getelementptr i8, ptr %interp, i64 $gc_enabled
  %compiledp = getelementptr i8, ptr %self, i64 $entry
  %compiled = load ptr, ptr %compiledp
  %absent = icmp eq ptr %compiled, null
  br i1 %absent, label %slow, label %measure
measure:
  %base = getelementptr i8, ptr %frame, i64 $localsplus
  %stp = getelementptr i8, ptr %frame, i64 $stacktop
  %n32 = load i32, ptr %stp
  %n = zext i32 %n32 to i64
  %too_many = icmp ugt i64 %n, $buffer_slots
  %stack_limit = call i64 @stack_limit(ptr %ts)
  %mark = alloca i64
  %here = ptrtoint ptr %mark to i64
  %too_deep = icmp ult i64 %here, %stack_limit
  %unfit = or i1 %too_many, %too_deep
  br i1 %unfit, label %nothing, label %enter
slow:
  %launchesp = getelementptr i8, ptr %self, i64 $launches
  %launches = load i64, ptr %launchesp
  %usual = icmp eq i64 %launches, 0
  br i1 %usual, label %decide, label %launcher
launcher:
  %orderp = getelementptr i8, ptr %frame, i64 $localsplus
  %order = load ptr, ptr %orderp
  %order_typep = getelementptr ptr, ptr %order, i64 1
  %order_type = load ptr, ptr %order_typep
  %ordered_natively = icmp eq ptr %order_type, @PyLong_Type
  br i1 %ordered_natively, label %launch, label %decide
launch:
  %r5 = call ptr @launch(ptr %ts, ptr %frame, ptr %order, ptr %gcp)
  ret ptr %r5
decide:
  %answer = call ptr @ask(ptr %self, ptr %ts, ptr %frame, ptr null, ptr null)
  %failed = icmp eq ptr %answer, null
  %unasked = icmp eq ptr %answer, @_Py_NoneStruct
  %plain = or i1 %failed, %unasked
  br i1 %plain, label %give, label %request
give:
  ret ptr %answer
request:
  %r0 = call ptr @obey(ptr %ts, ptr %frame, ptr %answer, ptr %gcp)
  ret ptr %r0
enter:
  %area = alloca i64, i64 $area_words, align 16
  %buf = getelementptr i64, ptr %area, i64 $activation_words
  %bytes = mul i64 %n, 8
  %maskp = getelementptr i8, ptr %self, i64 $mask
  %mask = load ptr, ptr %maskp
  %unmasked = icmp eq ptr %mask, null
  br label %gather
gather:
  %gi = phi i64 [ 0, %enter ], [ %gi1, %gathered ]
  %gj = phi i64 [ 0, %enter ], [ %gj1, %gathered ]
  %all = icmp eq i64 %gi, %n
  br i1 %all, label %taken, label %gather_one
gather_one:
  %gsp = getelementptr ptr, ptr %base, i64 %gi
  %gs = load ptr, ptr %gsp
  %gbp = getelementptr ptr, ptr %buf, i64 %gj
  store ptr %gs, ptr %gbp
  br i1 %unmasked, label %gathered, label %compare
compare:
  %gmp = getelementptr i8, ptr %mask, i64 %gi
  %gmask = load i8, ptr %gmp
  %gfull = icmp ne ptr %gs, null
  %gfull8 = zext i1 %gfull to i8
  %galike = icmp eq i8 %gmask, %gfull8
  br i1 %galike, label %gathered, label %nothing
gathered:
  %gm = phi i8 [ 1, %gather_one ], [ %gmask, %compare ]
  %gi1 = add i64 %gi, 1
  %gm64 = zext i8 %gm to i64
  %gj1 = add i64 %gj, %gm64
  br label %gather
taken:
  call void @llvm.memset.p0.i64(ptr %base, i8 0, i64 %bytes, i1 false)
  %gc = load i32, ptr %gcp
  %gc64 = zext i32 %gc to i64
  %a1 = getelementptr i64, ptr %buf, i64 -1
  %a2 = getelementptr i64, ptr %buf, i64 -2
  %a3 = getelementptr i64, ptr %buf, i64 -3
  %a4 = getelementptr i64, ptr %buf, i64 -4
  %a5 = getelementptr i64, ptr %buf, i64 -5
  store i64 %stack_limit, ptr %a5
  store ptr %frame, ptr %a1
  store ptr %ts, ptr %a2
  store i64 %gc64, ptr %a3
  store i64 0, ptr %a4
  store i32 0, ptr %gcp
  call void @add_depth(ptr %ts, i32 1)
  call void @link(ptr %buf)
  %selp = getelementptr i8, ptr %self, i64 $selector
  %selector = load i64, ptr %selp
  call void @hl_clock_enter(i64 1)
  %exit = call i64 %compiled(ptr %buf, i64 %selector)
  call void @hl_clock_leave(i64 1)
  call void @add_depth(ptr %ts, i32 -1)
  br label %choose_exit
choose_exit:
  %record = inttoptr i64 %exit to ptr
  store i64 %exit, ptr %a4
  %now64 = load i64, ptr %a3
  %now = trunc i64 %now64 to i32
  %count = load i64, ptr %record
  %count1 = add i64 %count, 1
  store i64 %count1, ptr %record
  %programp = getelementptr i64, ptr %record, i64 4
  %program = load ptr, ptr %programp
  %unmade = icmp eq ptr %program, null
  br i1 %unmade, label %first_time, label %made
first_time:
  %error_type = alloca ptr
  %error_value = alloca ptr
  %error_trace = alloca ptr
  call void @PyErr_Fetch(ptr %error_type, ptr %error_value, ptr %error_trace)
  store i32 %now, ptr %gcp
  br label %attempt
attempt:
  ; An exception set from another thread must not keep the program from being made: it is asked
  ; for again. Other threads run meanwhile, and look whether collections are enabled.
  %tries = phi i64 [ 0, %first_time ], [ %tries1, %unlucky ]
  %answer0 = call ptr @ask(ptr %self, ptr %ts, ptr %frame, ptr %record, ptr null)
  call void @xdecref(ptr %answer0)
  %program1 = load ptr, ptr %programp
  %missing = icmp eq ptr %program1, null
  br i1 %missing, label %unlucky, label %built
unlucky:
  call void @PyErr_Clear()
  %tries1 = add i64 %tries, 1
  %hopeless = icmp ugt i64 %tries1, 100
  br i1 %hopeless, label %fatal, label %attempt
fatal:
  call void @llvm.trap()
  unreachable
built:
  %gc0 = load i32, ptr %gcp
  store i32 0, ptr %gcp
  %et = load ptr, ptr %error_type
  %ev = load ptr, ptr %error_value
  %ex = load ptr, ptr %error_trace
  call void @PyErr_Restore(ptr %et, ptr %ev, ptr %ex)
  br label %made
made:
  %gc_now = phi i32 [ %now, %choose_exit ], [ %gc0, %built ]
  %wantp = getelementptr i64, ptr %record, i64 1
  %want = load i64, ptr %wantp
  %at_threshold = icmp eq i64 %count1, %want
  %kindp0 = getelementptr i64, ptr %record, i64 2
  %kind0 = load i64, ptr %kindp0
  %quiet = icmp ne i64 %kind0, 1
  %wanted = and i1 %at_threshold, %quiet
  br i1 %wanted, label %report, label %leave
leave:
  %r1 = call ptr @hl_resume(ptr %ts, ptr %frame, ptr %record, ptr %buf, i32 %gc_now, i1 0)
  call void @unlink(ptr %buf)
  ret ptr %r1
report:
  store i32 %gc_now, ptr %gcp
  %reply = call ptr @ask(ptr %self, ptr %ts, ptr %frame, ptr %record, ptr %buf)
  %wish = icmp eq ptr %reply, @_Py_NoneStruct
  br i1 %wish, label %content, label %heed
content:
  call void @xdecref(ptr %reply)
  %gc2 = load i32, ptr %gcp
  store i32 0, ptr %gcp
  %r2 = call ptr @hl_resume(ptr %ts, ptr %frame, ptr %record, ptr %buf, i32 %gc2, i1 0)
  call void @unlink(ptr %buf)
  ret ptr %r2
heed:
  %error = icmp eq ptr %reply, null
  br i1 %error, label %raise, label %ordered
ordered:
  %r3 = call ptr @obey(ptr %ts, ptr %frame, ptr %reply, ptr %gcp)
  call void @unlink(ptr %buf)
  ret ptr %r3
raise:
  %copy = alloca i64, i64 8
  call void @llvm.memcpy.p0.p0.i64(ptr %copy, ptr %record, i64 64, i1 false)
  %kindp = getelementptr i64, ptr %copy, i64 2
  store i64 1, ptr %kindp
  %gc3 = load i32, ptr %gcp
  store i32 0, ptr %gcp
  %r4 = call ptr @hl_resume(ptr %ts, ptr %frame, ptr %copy, ptr %buf, i32 %gc3, i1 0)
  call void @unlink(ptr %buf)
  ret ptr %r4
nothing:
  call void @incref(ptr @_Py_NoneStruct)
  ret ptr @_Py_NoneStruct
}

define ptr @hl_window(ptr %self) {$in_stub
  %tracingp = getelementptr i8, ptr %cf, i64 $use_tracing
  %tracing = load i8, ptr %tracingp
  %entryp = getelementptr i8, ptr %stub, i64 $is_entry
  %from_c = load i8, ptr %entryp
  %either = or i8 %tracing, %from_c
  %barred = icmp ne i8 %either, 0
  br i1 %barred, label %nothing, label %see
nothing:
  call void @incref(ptr @_Py_NoneStruct)
  ret ptr @_Py_NoneStruct
see:
  %codep = getelementptr i8, ptr %self, i64 $record_code
  %code = load ptr, ptr %codep
  %f_codep = getelementptr i8, ptr %frame, i64 $f_code
  %f_code = load ptr, ptr %f_codep
  %ours = icmp eq ptr %code, %f_code
  br i1 %ours, label %choose, label %nothing
choose:
  ; Not the stub's, the program's frame is the running one now: C code looks (to import, say).
  store ptr %frame, ptr %stubp
  %result = call ptr @enter(ptr %self, ptr %ts, ptr %frame)
  store ptr %stub, ptr %stubp
  ret ptr %result
}
"""


def native_ir(layout: Layout, record_offsets: dict[str, int]) -> str:
    """The module's text for a layout. It exports hl_window, hl_pending, hl_resume and the clock.

    Besides EXTERNALS it needs ``hl_runtime`` (a block of RUNTIME_WORDS) and ``hl_format``
    (the C string "OLLL").
    """
    frame = "_PyInterpreterFrame."
    thread = "PyThreadState."
    names = ("localsplus", "stacktop", "prev_instr", "f_code", "f_func", "f_globals")
    values = {name: layout[frame + name] for name in (*names, "f_builtins", "previous", "is_entry")}
    for name in ("cframe", "interp", "recursion_remaining", "curexc_type"):
        values[name] = layout[thread + name]
    values |= {
        "use_tracing": layout["_PyCFrame.use_tracing"],
        "c_tracefunc": layout["PyThreadState.c_tracefunc"],
        "c_profilefunc": layout["PyThreadState.c_profilefunc"],
        "current_frame": layout["_PyCFrame.current_frame"],
        "tstate_current": layout["_PyRuntimeState.gilstate.tstate_current"],
        "gc_enabled": layout["PyInterpreterState.gc.enabled"],
        "gc_count": layout["PyInterpreterState.gc.generations[0].count"],
        "gc_threshold": layout["PyInterpreterState.gc.generations[0].threshold"],
        "generator_frame": layout["PyGenObject.gi_iframe"],
        "generator_state": layout["PyGenObject.gi_frame_state"],
        "thread_id": layout["PyThreadState.id"],
        "thread_ident": layout["PyThreadState.thread_id"],
        "thread_prev": layout["PyThreadState.prev"],
        "async_exc": layout["PyThreadState.async_exc"],
        "main_thread": layout["_PyRuntimeState.main_thread"],
        "signals_pending": layout["_PyRuntimeState.ceval.signals_pending"],
        "eval_breaker": layout["PyInterpreterState.ceval.eval_breaker"],
        "stack_limits": len(RUNTIME_WORDS),
        "func_globals": layout["PyFunctionObject.func_globals"],
        "func_builtins": layout["PyFunctionObject.func_builtins"],
        "tp_basicsize": layout["PyTypeObject.tp_basicsize"],
        "tp_new": layout["PyTypeObject.tp_new"],
        "tuple_items": layout["PyTupleObject.ob_item"],
        "list_items": layout["PyListObject.ob_item"],
        "managed_values": layout["managed.values"],
        "buffer_slots": BUFFER_SLOTS,
        "area_words": BUFFER_SLOTS + ACTIVATION_WORDS,
        "activation_words": ACTIVATION_WORDS,
        **{name: 8 * index for index, name in enumerate(RUNTIME_WORDS)},
        "lent_to_launch": LENT_TO_LAUNCH,
        "generator": GENERATOR,
        "slow_path": record_offsets["slow_path"],
        "launches": record_offsets["launches"],
        "record_code": record_offsets["code"],
        "entry": record_offsets["entry"],
        "selector": record_offsets["selector"],
        "mask": record_offsets["mask"],
    }
    ways = (FINISH, WAKE, LIMITS, RESUME, PENDING, LAUNCH, ASKING, _WINDOW)
    parts = (_DECLARATIONS, CLOCK, REFERENCES, VIRTUALS, ring.TEXT, HOLDING, *ways)
    in_stub = Template(IN_STUB).substitute(values)
    return "".join(Template(part).substitute(values, in_stub=in_stub) for part in parts)
