"""The native half of entering and leaving: LLVM IR text with the struct offsets filled in.

``window`` is what ``-record`` runs (see records.py): it moves the caller's frame into a buffer,
runs compiled code and leaves through the exit record that it returned. ``pending`` is the same for
the trampoline frames that become inlined frames. The exit records and resume programs they read
are written by resume.py. Nothing between publishing the pending block and its last frame may run
Python code or look at the eval breaker. This module only makes text; it compiles nothing.
"""

from __future__ import annotations

from string import Template

from hotloop_ir.layout import Layout

BUFFER_SLOTS = 512
"""Slots of the buffer that compiled code gets; an exit with more live values is refused."""
ACTIVATION_WORDS = 16
"""Words before the buffer: root frame, thread, saved gc.enabled, residual exit, stack limit."""

RUNTIME_WORDS = ("pending", "headroom", "call_site", "trampoline_1", "trampoline_2")
"""Words of the runtime block, in order (``Runtime`` fills them); the stack limits follow."""
STACK_LIMIT_WORDS = 2 * 64
"""A table of (thread key, lowest stack address at which compiled code is entered)."""

EXTERNALS = (
    "PyLong_FromLongLong", "PyFloat_FromDouble", "_Py_Dealloc", "PyTuple_New", "PyList_New",
    "PyDict_New", "PyDict_SetItem", "_PyObject_New", "_PyObject_GC_New", "PyObject_GC_Track",
    "PyObject_CallFunction", "PyErr_Fetch", "PyErr_Restore", "PyException_GetTraceback", "PyMem_RawMalloc", "PyMem_RawFree",
    "PyTuple_GetItem", "PyLong_AsVoidPtr", "_Py_NoneStruct", "_Py_TrueStruct", "_Py_FalseStruct",
    "_PyRuntime", "PyBaseObject_Type", "PyCell_New", "pthread_self", "pthread_getattr_np",
    "pthread_attr_getstack", "pthread_attr_destroy",
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
@_Py_NoneStruct = external global i8
@_Py_TrueStruct = external global i8
@_Py_FalseStruct = external global i8
@_PyRuntime = external global i8
@PyBaseObject_Type = external global i8
@hl_runtime = external global i8
@hl_format = external global i8
"""

_REFERENCES = """
define internal void @incref(ptr %o) {
  %c = load i64, ptr %o
  %n = add i64 %c, 1
  store i64 %n, ptr %o
  ret void
}

define internal void @xdecref(ptr %o) {
  %null = icmp eq ptr %o, null
  br i1 %null, label %done, label %alive
alive:
  %c = load i64, ptr %o
  %n = sub i64 %c, 1
  store i64 %n, ptr %o
  %dead = icmp eq i64 %n, 0
  br i1 %dead, label %free, label %done
free:
  call void @_Py_Dealloc(ptr %o)
  br label %done
done:
  ret void
}

; The object of the slot code at *cursor, as a new reference; NULL for an empty slot.
; Moves the cursor on. An allocation that fails gives None and leaves the exception set.
define internal ptr @slot(ptr %cursor, ptr %buf, ptr %virtuals) {
  %p = load ptr, ptr %cursor
  %code = load i64, ptr %p
  %next = getelementptr i64, ptr %p, i64 1
  store ptr %next, ptr %cursor
  %tag = and i64 %code, 15
  %index = lshr i64 %code, 4
  %place = getelementptr i64, ptr %buf, i64 %index
  switch i64 %tag, label %empty [ i64 1, label %move  i64 2, label %copy  i64 3, label %int
    i64 4, label %float  i64 5, label %bool  i64 6, label %const  i64 7, label %virtual
    i64 8, label %raw ]
empty:
  ret ptr null
move:
  %moved = load ptr, ptr %place
  ret ptr %moved
copy:
  %copied = load ptr, ptr %place
  %unbound = icmp eq ptr %copied, null
  br i1 %unbound, label %empty, label %share
share:
  call void @incref(ptr %copied)
  ret ptr %copied
int:
  %i = load i64, ptr %place
  %boxed_int = call ptr @PyLong_FromLongLong(i64 %i)
  br label %check
float:
  %d = load double, ptr %place
  %boxed_float = call ptr @PyFloat_FromDouble(double %d)
  br label %check
bool:
  %b = load i64, ptr %place
  %set = icmp ne i64 %b, 0
  %truth = select i1 %set, ptr @_Py_TrueStruct, ptr @_Py_FalseStruct
  call void @incref(ptr %truth)
  ret ptr %truth
const:
  %constant = load ptr, ptr %next
  %after = getelementptr i64, ptr %p, i64 2
  store ptr %after, ptr %cursor
  call void @incref(ptr %constant)
  ret ptr %constant
virtual:
  %v = getelementptr ptr, ptr %virtuals, i64 %index
  %made = load ptr, ptr %v
  br label %check_virtual
check_virtual:
  %failed = icmp eq ptr %made, null
  br i1 %failed, label %none, label %use
use:
  call void @incref(ptr %made)
  ret ptr %made
raw:
  %word = load ptr, ptr %next
  %after_raw = getelementptr i64, ptr %p, i64 2
  store ptr %after_raw, ptr %cursor
  ret ptr %word
check:
  %box = phi ptr [ %boxed_int, %int ], [ %boxed_float, %float ]
  %no_box = icmp eq ptr %box, null
  br i1 %no_box, label %none, label %ok
ok:
  ret ptr %box
none:
  call void @incref(ptr @_Py_NoneStruct)
  ret ptr @_Py_NoneStruct
}
"""

# A virtual is [kind, words in all, type or index of the buffer, fields] and then its fields.
_VIRTUALS = """
define internal ptr @zeroed(ptr %o, ptr %type) {
  %failed = icmp eq ptr %o, null
  br i1 %failed, label %out, label %clear
clear:
  %sp = getelementptr i8, ptr %type, i64 $tp_basicsize
  %size = load i64, ptr %sp
  %body = sub i64 %size, 16
  %start = getelementptr i8, ptr %o, i64 16
  call void @llvm.memset.p0.i64(ptr %start, i8 0, i64 %body, i1 false)
  br label %out
out:
  ret ptr %o
}
declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)

define internal ptr @make(ptr %head, ptr %buf) {
  %kind = load i64, ptr %head
  %ap = getelementptr i64, ptr %head, i64 2
  %type = load ptr, ptr %ap
  %index = load i64, ptr %ap
  %np = getelementptr i64, ptr %head, i64 3
  %n = load i64, ptr %np
  %place = getelementptr i64, ptr %buf, i64 %index
  switch i64 %kind, label %other [ i64 0, label %tuple  i64 1, label %list  i64 2, label %instance
    i64 3, label %plain  i64 4, label %tracked  i64 5, label %int  i64 6, label %float ]
tuple:
  %t = call ptr @PyTuple_New(i64 %n)
  ret ptr %t
list:
  %l = call ptr @PyList_New(i64 %n)
  ret ptr %l
instance:
  %newp = getelementptr i8, ptr @PyBaseObject_Type, i64 $tp_new
  %new = load ptr, ptr %newp
  %nothing = call ptr @PyTuple_New(i64 0)
  %o = call ptr %new(ptr %type, ptr %nothing, ptr null)
  call void @xdecref(ptr %nothing)
  ret ptr %o
plain:
  %p0 = call ptr @_PyObject_New(ptr %type)
  %p1 = call ptr @zeroed(ptr %p0, ptr %type)
  ret ptr %p1
tracked:
  %g0 = call ptr @_PyObject_GC_New(ptr %type)
  %g1 = call ptr @zeroed(ptr %g0, ptr %type)
  ret ptr %g1
int:
  %i = load i64, ptr %place
  %bi = call ptr @PyLong_FromLongLong(i64 %i)
  ret ptr %bi
float:
  %d = load double, ptr %place
  %bf = call ptr @PyFloat_FromDouble(double %d)
  ret ptr %bf
other:
  %dict = call ptr @PyDict_New()
  ret ptr %dict
}

define internal void @fill(ptr %head, ptr %o, ptr %buf, ptr %virtuals) {
entry:
  %cursor = alloca ptr
  %failed = icmp eq ptr %o, null
  br i1 %failed, label %done, label %alive
alive:
  %kind = load i64, ptr %head
  %np = getelementptr i64, ptr %head, i64 3
  %n = load i64, ptr %np
  %first = getelementptr i64, ptr %head, i64 4
  store ptr %first, ptr %cursor
  %tuple_items = getelementptr i8, ptr %o, i64 $tuple_items
  %list_itemsp = getelementptr i8, ptr %o, i64 $list_items
  %valuesp = getelementptr i8, ptr %o, i64 $managed_values
  switch i64 %kind, label %done [ i64 0, label %tuple  i64 1, label %list  i64 2, label %instance
    i64 3, label %fields  i64 4, label %fields  i64 7, label %pairs ]
tuple:
  br label %items
list:
  %list_items = load ptr, ptr %list_itemsp
  br label %items
items:
  %base = phi ptr [ %tuple_items, %tuple ], [ %list_items, %list ]
  br label %item
item:
  %ii = phi i64 [ 0, %items ], [ %ii1, %item_body ]
  %item_end = icmp eq i64 %ii, %n
  br i1 %item_end, label %done, label %item_body
item_body:
  %iv = call ptr @slot(ptr %cursor, ptr %buf, ptr %virtuals)
  %ip = getelementptr ptr, ptr %base, i64 %ii
  store ptr %iv, ptr %ip
  %ii1 = add i64 %ii, 1
  br label %item
instance:
  %values = load ptr, ptr %valuesp
  br label %attribute
attribute:
  %ai = phi i64 [ 0, %instance ], [ %ai1, %attribute_body ]
  %attribute_end = icmp eq i64 %ai, %n
  br i1 %attribute_end, label %done, label %attribute_body
attribute_body:
  %ac = load ptr, ptr %cursor
  %key = load i64, ptr %ac
  %ac1 = getelementptr i64, ptr %ac, i64 1
  store ptr %ac1, ptr %cursor
  %av = call ptr @slot(ptr %cursor, ptr %buf, ptr %virtuals)
  %vp = getelementptr ptr, ptr %values, i64 %key
  store ptr %av, ptr %vp
  %usedp = getelementptr i8, ptr %values, i64 -2
  %used8 = load i8, ptr %usedp
  %used81 = add i8 %used8, 1
  store i8 %used81, ptr %usedp
  %used = zext i8 %used81 to i64
  %back = sub i64 0, %used
  %orderp = getelementptr i8, ptr %usedp, i64 %back
  %key8 = trunc i64 %key to i8
  store i8 %key8, ptr %orderp
  %ai1 = add i64 %ai, 1
  br label %attribute
fields:
  %fi = phi i64 [ 0, %alive ], [ 0, %alive ], [ %fi1, %field_body ]
  %field_end = icmp eq i64 %fi, %n
  br i1 %field_end, label %track, label %field_body
field_body:
  %fc = load ptr, ptr %cursor
  %offset = load i64, ptr %fc
  %fc1 = getelementptr i64, ptr %fc, i64 1
  store ptr %fc1, ptr %cursor
  %fv = call ptr @slot(ptr %cursor, ptr %buf, ptr %virtuals)
  %fp = getelementptr i8, ptr %o, i64 %offset
  store ptr %fv, ptr %fp
  %fi1 = add i64 %fi, 1
  br label %fields
track:
  %gc = icmp eq i64 %kind, 4
  br i1 %gc, label %tracked, label %done
tracked:
  call void @PyObject_GC_Track(ptr %o)
  br label %done
pairs:
  %di = phi i64 [ 0, %alive ], [ %di1, %pair_body ]
  %pair_end = icmp eq i64 %di, %n
  br i1 %pair_end, label %done, label %pair_body
pair_body:
  %dk = call ptr @slot(ptr %cursor, ptr %buf, ptr %virtuals)
  %dv = call ptr @slot(ptr %cursor, ptr %buf, ptr %virtuals)
  %ignored = call i32 @PyDict_SetItem(ptr %o, ptr %dk, ptr %dv)
  call void @xdecref(ptr %dk)
  call void @xdecref(ptr %dv)
  %di1 = add i64 %di, 1
  br label %pairs
done:
  ret void
}

; Build all virtuals (empty, then their fields, so that cycles work); moves the cursor behind them.
define internal void @materialise(ptr %cursor, i64 %count, ptr %virtuals, ptr %buf) {
entry:
  %start = load ptr, ptr %cursor
  br label %making
making:
  %i = phi i64 [ 0, %entry ], [ %i1, %make_one ]
  %at = phi ptr [ %start, %entry ], [ %at1, %make_one ]
  %made = icmp eq i64 %i, %count
  br i1 %made, label %filling, label %make_one
make_one:
  %o = call ptr @make(ptr %at, ptr %buf)
  %vp = getelementptr ptr, ptr %virtuals, i64 %i
  store ptr %o, ptr %vp
  %wp = getelementptr i64, ptr %at, i64 1
  %words = load i64, ptr %wp
  %at1 = getelementptr i64, ptr %at, i64 %words
  %i1 = add i64 %i, 1
  br label %making
filling:
  %j = phi i64 [ 0, %making ], [ %j1, %fill_one ]
  %to = phi ptr [ %start, %making ], [ %to1, %fill_one ]
  %filled = icmp eq i64 %j, %count
  br i1 %filled, label %done, label %fill_one
fill_one:
  %vp2 = getelementptr ptr, ptr %virtuals, i64 %j
  %o2 = load ptr, ptr %vp2
  call void @fill(ptr %to, ptr %o2, ptr %buf, ptr %virtuals)
  %wp2 = getelementptr i64, ptr %to, i64 1
  %words2 = load i64, ptr %wp2
  %to1 = getelementptr i64, ptr %to, i64 %words2
  %j1 = add i64 %j, 1
  br label %filling
done:
  store ptr %at, ptr %cursor
  ret void
}
"""

# How a frame goes on: its top slot is the stub's value, or a trampoline drops the stub's None.
_FINISH = """
define internal i1 @reaches(ptr %trampoline, ptr %target) {
  %none = icmp eq ptr %trampoline, null
  br i1 %none, label %no, label %measure
no:
  ret i1 0
measure:
  %behind = getelementptr i8, ptr %trampoline, i64 10
  %a = ptrtoint ptr %behind to i64
  %b = ptrtoint ptr %target to i64
  %bytes = sub i64 %b, %a
  %units = ashr i64 %bytes, 1
  %short = trunc i64 %units to i32
  %long = sext i32 %short to i64
  %fits = icmp eq i64 %long, %units
  br i1 %fits, label %patch, label %no
patch:
  %b3 = lshr i32 %short, 24
  %b2 = lshr i32 %short, 16
  %b1 = lshr i32 %short, 8
  %v3 = trunc i32 %b3 to i8
  %v2 = trunc i32 %b2 to i8
  %v1 = trunc i32 %b1 to i8
  %v0 = trunc i32 %short to i8
  %p3 = getelementptr i8, ptr %trampoline, i64 3
  %p2 = getelementptr i8, ptr %trampoline, i64 5
  %p1 = getelementptr i8, ptr %trampoline, i64 7
  %p0 = getelementptr i8, ptr %trampoline, i64 9
  store i8 %v3, ptr %p3
  store i8 %v2, ptr %p2
  store i8 %v1, ptr %p1
  store i8 %v0, ptr %p0
  ret i1 1
}

define internal ptr @finish(ptr %frame, i64 %n, ptr %tail) {
  %base = getelementptr i8, ptr %frame, i64 $localsplus
  %stp = getelementptr i8, ptr %frame, i64 $stacktop
  %prevp = getelementptr i8, ptr %frame, i64 $prev_instr
  %some = icmp ne i64 %n, 0
  br i1 %some, label %look, label %through
look:
  %m = sub i64 %n, 1
  %topp = getelementptr ptr, ptr %base, i64 %m
  %top = load ptr, ptr %topp
  %usable = icmp ne ptr %top, null
  br i1 %usable, label %direct, label %through
direct:
  %m32 = trunc i64 %m to i32
  store i32 %m32, ptr %stp
  ret ptr %top
through:
  %prev = load ptr, ptr %prevp
  %target = getelementptr i8, ptr %prev, i64 2
  %t1p = getelementptr i8, ptr @hl_runtime, i64 24
  %t2p = getelementptr i8, ptr @hl_runtime, i64 32
  %t1 = load ptr, ptr %t1p
  %t2 = load ptr, ptr %t2p
  %by_tail = call i1 @reaches(ptr %tail, ptr %target)
  br i1 %by_tail, label %go, label %try1
try1:
  %by1 = call i1 @reaches(ptr %t1, ptr %target)
  br i1 %by1, label %go, label %try2
try2:
  %by2 = call i1 @reaches(ptr %t2, ptr %target)
  br label %go
go:
  %way = phi ptr [ %tail, %through ], [ %t1, %try1 ], [ %t2, %try2 ]
  %before = getelementptr i8, ptr %way, i64 -2
  store ptr %before, ptr %prevp
  call void @incref(ptr @_Py_NoneStruct)
  ret ptr @_Py_NoneStruct
}

; Make the frame call a trampoline function next; its real prev_instr waits in the pending block.
define internal ptr @call_next(ptr %ts, ptr %frame, i64 %n, ptr %function, ptr %block) {
  %base = getelementptr i8, ptr %frame, i64 $localsplus
  %stp = getelementptr i8, ptr %frame, i64 $stacktop
  %prevp = getelementptr i8, ptr %frame, i64 $prev_instr
  %prev = load ptr, ptr %prevp
  %savedp = getelementptr i64, ptr %block, i64 3
  store ptr %prev, ptr %savedp
  %null = getelementptr ptr, ptr %base, i64 %n
  store ptr null, ptr %null
  %n1 = add i64 %n, 1
  %n32 = trunc i64 %n1 to i32
  store i32 %n32, ptr %stp
  %sitep = getelementptr i8, ptr @hl_runtime, i64 16
  %site = load ptr, ptr %sitep
  %before = getelementptr i8, ptr %site, i64 -2
  store ptr %before, ptr %prevp
  store ptr %block, ptr @hl_runtime
  call void @add_depth(ptr %ts, i32 2)
  call void @incref(ptr %function)
  ret ptr %function
}

define internal void @add_depth(ptr %ts, i32 %n) {
  %p = getelementptr i8, ptr %ts, i64 $recursion_remaining
  %old = load i32, ptr %p
  %new = add i32 %old, %n
  store i32 %new, ptr %p
  ret void
}
"""

# Frame header: [words, code, prev_instr, localsplus slots, depth, tail, trampoline] + func code.
# Pending block: [0] header of the next frame [1] frames left [2] its values [3] prev_instr of its
# caller [4..6] exception [7] reserved, then the values: for each frame func and its slots.
_RESUME = """
define internal void @write_slots(ptr %cursor, i64 %n, ptr %to, ptr %buf, ptr %virtuals) {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %i1, %body ]
  %end = icmp eq i64 %i, %n
  br i1 %end, label %done, label %body
body:
  %v = call ptr @slot(ptr %cursor, ptr %buf, ptr %virtuals)
  %p = getelementptr ptr, ptr %to, i64 %i
  store ptr %v, ptr %p
  %i1 = add i64 %i, 1
  br label %loop
done:
  ret void
}

define internal void @drop(ptr %array, i64 %n) {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %i1, %body ]
  %end = icmp eq i64 %i, %n
  br i1 %end, label %done, label %body
body:
  %p = getelementptr ptr, ptr %array, i64 %i
  %v = load ptr, ptr %p
  call void @xdecref(ptr %v)
  %i1 = add i64 %i, 1
  br label %loop
done:
  ret void
}

; Decode the frames behind the outermost into a new pending block.
define internal ptr @decode_pending(ptr %cursor, i64 %left, i64 %words, ptr %buf, ptr %virtuals) {
entry:
  %all = add i64 %words, 8
  %bytes = mul i64 %all, 8
  %block = call ptr @PyMem_RawMalloc(i64 %bytes)
  %first = load ptr, ptr %cursor
  %values = getelementptr i64, ptr %block, i64 8
  store ptr %first, ptr %block
  %p1 = getelementptr i64, ptr %block, i64 1
  %p2 = getelementptr i64, ptr %block, i64 2
  store i64 %left, ptr %p1
  store ptr %values, ptr %p2
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %i1, %body ]
  %to = phi ptr [ %values, %entry ], [ %to1, %body ]
  %end = icmp eq i64 %i, %left
  br i1 %end, label %done, label %body
body:
  %head = load ptr, ptr %cursor
  %lp = getelementptr i64, ptr %head, i64 3
  %dp = getelementptr i64, ptr %head, i64 4
  %nlocals = load i64, ptr %lp
  %depth = load i64, ptr %dp
  %n0 = add i64 %nlocals, %depth
  %n = add i64 %n0, 1
  %codes = getelementptr i64, ptr %head, i64 7
  store ptr %codes, ptr %cursor
  call void @write_slots(ptr %cursor, i64 %n, ptr %to, ptr %buf, ptr %virtuals)
  %to1 = getelementptr ptr, ptr %to, i64 %n
  %i1 = add i64 %i, 1
  br label %loop
done:
  ret ptr %block
}

; Leave through an exit record: the frame becomes what its resume program says.
; `replace`: the frame still holds values, which are dropped at the end. Returns the stub's value.
define ptr @hl_resume(ptr %ts, ptr %frame, ptr %record, ptr %buf, i32 %gc, i1 %replace) {
entry:
  %cursor = alloca ptr
  %type = alloca ptr
  %value = alloca ptr
  %trace = alloca ptr
  store ptr null, ptr %type
  store ptr null, ptr %value
  store ptr null, ptr %trace
  %kindp = getelementptr i64, ptr %record, i64 2
  %kind = load i64, ptr %kindp
  %raising = icmp eq i64 %kind, 1
  %progp = getelementptr i64, ptr %record, i64 4
  %prog = load ptr, ptr %progp
  %interpp = getelementptr i8, ptr %ts, i64 $interp
  %interp = load ptr, ptr %interpp
  %gcp = getelementptr i8, ptr %interp, i64 $gc_enabled
  %basep = getelementptr i8, ptr %frame, i64 $localsplus
  %stp = getelementptr i8, ptr %frame, i64 $stacktop
  %vp = getelementptr i64, ptr %prog, i64 0
  %fp = getelementptr i64, ptr %prog, i64 1
  %wp = getelementptr i64, ptr %prog, i64 2
  %dp = getelementptr i64, ptr %prog, i64 3
  %nvirtuals = load i64, ptr %vp
  %nframes = load i64, ptr %fp
  %words = load i64, ptr %wp
  %ndrops = load i64, ptr %dp
  %start = getelementptr i64, ptr %prog, i64 4
  store ptr %start, ptr %cursor
  %limit32 = load i32, ptr %stp
  %limit = zext i32 %limit32 to i64
  %ndead = select i1 %replace, i64 %limit, i64 0
  %dead = alloca ptr, i64 %ndead
  %dead_bytes = mul i64 %ndead, 8
  call void @llvm.memcpy.p0.p0.i64(ptr %dead, ptr %basep, i64 %dead_bytes, i1 false)
  %virtuals = alloca ptr, i64 %nvirtuals
  br i1 %raising, label %fetch, label %build
fetch:
  call void @PyErr_Fetch(ptr %type, ptr %value, ptr %trace)
  br label %build
build:
  %plain = icmp eq i64 %nvirtuals, 0
  br i1 %plain, label %outer, label %objects
objects:
  call void @materialise(ptr %cursor, i64 %nvirtuals, ptr %virtuals, ptr %buf)
  br label %outer
outer:
  %head = load ptr, ptr %cursor
  %codep = getelementptr i64, ptr %head, i64 1
  %prevp = getelementptr i64, ptr %head, i64 2
  %nlp = getelementptr i64, ptr %head, i64 3
  %depthp = getelementptr i64, ptr %head, i64 4
  %tailp = getelementptr i64, ptr %head, i64 5
  %code = load ptr, ptr %codep
  %prev = load ptr, ptr %prevp
  %nl = load i64, ptr %nlp
  %depth = load i64, ptr %depthp
  %tail = load ptr, ptr %tailp
  %n = add i64 %nl, %depth
  %codes = getelementptr i64, ptr %head, i64 8
  store ptr %codes, ptr %cursor
  call void @write_slots(ptr %cursor, i64 %n, ptr %basep, ptr %buf, ptr %virtuals)
  %n32 = trunc i64 %n to i32
  store i32 %n32, ptr %stp
  %f_prevp = getelementptr i8, ptr %frame, i64 $prev_instr
  store ptr %prev, ptr %f_prevp
  %f_codep = getelementptr i8, ptr %frame, i64 $f_code
  %old_code = load ptr, ptr %f_codep
  %keep = icmp eq ptr %code, null
  %same = icmp eq ptr %code, %old_code
  %unchanged = or i1 %keep, %same
  br i1 %unchanged, label %inner, label %change
change:
  call void @incref(ptr %code)
  store ptr %code, ptr %f_codep
  br label %inner
inner:
  %old = phi ptr [ null, %outer ], [ %old_code, %change ]
  %single = icmp eq i64 %nframes, 1
  br i1 %single, label %written, label %decode
decode:
  %left = sub i64 %nframes, 1
  %tramp_head = load ptr, ptr %cursor
  %trampp = getelementptr i64, ptr %tramp_head, i64 6
  %tramp = load ptr, ptr %trampp
  %pending = call ptr @decode_pending(ptr %cursor, i64 %left, i64 %words, ptr %buf, ptr %virtuals)
  br label %written
written:
  %block = phi ptr [ null, %inner ], [ %pending, %decode ]
  %function = phi ptr [ null, %inner ], [ %tramp, %decode ]
  store i32 %gc, ptr %gcp
  call void @drop(ptr %virtuals, i64 %nvirtuals)
  %drops = load ptr, ptr %cursor
  br label %dropping
dropping:
  %i = phi i64 [ 0, %written ], [ %i1, %drop_one ]
  %dropped = icmp eq i64 %i, %ndrops
  br i1 %dropped, label %tidy, label %drop_one
drop_one:
  %ip = getelementptr i64, ptr %drops, i64 %i
  %index = load i64, ptr %ip
  %op = getelementptr ptr, ptr %buf, i64 %index
  %o = load ptr, ptr %op
  call void @xdecref(ptr %o)
  %i1 = add i64 %i, 1
  br label %dropping
tidy:
  call void @drop(ptr %dead, i64 %ndead)
  call void @xdecref(ptr %old)
  call void @collect_if_due(ptr %interp)
  %errp = getelementptr i8, ptr %ts, i64 $curexc_type
  %err = load ptr, ptr %errp
  %memory = icmp ne ptr %err, null
  %t0 = load ptr, ptr %type
  br i1 %memory, label %refetch, label %which
refetch:
  call void @xdecref(ptr %t0)
  %v0 = load ptr, ptr %value
  call void @xdecref(ptr %v0)
  %x0 = load ptr, ptr %trace
  call void @xdecref(ptr %x0)
  call void @PyErr_Fetch(ptr %type, ptr %value, ptr %trace)
  br label %which
which:
  %t = load ptr, ptr %type
  %v = load ptr, ptr %value
  %x = load ptr, ptr %trace
  %alone = icmp eq ptr %block, null
  br i1 %alone, label %last, label %chain
chain:
  %e4 = getelementptr i64, ptr %block, i64 4
  %e5 = getelementptr i64, ptr %block, i64 5
  %e6 = getelementptr i64, ptr %block, i64 6
  store ptr %t, ptr %e4
  store ptr %v, ptr %e5
  store ptr %x, ptr %e6
  %next = call ptr @call_next(ptr %ts, ptr %frame, i64 %n, ptr %function, ptr %block)
  ret ptr %next
last:
  %fine = icmp eq ptr %t, null
  br i1 %fine, label %go_on, label %raise
raise:
  call void @PyErr_Restore(ptr %t, ptr %v, ptr %x)
  ret ptr null
go_on:
  %result = call ptr @finish(ptr %frame, i64 %n, ptr %tail)
  ret ptr %result
}
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
"""

_PENDING = """
; Turn the trampoline frame that called us into the next pending frame.
define ptr @hl_pending(ptr %record) {
  %tsp = getelementptr i8, ptr @_PyRuntime, i64 $tstate_current
  %ts = load ptr, ptr %tsp
  %cfp = getelementptr i8, ptr %ts, i64 $cframe
  %cf = load ptr, ptr %cfp
  %stubp = getelementptr i8, ptr %cf, i64 $current_frame
  %stub = load ptr, ptr %stubp
  %framep = getelementptr i8, ptr %stub, i64 $previous
  %frame = load ptr, ptr %framep
  %callerp = getelementptr i8, ptr %frame, i64 $previous
  %caller = load ptr, ptr %callerp
  call void @add_depth(ptr %ts, i32 -2)
  %block = load ptr, ptr @hl_runtime
  %head = load ptr, ptr %block
  %leftp = getelementptr i64, ptr %block, i64 1
  %left = load i64, ptr %leftp
  %valuesp = getelementptr i64, ptr %block, i64 2
  %values = load ptr, ptr %valuesp
  %savedp = getelementptr i64, ptr %block, i64 3
  %saved = load ptr, ptr %savedp
  %caller_prevp = getelementptr i8, ptr %caller, i64 $prev_instr
  store ptr %saved, ptr %caller_prevp
  %codep = getelementptr i64, ptr %head, i64 1
  %prevp = getelementptr i64, ptr %head, i64 2
  %nlp = getelementptr i64, ptr %head, i64 3
  %depthp = getelementptr i64, ptr %head, i64 4
  %tailp = getelementptr i64, ptr %head, i64 5
  %code = load ptr, ptr %codep
  %prev = load ptr, ptr %prevp
  %nl = load i64, ptr %nlp
  %depth = load i64, ptr %depthp
  %tail = load ptr, ptr %tailp
  %n = add i64 %nl, %depth
  %func = load ptr, ptr %values
  %slots = getelementptr ptr, ptr %values, i64 1
  %f_funcp = getelementptr i8, ptr %frame, i64 $f_func
  %f_codep = getelementptr i8, ptr %frame, i64 $f_code
  %f_globalsp = getelementptr i8, ptr %frame, i64 $f_globals
  %f_builtinsp = getelementptr i8, ptr %frame, i64 $f_builtins
  %f_prevp = getelementptr i8, ptr %frame, i64 $prev_instr
  %stp = getelementptr i8, ptr %frame, i64 $stacktop
  %base = getelementptr i8, ptr %frame, i64 $localsplus
  %old_func = load ptr, ptr %f_funcp
  %old_code = load ptr, ptr %f_codep
  %globalsp = getelementptr i8, ptr %func, i64 $func_globals
  %globals = load ptr, ptr %globalsp
  %builtinsp = getelementptr i8, ptr %func, i64 $func_builtins
  %builtins = load ptr, ptr %builtinsp
  store ptr %func, ptr %f_funcp
  call void @incref(ptr %code)
  store ptr %code, ptr %f_codep
  store ptr %globals, ptr %f_globalsp
  store ptr %builtins, ptr %f_builtinsp
  store ptr %prev, ptr %f_prevp
  %bytes = mul i64 %n, 8
  call void @llvm.memcpy.p0.p0.i64(ptr %base, ptr %slots, i64 %bytes, i1 false)
  %n32 = trunc i64 %n to i32
  store i32 %n32, ptr %stp
  call void @xdecref(ptr %old_func)
  call void @xdecref(ptr %old_code)
  %left1 = sub i64 %left, 1
  %innermost = icmp eq i64 %left1, 0
  br i1 %innermost, label %last, label %more
more:
  %words = load i64, ptr %head
  %head1 = getelementptr i64, ptr %head, i64 %words
  store ptr %head1, ptr %block
  store i64 %left1, ptr %leftp
  %values1 = getelementptr ptr, ptr %slots, i64 %n
  store ptr %values1, ptr %valuesp
  %trampp = getelementptr i64, ptr %head1, i64 6
  %tramp = load ptr, ptr %trampp
  %next = call ptr @call_next(ptr %ts, ptr %frame, i64 %n, ptr %tramp, ptr %block)
  ret ptr %next
last:
  store ptr null, ptr @hl_runtime
  %e4 = getelementptr i64, ptr %block, i64 4
  %e5 = getelementptr i64, ptr %block, i64 5
  %e6 = getelementptr i64, ptr %block, i64 6
  %t = load ptr, ptr %e4
  %v = load ptr, ptr %e5
  %x = load ptr, ptr %e6
  call void @PyMem_RawFree(ptr %block)
  %fine = icmp eq ptr %t, null
  br i1 %fine, label %go_on, label %raise
raise:
  call void @PyErr_Restore(ptr %t, ptr %v, ptr %x)
  ret ptr null
go_on:
  %result = call ptr @finish(ptr %frame, i64 %n, ptr %tail)
  ret ptr %result
}
"""

# An allocation outside compiled code collects when a collection is due. What is left of the C
# stack decides whether compiled code is entered: CPython 3.11 needs none for Python calls.
_LIMITS = """
define internal void @collect_if_due(ptr %interp) {
  %countp = getelementptr i8, ptr %interp, i64 $gc_count
  %count = load i32, ptr %countp
  %limitp = getelementptr i8, ptr %interp, i64 $gc_threshold
  %limit = load i32, ptr %limitp
  %due = icmp sgt i32 %count, %limit
  br i1 %due, label %allocate, label %done
allocate:
  %cell = call ptr @PyCell_New(ptr null)
  call void @xdecref(ptr %cell)
  br label %done
done:
  ret void
}

define internal i64 @stack_limit(ptr %ts) {
entry:
  %idp = getelementptr i8, ptr %ts, i64 $thread_id
  %id = load i64, ptr %idp
  %ts_word = ptrtoint ptr %ts to i64
  %key = add i64 %ts_word, %id
  %number = and i64 %id, 63
  %table = getelementptr i64, ptr @hl_runtime, i64 $stack_limits
  %twice = mul i64 %number, 2
  %keyp = getelementptr i64, ptr %table, i64 %twice
  %limitp = getelementptr i64, ptr %keyp, i64 1
  %known = load i64, ptr %keyp
  %same = icmp eq i64 %known, %key
  br i1 %same, label %hit, label %miss
hit:
  %limit = load i64, ptr %limitp
  ret i64 %limit
miss:
  %attributes = alloca i64, i64 16
  %lowp = alloca i64
  %sizep = alloca i64
  store i64 0, ptr %lowp
  store i64 0, ptr %sizep
  %self = call i64 @pthread_self()
  %status = call i32 @pthread_getattr_np(i64 %self, ptr %attributes)
  %got = icmp eq i32 %status, 0
  br i1 %got, label %read, label %keep
read:
  %s1 = call i32 @pthread_attr_getstack(ptr %attributes, ptr %lowp, ptr %sizep)
  %s2 = call i32 @pthread_attr_destroy(ptr %attributes)
  br label %keep
keep:
  %low = load i64, ptr %lowp
  %size = load i64, ptr %sizep
  %quarter = lshr i64 %size, 2
  %small = icmp ult i64 %quarter, 262144
  %reserve = select i1 %small, i64 %quarter, i64 262144
  %found = add i64 %low, %reserve
  store i64 %key, ptr %keyp
  store i64 %found, ptr %limitp
  ret i64 %found
}
"""

_WINDOW = """
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
  %answer = call ptr (ptr, ptr, ...) @PyObject_CallFunction(ptr %slow, ptr @hl_format, ptr %self,
    i64 %f, i64 %r, i64 %b)
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
  call void @xdecref(ptr %request)
  ret ptr %result
}

define ptr @hl_window(ptr %self) {
  %tsp = getelementptr i8, ptr @_PyRuntime, i64 $tstate_current
  %ts = load ptr, ptr %tsp
  %cfp = getelementptr i8, ptr %ts, i64 $cframe
  %cf = load ptr, ptr %cfp
  %tracingp = getelementptr i8, ptr %cf, i64 $use_tracing
  %tracing = load i8, ptr %tracingp
  %stubp = getelementptr i8, ptr %cf, i64 $current_frame
  %stub = load ptr, ptr %stubp
  %entryp = getelementptr i8, ptr %stub, i64 $is_entry
  %from_c = load i8, ptr %entryp
  %framep = getelementptr i8, ptr %stub, i64 $previous
  %frame = load ptr, ptr %framep
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
  %selp = getelementptr i8, ptr %self, i64 $selector
  %selector = load i64, ptr %selp
  %exit = call i64 %compiled(ptr %buf, i64 %selector)
  call void @add_depth(ptr %ts, i32 -1)
  %record = inttoptr i64 %exit to ptr
  %now64 = load i64, ptr %a3
  %now = trunc i64 %now64 to i32
  %count = load i64, ptr %record
  %count1 = add i64 %count, 1
  store i64 %count1, ptr %record
  %wantp = getelementptr i64, ptr %record, i64 1
  %want = load i64, ptr %wantp
  %at_threshold = icmp eq i64 %count1, %want
  %kindp0 = getelementptr i64, ptr %record, i64 2
  %kind0 = load i64, ptr %kindp0
  %quiet = icmp ne i64 %kind0, 1
  %wanted = and i1 %at_threshold, %quiet
  br i1 %wanted, label %report, label %leave
leave:
  %r1 = call ptr @hl_resume(ptr %ts, ptr %frame, ptr %record, ptr %buf, i32 %now, i1 0)
  ret ptr %r1
report:
  store i32 %now, ptr %gcp
  %reply = call ptr @ask(ptr %self, ptr %ts, ptr %frame, ptr %record, ptr %buf)
  %wish = icmp eq ptr %reply, @_Py_NoneStruct
  br i1 %wish, label %content, label %heed
content:
  call void @xdecref(ptr %reply)
  %gc2 = load i32, ptr %gcp
  store i32 0, ptr %gcp
  %r2 = call ptr @hl_resume(ptr %ts, ptr %frame, ptr %record, ptr %buf, i32 %gc2, i1 0)
  ret ptr %r2
heed:
  %error = icmp eq ptr %reply, null
  br i1 %error, label %raise, label %ordered
ordered:
  %r3 = call ptr @obey(ptr %ts, ptr %frame, ptr %reply, ptr %gcp)
  ret ptr %r3
raise:
  %copy = alloca i64, i64 8
  call void @llvm.memcpy.p0.p0.i64(ptr %copy, ptr %record, i64 64, i1 false)
  %kindp = getelementptr i64, ptr %copy, i64 2
  store i64 1, ptr %kindp
  %gc3 = load i32, ptr %gcp
  store i32 0, ptr %gcp
  %r4 = call ptr @hl_resume(ptr %ts, ptr %frame, ptr %copy, ptr %buf, i32 %gc3, i1 0)
  ret ptr %r4
}
"""


def native_ir(layout: Layout, record_offsets: dict[str, int]) -> str:
    """The module's text for a layout. It exports hl_window, hl_pending and hl_resume.

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
        "current_frame": layout["_PyCFrame.current_frame"],
        "tstate_current": layout["_PyRuntimeState.gilstate.tstate_current"],
        "gc_enabled": layout["PyInterpreterState.gc.enabled"],
        "gc_count": layout["PyInterpreterState.gc.generations[0].count"],
        "gc_threshold": layout["PyInterpreterState.gc.generations[0].threshold"],
        "thread_id": layout["PyThreadState.id"],
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
        "slow_path": record_offsets["slow_path"],
        "record_code": record_offsets["code"],
        "entry": record_offsets["entry"],
        "selector": record_offsets["selector"],
        "mask": record_offsets["mask"],
    }
    parts = (_DECLARATIONS, _REFERENCES, _VIRTUALS, _FINISH, _LIMITS, _RESUME, _PENDING, _WINDOW)
    return "".join(Template(part).substitute(values) for part in parts)
