"""What the runner does to the interpreter so that the program is the bottom of the stack.

Between ``call`` and its end the frames of hotloop, of runpy and of the console script are hidden,
the program's first frame has no predecessor, and the recursion depth starts where it does under
python. Must not know what is run, or why.
"""

from __future__ import annotations

import atexit
import sys
from ctypes import c_int32, c_int64, c_void_p, pythonapi

from hotloop.runner_source import fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, FrameType

    from hotloop.runner_source import Namespace, Prepared
    from hotloop_ir.layout import Layout


def call_file(layout: Layout, program: Prepared) -> None:
    """``call``, for a program that is a file: mirrors the end of _PyRun_SimpleFileObject.

    The streams are flushed before CPython prints an exception. The names that describe the file are
    deleted before exit handlers run, but are there while the exception is printed and, if CPython
    ends the process at once for a SystemExit, to the end.
    """
    try:
        call(layout, program.function, *program.arguments)
    except BaseException as error:
        _flush()
        if not isinstance(error, SystemExit) or sys.flags.inspect:
            atexit.register(_forget_file, program.namespace)
        raise
    _flush()
    _forget_file(program.namespace)


def started_as_module() -> bool:
    """Whether this is ``python -m hotloop``, and not a script that called us."""
    spec = getattr(_first_main, "__spec__", None)
    return spec is not None


# CPython uses the namespace of its first __main__ after the program has ended, but does not keep it
# alive if the module has been replaced.
_first_main = sys.modules["__main__"]


def _flush() -> None:
    if not started_as_module():
        return  # CPython does it for the script that called us
    for stream in (sys.stderr, sys.stdout):
        try:
            stream.flush()
        except BaseException:  # as flush_io in pythonrun.c
            pass


def _forget_file(namespace: Namespace) -> None:
    namespace.pop("__file__", None)
    namespace.pop("__cached__", None)


def call(layout: Layout, function: Callable[..., object], *arguments: object) -> None:
    """Call a function as the bottom of the stack. Raises what it raises."""
    get_thread = pythonapi.PyThreadState_Get
    get_thread.restype = c_void_p
    thread: int = get_thread()
    _hide_callers(layout)
    _hide(fail.__code__, layout)
    cframe = c_int64.from_address(thread + layout["PyThreadState.cframe"]).value
    current_frame = c_int64.from_address(cframe + layout["_PyCFrame.current_frame"])
    remaining = c_int32.from_address(thread + layout["PyThreadState.recursion_remaining"])
    limit = c_int32.from_address(thread + layout["PyThreadState.recursion_limit"])
    # A Python function is entered at one more than our depth, one called through ctypes at two.
    levels = 0 if hasattr(function, "__code__") else 1
    depth = limit.value - remaining.value + levels
    own_frame = current_frame.value
    stop_tracing = pythonapi.PyThreadState_EnterTracing
    stop_tracing.argtypes = [c_void_p]
    remaining.value += depth
    # From here to the restoring stores no Python function may be called from this frame.
    current_frame.value = 0
    try:
        function(*arguments)
    finally:
        current_frame.value = own_frame
        remaining.value -= depth
        stop_tracing(thread)
        _trace_again(thread)


def _trace_again(thread: int) -> None:
    """Let a trace or profile function that the program left on see nothing of our way out.

    ``PyThreadState_EnterTracing`` has been called; it is undone now, or when exit handlers run.
    """
    leave = pythonapi.PyThreadState_LeaveTracing
    if sys.gettrace() is None and sys.getprofile() is None:
        leave(c_void_p(thread))
    else:
        atexit.register(leave, c_void_p(thread))


def _hide_callers(layout: Layout) -> None:
    """Hide every frame of this thread. Functions that are not ours get a fresh, visible code."""
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        code, names, frame = frame.f_code, frame.f_globals, frame.f_back
        if names.get("__name__") == "runpy":
            function = names.get(code.co_name)
            if isinstance(function, type(_hide_callers)) and function.__code__ is code:
                function.__code__ = code.replace()
        _hide(code, layout)


def _hide(code: CodeType, layout: Layout) -> None:
    """Make all frames of this code incomplete (``_PyFrame_IsIncomplete``), running ones too."""
    first = c_int32.from_address(id(code) + layout["PyCodeObject._co_firsttraceable"])
    first.value = len(code.co_code) // 2
