"""The stages of one loop as text: JSON on stdout, for ``gen_pipeline``, which starts this.

    python tools/pipeline_stages.py SCRIPT

The script defines ``total``, which is made hot here, called until it is compiled, and called once
more with numbers whose sum leaves 64 bits. Recorded and optimised traces go to the log.
"""

from __future__ import annotations

import dis
import io
import json
import re
import runpy
import sys
from collections.abc import Callable, Iterator
from types import CodeType
from typing import Any

import hotloop
from hotloop import api
from hotloop.core.driver import Driver
from hotloop.core.side_exit import SideExit
from hotloop.frames.resume import Tag, VirtualKind
from hotloop_backend_x86.codemap import disassemble, llvm_text
from hotloop_backend_x86.compile import CompiledTrace
from hotloop_ir.ops.integer import IntAddOvf
from hotloop_ir.text import Printer

THRESHOLD = 20
Total = Callable[[range], int]


def bytecode(code: CodeType) -> str:
    """The listing of ``dis``, with addresses of objects left out."""
    out = io.StringIO()
    dis.dis(code, file=out)
    lines = [line.rstrip() for line in out.getvalue().splitlines() if line.strip()]
    return re.sub(r" at 0x[0-9a-f]+", "", "\n".join(lines))


def rewritten(code: CodeType) -> str:
    """The part of a listing around the merge point of the loop, up to the next line."""
    lines = bytecode(code).splitlines()
    first = next(number for number, line in enumerate(lines) if "GET_ITER" in line)
    last = next(number for number, line in enumerate(lines) if "FOR_ITER" in line)
    return "\n".join(lines[first : last + 1])


def llvm_loop(text: str) -> str:
    """The loop of a module: from the label of its header to the jump back."""
    lines = text.splitlines()
    first = lines.index("label1:")
    last = max(number for number, line in enumerate(lines) if line == "br label %label1")
    found = "\n".join(lines[first : last + 1])
    found = re.sub(r"inttoptr \(i64 \d+ to ptr\)", "inttoptr (i64 ... to ptr)", found)
    return re.sub(r", !prof !\d+", "", found)


def machine_loop(text: str) -> str:
    """The loop of a disassembly, without addresses: from its first op to the jump back."""
    lines = text.splitlines()
    starts = [number for number, line in enumerate(lines) if line.startswith("; int_lt")]
    body = lines[starts[-1] :]
    back = "0x" + body[1].split()[0]
    end = max(number for number, line in enumerate(body) if f"jle {back}" in line)
    kept = [line for line in body[: end + 1] if line != "; entry and exits"]
    shown = [line if line.startswith(";") else "    " + line.split(None, 1)[1] for line in kept]
    found = "\n".join(shown).replace(back, "loop")
    found = re.sub(r"(j\w+) 0x[0-9a-f]+", r"\1 exit", found)
    return re.sub(r"\[r12 \+ 0x[0-9a-f]{6,}\]", "[r12 + ...]", found)


def exit_text(side: SideExit) -> str:
    """An exit: its op, and what compiled code stores where before it leaves."""
    printer = Printer(side.owner.compiled.trace)
    lines = zip(printer.trace.ops, printer.lines(), strict=True)
    line = next(text for op, text in lines if op is side.guard)
    stored = [f"buf[{place}] = {printer.value(value)}" for place, value in enumerate(side.values)]
    return "\n".join([line, *stored])


def resume_text(side: SideExit, code: CodeType, code_offset: int) -> str:
    """The resume program of an exit, decoded from its words (``frames.resume``)."""
    assert side.record.program is not None
    words = iter(side.record.program.words)
    virtuals, frames, _, drops = (next(words) for _ in range(4))
    lines = []
    for number in range(virtuals):
        kind, _, subject, _ = (next(words) for _ in range(4))
        lines.append(f"virtual {number}: {VirtualKind(kind).name} of buf[{subject}]")
    for _ in range(frames):
        _, _, previous, slots, depth, _, _ = (next(words) for _ in range(7))
        next(words)  # the function: the outermost frame keeps its own
        offset = previous - id(code) - code_offset + 2
        name = next(one.opname for one in dis.get_instructions(code) if one.offset == offset)
        lines.append(f"frame: next instruction {name} at {offset}")
        lines.append("  locals: " + ", ".join(slot(words) for _ in range(slots)))
        lines.append("  stack: " + ", ".join(slot(words) for _ in range(depth)))
    lines.append("drops: " + (", ".join(f"buf[{next(words)}]" for _ in range(drops)) or "none"))
    return "\n".join(lines)


def slot(words: Iterator[int]) -> str:
    """One slot code."""
    place, tag = divmod(next(words), 16)
    name = Tag(tag).name
    return name if tag == Tag.NULL else f"{name} {place}"


def main(script: str) -> int:
    """Print the texts."""
    total: Total = runpy.run_path(script)["total"]
    original = total.__code__
    hotloop.jit(threshold=THRESHOLD)(total)
    total(range(1000))
    first = 2**59
    answer = total(range(first, first + 20))
    engine: Any = api._engine
    driver: Driver = engine._driver
    point = next(one for one in driver.codes.points() if one.compiled is not None)
    compiled: CompiledTrace = point.compiled
    loop = llvm_loop(llvm_text(compiled))
    better = driver.compiler.backend.recompile(compiled, 2)
    sides = list(driver.compiler.forest.exits.values())
    side = [one for one in sides if isinstance(one.guard, IntAddOvf)][-1]
    code = total.__code__
    texts = {
        "bytecode": bytecode(original),
        "rewritten": rewritten(code),
        "llvm": loop,
        "machine": machine_loop(disassemble(better)),
        "exit": exit_text(side),
        "resume": resume_text(side, code, driver.builder.trampolines.code_offset),
        "answer": f"{answer} == {sum(range(first, first + 20))}",
    }
    print(json.dumps(texts))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
