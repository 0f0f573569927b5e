"""Running the user's program exactly as ``python program`` would, in this process.

hotloop itself must leave no trace that the program could see: not in ``sys.argv``, ``sys.path[0]``
or ``__main__``, not in tracebacks, the frame chain or the recursion depth. What CPython's own
main function does (``pymain_run_python`` in Modules/main.c) is done here, step by step, with the
same C functions where they are public; an exception that the program does not catch passes through
our hidden frames to CPython itself, which prints it, ends the process and chooses its status.
Must not know about traces or compiled code.
"""

from __future__ import annotations

import builtins
import os
import sys

from hotloop import runner_source
from hotloop.errors import die_of_interrupt
from hotloop.runner_imports import forget_shadowed, set_program_entry
from hotloop.runner_state import call, call_file, started_as_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from hotloop.cli import Request
    from hotloop_ir.layout import Layout

_ARGV0 = {"module": "-m", "command": "-c"}


def run(request: Request) -> int:
    """Run a program. Returns the status if it ended normally (0) or could not be started.

    Raises whatever the program raises, SystemExit included. Does not return at all when the program
    must run in another python: hotloop is off, does not know this CPython, or python itself was
    given options.
    """
    if os.environ.get("HOTLOOP") == "0":
        _exec(_python_words() + request.python_flags + _program_words(request))
    if request.python_flags or (sys.flags.inspect and not started_as_module()):
        _exec(_python_words() + request.python_flags + _hotloop_words(request))
    own_entry = None if sys.flags.safe_path else sys.path.pop(0)
    try:
        layout = _start(request)
    except KeyboardInterrupt:
        return die_of_interrupt()
    if own_entry is not None:
        sys.path_importer_cache.pop(own_entry, None)
    return _run_here(request, layout)


def _start(request: Request) -> Layout:
    """Probe the interpreter and start the engine, or go on in a plain python."""
    from hotloop import api
    from hotloop.frames.probe import probe

    layout = probe()
    if isinstance(layout, str):
        api.warn_uncompiled(layout)
        _exec(_python_words() + _program_words(request))
    api.start()
    return layout


def _run_here(request: Request, layout: Layout) -> int:
    sys.argv[:] = [_ARGV0.get(request.kind, request.target), *request.arguments]
    if request.kind == "module":
        return _run_module(request.target, layout)
    if request.kind == "command":
        return _run_command(request.target, layout)
    if request.kind == "stdin":
        return _run_stdin(layout)
    return _run_path(request.target, layout)


def _run_path(path: str, layout: Layout) -> int:
    """Mirrors pymain_get_importer and pymain_run_file_obj in Modules/main.c."""
    full = _absolute(path)
    if runner_source.has_importer(full):
        _set_entry(full)
        _new_main()
        import runpy

        run_module = runpy._run_module_as_main  # type: ignore[attr-defined]  # not in typeshed
        call(layout, run_module, "__main__", False)
        return 0
    if not sys.flags.safe_path:
        _set_entry(_directory(path))
    sys.audit("cpython.run_file", full)
    try:
        fd = os.open(full, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        program = sys.orig_argv[0]
        message = f"{program}: can't open file {full!r}: [Errno {error.errno}] {error.strerror}\n"
        os.write(2, message.encode(errors="backslashreplace"))
        return 2
    _run_file(full, fd, layout)
    return 0


def _run_file(path: str, fd: int, layout: Layout) -> None:
    """Mirrors _PyRun_SimpleFileObject in Python/pythonrun.c."""
    external = sys.modules["_frozen_importlib_external"]
    namespace = _new_main()
    namespace["__file__"] = path
    namespace["__cached__"] = None
    if path.endswith(".pyc") or _head(fd) == external.MAGIC_NUMBER[:2]:
        namespace["__loader__"] = external.SourcelessFileLoader("__main__", path)
        program = runner_source.compiled_file(fd, external.MAGIC_NUMBER, namespace)
    else:
        namespace["__loader__"] = external.SourceFileLoader("__main__", path)
        program = runner_source.source_file(fd, path, namespace)
    call_file(layout, program)


def _head(fd: int) -> bytes:
    """The first two bytes, not consumed; nothing if the file is a pipe."""
    try:
        return os.pread(fd, 2, 0)
    except OSError:
        return b""


def _run_stdin(layout: Layout) -> int:
    """Mirrors pymain_run_stdin; a terminal gets a plain interactive python."""
    if os.isatty(0):
        _exec([*_python_words(), *sys.argv])
    if not sys.flags.safe_path:
        _set_entry(_directory("-"))
    sys.audit("cpython.run_stdin")
    namespace = _new_main()
    namespace["__file__"] = "<stdin>"
    namespace["__cached__"] = None
    call_file(layout, runner_source.standard_input(namespace))
    return 0


def _run_command(text: str, layout: Layout) -> int:
    """Mirrors pymain_run_command."""
    if not sys.flags.safe_path:
        _set_entry("")
    sys.audit("cpython.run_command", text)
    program = runner_source.text(text + "\n", _new_main())
    if program.function is runner_source.fail:
        os.write(2, b"Unable to decode the command from the command line:\n")
    call(layout, program.function, *program.arguments)
    return 0


def _run_module(name: str, layout: Layout) -> int:
    """Mirrors pymain_run_module: runpy's frames are in the program's tracebacks there, too."""
    if not sys.flags.safe_path:
        try:
            _set_entry(os.getcwd())
        except OSError:
            pass
    sys.audit("cpython.run_module", name)
    _new_main()
    import runpy

    call(layout, runpy._run_module_as_main, name, True)  # type: ignore[attr-defined]
    return 0


def _set_entry(entry: str) -> None:
    """Put the program's own entry in front of ``sys.path``."""
    set_program_entry(entry)
    forget_shadowed(entry)
    sys.path.insert(0, entry)


def _new_main() -> dict[str, object]:
    """Make the ``__main__`` module that python makes at start-up. Returns its namespace.

    Mirrors add_main_module in Python/pylifecycle.c: the same names in the same order.
    """
    module = type(sys)("__main__")
    namespace = module.__dict__
    namespace["__annotations__"] = {}
    namespace["__builtins__"] = builtins
    namespace["__loader__"] = sys.modules["_frozen_importlib"].BuiltinImporter
    sys.modules["__main__"] = module
    return namespace


def _absolute(path: str) -> str:
    """Mirrors _Py_abspath: no normalisation."""
    if path.startswith("/"):
        return path
    try:
        return os.getcwd() if path in ("", ".") else f"{os.getcwd()}/{path}"
    except OSError:
        return path


def _directory(path: str) -> str:
    """Mirrors _PyPathConfig_ComputeSysPath0 for a script: its directory, symlinks followed."""
    real = os.path.realpath(path) if os.path.exists(path) else path
    return os.path.dirname(real)


def _own_words() -> list[str]:
    """The words of the real command line up to, not including, ``run``."""
    return sys.orig_argv[: len(sys.orig_argv) - len(sys.argv) + 1]


def _python_words() -> list[str]:
    """The words of the real command line that are python and its options."""
    words = _own_words()
    if words[-2:] == ["-m", "hotloop"]:
        return words[:-2]
    last = words[-1].removesuffix("mhotloop")
    return words[:-1] if last in (words[-1], "-") else [*words[:-1], last]


def _program_words(request: Request) -> list[str]:
    """The words that make a plain python run the program."""
    if request.kind in _ARGV0:
        return [_ARGV0[request.kind], request.target, *request.arguments]
    separator = ["--"] if request.target.startswith("-") and request.kind == "file" else []
    return [*separator, request.target, *request.arguments]


def _hotloop_words(request: Request) -> list[str]:
    options = [f"--{name}={value}" for name, value in request.options.items()]
    return ["-m", "hotloop", "run", *options, *_program_words(request)]


def _exec(words: list[str]) -> NoReturn:
    """Go on in a new python in this process. Does not return."""
    os.execv(sys.executable, words)
