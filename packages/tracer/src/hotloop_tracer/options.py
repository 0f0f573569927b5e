"""What the recorder is given by whoever drives it: limits, and answers about compiled code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import CodeType, FunctionType
from typing import Any, Protocol

from hotloop_interp.frame import Frame, ReturnKind, Slot
from hotloop_ir.slotted import slotted
from hotloop_ir.trace import Target


@slotted(frozen=True)
class Options:
    """Limits of a recording."""

    trace_limit: int = 6000
    """Operations after which a recording is given up."""
    inline_depth: int = 20
    """Frames inlined into each other; deeper calls stay calls."""
    recursion_limit: int = 3
    """Activations of one function in the chain; deeper ones stay calls."""
    unroll_limit: int = 2
    """Arrivals at a loop header other than the trace's own, in one frame."""
    unroll_inlined: bool = False
    """Whether ``unroll_limit`` goes for all loops of inlined functions (tests)."""
    return_kinds: frozenset[ReturnKind] = frozenset(
        {ReturnKind.PUSH, ReturnKind.INIT, ReturnKind.CONTINUE}
    )
    """Kinds of inlined frames that can be resumed on the way out; others are not entered."""
    strict: bool = False
    """Raise errors inside the recorder in the program, besides giving up with INTERNAL (tests)."""
    least_trace: int = 24
    """Instructions worth a trace of a loop or entry that ends in front of one it cannot record."""
    least_bridge: int = 8
    """The same of a bridge, which costs no entry."""
    stop: Callable[[], bool] | None = None
    """Asked at every bytecode whether the recording stops there (tests)."""


@slotted(frozen=True, eq=False)
class Header:
    """A merge point: a place in a code object and which of its slots are bound there.

    ``pc`` is a byte offset (the start of the instruction), ``depth`` that of the operand stack,
    ``bound`` says for every local, then every stack slot, whether it holds a value.
    """

    code: CodeType
    pc: int
    depth: int
    bound: tuple[bool, ...]

    def same(self, other: Header) -> bool:
        """Whether a jump from one to the other keeps every slot."""
        return self.code is other.code and self.pc == other.pc and self.bound == other.bound


class Services(Protocol):
    """Answers about the rest of the program. None of them may run code of the program."""

    def target_for(self, header: Header) -> Target | None:
        """The compiled loop at a merge point, if there is one for the same bound slots."""

    def start_for(self, header: Header) -> Target | None:
        """Where a compiled loop takes plain references to a frame's slots, if it is compiled."""

    def run(self, frame: Frame[object]) -> object:
        """Run a frame that has no caller to its end: what it returns or raises."""

    def compile_first(self, header: Header, again: bool) -> bool:
        """Whether a loop that is not compiled is one that will be, soon: a trace that comes to it
        had better end there, and go on in it later. ``again``: the trace has been there before
        (the first round often binds a local)."""

    def may_inline(self, function: FunctionType) -> bool:
        """Whether a Python function may be recorded as part of its caller."""

    def entry_for(self, function: FunctionType, bound: tuple[bool, ...]) -> Target | None:
        """The compiled entry of a function for arguments bound like this, if there is one."""

    def give_up(self, code: CodeType, reason: Any) -> None:
        """Do not inline functions of this code again (``reason`` is an ``AbortReason``)."""

    def compile_loops(self, code: CodeType) -> None:
        """Compile the loops of a function soon: traces that inline it wait for them."""

    def original(self, code: CodeType) -> CodeType:
        """The code object as CPython compiled it, for one that hotloop has rewritten."""

    def running(self, code: CodeType) -> CodeType:
        """The code object that functions made of this one are to run."""

    def copy_for(self, function: FunctionType, code: CodeType) -> FunctionType | None:
        """A hidden copy of a function of ours, for generators of a code; None: there is none."""


@slotted(frozen=True, eq=False)
class Suspended:
    """A generator that has not begun or is suspended in a ``yield``.

    ``code`` as CPython compiled it; ``slots`` of its frame, the operand stack last; ``index`` of
    the instruction it goes on with, on whose stack is what is sent besides; ``address``
    (``prev_instr``) and ``state`` (``gi_frame_state`` as an unsigned byte) are how it is known
    again.
    """

    code: CodeType
    function: Any
    slots: list[Slot[object]]
    index: int
    address: int
    state: int


class GeneratorFrames(Protocol):
    """Reads and writes the frames of generators. None of this runs code of the program."""

    def look(self, generator: Any, parents: Sequence[CodeType]) -> Suspended | None:
        """A generator that may be resumed by the recorder, None for any other. ``parents``: code
        that may have made its function, and may make others of its kind.
        """

    def take(self, generator: Any) -> None:
        """Empty its slots; from here on it is running."""

    def suspend(self, generator: Any, slots: Sequence[Slot[object]], address: int) -> None:
        """Give it its slots; from here on it is suspended, to go on behind ``address``."""

    def yield_address(self, code: CodeType, pc: int) -> int:
        """Where generators are suspended in the ``yield`` at a byte offset."""

    def resume_address(self, code: CodeType, pc: int) -> int:
        """Where they are suspended to go on with the instruction at a byte offset."""


class Levels(Protocol):
    """How deep the program may still recurse while it is being recorded."""

    def left(self) -> int:
        """Levels left to the frame the recording began in."""

    def enter(self, depth: int) -> int:
        """Code of the program runs, so many levels below that frame; what ``leave`` takes."""

    def leave(self, saved: int) -> None:
        """It has returned."""


class Holding(Protocol):
    """Keeps what may raise, or run code of the program, wherever CPython happens to look for it:
    handlers of signals, exceptions that other threads set, finalisers of collections."""

    stop: Callable[[], None]
    """Nothing raises from here on. No Python function: one could raise before it begins."""

    def hold(self) -> None:
        """Nothing runs from here on; after ``stop``."""

    def release(self) -> None:
        """As before ``stop`` and ``hold``."""


class Stage(Protocol):
    """Where code of the program finds the frames that are being recorded."""

    looked: bool
    """Whether what was called last has looked at frames, its own or others."""

    def show(self, frame: Any) -> Any:
        """Make the frames visible from a frame of the recorder on; what ``call`` takes, or None."""

    def call(self, shown: Any, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """Call code of the program from what was shown, by two Python frames."""

    def hide(self) -> None:
        """The call is over."""


class DefaultServices:
    """Nothing is compiled and everything may be inlined."""

    def __init__(self) -> None:
        self.given_up: dict[int, CodeType] = {}

    def target_for(self, header: Header) -> Target | None:
        """None."""
        return None

    def start_for(self, header: Header) -> Target | None:
        """None."""
        return None

    def run(self, frame: Frame[object]) -> object:
        """By the interpreter."""
        from hotloop_interp.concrete import ConcreteMachine
        from hotloop_interp.driver import Failed, run_frame

        done = run_frame(ConcreteMachine(), frame)
        if isinstance(done, Failed):
            raise done.exception
        return done.value

    def compile_first(self, header: Header, again: bool) -> bool:
        """No."""
        return False

    def may_inline(self, function: FunctionType) -> bool:
        """Unless it was given up."""
        return id(function.__code__) not in self.given_up

    def entry_for(self, function: FunctionType, bound: tuple[bool, ...]) -> Target | None:
        """None."""
        return None

    def give_up(self, code: CodeType, reason: Any) -> None:
        """Remember it."""
        self.given_up[id(code)] = code

    def original(self, code: CodeType) -> CodeType:
        """The code itself."""
        return code

    def compile_loops(self, code: CodeType) -> None:
        """Nothing is compiled."""

    def running(self, code: CodeType) -> CodeType:
        """The code itself."""
        return code

    def copy_for(self, function: FunctionType, code: CodeType) -> FunctionType | None:
        """None: frames cannot be hidden."""
        return None
