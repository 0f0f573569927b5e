"""Native code that makes objects, as LLVM IR. The results are never NULL.

An allocation op has no snapshot, because passes move and remove allocations freely: there is
no place to raise a MemoryError from. The objects made here are small (a few hundred bytes), so
memory for them is missing only when the kernel refuses the allocator another arena; then
the process ends with a message (Py_FatalError). What can be large (growing a list,
repeating, concatenating) is a helper call, which raises MemoryError as usual.
"""

from __future__ import annotations

from typing import Final

TEXT: Final = """
@hl_small_ints = external global i8
@hl_float_free_list = external global ptr
@hl_float_numfree = external global i32
@hl_type_int = external global i8
@hl_type_float = external global i8
@hl_type_range = external global i8
@hl_type_range_iterator = external global i8
@hl_type_list_iterator = external global i8
@hl_type_tuple_iterator = external global i8
@hl_type_enumerate = external global i8
@hl_empty_tuple = external global i8
@hl_none = external global i8

declare ptr @hl_object_new(ptr, ptr, ptr)
declare ptr @PyObject_Malloc(i64)
declare void @PyObject_Free(ptr)
declare ptr @PyLong_FromLongLong(i64)
declare ptr @PyFloat_FromDouble(double)
declare ptr @PyTuple_New(i64)
declare ptr @PyList_New(i64)
declare ptr @PyCell_New(ptr)
declare ptr @PyMethod_New(ptr, ptr)
declare ptr @PySlice_New(ptr, ptr, ptr)
declare ptr @PyTuple_Pack(i64, ...)
declare ptr @PyType_GenericAlloc(ptr, i64)
declare ptr @_PyObject_New(ptr)
declare ptr @_PyObject_GC_New(ptr)
declare void @PyObject_GC_Track(ptr)
declare void @Py_FatalError(ptr) noreturn

@hl_message = private constant [33 x i8] c"out of memory in a compiled loop\\00"

define void @hl_no_memory() noreturn nounwind {
  call void @Py_FatalError(ptr @hl_message)
  unreachable
}

define internal ptr @checked(ptr %new) alwaysinline nounwind {
  %none = icmp eq ptr %new, null
  br i1 %none, label %bad, label %good, !prof !1
bad:
  call void @hl_no_memory()
  unreachable
good:
  ret ptr %new
}

; One reference less to something that has others.
define internal void @forget(ptr %ref) alwaysinline nounwind {
  %none = icmp eq ptr %ref, null
  br i1 %none, label %done, label %some
some:
  %count = load i64, ptr %ref
  %less = add i64 %count, -1
  store i64 %less, ptr %ref
  br label %done
done:
  ret void
}

define internal void @remember(ptr %ref) alwaysinline nounwind {
  %count = load i64, ptr %ref
  %more = add i64 %count, 1
  store i64 %more, ptr %ref
  ret void
}

; One reference less, nothing for NULL; whether it was the last.
define internal i1 @was_last(ptr %ref) alwaysinline nounwind {
  %none = icmp eq ptr %ref, null
  br i1 %none, label %done, label %some
some:
  %count = load i64, ptr %ref
  %less = add i64 %count, -1
  store i64 %less, ptr %ref
  %last = icmp eq i64 %less, 0
  ret i1 %last
done:
  ret i1 false
}

; PyLong_FromLong
define ptr @hl_box_int(i64 %value) nounwind {
  %index = add i64 %value, 5
  %small = icmp ult i64 %index, 262
  br i1 %small, label %shared, label %new
shared:
  %offset = mul i64 %index, <<sizeof(PyLongObject)>>
  %old = getelementptr i8, ptr @hl_small_ints, i64 %offset
  call void @remember(ptr %old)
  ret ptr %old
new:
  %magnitude = call i64 @llvm.abs.i64(i64 %value, i1 false)
  %wide = icmp ugt i64 %magnitude, 1152921504606846975
  br i1 %wide, label %general, label %fits
fits:
  %raw = call ptr @PyObject_Malloc(i64 32)
  %object = call ptr @checked(ptr %raw)
  store i64 1, ptr %object
  %type = getelementptr i8, ptr %object, i64 <<PyObject.ob_type>>
  store ptr @hl_type_int, ptr %type
  %low = and i64 %magnitude, 1073741823
  %high = lshr i64 %magnitude, 30
  %high.up = shl i64 %high, 32
  %digits = or i64 %low, %high.up
  %place = getelementptr i8, ptr %object, i64 <<PyLongObject.ob_digit>>
  store i64 %digits, ptr %place
  %two = icmp ne i64 %high, 0
  %length = select i1 %two, i64 2, i64 1
  %minus = sub i64 0, %length
  %negative = icmp slt i64 %value, 0
  %size = select i1 %negative, i64 %minus, i64 %length
  %field = getelementptr i8, ptr %object, i64 <<PyLongObject.ob_size>>
  store i64 %size, ptr %field
  ret ptr %object
general:
  %big = call ptr @PyLong_FromLongLong(i64 %value)
  %result = call ptr @checked(ptr %big)
  ret ptr %result
}

; The value of an int of two digits; the smallest i64 for longer ones.
define i64 @hl_unbox_wide(ptr %ref) nounwind {
  %field = getelementptr i8, ptr %ref, i64 <<PyLongObject.ob_size>>
  %size = load i64, ptr %field
  %sign = ashr i64 %size, 63
  %flipped = xor i64 %size, %sign
  %length = sub i64 %flipped, %sign
  %two = icmp eq i64 %length, 2
  br i1 %two, label %good, label %bad
good:
  %place = getelementptr i8, ptr %ref, i64 <<PyLongObject.ob_digit>>
  %digits = load i64, ptr %place
  %low = and i64 %digits, 4294967295
  %up = lshr i64 %digits, 32
  %high = shl i64 %up, 30
  %magnitude = or i64 %low, %high
  %x = xor i64 %magnitude, %sign
  %value = sub i64 %x, %sign
  ret i64 %value
bad:
  ret i64 -9223372036854775808
}

; The value of an int of up to two digits; the smallest i64 for longer ones.
define i64 @hl_unbox_int(ptr %ref) nounwind {
  %field = getelementptr i8, ptr %ref, i64 <<PyLongObject.ob_size>>
  %size = load i64, ptr %field
  %shifted = add i64 %size, 1
  %many = icmp ugt i64 %shifted, 2
  br i1 %many, label %wide, label %short
wide:
  %long = tail call i64 @hl_unbox_wide(ptr %ref)
  ret i64 %long
short:
  %place = getelementptr i8, ptr %ref, i64 <<PyLongObject.ob_digit>>
  %digit = load i32, ptr %place
  %magnitude = zext i32 %digit to i64
  %value = mul i64 %size, %magnitude
  ret i64 %value
}

; PyFloat_FromDouble
define ptr @hl_box_float(double %value) nounwind {
  %head = load ptr, ptr @hl_float_free_list
  %empty = icmp eq ptr %head, null
  br i1 %empty, label %slow, label %fast
fast:
  %count = load i32, ptr @hl_float_numfree
  %less = add i32 %count, -1
  store i32 %less, ptr @hl_float_numfree
  %ptype = getelementptr i8, ptr %head, i64 <<PyObject.ob_type>>
  %next = load ptr, ptr %ptype
  store ptr %next, ptr @hl_float_free_list
  store i64 1, ptr %head
  store ptr @hl_type_float, ptr %ptype
  %pvalue = getelementptr i8, ptr %head, i64 <<PyFloatObject.ob_fval>>
  store double %value, ptr %pvalue
  ret ptr %head
slow:
  %new = call ptr @PyFloat_FromDouble(double %value)
  %result = call ptr @checked(ptr %new)
  ret ptr %result
}

define ptr @hl_new_tuple(i64 %length) nounwind {
  %new = call ptr @PyTuple_New(i64 %length)
  %result = call ptr @checked(ptr %new)
  ret ptr %result
}

define ptr @hl_new_list(i64 %length) nounwind {
  %new = call ptr @PyList_New(i64 %length)
  %result = call ptr @checked(ptr %new)
  ret ptr %result
}

; object.__new__(cls): inline attribute values are made, all empty (Objects/typeobject.c)
define ptr @hl_new_object(ptr %cls) nounwind {
  %new = call ptr @hl_object_new(ptr %cls, ptr @hl_empty_tuple, ptr null)
  %result = call ptr @checked(ptr %new)
  ret ptr %result
}

define ptr @hl_new_cell(ptr %value) nounwind {
  %new = call ptr @PyCell_New(ptr null)
  %result = call ptr @checked(ptr %new)
  %place = getelementptr i8, ptr %result, i64 <<PyCellObject.ob_ref>>
  store ptr %value, ptr %place
  ret ptr %result
}

define ptr @hl_new_method(ptr %function, ptr %self) nounwind {
  %new = call ptr @PyMethod_New(ptr %function, ptr %self)
  %result = call ptr @checked(ptr %new)
  call void @forget(ptr %function)
  call void @forget(ptr %self)
  ret ptr %result
}

define ptr @hl_new_slice(ptr %start, ptr %stop, ptr %step) nounwind {
  %new = call ptr @PySlice_New(ptr %start, ptr %stop, ptr %step)
  %result = call ptr @checked(ptr %new)
  call void @forget(ptr %start)
  call void @forget(ptr %stop)
  call void @forget(ptr %step)
  ret ptr %result
}

define ptr @hl_new_range(i64 %start, i64 %stop, i64 %step, i64 %length) nounwind {
  %new = call ptr @_PyObject_New(ptr @hl_type_range)
  %result = call ptr @checked(ptr %new)
  %a = call ptr @hl_box_int(i64 %start)
  %b = call ptr @hl_box_int(i64 %stop)
  %c = call ptr @hl_box_int(i64 %step)
  %d = call ptr @hl_box_int(i64 %length)
  %pa = getelementptr i8, ptr %result, i64 <<rangeobject.start>>
  store ptr %a, ptr %pa
  %pb = getelementptr i8, ptr %result, i64 <<rangeobject.stop>>
  store ptr %b, ptr %pb
  %pc = getelementptr i8, ptr %result, i64 <<rangeobject.step>>
  store ptr %c, ptr %pc
  %pd = getelementptr i8, ptr %result, i64 <<rangeobject.length>>
  store ptr %d, ptr %pd
  ret ptr %result
}

define ptr @hl_new_range_iterator(i64 %index, i64 %start, i64 %step, i64 %length) nounwind {
  %new = call ptr @_PyObject_New(ptr @hl_type_range_iterator)
  %result = call ptr @checked(ptr %new)
  %pa = getelementptr i8, ptr %result, i64 <<_PyRangeIterObject.index>>
  store i64 %index, ptr %pa
  %pb = getelementptr i8, ptr %result, i64 <<_PyRangeIterObject.start>>
  store i64 %start, ptr %pb
  %pc = getelementptr i8, ptr %result, i64 <<_PyRangeIterObject.step>>
  store i64 %step, ptr %pc
  %pd = getelementptr i8, ptr %result, i64 <<_PyRangeIterObject.len>>
  store i64 %length, ptr %pd
  ret ptr %result
}

define ptr @hl_new_list_iterator(i64 %index, ptr %sequence) nounwind {
  %new = call ptr @_PyObject_GC_New(ptr @hl_type_list_iterator)
  %result = call ptr @checked(ptr %new)
  %pa = getelementptr i8, ptr %result, i64 <<_PyListIterObject.it_index>>
  store i64 %index, ptr %pa
  %pb = getelementptr i8, ptr %result, i64 <<_PyListIterObject.it_seq>>
  store ptr %sequence, ptr %pb
  call void @PyObject_GC_Track(ptr %result)
  ret ptr %result
}

define ptr @hl_new_tuple_iterator(i64 %index, ptr %sequence) nounwind {
  %new = call ptr @_PyObject_GC_New(ptr @hl_type_tuple_iterator)
  %result = call ptr @checked(ptr %new)
  %pa = getelementptr i8, ptr %result, i64 <<_PyTupleIterObject.it_index>>
  store i64 %index, ptr %pa
  %pb = getelementptr i8, ptr %result, i64 <<_PyTupleIterObject.it_seq>>
  store ptr %sequence, ptr %pb
  call void @PyObject_GC_Track(ptr %result)
  ret ptr %result
}

; enum_new_impl (Objects/enumobject.c): the pair it reuses starts as (None, None)
define ptr @hl_new_enumerate(i64 %index, ptr %iterator) nounwind {
  %new = call ptr @PyType_GenericAlloc(ptr @hl_type_enumerate, i64 0)
  %result = call ptr @checked(ptr %new)
  %pa = getelementptr i8, ptr %result, i64 <<enumobject.en_index>>
  store i64 %index, ptr %pa
  %pb = getelementptr i8, ptr %result, i64 <<enumobject.en_sit>>
  store ptr %iterator, ptr %pb
  %made = call ptr (i64, ...) @PyTuple_Pack(i64 2, ptr @hl_none, ptr @hl_none)
  %pair = call ptr @checked(ptr %made)
  %pc = getelementptr i8, ptr %result, i64 <<enumobject.en_result>>
  store ptr %pair, ptr %pc
  %one = getelementptr i8, ptr @hl_small_ints, i64 192
  %pd = getelementptr i8, ptr %result, i64 <<enumobject.one>>
  store ptr %one, ptr %pd
  ret ptr %result
}

; _PyDictValues_AddToInsertionOrder (Include/internal/pycore_dict.h)
define void @hl_add_to_order(ptr %values, i64 %index) nounwind {
  %place = getelementptr i8, ptr %values, i64 -2
  %size = load i8, ptr %place
  %more = add i8 %size, 1
  %wide = zext i8 %more to i64
  %minus = sub i64 0, %wide
  %entry = getelementptr i8, ptr %place, i64 %minus
  %byte = trunc i64 %index to i8
  store i8 %byte, ptr %entry
  store i8 %more, ptr %place
  ret void
}

declare i64 @llvm.abs.i64(i64, i1)
"""
