"""Native helpers of functions, as LLVM IR."""

from __future__ import annotations

from typing import Final

_FIELD: Final = """
  %p.{name} = getelementptr i8, ptr %function, i64 <<PyFunctionObject.func_{name}>>
  call void @set_new(ptr %p.{name}, ptr %{name})
"""

TEXT: Final = (
    """
declare ptr @PyFunction_New(ptr, ptr)
declare ptr @PyObject_Call(ptr, ptr, ptr)
declare ptr @PyThreadState_Get()

; Call a function with a tuple of arguments; its frame counts as no level of recursion.
define ptr @hl_call_hidden(ptr %function, ptr %arguments) nounwind {
  %thread = call ptr @PyThreadState_Get()
  %place = getelementptr i8, ptr %thread, i64 <<PyThreadState.recursion_remaining>>
  %left = load i32, ptr %place
  %lent = add i32 %left, 1
  store i32 %lent, ptr %place
  %result = call ptr @PyObject_Call(ptr %function, ptr %arguments, ptr null)
  %now = load i32, ptr %place
  %back = sub i32 %now, 1
  store i32 %back, ptr %place
  ret ptr %result
}

; Store a new reference to what may be NULL into a field that is NULL.
define internal void @set_new(ptr %place, ptr %value) alwaysinline nounwind {
  %none = icmp eq ptr %value, null
  br i1 %none, label %done, label %some
some:
  call void @remember(ptr %value)
  store ptr %value, ptr %place
  br label %done
done:
  ret void
}

; MAKE_FUNCTION: what is not NULL goes into the new function's fields as it is.
define ptr @hl_make_function(ptr %code, ptr %globals, ptr %defaults, ptr %kwdefaults,
                             ptr %annotations, ptr %closure) nounwind {
  %function = call ptr @PyFunction_New(ptr %code, ptr %globals)
  %none = icmp eq ptr %function, null
  br i1 %none, label %error, label %good
good:
"""
    + "".join(
        _FIELD.format(name=name) for name in ("defaults", "kwdefaults", "annotations", "closure")
    )
    + """  ret ptr %function
error:
  ret ptr null
}
"""
)
