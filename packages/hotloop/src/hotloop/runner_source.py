"""Getting a program ready to run: from a file, a text, standard input or a .pyc file.

CPython's own C functions parse and run it, because only they report every syntax and encoding error
as ``python`` does. A prepared program is a function and its arguments; calling it runs the program.
"""

from __future__ import annotations

import os
from ctypes import PYFUNCTYPE, byref, c_char_p, c_int, c_void_p, py_object, pythonapi

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

Namespace = dict[str, object]

_fdopen = PYFUNCTYPE(c_void_p, c_int, c_char_p)(("fdopen", pythonapi))
_FILE_INPUT = 257  # Py_file_input in compile.h
_IGNORE_COOKIE = 0x0800  # PyCF_IGNORE_COOKIE: the text has been decoded already


class Prepared:
    """A program that is ready to run in a namespace."""

    __slots__ = ("arguments", "function", "namespace")

    def __init__(
        self, namespace: Namespace, function: Callable[..., object], *arguments: object
    ) -> None:
        self.namespace = namespace
        self.function = function
        self.arguments = arguments


def has_importer(path: str) -> bool:
    """Whether a path is a folder or zip file in which ``__main__`` can be looked for."""
    get_importer = pythonapi.PyImport_GetImporter
    get_importer.restype = py_object
    return get_importer(py_object(path)) is not None


def source_file(fd: int, path: str, namespace: Namespace) -> Prepared:
    """A file of source text. It is closed before it runs."""
    return _file(_fdopen(fd, b"rb"), path, namespace, close=True)


def standard_input(namespace: Namespace) -> Prepared:
    """What C's stdin has, up to its end."""
    return _file(c_void_p.in_dll(pythonapi, "stdin").value, "<stdin>", namespace, close=False)


def _file(stream: int | None, path: str, namespace: Namespace, close: bool) -> Prepared:
    run = pythonapi.PyRun_FileExFlags
    run.restype = py_object
    run.argtypes = [c_void_p, c_char_p, c_int, py_object, py_object, c_int, c_void_p]
    name = os.fsencode(path)
    return Prepared(namespace, run, stream, name, _FILE_INPUT, namespace, namespace, close, None)


def text(source: str, namespace: Namespace) -> Prepared:
    """A program given as text; one that cannot be encoded raises when it is run."""
    try:
        encoded = source.encode()
    except UnicodeEncodeError as error:
        return Prepared(namespace, fail, error.with_traceback(None))
    run = pythonapi.PyRun_StringFlags
    run.restype = py_object
    run.argtypes = [c_char_p, c_int, py_object, py_object, c_void_p]
    flags = byref((c_int * 2)(_IGNORE_COOKIE, 0))  # a PyCompilerFlags
    return Prepared(namespace, run, encoded, _FILE_INPUT, namespace, namespace, flags)


def compiled_file(fd: int, magic: bytes, namespace: Namespace) -> Prepared:
    """A .pyc file. Mirrors run_pyc_file in pythonrun.c; a bad one raises when it is run."""
    import marshal

    with open(fd, "rb") as file:
        data = file.read()
    if data[:4] != magic:
        return Prepared(namespace, fail, RuntimeError("Bad magic number in .pyc file"))
    code: object = marshal.loads(data[16:])
    if not isinstance(code, type(fail.__code__)):
        return Prepared(namespace, fail, RuntimeError("Bad code object in .pyc file"))
    run = pythonapi.PyEval_EvalCode
    run.restype = py_object
    run.argtypes = [py_object, py_object, py_object]
    return Prepared(namespace, run, code, namespace, namespace)


def fail(error: Exception) -> None:
    """A program that cannot be read: raises."""
    raise error
