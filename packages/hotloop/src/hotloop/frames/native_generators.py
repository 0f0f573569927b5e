"""LLVM IR: a generator that goes on in the middle of what compiled code was doing in it.

A template for ``native.py``. The caller of the generator's frame is about to execute its FOR_ITER,
which resumes the generator; private code at ``generator_site`` drops what is sent into it and calls
the stub of pending frames, which fills the frame (``native_pending``).
"""

from __future__ import annotations

WAKE = """
; Let the next pending frame's generator call the pending stub when it is resumed. What it still
; holds is in the pending block, too.
define internal void @wake(ptr %block) {
  %headp = load ptr, ptr %block
  %valuesp = getelementptr i64, ptr %block, i64 2
  %values = load ptr, ptr %valuesp
  %generator = load ptr, ptr %values
  %frame = getelementptr i8, ptr %generator, i64 $generator_frame
  %base = getelementptr i8, ptr %frame, i64 $localsplus
  %stp = getelementptr i8, ptr %frame, i64 $stacktop
  %held32 = load i32, ptr %stp
  %held = zext i32 %held32 to i64
  call void @drop(ptr %base, i64 %held)
  %nlp = getelementptr i64, ptr %headp, i64 3
  %nl = load i64, ptr %nlp
  %bytes = mul i64 %nl, 8
  call void @llvm.memset.p0.i64(ptr %base, i8 0, i64 %bytes, i1 false)
  %null = getelementptr ptr, ptr %base, i64 %nl
  store ptr null, ptr %null
  %stubp = getelementptr i8, ptr @hl_runtime, i64 $generator_stub
  %stub = load ptr, ptr %stubp
  call void @incref(ptr %stub)
  %calleep = getelementptr ptr, ptr %null, i64 1
  store ptr %stub, ptr %calleep
  %n = add i64 %nl, 2
  %n32 = trunc i64 %n to i32
  store i32 %n32, ptr %stp
  %sitep = getelementptr i8, ptr @hl_runtime, i64 $generator_site
  %site = load ptr, ptr %sitep
  %before = getelementptr i8, ptr %site, i64 -2
  %prevp = getelementptr i8, ptr %frame, i64 $prev_instr
  store ptr %before, ptr %prevp
  %statep = getelementptr i8, ptr %generator, i64 $generator_state
  store i8 -1, ptr %statep
  ret void
}
"""
