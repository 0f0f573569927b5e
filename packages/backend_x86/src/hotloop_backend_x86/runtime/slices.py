"""Native helpers of slices, as LLVM IR: bounds and step are unboxed, no slice object is made.

Bounds are what PySlice_Unpack gives; what they mean is said by PySlice_AdjustIndices.
"""

from __future__ import annotations

from string import Template
from typing import Final

_BOUNDS: Final = """
declare i64 @llvm.smax.i64(i64, i64)
declare i64 @llvm.smin.i64(i64, i64)

; One bound of PySlice_AdjustIndices, ``down``: the step is negative
define internal i64 @clip(i64 %bound, i64 %size, i1 %down) alwaysinline nounwind {
  %negative = icmp slt i64 %bound, 0
  %from.end = add i64 %bound, %size
  %place = select i1 %negative, i64 %from.end, i64 %bound
  %before = sext i1 %down to i64
  %after = add i64 %size, %before
  %low = call i64 @llvm.smax.i64(i64 %place, i64 %before)
  %high = call i64 @llvm.smin.i64(i64 %low, i64 %after)
  ret i64 %high
}

; How many items lie between two bounds that were clipped
define internal i64 @stride_count(i64 %low, i64 %high, i64 %step, i1 %down) nounwind {
  %up.span = sub i64 %high, %low
  %down.span = sub i64 %low, %high
  %span = select i1 %down, i64 %down.span, i64 %up.span
  %some = icmp sgt i64 %span, 0
  br i1 %some, label %count, label %none
none:
  ret i64 0
count:
  %turned = sub i64 0, %step
  %stride = select i1 %down, i64 %turned, i64 %step
  %single = icmp eq i64 %stride, 1
  br i1 %single, label %plain, label %divide
plain:
  ret i64 %span
divide:
  %last = add i64 %span, -1
  %times = udiv i64 %last, %stride
  %all = add i64 %times, 1
  ret i64 %all
}

; New references to every ``step``-th item; ``count`` > 0
define internal void @copy_stride(ptr %to, ptr %from, i64 %start, i64 %step, i64 %count) nounwind {
entry:
  br label %loop
loop:
  %i = phi i64 [0, %entry], [%next, %loop]
  %at = phi i64 [%start, %entry], [%after, %loop]
  %source = getelementptr ptr, ptr %from, i64 %at
  %item = load ptr, ptr %source
  call void @remember(ptr %item)
  %place = getelementptr ptr, ptr %to, i64 %i
  store ptr %item, ptr %place
  %next = add i64 %i, 1
  %after = add i64 %at, %step
  %more = icmp slt i64 %next, %count
  br i1 %more, label %loop, label %done
done:
  ret void
}
"""

_READ: Final = """
declare ptr @PyTuple_GetSlice(ptr, i64, i64)
declare ptr @PyUnicode_New(i64, i32)
declare ptr @PyUnicode_Substring(ptr, i64, i64)
declare ptr @PyObject_GetItem(ptr, ptr)

; unicode_subscript; a string that is not ASCII goes through CPython if a step is taken
define ptr @hl_str_slice_step(ptr %str, i64 %start, i64 %stop, i64 %step) nounwind {
  %psize = getelementptr i8, ptr %str, i64 <<PyASCIIObject.length>>
  %size = load i64, ptr %psize
  %down = icmp slt i64 %step, 0
  %low = call i64 @clip(i64 %start, i64 %size, i1 %down)
  %high = call i64 @clip(i64 %stop, i64 %size, i1 %down)
  %plain = icmp eq i64 %step, 1
  br i1 %plain, label %part, label %stride
part:
  %slice = tail call ptr @PyUnicode_Substring(ptr %str, i64 %low, i64 %high)
  ret ptr %slice
stride:
  %pstate = getelementptr i8, ptr %str, i64 <<PyASCIIObject.state>>
  %state = load i32, ptr %pstate
  %bits = and i32 %state, 96
  %ascii = icmp eq i32 %bits, 96
  br i1 %ascii, label %direct, label %general
general:
  %result = call ptr @general_slice(ptr %str, i64 %start, i64 %stop, i64 %step)
  ret ptr %result
direct:
  %count = call i64 @stride_count(i64 %low, i64 %high, i64 %step, i1 %down)
  %new = call ptr @PyUnicode_New(i64 %count, i32 127)
  %failed = icmp eq ptr %new, null
  %empty = icmp eq i64 %count, 0
  %nothing = or i1 %failed, %empty
  br i1 %nothing, label %done, label %fill
fill:
  %from = getelementptr i8, ptr %str, i64 <<sizeof(PyASCIIObject)>>
  %to = getelementptr i8, ptr %new, i64 <<sizeof(PyASCIIObject)>>
  br label %loop
loop:
  %i = phi i64 [0, %fill], [%next, %loop]
  %at = phi i64 [%low, %fill], [%after, %loop]
  %source = getelementptr i8, ptr %from, i64 %at
  %char = load i8, ptr %source
  %place = getelementptr i8, ptr %to, i64 %i
  store i8 %char, ptr %place
  %next = add i64 %i, 1
  %after = add i64 %at, %step
  %more = icmp slt i64 %next, %count
  br i1 %more, label %loop, label %done
done:
  ret ptr %new
}

define internal ptr @general_slice(ptr %str, i64 %start, i64 %stop, i64 %step) noinline nounwind {
  %a = call ptr @hl_box_int(i64 %start)
  %b = call ptr @hl_box_int(i64 %stop)
  %c = call ptr @hl_box_int(i64 %step)
  %slice = call ptr @PySlice_New(ptr %a, ptr %b, ptr %c)
  call void @hl_drop_reference(ptr %a)
  call void @hl_drop_reference(ptr %b)
  call void @hl_drop_reference(ptr %c)
  %none = icmp eq ptr %slice, null
  br i1 %none, label %error, label %good
error:
  ret ptr null
good:
  %result = call ptr @PyObject_GetItem(ptr %str, ptr %slice)
  call void @hl_drop_reference(ptr %slice)
  ret ptr %result
}
"""

_STEPPED: Final = Template("""
; $function
define ptr @hl_${kind}_slice_step(ptr %sequence, i64 %start, i64 %stop, i64 %step) nounwind {
  %psize = getelementptr i8, ptr %sequence, i64 <<${cls}Object.ob_size>>
  %size = load i64, ptr %psize
  %down = icmp slt i64 %step, 0
  %low = call i64 @clip(i64 %start, i64 %size, i1 %down)
  %high = call i64 @clip(i64 %stop, i64 %size, i1 %down)
  %plain = icmp eq i64 %step, 1
  br i1 %plain, label %part, label %stride
part:
  %slice = tail call ptr @${cls}_GetSlice(ptr %sequence, i64 %low, i64 %high)
  ret ptr %slice
stride:
  %count = call i64 @stride_count(i64 %low, i64 %high, i64 %step, i1 %down)
  %new = call ptr @${cls}_New(i64 %count)
  %failed = icmp eq ptr %new, null
  %empty = icmp eq i64 %count, 0
  %nothing = or i1 %failed, %empty
  br i1 %nothing, label %done, label %fill
fill:
${items}  call void @copy_stride(ptr %to, ptr %from, i64 %low, i64 %step, i64 %count)
  br label %done
done:
  ret ptr %new
}
""")

_LIST_ITEMS: Final = """
  %pfrom = getelementptr i8, ptr %sequence, i64 <<PyListObject.ob_item>>
  %from = load ptr, ptr %pfrom
  %pto = getelementptr i8, ptr %new, i64 <<PyListObject.ob_item>>
  %to = load ptr, ptr %pto
"""
_TUPLE_ITEMS: Final = """
  %from = getelementptr i8, ptr %sequence, i64 <<PyTupleObject.ob_item>>
  %to = getelementptr i8, ptr %new, i64 <<PyTupleObject.ob_item>>
"""
_OF_SEQUENCES: Final = "".join(
    [
        _STEPPED.substitute(function=function, kind=kind, cls=cls, items=items.lstrip("\n"))
        for function, kind, cls, items in (
            ("list_subscript", "list", "PyList", _LIST_ITEMS),
            ("tuplesubscript", "tuple", "PyTuple", _TUPLE_ITEMS),
        )
    ]
)

_STORE: Final = """
define i64 @hl_list_dies_quietly(ptr %list, i64 %start, i64 %stop) nounwind {
entry:
  %psize = getelementptr i8, ptr %list, i64 <<PyListObject.ob_size>>
  %size = load i64, ptr %psize
  %low = call i64 @clip(i64 %start, i64 %size, i1 false)
  %high = call i64 @clip(i64 %stop, i64 %size, i1 false)
  %pitems = getelementptr i8, ptr %list, i64 <<PyListObject.ob_item>>
  %items = load ptr, ptr %pitems
  br label %loop
loop:
  %i = phi i64 [%low, %entry], [%next, %quiet]
  %more = icmp slt i64 %i, %high
  br i1 %more, label %look, label %yes
look:
  %place = getelementptr ptr, ptr %items, i64 %i
  %item = load ptr, ptr %place
  %ptype = getelementptr i8, ptr %item, i64 <<PyObject.ob_type>>
  %type = load ptr, ptr %ptype
  %int = icmp eq ptr %type, @hl_type_int
  br i1 %int, label %quiet, label %other
other:
  %simple = call i1 @simple(ptr %type)
  br i1 %simple, label %quiet, label %no
quiet:
  %next = add i64 %i, 1
  br label %loop
no:
  ret i64 0
yes:
  ret i64 1
}

; The same where nothing that dies runs code: items are replaced in place by as many of a list
define i64 @hl_list_set_slice_quiet(ptr %list, i64 %start, i64 %stop, ptr %items) nounwind {
  %other = icmp ne ptr %items, %list
  %given = icmp ne ptr %items, null
  %may = and i1 %other, %given
  br i1 %may, label %look, label %general
look:
  %ptype = getelementptr i8, ptr %items, i64 <<PyObject.ob_type>>
  %type = load ptr, ptr %ptype
  %is.list = icmp eq ptr %type, @hl_type_list
  br i1 %is.list, label %measure, label %general
measure:
  %psize = getelementptr i8, ptr %list, i64 <<PyListObject.ob_size>>
  %size = load i64, ptr %psize
  %low = call i64 @clip(i64 %start, i64 %size, i1 false)
  %high = call i64 @clip(i64 %stop, i64 %size, i1 false)
  %span = sub i64 %high, %low
  %pcount = getelementptr i8, ptr %items, i64 <<PyListObject.ob_size>>
  %count = load i64, ptr %pcount
  %same = icmp eq i64 %span, %count
  br i1 %same, label %start.copy, label %general
general:
  %status = tail call i64 @hl_list_set_slice(ptr %list, i64 %start, i64 %stop, ptr %items)
  ret i64 %status
start.copy:
  %pto = getelementptr i8, ptr %list, i64 <<PyListObject.ob_item>>
  %to = load ptr, ptr %pto
  %first = getelementptr ptr, ptr %to, i64 %low
  %pfrom = getelementptr i8, ptr %items, i64 <<PyListObject.ob_item>>
  %from = load ptr, ptr %pfrom
  br label %loop
loop:
  %i = phi i64 [0, %start.copy], [%next, %copy]
  %more = icmp slt i64 %i, %count
  br i1 %more, label %copy, label %done
copy:
  %source = getelementptr ptr, ptr %from, i64 %i
  %new = load ptr, ptr %source
  call void @remember(ptr %new)
  %place = getelementptr ptr, ptr %first, i64 %i
  %old = load ptr, ptr %place
  store ptr %new, ptr %place
  call void @hl_drop_reference(ptr %old)
  %next = add i64 %i, 1
  br label %loop
done:
  ret i64 0
}

; list_ass_subscript with step 1
define i64 @hl_list_set_slice(ptr %list, i64 %start, i64 %stop, ptr %items) nounwind {
  %psize = getelementptr i8, ptr %list, i64 <<PyListObject.ob_size>>
  %size = load i64, ptr %psize
  %low = call i64 @clip(i64 %start, i64 %size, i1 false)
  %high = call i64 @clip(i64 %stop, i64 %size, i1 false)
  %status = call i32 @PyList_SetSlice(ptr %list, i64 %low, i64 %high, ptr %items)
  %wide = sext i32 %status to i64
  ret i64 %wide
}
"""

TEXT: Final = _BOUNDS + _READ + _OF_SEQUENCES + _STORE
