"""LLVM IR: turning trampoline frames into inlined frames, collections, and the C stack's limit.

Templates for ``native.py``.
"""

from __future__ import annotations

IN_STUB = """
  ; The thread that runs, the stub that it is in, and the frame that has called it.
  %tsp = getelementptr i8, ptr @_PyRuntime, i64 $tstate_current
  %ts = load ptr, ptr %tsp
  %cfp = getelementptr i8, ptr %ts, i64 $cframe
  %cf = load ptr, ptr %cfp
  %stubp = getelementptr i8, ptr %cf, i64 $current_frame
  %stub = load ptr, ptr %stubp
  %framep = getelementptr i8, ptr %stub, i64 $previous
  %frame = load ptr, ptr %framep
"""

PENDING = """
; Turn the trampoline frame that called us into the next pending frame.
define ptr @hl_pending(ptr %record) {$in_stub
  %callerp = getelementptr i8, ptr %frame, i64 $previous
  %caller = load ptr, ptr %callerp
  call void @add_depth(ptr %ts, i32 -2)
  %block = load ptr, ptr @hl_runtime
  %head = load ptr, ptr %block
  %leftp = getelementptr i64, ptr %block, i64 1
  %left = load i64, ptr %leftp
  %valuesp = getelementptr i64, ptr %block, i64 2
  %values = load ptr, ptr %valuesp
  %savedp = getelementptr i64, ptr %block, i64 3
  %saved = load ptr, ptr %savedp
  %codep = getelementptr i64, ptr %head, i64 1
  %prevp = getelementptr i64, ptr %head, i64 2
  %nlp = getelementptr i64, ptr %head, i64 3
  %depthp = getelementptr i64, ptr %head, i64 4
  %tailp = getelementptr i64, ptr %head, i64 5
  %code = load ptr, ptr %codep
  %prev = load ptr, ptr %prevp
  %nl = load i64, ptr %nlp
  %depth = load i64, ptr %depthp
  %tail = load ptr, ptr %tailp
  %n = add i64 %nl, %depth
  %func = load ptr, ptr %values
  %slots = getelementptr ptr, ptr %values, i64 1
  %f_funcp = getelementptr i8, ptr %frame, i64 $f_func
  %f_codep = getelementptr i8, ptr %frame, i64 $f_code
  %f_globalsp = getelementptr i8, ptr %frame, i64 $f_globals
  %f_builtinsp = getelementptr i8, ptr %frame, i64 $f_builtins
  %f_prevp = getelementptr i8, ptr %frame, i64 $prev_instr
  %stp = getelementptr i8, ptr %frame, i64 $stacktop
  %base = getelementptr i8, ptr %frame, i64 $localsplus
  %kindp = getelementptr i64, ptr %head, i64 6
  %kind = load i64, ptr %kindp
  %is_generator = icmp eq i64 %kind, $generator
  br i1 %is_generator, label %resumed, label %called
resumed:
  ; It has its function and code already. The block's reference to the generator goes.
  call void @xdecref(ptr %func)
  br label %fill
called:
  %caller_prevp = getelementptr i8, ptr %caller, i64 $prev_instr
  store ptr %saved, ptr %caller_prevp
  %old_func = load ptr, ptr %f_funcp
  %old_code = load ptr, ptr %f_codep
  %globalsp = getelementptr i8, ptr %func, i64 $func_globals
  %globals = load ptr, ptr %globalsp
  %builtinsp = getelementptr i8, ptr %func, i64 $func_builtins
  %builtins = load ptr, ptr %builtinsp
  store ptr %func, ptr %f_funcp
  call void @incref(ptr %code)
  store ptr %code, ptr %f_codep
  store ptr %globals, ptr %f_globalsp
  store ptr %builtins, ptr %f_builtinsp
  br label %fill
fill:
  %func0 = phi ptr [ null, %resumed ], [ %old_func, %called ]
  %code0 = phi ptr [ null, %resumed ], [ %old_code, %called ]
  store ptr %prev, ptr %f_prevp
  %bytes = mul i64 %n, 8
  call void @llvm.memcpy.p0.p0.i64(ptr %base, ptr %slots, i64 %bytes, i1 false)
  %n32 = trunc i64 %n to i32
  store i32 %n32, ptr %stp
  call void @xdecref(ptr %func0)
  call void @xdecref(ptr %code0)
  %left1 = sub i64 %left, 1
  %innermost = icmp eq i64 %left1, 0
  br i1 %innermost, label %last, label %more
more:
  %words = load i64, ptr %head
  %head1 = getelementptr i64, ptr %head, i64 %words
  store ptr %head1, ptr %block
  store i64 %left1, ptr %leftp
  %values1 = getelementptr ptr, ptr %slots, i64 %n
  store ptr %values1, ptr %valuesp
  %trampp = getelementptr i64, ptr %head1, i64 6
  %tramp = load ptr, ptr %trampp
  %next = call ptr @call_next(ptr %ts, ptr %frame, i64 %n, ptr %tramp, ptr %block)
  ret ptr %next
last:
  store ptr null, ptr @hl_runtime
  %untracedp = getelementptr i64, ptr %block, i64 7
  %untraced = load i64, ptr %untracedp
  %tracing = trunc i64 %untraced to i8
  %off = call i8 @set_tracing(ptr %ts, i8 %tracing)
  %e4 = getelementptr i64, ptr %block, i64 4
  %e5 = getelementptr i64, ptr %block, i64 5
  %e6 = getelementptr i64, ptr %block, i64 6
  %t = load ptr, ptr %e4
  %v = load ptr, ptr %e5
  %x = load ptr, ptr %e6
  %ownerp = getelementptr i64, ptr %block, i64 8
  %owner = load ptr, ptr %ownerp
  call void @PyMem_RawFree(ptr %block)
  call void @xdecref(ptr %owner)
  %fine = icmp eq ptr %t, null
  br i1 %fine, label %go_on, label %raise
raise:
  call void @PyErr_Restore(ptr %t, ptr %v, ptr %x)
  ret ptr null
go_on:
  %result = call ptr @finish(ptr %frame, i64 %n, ptr %tail)
  ret ptr %result
}
"""

# An allocation outside compiled code collects when a collection is due. What is left of the C
# stack decides whether compiled code is entered: CPython 3.11 needs none for Python calls.
LIMITS = """
define internal void @collect_if_due(ptr %interp) {
  %countp = getelementptr i8, ptr %interp, i64 $gc_count
  %count = load i32, ptr %countp
  %limitp = getelementptr i8, ptr %interp, i64 $gc_threshold
  %limit = load i32, ptr %limitp
  %due = icmp sgt i32 %count, %limit
  br i1 %due, label %allocate, label %done
allocate:
  %cell = call ptr @PyCell_New(ptr null)
  call void @xdecref(ptr %cell)
  br label %done
done:
  ret void
}

define internal i64 @stack_limit(ptr %ts) {
entry:
  %idp = getelementptr i8, ptr %ts, i64 $thread_id
  %id = load i64, ptr %idp
  %ts_word = ptrtoint ptr %ts to i64
  %key = add i64 %ts_word, %id
  %number = and i64 %id, 63
  %table = getelementptr i64, ptr @hl_runtime, i64 $stack_limits
  %twice = mul i64 %number, 2
  %keyp = getelementptr i64, ptr %table, i64 %twice
  %limitp = getelementptr i64, ptr %keyp, i64 1
  %known = load i64, ptr %keyp
  %same = icmp eq i64 %known, %key
  br i1 %same, label %hit, label %miss
hit:
  %limit = load i64, ptr %limitp
  ret i64 %limit
miss:
  %attributes = alloca i64, i64 16
  %lowp = alloca i64
  %sizep = alloca i64
  store i64 0, ptr %lowp
  store i64 0, ptr %sizep
  %self = call i64 @pthread_self()
  %status = call i32 @pthread_getattr_np(i64 %self, ptr %attributes)
  %got = icmp eq i32 %status, 0
  br i1 %got, label %read, label %keep
read:
  %s1 = call i32 @pthread_attr_getstack(ptr %attributes, ptr %lowp, ptr %sizep)
  %s2 = call i32 @pthread_attr_destroy(ptr %attributes)
  br label %keep
keep:
  %low = load i64, ptr %lowp
  %size = load i64, ptr %sizep
  %quarter = lshr i64 %size, 2
  %small = icmp ult i64 %quarter, 262144
  %reserve = select i1 %small, i64 %quarter, i64 262144
  %found = add i64 %low, %reserve
  store i64 %key, ptr %keyp
  store i64 %found, ptr %limitp
  ret i64 %found
}
"""
