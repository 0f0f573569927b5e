"""LLVM IR: writing a frame as a resume program says, and how the frame then goes on.

Templates for ``native.py``. From ``call_next`` on, nothing may run Python code or look at the eval
breaker until the last pending frame is made: the pending block is one word for the whole process.
"""

from __future__ import annotations

ADD_DEPTH = """
define internal void @add_depth(ptr %ts, i32 %n) {
  %p = getelementptr i8, ptr %ts, i64 $recursion_remaining
  %old = load i32, ptr %p
  %new = add i32 %old, %n
  store i32 %new, ptr %p
  ret void
}
"""

# How a frame goes on: its top slot is the stub's value, or a trampoline drops the stub's None.
FINISH = (
    ADD_DEPTH
    + """
define internal i1 @reaches(ptr %trampoline, ptr %target) {
  %none = icmp eq ptr %trampoline, null
  br i1 %none, label %no, label %measure
no:
  ret i1 0
measure:
  %behind = getelementptr i8, ptr %trampoline, i64 10
  %a = ptrtoint ptr %behind to i64
  %b = ptrtoint ptr %target to i64
  %bytes = sub i64 %b, %a
  %units = ashr i64 %bytes, 1
  %short = trunc i64 %units to i32
  %long = sext i32 %short to i64
  %fits = icmp eq i64 %long, %units
  br i1 %fits, label %patch, label %no
patch:
  %b3 = lshr i32 %short, 24
  %b2 = lshr i32 %short, 16
  %b1 = lshr i32 %short, 8
  %v3 = trunc i32 %b3 to i8
  %v2 = trunc i32 %b2 to i8
  %v1 = trunc i32 %b1 to i8
  %v0 = trunc i32 %short to i8
  %p3 = getelementptr i8, ptr %trampoline, i64 3
  %p2 = getelementptr i8, ptr %trampoline, i64 5
  %p1 = getelementptr i8, ptr %trampoline, i64 7
  %p0 = getelementptr i8, ptr %trampoline, i64 9
  store i8 %v3, ptr %p3
  store i8 %v2, ptr %p2
  store i8 %v1, ptr %p1
  store i8 %v0, ptr %p0
  ret i1 1
}

define internal ptr @finish(ptr %frame, i64 %n, ptr %tail) {
  %base = getelementptr i8, ptr %frame, i64 $localsplus
  %stp = getelementptr i8, ptr %frame, i64 $stacktop
  %prevp = getelementptr i8, ptr %frame, i64 $prev_instr
  %some = icmp ne i64 %n, 0
  br i1 %some, label %look, label %through
look:
  %m = sub i64 %n, 1
  %topp = getelementptr ptr, ptr %base, i64 %m
  %top = load ptr, ptr %topp
  %usable = icmp ne ptr %top, null
  br i1 %usable, label %direct, label %through
direct:
  %m32 = trunc i64 %m to i32
  store i32 %m32, ptr %stp
  ret ptr %top
through:
  %prev = load ptr, ptr %prevp
  %target = getelementptr i8, ptr %prev, i64 2
  %t1p = getelementptr i8, ptr @hl_runtime, i64 24
  %t2p = getelementptr i8, ptr @hl_runtime, i64 32
  %t1 = load ptr, ptr %t1p
  %t2 = load ptr, ptr %t2p
  %by_tail = call i1 @reaches(ptr %tail, ptr %target)
  br i1 %by_tail, label %go, label %try1
try1:
  %by1 = call i1 @reaches(ptr %t1, ptr %target)
  br i1 %by1, label %go, label %try2
try2:
  %by2 = call i1 @reaches(ptr %t2, ptr %target)
  br label %go
go:
  %way = phi ptr [ %tail, %through ], [ %t1, %try1 ], [ %t2, %try2 ]
  %before = getelementptr i8, ptr %way, i64 -2
  store ptr %before, ptr %prevp
  call void @incref(ptr @_Py_NoneStruct)
  ret ptr @_Py_NoneStruct
}

; Make the frame go on with the next pending frame; what the stub returns. The frame calls a
; trampoline function, or resumes the generator that is on top of its stack.
define internal ptr @call_next(ptr %ts, ptr %frame, i64 %n, ptr %function, ptr %block) {
  store ptr %block, ptr @hl_runtime
  ; The call is in private code, which has no lines: no trace event until the last frame is made.
  %tracing = call i8 @set_tracing(ptr %ts, i8 0)
  %tracing64 = zext i8 %tracing to i64
  %untracedp = getelementptr i64, ptr %block, i64 7
  %untraced = load i64, ptr %untracedp
  %both = or i64 %untraced, %tracing64
  store i64 %both, ptr %untracedp
  call void @add_depth(ptr %ts, i32 2)
  %number = ptrtoint ptr %function to i64
  %resumes = icmp eq i64 %number, $generator
  br i1 %resumes, label %resume, label %call
resume:
  call void @wake(ptr %block)
  %iterator = call ptr @finish(ptr %frame, i64 %n, ptr null)
  ret ptr %iterator
call:
  %base = getelementptr i8, ptr %frame, i64 $localsplus
  %stp = getelementptr i8, ptr %frame, i64 $stacktop
  %prevp = getelementptr i8, ptr %frame, i64 $prev_instr
  %prev = load ptr, ptr %prevp
  %savedp = getelementptr i64, ptr %block, i64 3
  store ptr %prev, ptr %savedp
  %null = getelementptr ptr, ptr %base, i64 %n
  store ptr null, ptr %null
  %n1 = add i64 %n, 1
  %n32 = trunc i64 %n1 to i32
  store i32 %n32, ptr %stp
  %sitep = getelementptr i8, ptr @hl_runtime, i64 16
  %site = load ptr, ptr %sitep
  %before = getelementptr i8, ptr %site, i64 -2
  store ptr %before, ptr %prevp
  call void @incref(ptr %function)
  ret ptr %function
}

; What was held back may have been turned off since (_PyThreadState_UpdateTracingState).
define internal i8 @set_tracing(ptr %ts, i8 %wanted) {
  %tracep = getelementptr i8, ptr %ts, i64 $c_tracefunc
  %trace = load ptr, ptr %tracep
  %profilep = getelementptr i8, ptr %ts, i64 $c_profilefunc
  %profile = load ptr, ptr %profilep
  %no_trace = icmp eq ptr %trace, null
  %no_profile = icmp eq ptr %profile, null
  %nobody = and i1 %no_trace, %no_profile
  %new = select i1 %nobody, i8 0, i8 %wanted
  %cfp = getelementptr i8, ptr %ts, i64 $cframe
  %cf = load ptr, ptr %cfp
  %p = getelementptr i8, ptr %cf, i64 $use_tracing
  %old = load i8, ptr %p
  store i8 %new, ptr %p
  ret i8 %old
}
"""
)

# Frame header: [words, code, prev_instr, localsplus slots, depth, tail, trampoline] + func code.
# Pending block: [0] header of the next frame [1] frames left [2] its values [3] prev_instr of its
# caller [4..6] exception [7] tracing to go on [8] object that keeps the headers alive, or NULL;
# then the values: for each frame func and its slots.
RESUME = """
define internal void @write_slots(ptr %cursor, i64 %n, ptr %to, ptr %buf, ptr %virtuals) {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %i1, %body ]
  %end = icmp eq i64 %i, %n
  br i1 %end, label %done, label %body
body:
  %v = call ptr @slot(ptr %cursor, ptr %buf, ptr %virtuals)
  %p = getelementptr ptr, ptr %to, i64 %i
  store ptr %v, ptr %p
  %i1 = add i64 %i, 1
  br label %loop
done:
  ret void
}

define internal void @drop(ptr %array, i64 %n) {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %i1, %body ]
  %end = icmp eq i64 %i, %n
  br i1 %end, label %done, label %body
body:
  %p = getelementptr ptr, ptr %array, i64 %i
  %v = load ptr, ptr %p
  call void @xdecref(ptr %v)
  %i1 = add i64 %i, 1
  br label %loop
done:
  ret void
}

; Decode the frames behind the outermost into a new pending block.
define internal ptr @decode_pending(ptr %cursor, i64 %left, i64 %words, ptr %buf, ptr %virtuals) {
entry:
  %all = add i64 %words, 9
  %bytes = mul i64 %all, 8
  %block = call ptr @PyMem_RawMalloc(i64 %bytes)
  %first = load ptr, ptr %cursor
  %values = getelementptr i64, ptr %block, i64 9
  store ptr %first, ptr %block
  %p8 = getelementptr i64, ptr %block, i64 8
  store ptr null, ptr %p8
  %p7 = getelementptr i64, ptr %block, i64 7
  store i64 0, ptr %p7
  %p1 = getelementptr i64, ptr %block, i64 1
  %p2 = getelementptr i64, ptr %block, i64 2
  store i64 %left, ptr %p1
  store ptr %values, ptr %p2
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %i1, %body ]
  %to = phi ptr [ %values, %entry ], [ %to1, %body ]
  %end = icmp eq i64 %i, %left
  br i1 %end, label %done, label %body
body:
  %head = load ptr, ptr %cursor
  %lp = getelementptr i64, ptr %head, i64 3
  %dp = getelementptr i64, ptr %head, i64 4
  %nlocals = load i64, ptr %lp
  %depth = load i64, ptr %dp
  %n0 = add i64 %nlocals, %depth
  %n = add i64 %n0, 1
  %codes = getelementptr i64, ptr %head, i64 7
  store ptr %codes, ptr %cursor
  call void @write_slots(ptr %cursor, i64 %n, ptr %to, ptr %buf, ptr %virtuals)
  %to1 = getelementptr ptr, ptr %to, i64 %n
  %i1 = add i64 %i, 1
  br label %loop
done:
  ret ptr %block
}

; Leave through an exit record: the frame becomes what its resume program says.
; `replace`: the frame still holds values, which are dropped at the end. Returns the stub's value.
define ptr @hl_resume(ptr %ts, ptr %frame, ptr %record, ptr %buf, i32 %gc, i1 %replace) {
entry:
  %cursor = alloca ptr
  %type = alloca ptr
  %value = alloca ptr
  %trace = alloca ptr
  store ptr null, ptr %type
  store ptr null, ptr %value
  store ptr null, ptr %trace
  %kindp = getelementptr i64, ptr %record, i64 2
  %kind = load i64, ptr %kindp
  %raising = icmp eq i64 %kind, 1
  %progp = getelementptr i64, ptr %record, i64 4
  %prog = load ptr, ptr %progp
  %interpp = getelementptr i8, ptr %ts, i64 $interp
  %interp = load ptr, ptr %interpp
  %gcp = getelementptr i8, ptr %interp, i64 $gc_enabled
  %basep = getelementptr i8, ptr %frame, i64 $localsplus
  %stp = getelementptr i8, ptr %frame, i64 $stacktop
  %vp = getelementptr i64, ptr %prog, i64 0
  %fp = getelementptr i64, ptr %prog, i64 1
  %wp = getelementptr i64, ptr %prog, i64 2
  %dp = getelementptr i64, ptr %prog, i64 3
  %nvirtuals = load i64, ptr %vp
  %nframes = load i64, ptr %fp
  %words = load i64, ptr %wp
  %ndrops = load i64, ptr %dp
  %start = getelementptr i64, ptr %prog, i64 4
  store ptr %start, ptr %cursor
  %limit32 = load i32, ptr %stp
  %limit = zext i32 %limit32 to i64
  %ndead = select i1 %replace, i64 %limit, i64 0
  %dead = alloca ptr, i64 %ndead
  %dead_bytes = mul i64 %ndead, 8
  call void @llvm.memcpy.p0.p0.i64(ptr %dead, ptr %basep, i64 %dead_bytes, i1 false)
  %virtuals = alloca ptr, i64 %nvirtuals
  br i1 %raising, label %fetch, label %build
fetch:
  call void @PyErr_Fetch(ptr %type, ptr %value, ptr %trace)
  br label %build
build:
  %plain = icmp eq i64 %nvirtuals, 0
  br i1 %plain, label %outer, label %objects
objects:
  call void @materialise(ptr %cursor, i64 %nvirtuals, ptr %virtuals, ptr %buf)
  br label %outer
outer:
  %head = load ptr, ptr %cursor
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
  %codes = getelementptr i64, ptr %head, i64 8
  store ptr %codes, ptr %cursor
  call void @write_slots(ptr %cursor, i64 %n, ptr %basep, ptr %buf, ptr %virtuals)
  %n32 = trunc i64 %n to i32
  store i32 %n32, ptr %stp
  %f_prevp = getelementptr i8, ptr %frame, i64 $prev_instr
  store ptr %prev, ptr %f_prevp
  %f_codep = getelementptr i8, ptr %frame, i64 $f_code
  %old_code = load ptr, ptr %f_codep
  %keep = icmp eq ptr %code, null
  %same = icmp eq ptr %code, %old_code
  %unchanged = or i1 %keep, %same
  br i1 %unchanged, label %inner, label %change
change:
  call void @incref(ptr %code)
  store ptr %code, ptr %f_codep
  br label %inner
inner:
  %old = phi ptr [ null, %outer ], [ %old_code, %change ]
  %single = icmp eq i64 %nframes, 1
  br i1 %single, label %written, label %decode
decode:
  %left = sub i64 %nframes, 1
  %tramp_head = load ptr, ptr %cursor
  %trampp = getelementptr i64, ptr %tramp_head, i64 6
  %tramp = load ptr, ptr %trampp
  %pending = call ptr @decode_pending(ptr %cursor, i64 %left, i64 %words, ptr %buf, ptr %virtuals)
  br label %written
written:
  %block = phi ptr [ null, %inner ], [ %pending, %decode ]
  %function = phi ptr [ null, %inner ], [ %tramp, %decode ]
  store i32 %gc, ptr %gcp
  call void @drop(ptr %virtuals, i64 %nvirtuals)
  %drops = load ptr, ptr %cursor
  br label %dropping
dropping:
  %i = phi i64 [ 0, %written ], [ %i1, %drop_one ]
  %dropped = icmp eq i64 %i, %ndrops
  br i1 %dropped, label %tidy, label %drop_one
drop_one:
  %ip = getelementptr i64, ptr %drops, i64 %i
  %index = load i64, ptr %ip
  %op = getelementptr ptr, ptr %buf, i64 %index
  %o = load ptr, ptr %op
  call void @xdecref(ptr %o)
  %i1 = add i64 %i, 1
  br label %dropping
tidy:
  call void @drop(ptr %dead, i64 %ndead)
  call void @xdecref(ptr %old)
  %interrupted = icmp eq i64 %kind, 2
  br i1 %interrupted, label %collect, label %look
collect:
  call void @collect_if_due(ptr %interp)
  br label %look
look:
  %errp = getelementptr i8, ptr %ts, i64 $curexc_type
  %err = load ptr, ptr %errp
  %memory = icmp ne ptr %err, null
  %t0 = load ptr, ptr %type
  br i1 %memory, label %refetch, label %which
refetch:
  call void @xdecref(ptr %t0)
  %v0 = load ptr, ptr %value
  call void @xdecref(ptr %v0)
  %x0 = load ptr, ptr %trace
  call void @xdecref(ptr %x0)
  call void @PyErr_Fetch(ptr %type, ptr %value, ptr %trace)
  br label %which
which:
  %t = load ptr, ptr %type
  %v = load ptr, ptr %value
  %x = load ptr, ptr %trace
  %alone = icmp eq ptr %block, null
  br i1 %alone, label %last, label %chain
chain:
  %e4 = getelementptr i64, ptr %block, i64 4
  %e5 = getelementptr i64, ptr %block, i64 5
  %e6 = getelementptr i64, ptr %block, i64 6
  store ptr %t, ptr %e4
  store ptr %v, ptr %e5
  store ptr %x, ptr %e6
  %next = call ptr @call_next(ptr %ts, ptr %frame, i64 %n, ptr %function, ptr %block)
  ret ptr %next
last:
  %fine = icmp eq ptr %t, null
  br i1 %fine, label %go_on, label %raise
raise:
  call void @PyErr_Restore(ptr %t, ptr %v, ptr %x)
  ret ptr null
go_on:
  %result = call ptr @finish(ptr %frame, i64 %n, ptr %tail)
  ret ptr %result
}
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
"""
