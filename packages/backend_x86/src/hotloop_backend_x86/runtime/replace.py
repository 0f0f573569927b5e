"""Native code that lets numbers die and writes new ones in their place, as LLVM IR.

It uses what ``allocate`` declares and defines. Nothing here runs code of the program.
"""

from __future__ import annotations

from typing import Final

TEXT: Final = """
; _Py_Dealloc of what nothing but this refers to: floats go to their free list (float_dealloc),
; ints to the allocator (object_dealloc, by tp_free)
define void @hl_dealloc(ptr %dead) nounwind {
  %ptype = getelementptr i8, ptr %dead, i64 <<PyObject.ob_type>>
  %type = load ptr, ptr %ptype
  %float = icmp eq ptr %type, @hl_type_float
  br i1 %float, label %number, label %any
number:
  %count = load i32, ptr @hl_float_numfree
  %room = icmp slt i32 %count, <<PyFloat_MAXFREELIST>>
  br i1 %room, label %keep, label %any
keep:
  %more = add i32 %count, 1
  store i32 %more, ptr @hl_float_numfree
  %head = load ptr, ptr @hl_float_free_list
  store ptr %head, ptr %ptype
  store ptr %dead, ptr @hl_float_free_list
  ret void
any:
  %int = icmp eq ptr %type, @hl_type_int
  br i1 %int, label %plain, label %other
plain:
  tail call void @PyObject_Free(ptr %dead)
  ret void
other:
  tail call void @_Py_Dealloc(ptr %dead)
  ret void
}

; One reference more; nothing for NULL.
define void @hl_add_reference(ptr %ref) nounwind {
  %none = icmp eq ptr %ref, null
  br i1 %none, label %done, label %some
some:
  call void @remember(ptr %ref)
  ret void
done:
  ret void
}

; One reference less; nothing for NULL.
define void @hl_drop_reference(ptr %ref) nounwind {
  %last = call i1 @was_last(ptr %ref)
  br i1 %last, label %dead, label %done
dead:
  tail call void @hl_dealloc(ptr %ref)
  ret void
done:
  ret void
}

; Store a new number where another one, or NULL, is: what dies there runs no code.
define ptr @hl_replace_float(ptr %place, double %value) nounwind {
  %old = load ptr, ptr %place
  %new = call ptr @hl_box_float(double %value)
  store ptr %new, ptr %place
  call void @hl_drop_reference(ptr %old)
  ret ptr %new
}

; The same for ints; written into the old one if it is of no use to others and long enough.
define ptr @hl_replace_int(ptr %place, i64 %value) nounwind {
  %old = load ptr, ptr %place
  %none = icmp eq ptr %old, null
  br i1 %none, label %make, label %look
look:
  %ptype = getelementptr i8, ptr %old, i64 <<PyObject.ob_type>>
  %type = load ptr, ptr %ptype
  %int = icmp eq ptr %type, @hl_type_int
  %count = load i64, ptr %old
  %one = icmp eq i64 %count, 1
  %mine = and i1 %int, %one
  %index = add i64 %value, 5
  %own = icmp uge i64 %index, 262
  %both = and i1 %mine, %own
  br i1 %both, label %measure, label %make
measure:
  %field = getelementptr i8, ptr %old, i64 <<PyLongObject.ob_size>>
  %have.signed = load i64, ptr %field
  %have = call i64 @llvm.abs.i64(i64 %have.signed, i1 false)
  %magnitude = call i64 @llvm.abs.i64(i64 %value, i1 false)
  %low = and i64 %magnitude, 1073741823
  %high = lshr i64 %magnitude, 30
  %two = icmp ne i64 %high, 0
  %need = select i1 %two, i64 2, i64 1
  %narrow = icmp ule i64 %magnitude, 1152921504606846975
  %long = icmp uge i64 %have, %need
  %fits = and i1 %narrow, %long
  br i1 %fits, label %write, label %make
write:
  %place.low = getelementptr i8, ptr %old, i64 <<PyLongObject.ob_digit>>
  %digit = trunc i64 %low to i32
  store i32 %digit, ptr %place.low
  %minus = sub i64 0, %need
  %negative = icmp slt i64 %value, 0
  %size = select i1 %negative, i64 %minus, i64 %need
  store i64 %size, ptr %field
  br i1 %two, label %second, label %done
second:
  %place.high = getelementptr i8, ptr %place.low, i64 4
  %upper = trunc i64 %high to i32
  store i32 %upper, ptr %place.high
  br label %done
done:
  ret ptr %old
make:
  %new = call ptr @hl_box_int(i64 %value)
  store ptr %new, ptr %place
  call void @hl_drop_reference(ptr %old)
  ret ptr %new
}
"""
