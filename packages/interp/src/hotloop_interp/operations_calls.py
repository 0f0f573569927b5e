"""Operations on callables, iterators, generators and exceptions: the second half.

Abstract; `machine.py` says the rules that all operations keep.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Generic, Literal, NoReturn

from hotloop_interp.frame import Frame, Slot, V
from hotloop_interp.results import Exhausted, Result, Returned
from hotloop_interp.sealed import seal

seal(globals())


class CallOps(ABC, Generic[V]):
    """Calls, functions, iteration, generators, with."""

    @abstractmethod
    def call(
        self, frame: Frame[V], callable_: V, args: Sequence[V], kwnames: tuple[str, ...]
    ) -> Result[V]:
        """Call; the last `len(kwnames)` of `args` are keyword values."""

    @abstractmethod
    def call_ex(self, frame: Frame[V], callable_: V, args: V, kwargs: Slot[V]) -> Result[V]:
        """`callable_(*args, **kwargs)`."""

    @abstractmethod
    def check_init_result(self, value: V) -> None:
        """TypeError unless it is None (slot_tp_init)."""

    @abstractmethod
    def make_function(
        self, frame: Frame[V], code: V, defaults: Slot[V], kwdefaults: Slot[V],
        annotations: Slot[V], closure: Slot[V],
    ) -> V:  # fmt: skip
        """A function with the frame's globals."""

    @abstractmethod
    def load_build_class(self, frame: Frame[V]) -> V:
        """`builtins.__build_class__`."""

    @abstractmethod
    def get_iter(self, frame: Frame[V], value: V) -> Result[V]:
        """`iter(value)`."""

    @abstractmethod
    def for_iter(self, frame: Frame[V], iterator: V) -> V | Literal[Exhausted.EXHAUSTED] | Frame[V]:
        """The next item, or EXHAUSTED; a frame has kind ITER."""

    @abstractmethod
    def get_len(self, frame: Frame[V], value: V) -> Result[V]:
        """`len(value)`."""

    @abstractmethod
    def return_generator(self, frame: Frame[V]) -> V:
        """The generator, coroutine or async generator that owns the rest of this frame."""

    @abstractmethod
    def yielded(self, frame: Frame[V], value: V) -> V:
        """A frame owned by a generator is left by a yield; the value its resumer gets."""

    @abstractmethod
    def returned(self, frame: Frame[V], value: V) -> V:
        """A frame is left by a return."""

    @abstractmethod
    def raised(self, frame: Frame[V], exception: BaseException) -> BaseException:
        """A frame is left by an exception; the exception its resumer gets."""

    @abstractmethod
    def send(self, frame: Frame[V], receiver: V, value: V) -> V | Returned[V] | Frame[V]:
        """Resume the receiver of a `yield from` or `await`; a frame has kind SEND."""

    @abstractmethod
    def get_yield_from_iter(self, frame: Frame[V], value: V) -> Result[V]:
        """The iterator of `yield from value`."""

    @abstractmethod
    def get_awaitable(self, frame: Frame[V], value: V, context: int) -> Result[V]:
        """The iterator of `await value`; context 1 and 2: __aenter__, __aexit__ (messages)."""

    @abstractmethod
    def get_aiter(self, frame: Frame[V], value: V) -> Result[V]:
        """`aiter(value)` with the checks of GET_AITER."""

    @abstractmethod
    def get_anext(self, frame: Frame[V], iterator: V) -> Result[V]:
        """The awaitable of the next item."""

    @abstractmethod
    def async_gen_wrap(self, value: V) -> V:
        """The wrapper that marks a value yielded by an async generator."""

    @abstractmethod
    def with_methods(self, frame: Frame[V], manager: V, *, is_async: bool) -> tuple[V, V]:
        """Bound `__enter__` and `__exit__` (or the async ones) of a context manager."""

    @abstractmethod
    def match_class(self, subject: V, class_: V, count: int, names: V) -> V:
        """Tuple of the attributes, or None."""

    @abstractmethod
    def match_keys(self, subject: V, keys: V) -> V:
        """Tuple of the values, or None."""

    @abstractmethod
    def match_mapping(self, subject: V) -> V:
        """Whether the subject is a mapping, as a bool value."""

    @abstractmethod
    def match_sequence(self, subject: V) -> V:
        """Whether the subject is a sequence, as a bool value."""

    @abstractmethod
    def print_expr(self, frame: Frame[V], value: V) -> None:
        """`sys.displayhook(value)`."""


class ExceptionOps(ABC, Generic[V]):
    """Exceptions as values."""

    @abstractmethod
    def exception_value(self, exception: BaseException) -> V:
        """The value of an exception that an operation raised, to push for its handler."""

    @abstractmethod
    def exception_of(self, value: V) -> BaseException:
        """The exception that a value is."""

    @abstractmethod
    def add_traceback(self, frame: Frame[V], exception: BaseException) -> BaseException | None:
        """Add an entry for the frame's instruction (PyTraceBack_Here).

        Answers an exception that takes its place (of a trace function), else None.
        """

    @abstractmethod
    def push_handled(self, frame: Frame[V], exception: V) -> V:
        """Make it the handled exception (sys.exc_info); the one before, or None."""

    @abstractmethod
    def pop_handled(self, frame: Frame[V], previous: V) -> None:
        """Make `previous` (an exception or None) the handled exception again."""

    @abstractmethod
    def exc_match(self, frame: Frame[V], exception: V, class_: V) -> V:
        """Whether an except clause catches it, as a bool value."""

    @abstractmethod
    def group_match(self, frame: Frame[V], exception: V, class_: V) -> tuple[V, V]:
        """(rest, match) of an `except*` clause, either of them None."""

    @abstractmethod
    def prep_reraise_star(self, original: V, raised: V) -> V:
        """What is left to raise after `except*` clauses, or None."""

    @abstractmethod
    def is_stop_async(self, exception: V) -> bool:
        """Whether it is a StopAsyncIteration, to branch on."""

    @abstractmethod
    def is_stop_iteration(self, exception: BaseException) -> bool:
        """Whether what a frame of kind ITER or SEND raised ends the loop, to branch on."""

    @abstractmethod
    def raise_stop_iteration(self, value: V) -> NoReturn:
        """`raise StopIteration(value)`, as a generator's return does."""

    @abstractmethod
    def stop_value(self, exception: BaseException) -> V:
        """`exception.value` of a StopIteration."""

    @abstractmethod
    def do_raise(self, frame: Frame[V], exception: Slot[V], cause: Slot[V]) -> NoReturn:
        """The raise statement; bare raise raises `Unwind`."""

    @abstractmethod
    def with_except_start(self, frame: Frame[V], exit_: V, exception: V) -> Result[V]:
        """Call `__exit__` with the exception."""
