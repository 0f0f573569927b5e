"""Native helpers of strings, as LLVM IR.

A compact string says in its state how wide its characters are and whether it is ASCII; the
characters follow the header. Strings that are not compact go through CPython.
"""

from __future__ import annotations

from typing import Final

TEXT: Final = """
@hl_latin1 = external global [256 x ptr]
@hl_empty_str = external global i8

declare i32 @PyUnicode_ReadChar(ptr, i64)
declare ptr @PyUnicode_FromOrdinal(i32)
declare i32 @PyUnicode_Compare(ptr, ptr)
declare ptr @_PyUnicode_JoinArray(ptr, ptr, i64)
declare ptr @PyObject_Str(ptr)
declare i32 @memcmp(ptr, ptr, i64)

; PyUnicode_DATA of a compact string
define internal ptr @characters(ptr %str, i32 %state) alwaysinline nounwind {
  %bit = and i32 %state, 64
  %ascii = icmp ne i32 %bit, 0
  %offset = select i1 %ascii, i64 <<sizeof(PyASCIIObject)>>, i64 <<sizeof(PyCompactUnicodeObject)>>
  %data = getelementptr i8, ptr %str, i64 %offset
  ret ptr %data
}

; PyUnicode_READ_CHAR; the index is in range
define internal i32 @read(ptr %str, i64 %index) nounwind {
  %pstate = getelementptr i8, ptr %str, i64 <<PyASCIIObject.state>>
  %state = load i32, ptr %pstate
  %flags = and i32 %state, 32
  %compact = icmp ne i32 %flags, 0
  br i1 %compact, label %direct, label %general, !prof !0
general:
  %slow = call i32 @PyUnicode_ReadChar(ptr %str, i64 %index)
  ret i32 %slow
direct:
  %data = call ptr @characters(ptr %str, i32 %state)
  %bits = lshr i32 %state, 2
  %kind = and i32 %bits, 7
  switch i32 %kind, label %four [ i32 1, label %one
                                  i32 2, label %two ]
one:
  %p1 = getelementptr i8, ptr %data, i64 %index
  %c1 = load i8, ptr %p1
  %r1 = zext i8 %c1 to i32
  ret i32 %r1
two:
  %p2 = getelementptr i16, ptr %data, i64 %index
  %c2 = load i16, ptr %p2
  %r2 = zext i16 %c2 to i32
  ret i32 %r2
four:
  %p4 = getelementptr i32, ptr %data, i64 %index
  %r4 = load i32, ptr %p4
  ret i32 %r4
}

define ptr @hl_str_getchar(ptr %str, i64 %index) nounwind {
  %char = call i32 @read(ptr %str, i64 %index)
  %narrow = icmp ult i32 %char, 256
  br i1 %narrow, label %shared, label %new
shared:
  %wide = zext i32 %char to i64
  %place = getelementptr ptr, ptr @hl_latin1, i64 %wide
  %old = load ptr, ptr %place
  call void @remember(ptr %old)
  ret ptr %old
new:
  %made = tail call ptr @PyUnicode_FromOrdinal(i32 %char)
  ret ptr %made
}

define i64 @hl_str_ord(ptr %str) nounwind {
  %char = call i32 @read(ptr %str, i64 0)
  %wide = zext i32 %char to i64
  ret i64 %wide
}

; unicode_eq: equal strings have the same kind
define i64 @hl_str_eq(ptr %lhs, ptr %rhs) nounwind {
  %same = icmp eq ptr %lhs, %rhs
  br i1 %same, label %yes, label %look
yes:
  ret i64 1
look:
  %ps1 = getelementptr i8, ptr %lhs, i64 <<PyASCIIObject.state>>
  %ps2 = getelementptr i8, ptr %rhs, i64 <<PyASCIIObject.state>>
  %s1 = load i32, ptr %ps1
  %s2 = load i32, ptr %ps2
  %both = and i32 %s1, %s2
  %flags = and i32 %both, 32
  %compact = icmp ne i32 %flags, 0
  br i1 %compact, label %direct, label %general, !prof !0
general:
  %order = call i32 @PyUnicode_Compare(ptr %lhs, ptr %rhs)
  %equal = icmp eq i32 %order, 0
  %slow = zext i1 %equal to i64
  ret i64 %slow
direct:
  %pn1 = getelementptr i8, ptr %lhs, i64 <<PyASCIIObject.length>>
  %pn2 = getelementptr i8, ptr %rhs, i64 <<PyASCIIObject.length>>
  %n1 = load i64, ptr %pn1
  %n2 = load i64, ptr %pn2
  %length = icmp eq i64 %n1, %n2
  %difference = xor i32 %s1, %s2
  %kinds = and i32 %difference, 28
  %kind = icmp eq i32 %kinds, 0
  %may = and i1 %length, %kind
  br i1 %may, label %compare, label %no
no:
  ret i64 0
compare:
  %d1 = call ptr @characters(ptr %lhs, i32 %s1)
  %d2 = call ptr @characters(ptr %rhs, i32 %s2)
  %bits = lshr i32 %s1, 2
  %width = and i32 %bits, 7
  %wide = zext i32 %width to i64
  %bytes = mul i64 %n1, %wide
  %result = call i32 @memcmp(ptr %d1, ptr %d2, i64 %bytes)
  %zero = icmp eq i32 %result, 0
  %fast = zext i1 %zero to i64
  ret i64 %fast
}

; BUILD_STRING
define ptr @hl_str_build(i64 %count, ptr %items) nounwind {
  %result = tail call ptr @_PyUnicode_JoinArray(ptr @hl_empty_str, ptr %items, i64 %count)
  ret ptr %result
}

define ptr @hl_str_from_int(i64 %value) nounwind {
  %number = call ptr @hl_box_int(i64 %value)
  %result = call ptr @PyObject_Str(ptr %number)
  call void @hl_drop_reference(ptr %number)
  ret ptr %result
}
"""
