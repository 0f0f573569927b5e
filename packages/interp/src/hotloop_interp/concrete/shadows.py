"""CPython frame objects for interpreted frames: what tracebacks and introspection see.

A `Frame` gets a real frame object, made by PyFrame_New, when something may look at it: a C
function is called from it, or a traceback entry is made. While the frame is interpreted, the
object is linked to its caller's, has the right instruction pointer when C code runs, and shows
the locals to functions that read them. A generator's frame uses the generator's own frame object.
"""

from __future__ import annotations

import builtins
import sys
from types import FrameType
from typing import Final

from hotloop_interp import frame_access
from hotloop_interp.frame import NULL, Frame
from hotloop_interp.frame_access import LiveFrame
from hotloop_interp.sealed import seal

seal(globals())

_READERS: Final = (
    super, locals, vars, dir, eval, exec, sys._getframe, sys._current_frames, builtins.breakpoint
)  # fmt: skip
READERS: Final = frozenset(map(id, _READERS))
"""C functions (their identities) that look at the locals of the calling frame."""

_BORN: dict[int, tuple[FrameType, Frame[object]]] = {}


class Shadow:
    """The frame object of an interpreted frame."""

    __slots__ = ("back", "index", "live", "native", "object", "owned")

    def __init__(self, frame_object: FrameType, live: LiveFrame, *, owned: bool) -> None:
        self.object = frame_object
        self.live = live
        self.owned = owned
        self.native = False
        self.index = -1
        self.back: FrameType | None = None


def native_shadow(caller: FrameType) -> Shadow:
    """The shadow of the entry frame: the native frame that called the interpreter."""
    shadow = Shadow(caller, frame_access.live_frame(caller), owned=False)
    shadow.native = True
    return shadow


def shadow_of(frame: Frame[object]) -> Shadow:
    """The shadow of a frame, made at the first need, linked to that of its caller."""
    shadow = frame.shadow
    if isinstance(shadow, Shadow):
        return shadow
    missing = [frame]
    parent = frame.parent
    while parent is not None and parent.shadow is None:
        missing.append(parent)
        parent = parent.parent
    assert parent is not None, "the entry frame has its shadow from the start"
    assert isinstance(parent.shadow, Shadow)
    back = _point(parent, parent.shadow)
    for one in reversed(missing):
        shadow = _make_shadow(one)
        shadow.live.previous = back.live.address
        shadow.back = back.object
        back = _point(one, shadow)
    return back


def _make_shadow(frame: Frame[object]) -> Shadow:
    """A frame object for a frame; it is not linked yet."""
    if frame.generator is not NULL:
        shadow = _generator_shadow(frame)
    else:
        made = frame_access.new_frame_object(frame.code, frame.globals, frame.f_locals)
        shadow = Shadow(made, frame_access.adopt(made, 0), owned=True)
        if frame.func is not None:
            shadow.live.set_function(frame.func)
    frame.shadow = shadow
    _BORN[id(shadow.object)] = (shadow.object, frame)
    return shadow


def _generator_shadow(frame: Frame[object]) -> Shadow:
    generator = frame.generator
    found = None
    for name in ("gi_frame", "cr_frame", "ag_frame"):
        found = found or getattr(generator, name, None)
    assert isinstance(found, FrameType)
    return Shadow(found, frame_access.generator_frame(generator), owned=False)


def _point(frame: Frame[object], shadow: Shadow) -> Shadow:
    """Set the instruction pointer to the running instruction."""
    if shadow.index != frame.index and not shadow.native:
        shadow.index = frame.index
        shadow.live.last = frame.instr.last
    return shadow


def linked_shadow(frame: Frame[object]) -> Shadow:
    """The shadow with its instruction pointer at the running instruction."""
    return _point(frame, shadow_of(frame))


def linked(frame: Frame[object]) -> LiveFrame:
    """The live frame that a C function called from `frame` shall see as its caller."""
    shadow = frame.shadow
    if type(shadow) is not Shadow:
        return linked_shadow(frame).live
    if shadow.index != frame.index and not shadow.native:
        shadow.index = frame.index
        shadow.live.last = frame.instr.last
    return shadow.live


def show_locals(frame: Frame[object]) -> None:
    """Copy the locals into the frame object."""
    shadow_of(frame).live.write_slots(0, frame.localsplus)


def hide_locals(frame: Frame[object]) -> None:
    """Take the locals out of the frame object, which would keep them alive."""
    shadow_of(frame).live.write_slots(0, [NULL] * len(frame.localsplus))


def show_all(frame: Frame[object]) -> None:
    """Copy locals and operand stack into the frame object."""
    live = shadow_of(frame).live
    count = len(frame.localsplus)
    live.write_slots(0, frame.localsplus)
    live.init_stack(count, frame.stack)
    live.stacktop = count + len(frame.stack)
    frame_access.refresh_locals(shadow_of(frame).object)


def take_all(frame: Frame[object]) -> tuple[int, int]:
    """Undo `show_all`, reading back the locals; (offset of prev_instr, depth of the stack)."""
    shadow = shadow_of(frame)
    live, count = shadow.live, len(frame.localsplus)
    frame_access.locals_to_fast(shadow.object)
    frame.localsplus[:] = live.take_slots(0, count)
    depth = live.stacktop - count
    live.take_slots(count, live.stacktop)
    live.stacktop = count
    return live.last, depth


def retire(frame: Frame[object]) -> None:
    """The frame is over: if somebody holds its frame object, it keeps locals and caller."""
    shadow = frame.shadow
    if not isinstance(shadow, Shadow):
        return
    _BORN.pop(id(shadow.object), None)
    frame.shadow = None
    if not shadow.owned:
        if not shadow.native:
            shadow.live.previous = 0
        return
    held = sys.getrefcount(shadow.object) > 2
    if held:
        shadow.live.last = frame.raised_at
        shadow.live.write_slots(0, frame.localsplus)
    frame_access.retire(shadow.object, shadow.back if held else None)


def interpreted(frame_object: object) -> Frame[object] | None:
    """The frame that is being interpreted behind a frame object, if there is one."""
    found = _BORN.get(id(frame_object))
    return None if found is None else found[1]
