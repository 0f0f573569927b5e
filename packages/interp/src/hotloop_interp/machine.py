"""What a handler may do: the operations of the language over an opaque value type.

`Machine[V]` is implemented by `ConcreteMachine` (V = object) and by the recording machine. A
handler sees a V only through these methods, so one that pushes a raw object is a type error.

Rules of every operation:

* It raises the program's exception as the exception itself. Anything that is not the program's
  (an abort of recording) derives from `unsupported.InterpreterStop`.
* It changes nothing of the frame. The handler pops operands after it succeeded, so a frame is
  at an instruction boundary whenever an operation raises.
* Where the result type is `Result[V]`, it may answer a new `Frame` whose parent is the frame
  given: the driver enters it, and its result is treated as its `return_kind` says.
"""

from __future__ import annotations

import enum
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Generic, Literal, NoReturn, Protocol, TypeAlias, TypeVar

from hotloop_interp.frame import Frame, Slot, V
from hotloop_interp.sealed import seal

seal(globals())

Result: TypeAlias = V | Frame[V]
"""A value, or a frame to enter whose result stands for it."""


class Exhausted(enum.Enum):
    """The type of `EXHAUSTED`."""

    EXHAUSTED = "EXHAUSTED"


EXHAUSTED: Final[Literal[Exhausted.EXHAUSTED]] = Exhausted.EXHAUSTED
"""Answer of `for_iter` at the end of the loop."""


@dataclass(frozen=True, slots=True)
class Returned(Generic[V]):
    """Answer of `send` when the receiver has returned, not yielded."""

    value: V


V_co = TypeVar("V_co", covariant=True)


class Continuation(Protocol[V]):
    """The rest of an operation that entered a Python frame in its middle."""

    def resume(self, machine: Machine[V], caller: Frame[V], value: V) -> Result[V]:
        """Go on with the value the frame returned; the result is pushed, or a frame entered."""


class Unwind(BaseException):
    """An exception that goes on unwinding: no traceback entry is added for this instruction.

    Mirrors `goto exception_unwind` of ceval.c (RERAISE, bare raise, END_ASYNC_FOR).
    """

    def __init__(self, exception: BaseException) -> None:
        super().__init__()
        self.exception = exception


class ValueOps(ABC, Generic[V]):
    """Constants, operators, truth and containers."""

    @abstractmethod
    def const(self, value: object) -> V:
        """A constant of the code object or of the interpreter."""

    @abstractmethod
    def binary(self, frame: Frame[V], op: str, left: V, right: V) -> Result[V]:
        """`left op right`, op one of `protocol.BINARY_OPS` ("+", ..., "+=", ...)."""

    @abstractmethod
    def unary(self, frame: Frame[V], op: str, value: V) -> Result[V]:
        """`op value`, op one of "+", "-", "~"."""

    @abstractmethod
    def compare(self, frame: Frame[V], op: str, left: V, right: V) -> Result[V]:
        """`left op right`, op one of "<" "<=" "==" "!=" ">" ">="."""

    @abstractmethod
    def is_op(self, left: V, right: V, *, invert: bool) -> V:
        """`left is right`, or `is not`."""

    @abstractmethod
    def contains(self, frame: Frame[V], container: V, item: V, *, invert: bool) -> Result[V]:
        """`item in container`, or `not in`; a frame has kind TRUTH."""

    @abstractmethod
    def logical_not(self, frame: Frame[V], value: V) -> Result[V]:
        """`not value`; a frame has kind TRUTH."""

    @abstractmethod
    def truth(self, frame: Frame[V], value: V) -> bool | Frame[V]:
        """Truth of a value, the only way to branch on one; a frame has kind TRUTH."""

    @abstractmethod
    def truth_of_result(self, callee: Frame[V], value: V) -> bool:
        """Truth that follows from what a frame of kind TRUTH returned (`callee.payload` says
        for which method), with the checks of slot_nb_bool and slot_sq_contains."""

    @abstractmethod
    def is_none(self, value: V) -> bool:
        """`value is None`, to branch on."""

    @abstractmethod
    def getitem(self, frame: Frame[V], container: V, key: V) -> Result[V]:
        """`container[key]`."""

    @abstractmethod
    def setitem(self, frame: Frame[V], container: V, key: V, value: V) -> Frame[V] | None:
        """`container[key] = value`; a frame has kind DISCARD."""

    @abstractmethod
    def delitem(self, frame: Frame[V], container: V, key: V) -> Frame[V] | None:
        """`del container[key]`; a frame has kind DISCARD."""

    @abstractmethod
    def build_tuple(self, items: Sequence[V]) -> V:
        """`(*items,)`."""

    @abstractmethod
    def build_list(self, items: Sequence[V]) -> V:
        """`[*items]`."""

    @abstractmethod
    def build_set(self, items: Sequence[V]) -> V:
        """`{*items}`."""

    @abstractmethod
    def build_map(self, keys: Sequence[V], values: Sequence[V]) -> V:
        """A dict of the pairs, in order."""

    @abstractmethod
    def build_const_key_map(self, keys: V, values: Sequence[V]) -> V:
        """A dict; `keys` is a constant tuple."""

    @abstractmethod
    def build_string(self, parts: Sequence[V]) -> V:
        """Concatenation of strings (f-strings)."""

    @abstractmethod
    def build_slice(self, parts: Sequence[V]) -> V:
        """`slice(*parts)` of two or three parts."""

    @abstractmethod
    def format_value(self, frame: Frame[V], value: V, conversion: int, spec: Slot[V]) -> Result[V]:
        """`format(value, spec)` after a conversion: 0 none, 1 str, 2 repr, 3 ascii."""

    @abstractmethod
    def list_append(self, target: V, item: V) -> None:
        """Append in a comprehension."""

    @abstractmethod
    def list_extend(self, target: V, iterable: V) -> None:
        """`[*iterable]`, with the message of LIST_EXTEND when it is not iterable."""

    @abstractmethod
    def list_to_tuple(self, target: V) -> V:
        """The tuple of a list that nobody else sees."""

    @abstractmethod
    def set_add(self, target: V, item: V) -> None:
        """Add in a comprehension."""

    @abstractmethod
    def set_update(self, target: V, iterable: V) -> None:
        """`{*iterable}`."""

    @abstractmethod
    def map_add(self, target: V, key: V, value: V) -> None:
        """Set an item in a comprehension."""

    @abstractmethod
    def dict_update(self, target: V, mapping: V) -> None:
        """`{**mapping}`."""

    @abstractmethod
    def dict_merge(self, callable_: V, target: V, mapping: V) -> None:
        """`callable_(**mapping)`: duplicates are errors that name the callable."""

    @abstractmethod
    def unpack_sequence(self, value: V, count: int) -> Sequence[V]:
        """Exactly `count` items, first to last."""

    @abstractmethod
    def unpack_ex(self, value: V, before: int, after: int) -> Sequence[V]:
        """`before` items, the list of the middle, `after` items."""


class NameOps(ABC, Generic[V]):
    """Names, attributes, cells and imports."""

    @abstractmethod
    def load_global(self, frame: Frame[V], name: str) -> V:
        """From the globals, else the builtins, else NameError."""

    @abstractmethod
    def store_global(self, frame: Frame[V], name: str, value: V) -> None:
        """Into the globals."""

    @abstractmethod
    def delete_global(self, frame: Frame[V], name: str) -> None:
        """From the globals, else NameError."""

    @abstractmethod
    def load_name(self, frame: Frame[V], name: str) -> V:
        """From the frame's namespace, the globals, the builtins."""

    @abstractmethod
    def store_name(self, frame: Frame[V], name: str, value: V) -> None:
        """Into the frame's namespace."""

    @abstractmethod
    def delete_name(self, frame: Frame[V], name: str) -> None:
        """From the frame's namespace, else NameError."""

    @abstractmethod
    def load_classderef(self, frame: Frame[V], name: str, cell: V) -> Slot[V]:
        """From the class namespace, else the cell."""

    @abstractmethod
    def setup_annotations(self, frame: Frame[V]) -> None:
        """Make `__annotations__` in the frame's namespace if it has none."""

    @abstractmethod
    def make_cell(self, value: Slot[V]) -> V:
        """A new cell."""

    @abstractmethod
    def cell_get(self, cell: V) -> Slot[V]:
        """Contents of a cell, NULL if empty."""

    @abstractmethod
    def cell_set(self, cell: V, value: Slot[V]) -> None:
        """Store into a cell; NULL empties it."""

    @abstractmethod
    def closure(self, frame: Frame[V]) -> Sequence[V]:
        """The cells of the running function's closure (COPY_FREE_VARS)."""

    @abstractmethod
    def getattr(self, frame: Frame[V], target: V, name: str) -> Result[V]:
        """`target.name`."""

    @abstractmethod
    def load_method(self, frame: Frame[V], target: V, name: str) -> tuple[V, Slot[V]] | Frame[V]:
        """(function, target) for an unbound method, (attribute, NULL) for anything else.

        Mirrors _PyObject_GetMethod. A frame answers the attribute itself.
        """

    @abstractmethod
    def setattr(self, frame: Frame[V], target: V, name: str, value: V) -> Frame[V] | None:
        """`target.name = value`; a frame has kind DISCARD."""

    @abstractmethod
    def delattr(self, frame: Frame[V], target: V, name: str) -> Frame[V] | None:
        """`del target.name`; a frame has kind DISCARD."""

    @abstractmethod
    def import_name(self, frame: Frame[V], name: str, fromlist: V, level: V) -> V:
        """`__import__` as found in the builtins."""

    @abstractmethod
    def import_from(self, frame: Frame[V], module: V, name: str) -> V:
        """Attribute of a module, else of `sys.modules`, else ImportError."""

    @abstractmethod
    def import_star(self, frame: Frame[V], module: V) -> None:
        """`from module import *` into the frame's namespace."""


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
    def add_traceback(self, frame: Frame[V], exception: BaseException) -> None:
        """Add an entry for the frame's instruction (PyTraceBack_Here)."""

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


class Machine(ValueOps[V], NameOps[V], CallOps[V], ExceptionOps[V]):
    """All operations, and the events of the driver."""

    def lasti_of(self, value: V) -> int:
        """The instruction offset that unwinding pushed for RERAISE, in code units.

        -1 is allowed: the frame's line is then that of the RERAISE.
        """
        return -1

    watches: bool = False
    """Whether `run_frame` calls `before_instruction`."""

    def switched(self, frame: Frame[V]) -> None:
        """Called when another frame becomes the running one."""

    def before_instruction(self, frame: Frame[V]) -> None:
        """Called at every instruction boundary, before the instruction at `frame.index`."""
