"""LLVM IR: how long machine code runs, what it calls included.

Template for ``native.py``. The processor's time stamp counter is read when the first activation
begins and when the last one ends: some 9 ns for every time compiled code is entered from the
interpreter, nothing inside it. Where such code goes on in the interpreter although it has not
returned (``hl_finish``, the slow path), the clock pauses. Python's half is in ``clock.py``.
"""

from __future__ import annotations

CLOCK = """
declare i64 @llvm.readcyclecounter()

define i64 @hl_clock_now() {
  %now = call i64 @llvm.readcyclecounter()
  ret i64 %now
}

; So many more activations run machine code.
define void @hl_clock_enter(i64 %more) {
  %openp = getelementptr i8, ptr @hl_runtime, i64 $clock_open
  %open = load i64, ptr %openp
  %all = add i64 %open, %more
  store i64 %all, ptr %openp
  %running = icmp ne i64 %open, 0
  br i1 %running, label %done, label %start
start:
  %now = call i64 @llvm.readcyclecounter()
  %sincep = getelementptr i8, ptr @hl_runtime, i64 $clock_since
  store i64 %now, ptr %sincep
  br label %done
done:
  ret void
}

; So many fewer.
define void @hl_clock_leave(i64 %fewer) {
  %openp = getelementptr i8, ptr @hl_runtime, i64 $clock_open
  %open = load i64, ptr %openp
  %left = sub i64 %open, %fewer
  store i64 %left, ptr %openp
  %still = icmp ne i64 %left, 0
  br i1 %still, label %done, label %stop
stop:
  %now = call i64 @llvm.readcyclecounter()
  %sincep = getelementptr i8, ptr @hl_runtime, i64 $clock_since
  %since = load i64, ptr %sincep
  %new = sub i64 %now, %since
  %ticksp = getelementptr i8, ptr @hl_runtime, i64 $clock_ticks
  %old = load i64, ptr %ticksp
  %ticks = add i64 %old, %new
  store i64 %ticks, ptr %ticksp
  br label %done
done:
  ret void
}

; The interpreter goes on instead of all activations; what hl_clock_go_on takes.
define i64 @hl_clock_pause() {
  %openp = getelementptr i8, ptr @hl_runtime, i64 $clock_open
  %open = load i64, ptr %openp
  %none = icmp eq i64 %open, 0
  br i1 %none, label %done, label %stop
stop:
  call void @hl_clock_leave(i64 %open)
  br label %done
done:
  ret i64 %open
}

define void @hl_clock_go_on(i64 %open) {
  %none = icmp eq i64 %open, 0
  br i1 %none, label %done, label %start
start:
  call void @hl_clock_enter(i64 %open)
  br label %done
done:
  ret void
}
"""
