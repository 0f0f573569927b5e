"""Native code at the border between compiled and interpreted code, as LLVM IR.

The activation record lies below the buffer (docs/internals/contract.md, section 5).
"""

from __future__ import annotations

from typing import Final

TEXT: Final = """
@hl_eval_breaker = external global i32
@hl_gc_enabled = external global i32
@hl_gc_count = external global i32
@hl_gc_threshold = external global i32
@hl_gc_collecting = external global i32
@hl_finish_cell = external global ptr

; The default target of every exit cell: give the record's address to whoever entered.
define i64 @hl_exit(ptr %buf, i64 %record) nounwind {
  ret i64 %record
}

; Python code may run from here: note the call, its line, and let collections happen.
define void @hl_before_python(ptr %buf, i64 %record) nounwind {
  %note = getelementptr i64, ptr %buf, i64 -4
  store i64 %record, ptr %note
  %place = getelementptr i64, ptr %buf, i64 -3
  %saved = load i64, ptr %place
  %enabled = trunc i64 %saved to i32
  store i32 %enabled, ptr @hl_gc_enabled
  %none = icmp eq i64 %record, 0
  br i1 %none, label %done, label %line
line:
  call void @note_line(ptr %buf, i64 %record)
  br label %done
done:
  ret void
}

; The root frame, if this activation has one, is at the call: word 5 of the record.
define internal void @note_line(ptr %buf, i64 %record) nounwind {
  %holder = getelementptr ptr, ptr %buf, i64 -1
  %frame = load ptr, ptr %holder
  %none = icmp eq ptr %frame, null
  br i1 %none, label %done, label %line
line:
  %words = inttoptr i64 %record to ptr
  %word = getelementptr i64, ptr %words, i64 5
  %instruction = load ptr, ptr %word
  %field = getelementptr i8, ptr %frame, i64 <<_PyInterpreterFrame.prev_instr>>
  store ptr %instruction, ptr %field
  br label %done
done:
  ret void
}

; Call compiled code from compiled code. The arguments are in the inner buffer already.
; What the callee saw of gc.enabled is ours again; a callee that left is run to its end.
; It counts as so many levels of recursion; while it is run to its end it has a frame that counts
; itself, and the 4 calls that bring that about do not count. The 400 levels they may use besides
; are taken back when the frame runs (Launcher.run).
define ptr @hl_call_entry(ptr %buf, i64 %record, ptr %inner, ptr %code, i64 %selector,
    i32 %levels) nounwind {
  %less = sub i32 0, %levels
  call void @change_depth(ptr %buf, i32 %less)
  %note = getelementptr i64, ptr %buf, i64 -4
  store i64 %record, ptr %note
  call void @note_line(ptr %buf, i64 %record)
  %frame.in = getelementptr i64, ptr %inner, i64 -1
  store i64 0, ptr %frame.in
  %thread = getelementptr i64, ptr %buf, i64 -2
  %thread.in = getelementptr i64, ptr %inner, i64 -2
  %t = load i64, ptr %thread
  store i64 %t, ptr %thread.in
  %saved = getelementptr i64, ptr %buf, i64 -3
  %saved.in = getelementptr i64, ptr %inner, i64 -3
  %s = load i64, ptr %saved
  store i64 %s, ptr %saved.in
  %note.in = getelementptr i64, ptr %inner, i64 -4
  store i64 0, ptr %note.in
  %limit = getelementptr i64, ptr %buf, i64 -5
  %limit.in = getelementptr i64, ptr %inner, i64 -5
  %l = load i64, ptr %limit
  store i64 %l, ptr %limit.in
  call void @link(ptr %inner)
  %left = call i64 %code(ptr %inner, i64 %selector)
  %words = inttoptr i64 %left to ptr
  %pkind = getelementptr i64, ptr %words, i64 2
  %kind = load i64, ptr %pkind
  %finished = icmp eq i64 %kind, 4
  br i1 %finished, label %value, label %rest, !prof !0
value:
  call void @unlink(ptr %inner)
  call void @change_depth(ptr %buf, i32 %levels)
  %after = load i64, ptr %saved.in
  store i64 %after, ptr %saved
  store i64 0, ptr %note
  %direct = load ptr, ptr %inner
  ret ptr %direct
rest:
  store i64 %left, ptr %note.in
  %enabled.wide = load i64, ptr %saved.in
  %enabled = trunc i64 %enabled.wide to i32
  store i32 %enabled, ptr @hl_gc_enabled
  %finish = load ptr, ptr @hl_finish_cell
  call void @change_depth(ptr %buf, i32 404)
  %slow = call ptr %finish(ptr %inner, i64 %left)
  call void @unlink(ptr %inner)
  %rest.levels = sub i32 %levels, 404
  call void @change_depth(ptr %buf, i32 %rest.levels)
  call void @hl_after_python(ptr %buf)
  ret ptr %slow
}

; Change how many levels of recursion the thread has left.
define internal void @change_depth(ptr %buf, i32 %by) nounwind {
  %holder = getelementptr ptr, ptr %buf, i64 -2
  %thread = load ptr, ptr %holder
  %field = getelementptr i8, ptr %thread, i64 <<PyThreadState.recursion_remaining>>
  %old = load i32, ptr %field
  %new = add i32 %old, %by
  store i32 %new, ptr %field
  ret void
}

; Back in compiled code: collections wait.
define void @hl_after_python(ptr %buf) nounwind {
  %enabled = load i32, ptr @hl_gc_enabled
  %wide = zext i32 %enabled to i64
  %place = getelementptr i64, ptr %buf, i64 -3
  store i64 %wide, ptr %place
  store i32 0, ptr @hl_gc_enabled
  %note = getelementptr i64, ptr %buf, i64 -4
  store i64 0, ptr %note
  ret void
}

; Whether the loop must be left: the eval breaker, or a collection that is due and would run
; (the condition of gc_collect at an allocation, Modules/gcmodule.c, _PyObject_GC_Link).
define i1 @hl_interrupt_due(ptr %buf) nounwind {
  %breaker = load volatile i32, ptr @hl_eval_breaker
  %asked = icmp ne i32 %breaker, 0
  br i1 %asked, label %yes, label %collection
collection:
  %count = load volatile i32, ptr @hl_gc_count
  %threshold = load volatile i32, ptr @hl_gc_threshold
  %full = icmp sgt i32 %count, %threshold
  %set = icmp ne i32 %threshold, 0
  %place = getelementptr i64, ptr %buf, i64 -3
  %saved = load i64, ptr %place
  %enabled = icmp ne i64 %saved, 0
  %collecting = load i32, ptr @hl_gc_collecting
  %idle = icmp eq i32 %collecting, 0
  %a = and i1 %full, %set
  %b = and i1 %enabled, %idle
  %due = and i1 %a, %b
  ret i1 %due
yes:
  ret i1 true
}
"""
