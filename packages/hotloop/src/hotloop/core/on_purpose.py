"""What ``--stress`` asks of the parts of the core: mistakes made on purpose (docs/cli.md).

One object a process; without stress every question is answered with no. What is random is drawn
from the seed of the stress alone, so that a run can be repeated. Must not be asked on any path
that is not slow anyway.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from random import Random

from hotloop.config import Config
from hotloop.config_values import GuardFailure, Stress
from hotloop.core.codes import Codes


class OnPurpose:
    """Counts and draws for one ``Stress``."""

    def __init__(self, stress: Stress) -> None:
        self.stress = stress
        self.random = Random(stress.seed)
        self.asked = self.requests = 0

    def stop(self) -> Callable[[], bool] | None:
        """What says at every bytecode whether a recording stops there; None: none does."""
        chance = self.stress.record_stop
        if chance is None:
            return None
        below = self.random.randrange
        return lambda: below(chance) == 0

    def frees(self) -> bool:
        """Somebody asks for code: every n-th time what has not run is freed."""
        self.requests += 1
        return self.stress.free is not None and self.requests % self.stress.free == 0

    def throws_away(self, codes: Codes) -> bool:
        """An exit asks for a bridge: every n-th time all compiled code is forgotten instead."""
        every = self.stress.throw_away
        self.asked += 1
        if every is None or self.asked % every:
            return False
        codes.forget_compiled()
        return True


def start(config: Config) -> None:
    """Tell the backend and the collector; once the native half is there."""
    from hotloop_backend_x86.arena import shared_arena
    from hotloop_backend_x86.stress import Failures, fail

    stress = config.stress
    one = stress.guard or GuardFailure(-1)
    when = -1 if one.random else one.when or 0
    wanted = Failures(
        every=stress.guard_every or 0,
        once=stress.exits or 0,
        guard=one.guard,
        when=when,
        rounds=stress.deopt_every or 0,
        seed=stress.seed,
    )
    fail(None if wanted == Failures(seed=stress.seed) else wanted)
    shared_arena().limit(config.code_memory_limit)
    shared_arena().refuse_every(stress.memory_fails or 0)
    if stress.gc:
        gc.set_threshold(1)
