"""Errors of hotloop itself, made on purpose (``HOTLOOP_STRESS=fault=STAGE@N``).

Every N-th call of what a stage consists of raises. The program must not notice: what is tested is
that nothing is lost and nothing is run twice. Must not be imported unless it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from hotloop.config_values import Fault, FaultStage
from hotloop.core import driver
from hotloop.core.compiler import Compiler
from hotloop.core.handover import Handover
from hotloop.core.resume_data import ResumeBuilder
from hotloop_backend_x86.compile import X86Backend
from hotloop_optimizer.pipeline import Optimizer
from hotloop_tracer.promote import Guarding
from hotloop_tracer.recording import RecordingMachine

_PLACES: Final[dict[FaultStage, tuple[tuple[Any, str], ...]]] = {
    FaultStage.RECORDER: (
        (Guarding, "emit"),
        (Guarding, "snap"),
        (Guarding, "forget"),
        (RecordingMachine, "at_header"),
    ),
    FaultStage.OPTIMIZER: ((Optimizer, "run"),),
    FaultStage.BACKEND: ((X86Backend, "compile"),),
    FaultStage.RESUME: ((ResumeBuilder, "build"),),
    FaultStage.HANDOVER: ((Handover, "request"),),
    FaultStage.DRIVER: (
        (driver, "take_frame"),
        (driver, "read_values"),
        (driver, "rebuild_chain"),
        (driver.Driver, "install"),
        (driver.Driver, "extend"),
        (Compiler, "attach"),
    ),
}


class InjectedFault(Exception):
    """The error that is made."""


def inject(fault: Fault) -> None:
    """Let every N-th call of a stage's functions raise from now on."""
    calls = [0]
    for owner, name in _PLACES[fault.stage]:
        setattr(owner, name, _failing(getattr(owner, name), calls, fault.every))


def _failing(function: Callable[..., Any], calls: list[int], every: int) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        calls[0] += 1
        if calls[0] % every == 0:
            raise InjectedFault(f"{function.__name__}, call {calls[0]}")
        return function(*args, **kwargs)

    return call
