"""Native helpers of lists, dicts, sets and iterators, as LLVM IR."""

from __future__ import annotations

from typing import Final

TEXT: Final = """
@hl_exc_stop_iteration = external global i8
@hl_exc_index_error = external global i8
@hl_str_index = external global i8

declare i32 @PyList_Append(ptr, ptr)
declare i32 @PyList_SetSlice(ptr, i64, i64, ptr)
declare ptr @PyList_GetSlice(ptr, i64, i64)
declare ptr @_PyList_Extend(ptr, ptr)
declare ptr @PySequence_Repeat(ptr, i64)
declare ptr @PyObject_VectorcallMethod(ptr, ptr, i64, ptr)
declare i64 @PyLong_AsSsize_t(ptr)
declare i32 @PyDict_SetItem(ptr, ptr, ptr)
declare i32 @PyDict_DelItem(ptr, ptr)
declare ptr @_PyDict_NewPresized(i64)
declare ptr @PySet_New(ptr)
declare i32 @PySet_Add(ptr, ptr)
declare void @PyErr_SetString(ptr, ptr)
declare ptr @PyErr_Occurred()
declare i32 @PyErr_ExceptionMatches(ptr)
declare void @PyErr_Clear()
declare void @_Py_Dealloc(ptr)
declare ptr @memmove(ptr, ptr, i64)

@hl_pop_empty = private constant [20 x i8] c"pop from empty list\\00"
@hl_pop_range = private constant [23 x i8] c"pop index out of range\\00"

; app1 (Objects/listobject.c); takes over the reference to the item.
define i64 @hl_list_append(ptr %list, ptr %item) nounwind {
  %psize = getelementptr i8, ptr %list, i64 <<PyListObject.ob_size>>
  %size = load i64, ptr %psize
  %pallocated = getelementptr i8, ptr %list, i64 <<PyListObject.allocated>>
  %allocated = load i64, ptr %pallocated
  %room = icmp sgt i64 %allocated, %size
  br i1 %room, label %fast, label %slow, !prof !0
fast:
  %pitems = getelementptr i8, ptr %list, i64 <<PyListObject.ob_item>>
  %items = load ptr, ptr %pitems
  %place = getelementptr ptr, ptr %items, i64 %size
  store ptr %item, ptr %place
  %more = add i64 %size, 1
  store i64 %more, ptr %psize
  ret i64 0
slow:
  %status = call i32 @PyList_Append(ptr %list, ptr %item)
  call void @forget(ptr %item)
  %wide = sext i32 %status to i64
  ret i64 %wide
}

; list_pop_impl at the end of the list; shrinks when list_resize would.
define ptr @hl_list_pop_last(ptr %list) nounwind {
  %psize = getelementptr i8, ptr %list, i64 <<PyListObject.ob_size>>
  %size = load i64, ptr %psize
  %last = add i64 %size, -1
  %pitems = getelementptr i8, ptr %list, i64 <<PyListObject.ob_item>>
  %items = load ptr, ptr %pitems
  %place = getelementptr ptr, ptr %items, i64 %last
  %item = load ptr, ptr %place
  %pallocated = getelementptr i8, ptr %list, i64 <<PyListObject.allocated>>
  %allocated = load i64, ptr %pallocated
  %half = ashr i64 %allocated, 1
  %keep = icmp sge i64 %last, %half
  br i1 %keep, label %fast, label %slow, !prof !0
fast:
  store i64 %last, ptr %psize
  ret ptr %item
slow:
  call void @remember(ptr %item)
  %status = call i32 @PyList_SetSlice(ptr %list, i64 %last, i64 %size, ptr null)
  ret ptr %item
}

; list_pop_impl
define ptr @hl_list_pop(ptr %list, i64 %wanted) nounwind {
  %psize = getelementptr i8, ptr %list, i64 <<PyListObject.ob_size>>
  %size = load i64, ptr %psize
  %empty = icmp eq i64 %size, 0
  br i1 %empty, label %nothing, label %some
nothing:
  call void @PyErr_SetString(ptr @hl_exc_index_error, ptr @hl_pop_empty)
  ret ptr null
some:
  %negative = icmp slt i64 %wanted, 0
  %from.end = add i64 %wanted, %size
  %index = select i1 %negative, i64 %from.end, i64 %wanted
  %inside = icmp ult i64 %index, %size
  br i1 %inside, label %take, label %outside
outside:
  call void @PyErr_SetString(ptr @hl_exc_index_error, ptr @hl_pop_range)
  ret ptr null
take:
  %next = add i64 %index, 1
  %is.last = icmp eq i64 %next, %size
  br i1 %is.last, label %end, label %middle
end:
  %popped = tail call ptr @hl_list_pop_last(ptr %list)
  ret ptr %popped
middle:
  %pitems = getelementptr i8, ptr %list, i64 <<PyListObject.ob_item>>
  %items = load ptr, ptr %pitems
  %place = getelementptr ptr, ptr %items, i64 %index
  %item = load ptr, ptr %place
  %less = add i64 %size, -1
  %pallocated = getelementptr i8, ptr %list, i64 <<PyListObject.allocated>>
  %allocated = load i64, ptr %pallocated
  %half = ashr i64 %allocated, 1
  %keep = icmp sge i64 %less, %half
  br i1 %keep, label %shift, label %shrink, !prof !0
shift:
  %after = getelementptr ptr, ptr %items, i64 %next
  %count = sub i64 %size, %next
  %bytes = shl i64 %count, 3
  %to = call ptr @memmove(ptr %place, ptr %after, i64 %bytes)
  store i64 %less, ptr %psize
  ret ptr %item
shrink:
  call void @remember(ptr %item)
  %status = call i32 @PyList_SetSlice(ptr %list, i64 %index, i64 %next, ptr null)
  %failed = icmp slt i32 %status, 0
  br i1 %failed, label %error, label %good
error:
  call void @forget(ptr %item)
  ret ptr null
good:
  ret ptr %item
}

define ptr @hl_list_repeat(ptr %list, i64 %count) nounwind {
  %result = tail call ptr @PySequence_Repeat(ptr %list, i64 %count)
  ret ptr %result
}

define ptr @hl_list_copy(ptr %list) nounwind {
  %psize = getelementptr i8, ptr %list, i64 <<PyListObject.ob_size>>
  %size = load i64, ptr %psize
  %result = tail call ptr @PyList_GetSlice(ptr %list, i64 0, i64 %size)
  ret ptr %result
}

define i64 @hl_list_extend(ptr %list, ptr %other) nounwind {
  %none = call ptr @_PyList_Extend(ptr %list, ptr %other)
  %failed = icmp eq ptr %none, null
  br i1 %failed, label %error, label %good
error:
  ret i64 -1
good:
  call void @forget(ptr %none)
  ret i64 0
}

; list.index(item): the method, for its own message of the ValueError
define i64 @hl_list_index(ptr %list, ptr %item) nounwind {
  %args = alloca [3 x ptr], align 16
  %first = getelementptr ptr, ptr %args, i64 1
  store ptr %list, ptr %first
  %second = getelementptr ptr, ptr %args, i64 2
  store ptr %item, ptr %second
  %found = call ptr @PyObject_VectorcallMethod(
      ptr @hl_str_index, ptr %first, i64 -9223372036854775806, ptr null)
  %failed = icmp eq ptr %found, null
  br i1 %failed, label %error, label %good
error:
  ret i64 -1
good:
  %index = call i64 @PyLong_AsSsize_t(ptr %found)
  call void @hl_drop_reference(ptr %found)
  ret i64 %index
}

define i64 @hl_dict_set_safe(ptr %dict, ptr %key, ptr %value) nounwind {
  %status = call i32 @PyDict_SetItem(ptr %dict, ptr %key, ptr %value)
  %wide = sext i32 %status to i64
  ret i64 %wide
}

define i64 @hl_dict_add_safe(ptr %dict, ptr %key, ptr %value) nounwind {
  %status = call i32 @PyDict_SetItem(ptr %dict, ptr %key, ptr %value)
  %added = icmp eq i32 %status, 0
  br i1 %added, label %done, label %failed, !prof !0
failed:
  call void @PyErr_Clear()
  br label %done
done:
  %wide = sext i32 %status to i64
  ret i64 %wide
}

define i64 @hl_dict_del_safe(ptr %dict, ptr %key) nounwind {
  %status = call i32 @PyDict_DelItem(ptr %dict, ptr %key)
  %wide = sext i32 %status to i64
  ret i64 %wide
}

; BUILD_SET
define ptr @hl_build_set(i64 %count, ptr %items) nounwind {
entry:
  %set = call ptr @PySet_New(ptr null)
  %none = icmp eq ptr %set, null
  br i1 %none, label %error, label %loop
loop:
  %i = phi i64 [0, %entry], [%next, %add]
  %more = icmp slt i64 %i, %count
  br i1 %more, label %add, label %done
add:
  %place = getelementptr ptr, ptr %items, i64 %i
  %item = load ptr, ptr %place
  %status = call i32 @PySet_Add(ptr %set, ptr %item)
  %next = add i64 %i, 1
  %failed = icmp slt i32 %status, 0
  br i1 %failed, label %undo, label %loop
undo:
  call void @hl_drop_reference(ptr %set)
  br label %error
error:
  ret ptr null
done:
  ret ptr %set
}

; BUILD_MAP: keys and values in turn
define ptr @hl_build_map(i64 %count, ptr %items) nounwind {
entry:
  %pairs = ashr i64 %count, 1
  %dict = call ptr @_PyDict_NewPresized(i64 %pairs)
  %none = icmp eq ptr %dict, null
  br i1 %none, label %error, label %loop
loop:
  %i = phi i64 [0, %entry], [%next, %add]
  %more = icmp slt i64 %i, %count
  br i1 %more, label %add, label %done
add:
  %pkey = getelementptr ptr, ptr %items, i64 %i
  %key = load ptr, ptr %pkey
  %pvalue = getelementptr ptr, ptr %pkey, i64 1
  %value = load ptr, ptr %pvalue
  %status = call i32 @PyDict_SetItem(ptr %dict, ptr %key, ptr %value)
  %next = add i64 %i, 2
  %failed = icmp slt i32 %status, 0
  br i1 %failed, label %undo, label %loop
undo:
  call void @hl_drop_reference(ptr %dict)
  br label %error
error:
  ret ptr null
done:
  ret ptr %dict
}

; FOR_ITER: NULL with no exception set when exhausted
define ptr @hl_iter_next(ptr %iterator) nounwind {
  %ptype = getelementptr i8, ptr %iterator, i64 <<PyObject.ob_type>>
  %type = load ptr, ptr %ptype
  %pnext = getelementptr i8, ptr %type, i64 <<PyTypeObject.tp_iternext>>
  %next = load ptr, ptr %pnext
  %item = call ptr %next(ptr %iterator)
  %none = icmp eq ptr %item, null
  br i1 %none, label %ended, label %good
ended:
  %pending = call ptr @PyErr_Occurred()
  %quiet = icmp eq ptr %pending, null
  br i1 %quiet, label %good, label %raised
raised:
  %stop = call i32 @PyErr_ExceptionMatches(ptr @hl_exc_stop_iteration)
  %other = icmp eq i32 %stop, 0
  br i1 %other, label %good, label %clear
clear:
  call void @PyErr_Clear()
  br label %good
good:
  ret ptr %item
}
"""
