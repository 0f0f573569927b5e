"""The only module that imports llvmlite: IR text in, relocatable object code out.

llvmlite (200 ms) is imported at the first compile, never at import time. Every call is made
under one lock, because LLVM's options and llvmlite's own lock are process-wide. Nothing here
knows of traces, addresses or CPython.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, Final, TypeVar

T = TypeVar("T")

#: Codegen options, set once per process (measured: docs/internals/backend.md).
#: Loop strength reduction runs scalar evolution over every induction variable, which takes up
#: to half of the compile time of a long trace and gains nothing: our addresses already are
#: base + index * 8. FastISel at all levels: with the greedy register allocator behind it, code
#: is as fast as from the selection DAG on traces, for 70 % of the time.
OPTIONS: Final = ("-disable-lsr", "-fast-isel")

#: LLVM's code generator level for each of ours: 0 has the fast register allocator, 1 the greedy
#: one (its functions are marked ``optnone``, which skips most machine passes), 2 all passes.
CODEGEN_LEVELS: Final = (0, 1, 1)

lock: Final = threading.RLock()
"""Held around everything that is done with LLVM; whoever forks takes it, too."""


class CompileError(Exception):
    """LLVM refused the text of a module; the message is LLVM's."""


class _Session:
    """llvmlite, initialised, with one target machine per level."""

    def __init__(self) -> None:
        import llvmlite
        import llvmlite.binding as binding

        for option in OPTIONS:
            binding.set_option("", option)
        binding.initialize_native_target()
        binding.initialize_native_asmprinter()
        self.binding: Any = binding
        self.version: str = llvmlite.__version__
        self.cpu: str = binding.get_host_cpu_name()
        target = binding.Target.from_triple(binding.get_process_triple())
        features = binding.get_host_cpu_features().flatten()
        made = {
            level: target.create_target_machine(
                cpu=self.cpu,
                features=features,
                opt=level,
                reloc="pic",
                codemodel="small",
                jit=False,
            )
            for level in set(CODEGEN_LEVELS)
        }
        self.machines: list[Any] = [made[level] for level in CODEGEN_LEVELS]


_session: _Session | None = None


def _start() -> _Session:
    global _session
    if _session is None:
        _session = _Session()
        for function in _waiting:
            function()
    return _session


_waiting: Final[list[Callable[[], None]]] = []


def when_started(function: Callable[[], None]) -> None:
    """Call a function when llvmlite has been imported: at once, if it has."""
    _waiting.append(function)
    if _session is not None:
        function()


def _parsed(ir_text: str, use: Callable[[_Session, Any], T]) -> T:
    """What a function makes of a module that is there until it returns, with LLVM's lock held.

    Each module has an LLVM context of its own: the global one never forgets a constant. Everything
    made is given back in here: doing that takes llvmlite's lock, which a fork in another
    thread would leave taken in the child. Raises CompileError if the text does not parse.
    """
    with lock:
        session = _start()
        context = session.binding.create_context()
        try:
            module = session.binding.parse_assembly(ir_text, context)
        except RuntimeError as error:
            context.close()
            raise CompileError(str(error)) from None
        try:
            return use(session, module)
        finally:
            module.close()
            context.close()


def emit_object(ir_text: str, level: int) -> bytes:
    """Object code (ELF, relocatable) of a module, without IR passes.

    Raises CompileError if the text does not parse.
    """
    return _parsed(
        ir_text, lambda session, module: bytes(session.machines[level].emit_object(module))
    )


def emit_optimised(ir_text: str) -> bytes:
    """Object code after LLVM's ``-O2`` pipeline: for hand-written modules that are compiled once.

    Raises CompileError if the text does not parse or is not valid.
    """
    return _parsed(ir_text, _optimised)


def _optimised(session: _Session, module: Any) -> bytes:
    try:
        module.verify()
    except RuntimeError as error:
        raise CompileError(str(error)) from None
    _optimise(session, module)
    return bytes(session.machines[-1].emit_object(module))


def _optimise(session: _Session, module: Any) -> None:
    """Run the ``-O2`` pipeline; what it needs is given back at the end of this function."""
    options = session.binding.create_pipeline_tuning_options(speed_level=2)
    builder = session.binding.create_pass_builder(session.machines[-1], options)
    builder.getModulePassManager().run(module, builder)


def emit_assembly(ir_text: str, level: int) -> str:
    """The assembly text of a module, for people. Raises CompileError as ``emit_object``."""
    return _parsed(
        ir_text, lambda session, module: str(session.machines[level].emit_assembly(module))
    )


def build_name() -> str:
    """The version of llvmlite (which brings its LLVM) and our options, without loading them."""
    return f"llvmlite {_llvmlite_version()} {' '.join(OPTIONS)}"


def _llvmlite_version() -> str:
    """What tells one llvmlite from another.

    Its version file, if there is one: ``importlib.metadata`` takes 30 ms to import.
    """
    spec = find_spec("llvmlite")
    for folder in (spec and spec.submodule_search_locations) or ():
        try:
            with open(f"{folder}/_version.py", encoding="utf-8") as file:
                return file.read()
        except OSError:
            continue
    from importlib.metadata import version

    return version("llvmlite")


def cpu_name() -> str:
    """What the kernel says of the CPU: its model and features (host code is made for them)."""
    try:
        with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
            lines = file.read(8192).splitlines()
    except OSError:
        return "unknown"
    kept = ("model name", "flags")
    return "\n".join(sorted({line for line in lines if line.startswith(kept)}))


def loaded() -> bool:
    """Whether LLVM has been started in this process."""
    return _session is not None
