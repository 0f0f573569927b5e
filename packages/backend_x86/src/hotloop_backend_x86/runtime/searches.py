"""Native helpers that look for an item in a list or tuple, as LLVM IR.

They stop at an item whose comparison might run code of the program.
"""

from __future__ import annotations

from typing import Final

TEXT: Final = """
declare i32 @PyObject_RichCompareBool(ptr, ptr, i32)

define internal i1 @comparable(ptr %type) alwaysinline nounwind {
  %int = icmp eq ptr %type, @hl_type_int
  %str = icmp eq ptr %type, @hl_type_str
  %float = icmp eq ptr %type, @hl_type_float
  %bool = icmp eq ptr %type, @hl_type_bool
  %none = icmp eq ptr %type, @hl_type_none
  %a = or i1 %int, %str
  %b = or i1 %float, %bool
  %c = or i1 %a, %b
  %d = or i1 %c, %none
  ret i1 %d
}

; Whether two exact ints of one digit at most are equal: 0, 1, or 2 if one is greater
define internal i64 @small_equal(ptr %left, ptr %right) alwaysinline nounwind {
  %pm = getelementptr i8, ptr %left, i64 <<PyLongObject.ob_size>>
  %pn = getelementptr i8, ptr %right, i64 <<PyLongObject.ob_size>>
  %m = load i64, ptr %pm
  %n = load i64, ptr %pn
  %m1 = add i64 %m, 1
  %n1 = add i64 %n, 1
  %m.small = icmp ult i64 %m1, 3
  %n.small = icmp ult i64 %n1, 3
  %small = and i1 %m.small, %n.small
  br i1 %small, label %look, label %great
great:
  ret i64 2
look:
  %sizes = icmp eq i64 %m, %n
  br i1 %sizes, label %digits, label %no
no:
  ret i64 0
digits:
  %pd = getelementptr i8, ptr %left, i64 <<PyLongObject.ob_digit>>
  %pe = getelementptr i8, ptr %right, i64 <<PyLongObject.ob_digit>>
  %d = load i32, ptr %pd
  %e = load i32, ptr %pe
  %same = icmp eq i32 %d, %e
  %zero = icmp eq i64 %m, 0
  %equal = or i1 %same, %zero
  %result = zext i1 %equal to i64
  ret i64 %result
}

; 0: absent; 1: not known; 2 + index: found; -1: exception
define internal i64 @find(ptr %items, i64 %size, ptr %wanted) nounwind {
entry:
  %pkind = getelementptr i8, ptr %wanted, i64 <<PyObject.ob_type>>
  %kind = load ptr, ptr %pkind
  %text = icmp eq ptr %kind, @hl_type_str
  %whole = icmp eq ptr %kind, @hl_type_int
  br label %loop
loop:
  %i = phi i64 [0, %entry], [%next, %go.on]
  %more = icmp slt i64 %i, %size
  br i1 %more, label %look, label %absent
look:
  %place = getelementptr ptr, ptr %items, i64 %i
  %item = load ptr, ptr %place
  %same = icmp eq ptr %item, %wanted
  br i1 %same, label %found, label %other
other:
  %ptype = getelementptr i8, ptr %item, i64 <<PyObject.ob_type>>
  %type = load ptr, ptr %ptype
  %alike = icmp eq ptr %type, %kind
  br i1 %alike, label %compare, label %unlike
compare:
  br i1 %text, label %strings, label %numbers
strings:
  %spelled = call i64 @hl_str_eq(ptr %item, ptr %wanted)
  %match = icmp ne i64 %spelled, 0
  br i1 %match, label %found, label %go.on
numbers:
  br i1 %whole, label %ints, label %ask
ints:
  %small = call i64 @small_equal(ptr %item, ptr %wanted)
  %known = icmp ult i64 %small, 2
  br i1 %known, label %decided, label %ask
decided:
  %equal = icmp eq i64 %small, 1
  br i1 %equal, label %found, label %go.on
unlike:
  %may = call i1 @comparable(ptr %type)
  br i1 %may, label %quick, label %unknown
quick:
  %other.text = icmp eq ptr %type, @hl_type_str
  %strange = or i1 %text, %other.text
  br i1 %strange, label %go.on, label %ask
ask:
  %answer = call i32 @PyObject_RichCompareBool(ptr %item, ptr %wanted, i32 2)
  %failed = icmp slt i32 %answer, 0
  br i1 %failed, label %error, label %answered
answered:
  %yes = icmp ne i32 %answer, 0
  br i1 %yes, label %found, label %go.on
go.on:
  %next = add i64 %i, 1
  br label %loop
found:
  %result = add i64 %i, 2
  ret i64 %result
absent:
  ret i64 0
unknown:
  ret i64 1
error:
  ret i64 -1
}

; list_contains
define i64 @hl_list_find_quiet(ptr %list, ptr %wanted) nounwind {
  %psize = getelementptr i8, ptr %list, i64 <<PyListObject.ob_size>>
  %size = load i64, ptr %psize
  %pitems = getelementptr i8, ptr %list, i64 <<PyListObject.ob_item>>
  %items = load ptr, ptr %pitems
  %result = call i64 @find(ptr %items, i64 %size, ptr %wanted)
  ret i64 %result
}

; tuplecontains
define i64 @hl_tuple_find_quiet(ptr %tuple, ptr %wanted) nounwind {
  %psize = getelementptr i8, ptr %tuple, i64 <<PyTupleObject.ob_size>>
  %size = load i64, ptr %psize
  %items = getelementptr i8, ptr %tuple, i64 <<PyTupleObject.ob_item>>
  %result = call i64 @find(ptr %items, i64 %size, ptr %wanted)
  ret i64 %result
}
"""
