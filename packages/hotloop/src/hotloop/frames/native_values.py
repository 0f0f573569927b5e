"""LLVM IR: the values of slot codes, reference counts, and building virtual objects.

Templates for ``native.py``; the format they read is described in ``resume.py``.
"""

from __future__ import annotations

REFERENCES = """
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
VIRTUALS = """
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
