"""Which code objects have merge points, and how functions get them.

Every rewritten code object has one :class:`CodeState`; it maps between the code CPython
compiled (the *original*, which is what snapshots and the recorder speak of) and the one
that runs. Code objects are told apart by identity, never by equality. Must not record or
compile anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from sys import getrefcount
from types import CodeType, FunctionType
from typing import Any, Final

from hotloop.config import Config
from hotloop.frames.collector import untrack
from hotloop.frames.memory import add_reference, drop_reference, poke
from hotloop.frames.records import NEVER, Record, RecordType
from hotloop.frames.rewrite import ENTRY, MergePoint, RewrittenCode, rewrite
from hotloop_interp.decode import DecodedCode, decode
from hotloop_interp.protocol import CO_GENERATOR_LIKE
from hotloop_ir.layout import Layout

MANY: Final = 100
"""Code objects prepared before dead ones are looked for."""


class Point:
    """One merge point: its place, its counter, and what was compiled for it.

    ``target`` is the compiled trace's label others may jump to, ``bound`` which slots were bound
    when it was recorded, ``versions`` the labels of all traces by their bound slots (None: none
    came of it), ``failures`` how many recordings were given up, ``postponed`` how many had to wait
    for other code, ``renewals`` how often what was compiled was thrown away,
    ``bad_moments`` how many came to nothing for reasons that need not come up again.
    """

    __slots__ = (
        "bad_moments",
        "bound",
        "compiled",
        "failures",
        "led_to",
        "pc",
        "postponed",
        "record",
        "renewals",
        "state",
        "target",
        "versions",
    )

    def __init__(self, state: CodeState, pc: int, record: Record) -> None:
        self.state = state
        self.pc = pc
        self.record = record
        self.failures = 0
        self.bad_moments = 0
        self.postponed = 0
        self.led_to = 0
        self.renewals = 0
        self.bound: tuple[bool, ...] = ()
        self.target: Any = None
        self.versions: dict[tuple[bool, ...], Any] = {}
        self.compiled: Any = None

    @property
    def is_entry(self) -> bool:
        """Whether it stands at the function's entry rather than at a loop header."""
        return self.pc == ENTRY

    @property
    def place(self) -> tuple[str, int]:
        """File and line, for logs and statistics."""
        code = self.state.original
        if self.is_entry:
            return code.co_filename, code.co_firstlineno
        instrs = self.state.decoded.instrs
        line = instrs[self.state.decoded.index_at[self.pc]].line
        return code.co_filename, line or code.co_firstlineno

    def forget(self) -> None:
        """Nothing is compiled for it any more."""
        self.record.entry = 0
        self.target = self.compiled = None
        self.versions = {}
        self.bound = ()

    def never(self) -> None:
        """Stop asking at this merge point."""
        self.record.counter = NEVER


class CodeState:
    """A code object, its rewritten twin, and the merge points in it."""

    __slots__ = (
        "armed",
        "base",
        "decoded",
        "inlinable",
        "original",
        "points",
        "rewritten",
        "start_pc",
        "tails",
    )

    def __init__(self, original: CodeType, layout: Layout, records: Callable[[], Record]) -> None:
        self.original = original
        self.decoded: DecodedCode = decode(original)
        self.inlinable = True
        #: Operations of bridges from inside it that lie behind its return (``core.tails``).
        self.tails = 0
        #: Whether its merge points have been made to count.
        self.armed = False
        self.points: dict[int, Point] = {}
        resumes = [i.next for i in self.decoded.instrs if i.op == "RESUME"]
        self.start_pc = self.decoded.instrs[resumes[0]].start if resumes else 0
        merge_points: list[MergePoint] = []
        if not original.co_flags & CO_GENERATOR_LIKE:
            places = [ENTRY] if resumes else []
            instrs = self.decoded.instrs
            places += sorted(instrs[i].start for i in self.decoded.loop_headers)
            for pc in places:
                record = records()
                self.points[pc] = Point(self, pc, record)
                merge_points.append(MergePoint(pc, record.object, record.stub))
        self.rewritten: RewrittenCode = rewrite(original, merge_points)
        self.base = id(self.rewritten.code) + layout["PyCodeObject.co_code_adaptive"]
        for pc, point in self.points.items():
            point.record.set_code(self.rewritten.code, self._depth(pc))

    def _depth(self, pc: int) -> int:
        if pc == ENTRY:
            return 0
        return self.decoded.instrs[self.decoded.index_at[pc]].depth

    def is_dead(self) -> bool:
        """Whether both code objects are known to nobody else, compiled code included.

        (This object refers to one of them, its ``rewritten`` to both; each is an argument here.)
        """
        if any(point.compiled is not None for point in self.points.values()):
            return False
        return getrefcount(self.rewritten.code) <= 2 and getrefcount(self.original) <= 3

    # -- addresses of instructions in the running code, for prev_instr ------------

    def resume_address(self, pc: int) -> int:
        """``prev_instr`` with which CPython goes on at the instruction at ``pc``."""
        return self.base + self.rewritten.resume_at(pc) - 2

    def suspended_address(self, pc: int) -> int:
        """``prev_instr`` of a frame whose call at ``pc`` is running."""
        return self.base + self.rewritten.suspended_at(pc)

    def raising_address(self, pc: int) -> int:
        """``prev_instr`` of a frame whose instruction at ``pc`` raises."""
        return self.base + self.rewritten.raising_at(pc)


class Codes:
    """All code states of the process."""

    def __init__(
        self, layout: Layout, record_type: RecordType, slow_path: Any, config: Config
    ) -> None:
        self.config = config
        self._layout = layout
        self._record_type = record_type
        self._slow_path = slow_path
        self._by_original: dict[int, CodeState] = {}
        self._by_rewritten: dict[int, CodeState] = {}
        self._by_record: dict[int, Point] = {}
        self._paused: dict[Point, int] = {}
        self._new = 0

    def state(self, code: CodeType) -> CodeState | None:
        """The state of an original or rewritten code object, None if it was never rewritten."""
        key = id(code)
        return self._by_rewritten.get(key) or self._by_original.get(key)

    def prepare(self, code: CodeType) -> CodeState:
        """The state of a code object, rewriting it if need be (no function is changed).

        Several threads may do so at once: the first one's is everybody's.
        """
        state = self.state(code)
        if state is None:
            made = CodeState(code, self._layout, self._new_record)
            untrack(made.decoded.instrs)  # as many as all objects of a small program
            self._new += 1
            self._by_rewritten[id(made.rewritten.code)] = made
            for point in made.points.values():
                self._by_record[point.record.address] = point
            state = self._by_original.setdefault(id(code), made)
            if state is not made:
                self._forget(made)
        return state

    def _forget(self, state: CodeState) -> None:
        """Forget rewritten code and its merge points."""
        del self._by_rewritten[id(state.rewritten.code)]
        for point in state.points.values():
            del self._by_record[point.record.address]
            self._paused.pop(point, None)

    def _new_record(self) -> Record:
        record = Record(self._record_type)
        record.set_slow_path(self._slow_path)
        return record

    def point_of(self, record_address: int) -> Point:
        """The merge point a record belongs to."""
        return self._by_record[record_address]

    def points(self) -> Iterator[Point]:
        """Every merge point there is."""
        return iter(list(self._by_record.values()))

    def pause(self) -> None:
        """Let no merge point ask or enter until :meth:`resume`."""
        self._paused = {point: point.record.counter for point in self.points()}
        for point in self._paused:
            point.never()

    def resume(self) -> None:
        """Let merge points count as before."""
        for point, counter in self._paused.items():
            point.record.counter = counter
        self._paused = {}

    def usual(self, point: Point) -> int:
        """Passes before a merge point asks for the first time."""
        return self.config.entry_threshold if point.is_entry else self.config.loop_threshold

    def forget_compiled(self) -> None:
        """Forget all compiled code (tests): what is hot is recorded and compiled again."""
        for point in self.points():
            if point.compiled is not None:
                point.forget()
                point.record.counter = self.usual(point)

    def have_grown(self) -> bool:
        """Whether there are so many new ones that it is worth looking for dead ones."""
        return self._new > max(MANY, len(self._by_original) // 2)

    def forget_dead(self) -> list[int]:
        """Forget code objects that nobody runs nor can run; their addresses."""
        self._new = 0
        found: list[int] = []
        for state in list(self._by_original.values()):
            if not state.is_dead():
                continue
            found.append(id(state.rewritten.code))
            del self._by_original[id(state.original)]
            self._forget(state)
        return found

    def install(self, function: FunctionType) -> CodeState:
        """Let a function run its rewritten code from the next call on."""
        state = self.prepare(function.__code__)
        if function.__code__ is not state.rewritten.code:
            function.__code__ = state.rewritten.code
        return state

    def arm(self, state: CodeState, threshold: int | None = None, *, entry: bool = True) -> None:
        """Let the merge points of a code object count, unless they already do.

        ``threshold`` instead of the usual ones; ``entry``: the function's entry, too.
        """
        for point in state.points.values():
            if point.failures or point.compiled is not None or (point.is_entry and not entry):
                continue
            point.record.counter = min(point.record.counter, threshold or self.usual(point))
        state.armed = state.armed or entry

    def install_in_constants(self, parent: CodeType, state: CodeState) -> bool:
        """Let functions made by ``parent`` from now on have the rewritten code."""
        found = False
        for code in self._twins(parent):
            for index, constant in enumerate(code.co_consts):
                if constant is state.original:
                    self._replace_constant(code, index, state.rewritten.code)
                    found = True
        return found

    def _twins(self, code: CodeType) -> tuple[CodeType, ...]:
        state = self.state(code)
        return (code,) if state is None else (state.original, state.rewritten.code)

    def _replace_constant(self, code: CodeType, index: int, new: CodeType) -> None:
        """Put another code object into a constants tuple, which Python itself cannot do.

        The old one stays alive (its state holds it), so nothing that still runs it is hurt.
        """
        items = id(code.co_consts) + self._layout["PyTupleObject.ob_item"]
        old = id(code.co_consts[index])
        poke(items + 8 * index, add_reference(new))
        drop_reference(old)
