"""The reference-counting pass: cuts a trace into straight runs and walks each.

    before                                  after
    [r0, r1]                                [r0, r1]
    r2 = setfield(r0, r1, cell)             r2 = setfield(r0, r1, cell)   # r1 moves into the cell
    resume_point @4[r0, r1]                 incref(r1)                    # the death may empty it
                                            decref_checked(r2) @4[r0, r1] owned(r0, r1)
    jump(r0, r1)                            jump(r0, r1)                  # both move on

docs/internals/optimizer-refcounts.md has the rules and the reasons. Must run last: nothing
after it may move or drop an op that touches references.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hotloop_ir.op import Op
from hotloop_ir.ops.control import Jump
from hotloop_ir.snapshot import FrameState
from hotloop_ir.trace import Trace
from hotloop_ir.value import Value
from hotloop_optimizer.dce import without_unused
from hotloop_optimizer.refcount.effects import restartable_after
from hotloop_optimizer.refcount.liveness import Leaves, Run, runs
from hotloop_optimizer.refcount.output import Output
from hotloop_optimizer.refcount.walk import LateDeathError, Walk


class RefcountInsertion:
    """Inserts ``incref``/``decref``/``decref_checked`` and fills ``Snapshot.owned``."""

    name = "refcount"

    def run(self, trace: Trace) -> Trace:
        """The trace with reference counts. Raises RefcountError on a broken contract."""
        leaves = Leaves(trace.ops)
        output = Output(leaves)
        parts = runs(trace)
        passed = _invariants(trace, parts)
        for part in parts:
            mark = output.mark()
            on = passed.get(trace.ops[part.end], ())
            try:
                Walk(trace, part, leaves, output, on, None).walk()
            except LateDeathError:
                output.rewind(mark)
                Walk(trace, part, leaves, output, on, _tail(trace, part)).walk()
        new = trace.replace(without_unused(output.ops()))
        new.replaced = {output.value(old): cls for old, cls in trace.replaced.items()}
        new.targets = {}
        for label, target in trace.targets.items():
            moved = output.value(label)
            assert isinstance(moved, Op)
            new.targets[moved] = target
        return new


def _invariants(trace: Trace, parts: list[Run]) -> dict[Op[Any], tuple[Value[Any], ...]]:
    """For labels and jumps: the references passed on besides the operands."""
    found: dict[Op[Any], tuple[Value[Any], ...]] = {}
    for before, after in pairwise(parts):
        found[trace.ops[before.end]] = after.invariant
    last = trace.ops[-1]
    if isinstance(last, Jump):
        found[last] = found.get(last.target, ())
    return found


def _tail(trace: Trace, part: Run) -> FrameState | None:
    """The last frame state that is valid at the end of a run."""
    frame: FrameState | None = None
    restartable = True
    for op in trace.ops[part.start : part.end]:
        restartable = restartable_after(op, restartable)
        if not restartable:
            frame = None
        elif op.snapshot is not None:
            frame = op.snapshot.frame
    return frame
