"""Exceptions that other threads set for one which is at work for hotloop come in the program.

Each stage of that work sets one for its own thread. It must come out of the hot loop, between two
rounds or bytecodes, and nothing may be lost or done twice.
"""

# mypy: ignore-errors

import ctypes
import os
import sys
import threading
from types import FunctionType

os.environ |= {"HOTLOOP_STRICT": "1", "HOTLOOP_BUDGET": "1", "HOTLOOP_BRIDGE_THRESHOLD": "2"}

import hotloop
from hotloop.core.callees import Callees
from hotloop.core.compiler import Compiler
from hotloop.core.driver import Driver
from hotloop.core.finishing import Launcher
from hotloop.engine import Engine
from hotloop_tracer.tracer import Recorder


class Stop(Exception):
    pass


set_async = ctypes.pythonapi.PyThreadState_SetAsyncExc
set_async.argtypes = [ctypes.c_ulong, ctypes.py_object]
armed = {}
stages = set()


def hit(name):
    me = threading.get_ident()
    if armed.get(me) == name:
        del armed[me]
        assert set_async(me, Stop) == 1
        assert len(sys._current_frames()) == threads_there + (me != main)
        stages.add(name)


def at_work(owner, name):
    usual = getattr(owner, name)

    def work(*args, **kwargs):
        hit(name)
        for _ in range(3):  # CPython looks for exceptions here
            pass
        found = usual(*args, **kwargs)
        hit(f"{name}, at its end")
        return found

    setattr(owner, name, work)
    names.append(name)
    if owner is not Engine:  # which does it once
        names.append(f"{name}, at its end")


def inner(k, box):
    box[0] += 1
    if k % 7 == 3:
        box.append(k)
        box.pop()
    return k + len(box)


def work(n, box):
    t = 0
    for i in range(n):
        t += inner(i, box)
        if i % 5 == 2:
            box[1] += 0
        box[1] += 1
    return t


def recursive(n, box):
    box[0] += 1
    if n <= 1:
        box[1] += 1
        return 0
    t = 1 + recursive(n - 1, box)
    if len(box) > 2 and n % 3:
        t += 0
    box[1] += 1
    return t


def rounds(stage, function, count, expected):
    inside = FunctionType(inner.__code__.replace(), {})
    space = {"inner": hotloop.jit(threshold=3)(inside)}
    copy = FunctionType(function.__code__.replace(), space, function.__name__)
    space[function.__name__] = copy = hotloop.jit(threshold=3)(copy)
    me = threading.get_ident()
    for _ in range(6):
        box = [0, 0, 0]
        armed[me] = stage
        try:
            result = copy(count, box)
            assert result == expected, result
            for _ in range(3):  # it may still be on its way
                pass
        except Stop:
            came.add((stage, me == main))
            assert 0 <= box[0] - box[1] <= (1 if function is work else count + 1), box
        else:
            assert (me in armed, box[0], box[1]) == (True, count, count), (armed, box)
    armed.pop(me, None)


came, names = set(), []
main = threading.get_ident()
threads_there = len(sys._current_frames())
for owner, name in (
    (Engine, "_start_quietly"),
    (Driver, "decide"),
    (Recorder, "record_loop"),
    (Recorder, "record_entry"),
    (Recorder, "record_bridge"),
    (Compiler, "first_exit"),
    (Callees, "callee_request"),
    (Launcher, "request_for"),
):
    at_work(owner, name)


def everything():
    for stage in names:
        rounds(stage, work, 60, sum(range(60)) + 3 * 60)
        rounds(stage, recursive, 30, 29)


everything()
thread = threading.Thread(target=everything)
thread.start()
thread.join()
assert stages == set(names), stages ^ set(names)
assert {stage for stage, _ in came} == stages, came
assert not [one for one in hotloop.stats().aborts if one.reason == "INTERNAL"]
print("ok")
