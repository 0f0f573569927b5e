"""Bring frames that run a function's old code to its rewritten code.

Two ways, both exact (docs/adr/0002-moving-running-frames.md). A frame suspended in an inlined
Python call is only memory: its code and instruction pointer are swapped. A frame that executes has
them in registers; a one-shot trace function is set on its thread, and at the next line event, when
CPython reloads stack and pc, the frame is made to call a stub, in whose window it is rewritten.
Frames of generators stay where they are: their memory has no room. Must not choose which code is
rewritten.
"""

from __future__ import annotations

import ctypes
import opcode
from _thread import get_ident
from array import array
from collections.abc import Callable
from gc import get_referrers
from types import CodeType, TracebackType

from hotloop.frames.chain import FrameView, Thread
from hotloop.frames.memory import BYTES, WORDS, add_reference, object_at, peek, peek8, peek32, poke
from hotloop.frames.resume import ExitKind, ExitRecord, Frame, encode, move
from hotloop.frames.rewrite import EXTRA_STACK, RewrittenCode
from hotloop.frames.runtime import Runtime

_MAX_EVENTS = 400
_AFTER_KEYWORDS = (opcode.opmap["PRECALL"], opcode.opmap["CALL"])
_Trace = ctypes.PYFUNCTYPE(
    ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p
)


class Mover:
    """Moves running frames. One per process; all methods need the GIL, any thread may call."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._at = self.layout = runtime.layout
        self._tries: dict[int, tuple[int, int]] = {}
        self._wanted: dict[int, RewrittenCode] = {}
        self._events = 0
        self._callback = _Trace(self._trace)
        add_reference(self._callback)
        #: What the thread calls: the callback, without handlers of signals in its middle.
        self._address = 0
        self._keep: dict[int, tuple[object, ...]] = {}
        self._refused: dict[int, tuple[int, int]] = {}
        self.moved = 0

    def move(self, ident: int, rewritten: RewrittenCode) -> bool:
        """Move a thread's frames of ``rewritten.original``.

        ``ident`` is the thread's ``threading.get_ident()``. True when a frame was moved or will be
        at its next line; false when there is none, or it cannot be moved now: ask again later. The
        runtime must have been started. The frames of another thread are not looked at from here
        (it may go on at any moment): its trace function does that, in the thread itself.
        """
        thread = self._runtime.thread_of(ident)
        if thread is None:
            return False
        if ident != get_ident():
            return self._is_due(rewritten) and self._arm(thread, rewritten)
        waiting = done = False
        callee: FrameView | None = None
        for frame in thread.frames():
            if frame.get("f_code") == id(rewritten.original) and self._room(thread, frame):
                if callee is not None and not callee.is_entry:
                    done = self._swap(frame, rewritten) or done
                else:
                    waiting = True
            callee = frame
        if waiting:
            return self._arm(thread, rewritten) or done
        return done

    def _is_due(self, rewritten: RewrittenCode) -> bool:
        """Whether a code's frames are to be tried now: after each time twice as late."""
        tries, skipped = self._tries.get(id(rewritten.original), (0, 0))
        due = skipped + 1 >= 1 << tries
        self._tries[id(rewritten.original)] = (tries + 1, 0) if due else (tries, skipped + 1)
        return due

    def _room(self, thread: Thread, frame: FrameView) -> bool:
        """Whether merge points may push two values behind the frame's end while it is on top."""
        if frame.owner != self._at["FRAME_OWNED_BY_THREAD"]:
            return False
        code = object_at(frame.get("f_code"))
        assert isinstance(code, CodeType)
        end = frame.slot(self._slots(code) + code.co_stacksize + EXTRA_STACK)
        # Read without a call: its frame may be in a chunk of its own, unmapped when it returns.
        chunk = WORDS[thread.address + self._at["PyThreadState.datastack_chunk"] >> 3]
        while chunk:
            limit = chunk + peek(chunk + self._at["_PyStackChunk.size"])
            if chunk < frame.address < limit:
                return end <= limit
            chunk = peek(chunk + self._at["_PyStackChunk.previous"])
        return False

    def _slots(self, code: CodeType) -> int:
        return peek32(id(code) + self._at["PyCodeObject.co_nlocalsplus"])

    def _swap(self, frame: FrameView, rewritten: RewrittenCode) -> bool:
        """Move a frame suspended in a call that CPython inlined."""
        if not self._free(frame, rewritten.original, frame.stacktop):
            return False
        place = rewritten.to_new(frame.offset)
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(rewritten.code))
        frame.set("f_code", id(rewritten.code))
        frame.set("prev_instr", frame.first_unit + place)
        ctypes.pythonapi.Py_DecRef(ctypes.py_object(rewritten.original))
        self.moved += 1
        return True

    def _free(self, frame: FrameView, code: CodeType, stacktop: int) -> bool:
        """Whether nothing outside the frame's two fields counts units of its old code."""
        if not code.co_exceptiontable:
            return True
        if self._handles_exception(frame, self._slots(code), stacktop):
            return False
        return not self._in_traceback(frame)

    def _in_traceback(self, frame: FrameView) -> bool:
        """Whether a traceback refers to the frame: its column is looked up in the frame's code.

        Looking through all objects is slow, so after a yes the next looks answer yes unseen.
        """
        address = frame.get("frame_obj")
        if not address or peek(address) == 1:  # only the frame itself refers to its frame object
            return False
        skips, length = self._refused.get(frame.address, (0, 1))
        if skips > 0:
            self._refused[frame.address] = skips - 1, length
            return True
        found = any(type(item) is TracebackType for item in get_referrers(object_at(address)))
        if found:
            self._refused[frame.address] = length, min(2 * length, 1 << 10)
        return found

    @staticmethod
    def _handles_exception(frame: FrameView, first: int, stacktop: int) -> bool:
        """Whether the stack holds the position of a re-raise: an int below None or an exception."""
        below: object = None
        for index in range(first, stacktop):
            address = peek(frame.slot(index))
            value = object_at(address) if address else False
            if type(below) is int and (value is None or isinstance(value, BaseException)):
                return True
            below = value
        return False

    # The one-shot trace function

    def _arm(self, thread: Thread, rewritten: RewrittenCode) -> bool:
        if not self._address:
            callback = ctypes.cast(self._callback, ctypes.c_void_p).value or 0
            self._address = self._runtime.set_tracer(callback)
        function = thread.address + self._at["PyThreadState.c_tracefunc"] >> 3
        profiler = thread.address + self._at["PyThreadState.c_profilefunc"] >> 3
        argument = thread.address + self._at["PyThreadState.c_traceobj"] >> 3
        cframe = thread.address + self._at["PyThreadState.cframe"] >> 3
        flag = self._at["_PyCFrame.use_tracing"]
        own = self._address
        if thread.in_trace_function and WORDS[function] != own:
            return False
        self._wanted[id(rewritten.original)] = rewritten
        self._events = 0
        # From here on without a call: the thread cannot run in between.
        if WORDS[function] == own:
            return True
        if WORDS[function] or WORDS[profiler]:
            return False
        WORDS[argument] = 0
        WORDS[function] = own
        BYTES[WORDS[cframe] + flag] = 255
        return True

    def _disarm(self, thread: Thread) -> None:
        self._wanted.clear()
        if thread.get("c_tracefunc") == self._address:
            thread.set("c_tracefunc", 0)  # LeaveTracing then clears use_tracing

    def _trace(self, _: object, frame_object: int, what: int, arg: object) -> int:
        """The Py_tracefunc; runs in the traced thread with tracing switched off."""
        self._runtime.auditing.hold()
        thread = self._runtime.thread_of(get_ident())
        if thread is not None:
            self._event(thread, frame_object, what)
        self._runtime.auditing.release()
        return 0

    def _event(self, thread: Thread, frame_object: int, what: int) -> None:
        self._events += 1
        if what == self._at["PyTrace_LINE"]:
            place = peek(frame_object + self._at["PyFrameObject.f_frame"])
            if self._at_line(thread, FrameView(self._at, place)):
                self._disarm(thread)  # the call of the stub is in private code: no events
        if not self._wanted or self._events > _MAX_EVENTS:
            self._disarm(thread)

    def _at_line(self, thread: Thread, frame: FrameView) -> bool:
        """Move what is wanted; says whether the frame at hand was made to call a stub."""
        rewritten = self._wanted.get(frame.get("f_code"))
        if rewritten is not None and self._redirect(thread, frame, rewritten):
            self._forget(id(rewritten.original))
            return True
        callee = frame
        above = frame.get("previous")
        left = {frame.get("f_code")}
        while above:
            outer = FrameView(self._at, above)
            left.add(outer.get("f_code"))
            rewritten = self._wanted.get(outer.get("f_code"))
            movable = rewritten is not None and not callee.is_entry and self._room(thread, outer)
            if rewritten is not None and movable and self._swap(outer, rewritten):
                self._forget(id(rewritten.original))
            callee, above = outer, outer.get("previous")
        for code in self._wanted.keys() - left:  # its frames have ended
            self._forget(code)
        return False

    def _forget(self, code: int) -> None:
        """The frames of a code object are wanted no more. (Another thread may have seen to it.)"""
        self._wanted.pop(code, None)

    def _redirect(self, thread: Thread, frame: FrameView, rewritten: RewrittenCode) -> bool:
        """Make the frame of a line event call a stub next, which moves it."""
        old = rewritten.original
        locals_, top, place = self._slots(old), frame.stacktop, frame.offset
        next_op = peek8(frame.get("prev_instr"))
        fits = top + 2 <= locals_ + old.co_stacksize and not self._runtime.stopped
        if not fits or next_op in _AFTER_KEYWORDS or not self._room(thread, frame):
            return False
        if not self._free(frame, old, top):
            return False
        record = self._runtime.new_record()
        record.set_code(old, top - locals_)
        record.set_slow_path(self._moving(rewritten, place, locals_, top))
        self._keep[record.address] = (record, rewritten)
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(record.stub))
        poke(frame.slot(top), 0)
        poke(frame.slot(top + 1), id(record.stub))
        frame.stacktop = top + 2
        frame.set("prev_instr", self._runtime.call_site)
        return True

    def _moving(
        self, rewritten: RewrittenCode, place: int, locals_: int, top: int
    ) -> Callable[[object, int, int, int], object]:
        def slow_path(mark: object, address: int, _exit: int, _buf: int) -> object:
            self._runtime.auditing.hold()
            frame = FrameView(self._at, address)
            words = array("q", (peek(frame.slot(i)) for i in range(top)))
            for index in range(top):
                poke(frame.slot(index), 0)
            values = [move(index) for index in range(top)]
            prev = rewritten.to_new(place) - 2
            there = Frame(
                rewritten.code, prev, values[:locals_], values[locals_:], tail=rewritten.tail
            )
            leave = ExitRecord(encode([there], self._runtime.trampolines), ExitKind.GUARD, 0)
            self.moved += 1
            kept = self._keep.pop(id(mark), None)
            request = leave.address, words.buffer_info()[0] if top else 0, leave, words, kept
            self._runtime.auditing.release()
            return request

        return slow_path
