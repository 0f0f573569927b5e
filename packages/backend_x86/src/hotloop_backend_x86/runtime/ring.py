"""Native code of the ring in which all activations of compiled code are, as LLVM IR.

Whoever frees code, or looks at frames, finds there what is running: the buffer, its activation
record, and in it the exit record of the call at hand (docs/internals/contract.md, section 5).
"""

from __future__ import annotations

from typing import Final

TEXT: Final = """
@hl_activations = external global ptr

; Every activation is in a ring with all others of the process, whatever thread it is in.
define internal void @link(ptr %buf) {
  %firstp = getelementptr ptr, ptr @hl_activations, i64 -8
  %first = load ptr, ptr %firstp
  %next = getelementptr ptr, ptr %buf, i64 -8
  store ptr %first, ptr %next
  %previous = getelementptr ptr, ptr %buf, i64 -9
  store ptr @hl_activations, ptr %previous
  %back = getelementptr ptr, ptr %first, i64 -9
  store ptr %buf, ptr %back
  store ptr %buf, ptr %firstp
  ret void
}

define internal void @unlink(ptr %buf) {
  %nextp = getelementptr ptr, ptr %buf, i64 -8
  %next = load ptr, ptr %nextp
  %previousp = getelementptr ptr, ptr %buf, i64 -9
  %previous = load ptr, ptr %previousp
  %forward = getelementptr ptr, ptr %previous, i64 -8
  store ptr %next, ptr %forward
  %back = getelementptr ptr, ptr %next, i64 -9
  store ptr %previous, ptr %back
  ret void
}
"""
