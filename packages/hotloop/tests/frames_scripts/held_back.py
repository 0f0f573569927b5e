"""What is held back while hotloop works comes through again when it is done, and not before."""

# mypy: ignore-errors

import ctypes
import gc
import signal
import sys
from contextlib import contextmanager
from threading import Thread, get_ident

import hotloop.api
from hotloop.core.interrupts import HeldBack
from hotloop.core.quiet import Quiet
from hotloop.frames.standing_in import StandIn


class Stop(Exception):
    """What another thread has this one raise."""


def interrupt(thread):
    """Have a thread raise ``Stop``."""
    number, kind = ctypes.c_ulong(thread), ctypes.py_object(Stop)
    assert ctypes.pythonapi.PyThreadState_SetAsyncExc(number, kind) == 1


def go_round(times):
    """CPython looks for exceptions and signals at the end of each round."""
    for _ in range(times):
        pass


@contextmanager
def holding(held):
    held.stop()
    held.hold()
    try:
        yield
    finally:
        held.release()


def signals_and_collections_wait(held):
    """The collector seems to be on all the time; the handler runs once all is over."""
    seen = []
    before = signal.signal(signal.SIGUSR1, lambda number, frame: seen.append(number))
    with holding(held):
        signal.raise_signal(signal.SIGUSR1)
        go_round(3)
        early = list(seen)
        count = gc.get_count()[0]
        assert gc.isenabled()
    assert not early and count < 0 <= gc.get_count()[0]
    assert seen == [signal.SIGUSR1]
    signal.signal(signal.SIGUSR1, before)


def exceptions_of_other_threads_wait(held):
    """In any thread; the last one that was set comes, and no thread more is seen meanwhile."""
    found = []

    def work():
        threads = len(sys._current_frames())
        try:
            with holding(held), holding(held):
                for _ in range(2):
                    interrupt(get_ident())
                go_round(3)
                found.append(len(sys._current_frames()) - threads)
            go_round(3)
        except Stop:
            found.append("came")

    work()
    thread = Thread(target=work)
    thread.start()
    thread.join()
    assert found == [0, "came", 0, "came"]


def one_that_does_not_come_leaves_nothing(held):
    """Neither thread states nor objects."""
    with holding(held):
        interrupt(get_ident())
        assert ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(get_ident()), None) == 1
        before = sys.getrefcount(Stop)
    go_round(3)
    assert sys.getrefcount(Stop) == before


def they_wait_while_the_compiler_is_brought_in(held):
    """When there is no native code yet; what is asked meanwhile lets nothing through."""
    seen = []
    came = []
    before = signal.signal(signal.SIGUSR1, lambda number, frame: seen.append(number))
    for send in (signal.raise_signal, lambda _: interrupt(get_ident())):
        stand_in = StandIn(engine._runtime.stand_ins)
        send(signal.SIGUSR1)
        hot = hotloop.jit(threshold=2)(go_round)
        for _ in range(4):
            hot(9)
        assert not seen
        try:
            stand_in.leave()
            go_round(3)
        except Stop:
            seen.append(0)
        came.append(seen.pop())
    signal.signal(signal.SIGUSR1, before)
    assert came == [signal.SIGUSR1, 0]


hot = hotloop.jit(threshold=2)(go_round)
for _ in range(4):
    hot(9)
engine = hotloop.api._engine
assert engine._start()
held = HeldBack(engine._runtime, Quiet(engine._runtime))
signals_and_collections_wait(held)
exceptions_of_other_threads_wait(held)
one_that_does_not_come_leaves_nothing(held)
they_wait_while_the_compiler_is_brought_in(held)
print("ok")
