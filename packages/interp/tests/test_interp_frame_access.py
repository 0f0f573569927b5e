"""Live frames: reading what runs, writing what is suspended, frame objects of our own."""

import gc
import sys
from collections.abc import Iterator

from hotloop_interp import frame_access as access
from hotloop_interp.decode import decode
from hotloop_interp.frame import NULL


def test_this_interpreter_is_known() -> None:
    assert access.available() == ""


def test_fields_of_a_running_frame() -> None:
    frame = sys._getframe()
    live = access.live_frame(frame)
    assert live.code is frame.f_code
    assert live.function() is test_fields_of_a_running_frame
    assert live.globals is frame.f_globals
    assert live.builtins is frame.f_builtins
    assert live.locals is NULL
    assert live.owner == access.OWNED_BY_THREAD
    assert frame.f_back is not None
    assert live.previous == access.live_frame(frame.f_back).address
    names = frame.f_code.co_varnames
    values = dict(zip(names, live.slots(0, 3), strict=False))
    assert values["frame"] is frame
    assert values["live"] is live


def numbers(limit: int) -> Iterator[object]:
    for value in range(limit):
        received = yield value
        yield received


def test_suspended_generator_is_read_and_written() -> None:
    generator = numbers(5)
    live = access.generator_frame(generator)
    decoded = decode(live.code)
    assert access.generator_state(generator) == access.GEN_CREATED
    assert decoded.instrs[decoded.index_at[live.last]].op == "RETURN_GENERATOR"
    next(generator)
    assert access.generator_state(generator) == access.GEN_SUSPENDED
    assert decoded.instrs[decoded.index_at[live.last]].op == "YIELD_VALUE"
    assert live.slots(0, 3) == [5, 0, NULL]
    assert live.stacktop == 4
    (iterator,) = live.slots(3, 4)
    assert next(iterator) == 1  # type: ignore[call-overload]
    live.write_slots(3, [iter("ab")])
    assert list(generator) == [None, "a", None, "b", None]


def test_slots_are_moved_with_their_references() -> None:
    generator = numbers(3)
    live = access.generator_frame(generator)
    marker = object()
    before = sys.getrefcount(marker)
    live.write_slots(0, [marker])
    assert sys.getrefcount(marker) == before + 1
    taken = live.take_slots(0, 1)
    assert taken == [marker]
    assert sys.getrefcount(marker) == before + 1
    del taken
    assert sys.getrefcount(marker) == before
    assert live.slots(0, 1) == [NULL]
    live.write_slots(0, [2])
    assert list(generator) == [0, None, 1, None]


def caller(_: str) -> object:
    """The frame that called a callback."""
    return sys._getframe(1)


def test_c_functions_see_the_frame_they_are_called_from() -> None:
    frame = access.new_frame_object(numbers.__code__, globals(), NULL)
    here = sys._getframe()
    live = access.adopt(frame, access.live_frame(here).address)
    live.write_slots(0, ["limit", "value"])
    seen = access.call_in_frame(live, sys._getframe, (), {})
    names = access.call_in_frame(live, locals, (), {})
    back = access.call_in_frame(live, list, (map(caller, "x"),), {})
    assert seen is frame
    assert back == [frame]
    assert names == {"limit": "limit", "value": "value"}
    assert frame.f_back is here
    assert sys._getframe() is here
    access.retire(frame, here)
    assert frame.f_back is here
    assert frame.f_locals == {"limit": "limit", "value": "value"}
    del frame, live, seen, back
    gc.collect()


def test_handled_exception_is_what_sys_shows() -> None:
    error = KeyError("handled")
    count = sys.getrefcount(error)
    access.set_handled_exception(error)
    try:
        assert sys.exception() is error
    finally:
        access.set_handled_exception(None)
    assert sys.exception() is None
    assert sys.getrefcount(error) == count


def test_reading_does_not_ask_the_objects() -> None:
    class Touchy:
        def __getattribute__(self, name: str) -> object:
            raise AssertionError(f"asked for {name}")

    generator = numbers(3)
    live = access.generator_frame(generator)
    live.write_slots(0, [Touchy()])
    assert type(live.slots(0, 1)[0]) is Touchy
    live.write_slots(0, [1])
    assert list(generator) == [0, None]
