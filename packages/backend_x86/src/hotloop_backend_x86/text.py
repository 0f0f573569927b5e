"""A whole trace as the text of one LLVM module with one function, ``trace(buf, selector)``.

The order is: entry and selector, inputs, the ops, the cold blocks, the common tail of all
exits. The tail loads target and record from the exit table and leaves with a tail call.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import hotloop_backend_x86.emit  # noqa: F401 - fills the table of emitters
from hotloop_backend_x86.emit.control import open_header
from hotloop_backend_x86.emitter import (
    BUFFER_SLOTS,
    Emitter,
    ExitSite,
    Uncompilable,
    emitters,
    pointer,
)
from hotloop_ir.ops.control import Jump
from hotloop_ir.trace import TraceKind
from hotloop_ir.value import Value

_FOOTER: Final = """
declare {i64, i1} @llvm.sadd.with.overflow.i64(i64, i64)
declare {i64, i1} @llvm.ssub.with.overflow.i64(i64, i64)
declare {i64, i1} @llvm.smul.with.overflow.i64(i64, i64)
declare double @llvm.fabs.f64(double)
declare double @llvm.sqrt.f64(double)
!0 = !{!"branch_weights", i32 2000, i32 1}
!1 = !{!"branch_weights", i32 1, i32 2000}
"""


_DEBUG: Final = """
!llvm.dbg.cu = !{!11}
!llvm.module.flags = !{!13, !14}
!10 = distinct !DISubprogram(name: "trace", file: !12, line: 1, unit: !11, type: !15,
                             spFlags: DISPFlagDefinition)
!11 = distinct !DICompileUnit(language: DW_LANG_C, file: !12, emissionKind: LineTablesOnly)
!12 = !DIFile(filename: "trace", directory: "")
!13 = !{i32 2, !"Debug Info Version", i32 3}
!14 = !{i32 2, !"Dwarf Version", i32 4}
!15 = !DISubroutineType(types: !16)
!16 = !{}
"""

#: Words of an activation of compiled code called from compiled code, and of its record part.
_ACTIVATION_WORDS: Final = 16
_AREA_WORDS: Final = _ACTIVATION_WORDS + BUFFER_SLOTS


def emit_body(e: Emitter) -> None:
    """Run the emitters over the trace. Raises Uncompilable; KeyError for an invalid trace."""
    trace = e.trace
    e.block("enter0")
    loaded = [e.load_slot(index, param.type) for index, param in enumerate(trace.inputs)]
    last = trace.ops[-1]
    if isinstance(last, Jump) and last.target is None:
        e.jump("label0")
        open_header(e, "label0", trace.inputs, [("enter0", loaded)])
    else:
        e.names.update(zip(trace.inputs, loaded, strict=True))
    if trace.kind is not TraceKind.BRIDGE:
        e.nonnull.update(trace.inputs)
    marks = e.marks
    for op in trace.ops:
        function = emitters.get(op.mnemonic)
        if function is None:
            raise Uncompilable(f"no emitter for {op.mnemonic}")
        function(e, op)
        if marks is not None:
            marks.append((len(e.out), len(e.cold)))


def module_text(e: Emitter, table: int) -> str:
    """The text of the module; ``table`` is the address of the exit table."""
    attributes = "nounwind optnone noinline" if e.level == 1 else "nounwind"
    lines = [f"define dso_local i64 @trace(ptr %buf, i64 %selector) {attributes} {{", "entry:"]
    if e.calls_entries:
        lines.append(f"%area = alloca [{_AREA_WORDS} x i64], align 16")
        lines.append(f"%inner = getelementptr i64, ptr %area, i64 {_ACTIVATION_WORDS}")
    if e.max_arguments:
        lines.append(f"%arguments = alloca [{e.max_arguments} x ptr], align 16")
    lines.append(_dispatch(e))
    lines.extend(e.out)
    lines.extend(e.cold)
    lines.extend(_exits(e, table))
    lines.append("}")
    lines.append(_FOOTER)
    return "\n".join(lines)


def module_text_with_lines(e: Emitter, table: int) -> str:
    """The same module, each instruction with the number of its op (from 1) as line number.

    ``e.marks`` must have been filled by ``emit_body``.
    """
    assert e.marks is not None
    for lines, column in ((e.out, 0), (e.cold, 1)):
        start = 0
        for number, mark in enumerate(e.marks, 1):
            for index in range(start, mark[column]):
                text = lines[index]
                if not text.endswith(":"):
                    lines[index] = f"{text}, !dbg !DILocation(line: {number}, scope: !10)"
            start = mark[column]
    text = module_text(e, table)
    return text.replace(" {\nentry:", " !dbg !10 {\nentry:", 1) + _DEBUG


def _dispatch(e: Emitter) -> str:
    selectors = [k for op, k in e.label_selectors.items() if op in e.trace.targets]
    if not selectors:
        return "br label %enter0"
    if len(selectors) == 1:
        test = "%first = icmp eq i64 %selector, 0"
        return f"{test}\nbr i1 %first, label %enter0, label %enter{selectors[0]}"
    cases = " ".join(f"i64 {k}, label %enter{k}" for k in selectors)
    return f"switch i64 %selector, label %enter0 [ {cases} ]"


def _exits(e: Emitter, table: int) -> list[str]:
    """The blocks of the exits, then the tail they all come to with their number.

    Exits with the same values (guards of one bytecode) share one block that stores them. The
    tail finds target and record in the table.
    """
    lines: list[str] = []
    sources: list[str] = []
    groups: dict[tuple[Value[Any], ...], list[ExitSite]] = {}
    for site in e.exits:
        if site.stored:
            lines += (f"{site.label}:", "br label %tail")
            sources.append(f"[{site.index}, %{site.label}]")
        elif site.label:
            groups.setdefault(site.values, []).append(site)
    for values, sites in groups.items():
        lines += _storing_block(e, values, sites)
        first = sites[0]
        number = first.index if len(sites) == 1 else f"%n{first.index}"
        sources.append(f"[{number}, %s{first.index}]")
    if sources:
        lines += _tail(", ".join(sources), table)
    return lines


def _storing_block(e: Emitter, values: Sequence[Value[Any]], sites: list[ExitSite]) -> list[str]:
    """Store values for all exits that have the same."""
    name = f"s{sites[0].index}"
    lines: list[str] = []
    for site in sites:
        lines += (f"{site.label}:", f"br label %{name}")
    lines.append(f"{name}:")
    if len(sites) > 1:
        numbers = ", ".join(f"[{site.index}, %{site.label}]" for site in sites)
        lines.append(f"%n{sites[0].index} = phi i64 {numbers}")
    lines += e.stores(values)
    lines.append("br label %tail")
    return lines


def _tail(sources: str, table: int) -> list[str]:
    return [
        "tail:",
        f"%exit = phi i64 {sources}",
        f"%cell = getelementptr {{ptr, i64}}, ptr {pointer(table)}, i64 %exit",
        "%target = load ptr, ptr %cell",
        "%place = getelementptr i8, ptr %cell, i64 8",
        "%record = load i64, ptr %place",
        "%left = musttail call i64 %target(ptr %buf, i64 %record)",
        "ret i64 %left",
    ]
