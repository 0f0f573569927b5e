"""Shared by the tests of hotloop.frames: a small compiler, subprocesses, fake compiled code."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_engines: list[Any] = []


def compile_module(text: str, symbols: Mapping[str, int]) -> dict[str, int]:
    """Compile LLVM IR text with MCJIT; the code lives for ever."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_default_triple().create_target_machine(opt=1, jit=True)
    module = llvm.parse_assembly(text)
    module.verify()
    engine = llvm.create_mcjit_compiler(module, machine)
    for name, address in symbols.items():
        try:
            found = module.get_function(name)
        except NameError:
            try:
                found = module.get_global_variable(name)
            except NameError:
                continue
        engine.add_global_mapping(found, address)
    engine.finalize_object()
    _engines.append(engine)
    defined = [f.name for f in module.functions if not f.is_declaration]
    return {name: engine.get_function_address(name) for name in defined}


def constant_entry(value: int) -> int:
    """Address of compiled code that does nothing but return one exit record."""
    text = f"define i64 @entry(ptr %buf, i64 %selector) {{\n ret i64 {value}\n}}\n"
    return compile_module(text, {})["entry"]


def run_script(body: str, timeout: float = 60) -> str:
    """Run a script in a fresh process, this folder importable; a crash fails the test."""
    script = "import sys\nsys.path.insert(0, %r)\n" % str(Path(__file__).parent)
    script += textwrap.dedent(body)
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", script],
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    assert done.returncode == 0, f"status {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout
