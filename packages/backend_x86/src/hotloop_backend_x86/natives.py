"""Hand-written native modules: compiled once, object code kept on disk, linked per process.

``compile_module`` serves any package that brings IR text; ``runtime_functions`` is our own
runtime. Unlike traces, these modules go through LLVM's optimiser.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from hotloop_backend_x86 import llvm, runtime
from hotloop_backend_x86.arena import shared_arena
from hotloop_backend_x86.symbols import Externals

_runtime: dict[str, int] = {}


def cache_directory() -> Path:
    """Where object code is kept: ``$XDG_CACHE_HOME/hotloop`` or ``~/.cache/hotloop``."""
    root = os.environ.get("XDG_CACHE_HOME")
    return (Path(root) if root else Path.home() / ".cache") / "hotloop"


def _key(ir_text: str) -> str:
    """LLVM itself is not loaded for a hit, so the key is made of what metadata tells."""
    parts = (ir_text, llvm.build_name(), llvm.cpu_name())
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _read(path: Path) -> bytes | None:
    try:
        data = path.read_bytes()
    except OSError:
        return None
    digest, data = data[:32], data[32:]
    return data if hashlib.sha256(data).digest() == digest else None


def _write(path: Path, data: bytes) -> None:
    """Keep an object; a cache that cannot be written is no error."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(hashlib.sha256(data).digest() + data)
        os.replace(temporary, path)
    except OSError:
        return


def module_object(ir_text: str) -> bytes:
    """Optimised object code of a module, from the cache if it is there."""
    try:
        path = cache_directory() / f"{_key(ir_text)}.o"
    except RuntimeError:  # no home directory
        return llvm.emit_optimised(ir_text)
    data = _read(path)
    if data is None:
        data = llvm.emit_optimised(ir_text)
        _write(path, data)
    return data


def compile_module(ir_text: str, symbols: Mapping[str, int] | None = None) -> dict[str, int]:
    """Compile, link and load a module for the life of the process.

    ``symbols`` are addresses of external names; others are looked up in CPython and libm.
    Gives the addresses of the functions the module defines. Raises CompileError, LinkError.
    """
    externals = Externals(symbols or {})
    return shared_arena().load(module_object(ir_text), externals).functions


def runtime_functions() -> dict[str, int]:
    """Addresses of the native helpers by symbol, loaded at the first call."""
    if not _runtime:
        _runtime.update(compile_module(runtime.text()))
    return _runtime
