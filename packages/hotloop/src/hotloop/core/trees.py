"""Which compiled code belongs together, what it leads to, and when it is freed.

A *tree* is what was compiled for one merge point: its traces with all their bridges. Trees lead
into others by jumps and calls, whose addresses are in the machine code. Now and then the trees that
have not run for a while are looked for, and freed if nothing that is kept leads to them; when code
memory runs short, the least used ones first. Code of the program that is dead does not run, so this
is how it gets rid of what was compiled for it: compiled code holds the functions that it has
inlined, they hold their modules, and those hold everything. What is needed again is recorded again.
Must not record or compile.
"""

from __future__ import annotations

from _thread import allocate_lock
from collections.abc import Callable, Iterable
from typing import Final

from hotloop.core.codes import Point
from hotloop.core.side_exit import SideExit
from hotloop.frames.activations import activations
from hotloop.frames.memory import peek
from hotloop_backend_x86.arena import Arena
from hotloop_backend_x86.compile import CompiledTrace
from hotloop_ir.trace import Target, Trace

EXIT_NUMBER_WORD: Final = 3  # of an ExitRecord

EVERY: Final = 100
"""Traces compiled between two looks."""
IDLE: Final = 8
"""Looks in a row at which a tree has not run."""
SHORT: Final = 0.9
"""Share of the code memory in use from which it is short."""


class Tree:
    """Code compiled for one merge point, between two renewals of it."""

    __slots__ = ("codes", "exits", "idle", "key", "leads_to", "point", "taken", "targets")

    def __init__(self, point: Point) -> None:
        self.point = point
        self.key = (point, point.renewals)
        self.codes: list[CompiledTrace] = []
        self.exits: list[SideExit] = []
        self.targets: list[Target] = []
        self.leads_to: set[Tree] = set()
        #: How often its exits had been taken at the last look, and looks since it ran.
        self.taken = 0
        self.idle = 0

    def has_run(self) -> bool:
        """Whether an exit was taken since the last look."""
        before, self.taken = self.taken, sum([side.record.counter for side in self.exits])
        return self.taken != before


class Forest:
    """All trees of the process, and the exits in them by number."""

    def __init__(
        self, arena: Arena, usual: Callable[[Point], int], freed: Callable[[int], None]
    ) -> None:
        self.arena = arena
        self.usual = usual
        self.freed = freed
        self.trees: dict[tuple[Point, int], Tree] = {}
        self.exits: dict[int, SideExit] = {}
        self.homes: dict[Target, Tree] = {}
        #: Held while code is freed, and while it is compiled better.
        self.lock = allocate_lock()
        self.new = 0
        #: How often exits were taken that are no more.
        self.taken_before = 0

    def tree(self, point: Point) -> Tree:
        """The tree that grows at a merge point now."""
        key = (point, point.renewals)
        found = self.trees.get(key)
        if found is None:
            found = self.trees[key] = Tree(point)
        return found

    def plant(self, tree: Tree, compiled: CompiledTrace, exits: list[SideExit]) -> None:
        """A trace has been compiled for a tree."""
        trace = compiled.trace
        self.new += 1
        tree.idle = 0
        tree.codes.append(compiled)
        tree.exits += exits
        self.exits.update({side.number: side for side in exits})
        tree.leads_to |= {self.homes[target] for target in targets_of(trace)} - {tree}
        mine = [target for target in (*trace.targets.values(), trace.start) if target is not None]
        tree.targets += mine
        self.homes.update(dict.fromkeys(mine, tree))

    def newest(self, point: Point, compiled: CompiledTrace) -> list[SideExit]:
        """The exits of the trace that was planted last at a merge point."""
        return self.tree(point).exits[-len(compiled.exits) :]

    def is_due(self, often: bool) -> bool:
        """Whether it is time for a look; ``often``: always (tests)."""
        return often or self.new >= EVERY or (self.new > 0 and self.is_short())

    def is_short(self) -> bool:
        """Whether code memory is nearly used up."""
        return self.arena.used > SHORT * self.arena.limit_now

    def look(self, often: bool = False) -> list[Tree]:
        """Find the trees to be freed; they are cut off, but still there."""
        self.new = 0
        running = self._running()
        if running is None:
            return []
        for tree in self.trees.values():
            tree.idle = 0 if tree.has_run() or tree in running else tree.idle + 1
        idle = [tree for tree in self.trees.values() if self._is_old(tree, often)]
        if self.is_short():
            rest = [tree for tree in self.trees.values() if tree.idle]
            rest.sort(key=lambda tree: -tree.idle)
            idle = list({*idle, *rest[: 1 + len(rest) // 2]})
        kept = reached(set(self.trees.values()) - set(idle))
        return [tree for tree in idle if tree not in kept]

    def all_idle(self) -> list[Tree]:
        """All trees if none of them is running, else nothing."""
        return [] if self._running() != set() else list(self.trees.values())

    @staticmethod
    def _is_old(tree: Tree, often: bool) -> bool:
        return tree.idle >= (1 if often else IDLE)

    def _running(self) -> set[Tree] | None:
        """The trees that are running; None if that is not known of some activation."""
        found: set[Tree] = set()
        for _, record in activations():
            side = self.exits.get(peek(record + 8 * EXIT_NUMBER_WORD)) if record else None
            if side is None:
                return None
            found.add(side.tree)
        return found

    def fell(self, tree: Tree) -> None:
        """Free a tree that nothing leads to and nobody runs."""
        point = tree.point
        if point.compiled in tree.codes:
            point.forget()
            point.record.counter = max(point.record.counter, self.usual(point))
        del self.trees[tree.key]
        self.taken_before += sum([side.record.counter for side in tree.exits])
        for side in tree.exits:
            del self.exits[side.number]
        for target in tree.targets:
            del self.homes[target]
            target.state = None
        for code in tree.codes:
            self.freed(code.size)
            code.free()
        # What refers back would be garbage that the program's collections count.
        tree.exits, tree.codes, tree.targets = [], [], []
        tree.leads_to = set()


def targets_of(trace: Trace) -> list[Target]:
    """Where a trace jumps to, or what it calls, but itself."""
    found = [getattr(op, "target", None) for op in trace.ops]
    return [one for one in found if isinstance(one, Target) and one is not trace.start]


def reached(trees: Iterable[Tree]) -> set[Tree]:
    """Trees, and all that they lead to."""
    found: set[Tree] = set()
    waiting = list(trees)
    while waiting:
        tree = waiting.pop()
        if tree not in found:
            found.add(tree)
            waiting.extend(tree.leads_to)
    return found
