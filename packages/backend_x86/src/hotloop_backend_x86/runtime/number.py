"""Native helpers of arithmetic and comparison, as LLVM IR."""

from __future__ import annotations

from typing import Final

_COMPARE: Final = """
define ptr @hl_compare_{name}(ptr %lhs, ptr %rhs) nounwind {{
  %result = tail call ptr @PyObject_RichCompare(ptr %lhs, ptr %rhs, i32 {code})
  ret ptr %result
}}
"""

_CODES: Final = {"lt": 0, "le": 1, "eq": 2, "ne": 3, "gt": 4, "ge": 5}

TEXT: Final = (
    """
declare ptr @PyNumber_Power(ptr, ptr, ptr)
declare ptr @PyNumber_InPlacePower(ptr, ptr, ptr)
declare ptr @PyObject_RichCompare(ptr, ptr, i32)
declare i64 @PyObject_Hash(ptr)
declare ptr @PyLong_FromSsize_t(i64)
declare double @pow(double, double)
declare double @fmod(double, double)
declare double @llvm.floor.f64(double)
declare double @llvm.copysign.f64(double, double)

define ptr @hl_number_pow(ptr %lhs, ptr %rhs) nounwind {
  %result = tail call ptr @PyNumber_Power(ptr %lhs, ptr %rhs, ptr @hl_none)
  ret ptr %result
}

define ptr @hl_number_ipow(ptr %lhs, ptr %rhs) nounwind {
  %result = tail call ptr @PyNumber_InPlacePower(ptr %lhs, ptr %rhs, ptr @hl_none)
  ret ptr %result
}

define ptr @hl_hash_of(ptr %ref) nounwind {
  %hash = call i64 @PyObject_Hash(ptr %ref)
  %bad = icmp eq i64 %hash, -1
  br i1 %bad, label %error, label %good
good:
  %result = tail call ptr @PyLong_FromSsize_t(i64 %hash)
  ret ptr %result
error:
  ret ptr null
}

define double @hl_float_pow(double %base, double %exponent) nounwind {
  %result = tail call double @pow(double %base, double %exponent)
  ret double %result
}

; float_rem (Objects/floatobject.c): the result has the sign of the divisor
define double @hl_float_mod(double %lhs, double %rhs) nounwind {
  %rest = call double @fmod(double %lhs, double %rhs)
  %some = fcmp une double %rest, 0.0
  br i1 %some, label %signs, label %zero
zero:
  %signed = call double @llvm.copysign.f64(double 0.0, double %rhs)
  ret double %signed
signs:
  %a = fcmp olt double %rhs, 0.0
  %b = fcmp olt double %rest, 0.0
  %differ = xor i1 %a, %b
  %sum = fadd double %rest, %rhs
  %result = select i1 %differ, double %sum, double %rest
  ret double %result
}

; float_floor_div, by _float_div_mod (Objects/floatobject.c)
define double @hl_float_floordiv(double %lhs, double %rhs) nounwind {
  %rest = call double @fmod(double %lhs, double %rhs)
  %difference = fsub double %lhs, %rest
  %quotient = fdiv double %difference, %rhs
  %some = fcmp une double %rest, 0.0
  %a = fcmp olt double %rhs, 0.0
  %b = fcmp olt double %rest, 0.0
  %differ = xor i1 %a, %b
  %adjust = and i1 %some, %differ
  %less = fsub double %quotient, 1.0
  %div = select i1 %adjust, double %less, double %quotient
  %nonzero = fcmp une double %div, 0.0
  br i1 %nonzero, label %round, label %zero
zero:
  %ratio = fdiv double %lhs, %rhs
  %signed = call double @llvm.copysign.f64(double 0.0, double %ratio)
  ret double %signed
round:
  %floor = call double @llvm.floor.f64(double %div)
  %gap = fsub double %div, %floor
  %large = fcmp ogt double %gap, 0.5
  %up = fadd double %floor, 1.0
  %result = select i1 %large, double %up, double %floor
  ret double %result
}

@hl_audit_hooks = external global ptr

; id(x); 0 where hooks are to be told of it
define i64 @hl_id_of(ptr %object) nounwind {
  %hooks = load ptr, ptr @hl_audit_hooks
  %untold = icmp eq ptr %hooks, null
  %address = ptrtoint ptr %object to i64
  %shown = select i1 %untold, i64 %address, i64 0
  ret i64 %shown
}
"""
) + "".join(_COMPARE.format(name=name, code=code) for name, code in _CODES.items())
