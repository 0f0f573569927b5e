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
