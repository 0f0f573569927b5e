"""A whole trace as the text of one LLVM module with one function, ``trace(buf, selector)``.

The order is: entry and selector, inputs, the ops, the cold blocks, the common tail of all
exits. The tail loads target and record from the exit table and leaves with a tail call.
"""

from __future__ import annotations

from typing import Final

import hotloop_backend_x86.emit  # noqa: F401 - fills the table of emitters
from hotloop_backend_x86.emit.control import open_header
from hotloop_backend_x86.emitter import Emitter, Uncompilable, emitters, pointer
from hotloop_backend_x86.stores import BUFFER_SLOTS
from hotloop_ir.ops.control import Jump
from hotloop_ir.trace import TraceKind

_INTRINSICS: Final = {
    "@llvm.sadd.with.overflow.i64": "declare {i64, i1} @llvm.sadd.with.overflow.i64(i64, i64)",
    "@llvm.ssub.with.overflow.i64": "declare {i64, i1} @llvm.ssub.with.overflow.i64(i64, i64)",
    "@llvm.smul.with.overflow.i64": "declare {i64, i1} @llvm.smul.with.overflow.i64(i64, i64)",
    "@llvm.fabs.f64": "declare double @llvm.fabs.f64(double)",
    "@llvm.sqrt.f64": "declare double @llvm.sqrt.f64(double)",
}
#: What the branches of the better levels refer to.
_WEIGHTS: Final = """\
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
#: Word of the activation record in which an exit notes its number on its way out.
_NUMBER_WORD: Final = -6
_AREA_WORDS: Final = _ACTIVATION_WORDS + BUFFER_SLOTS


def emit_body(e: Emitter) -> None:
    """Run the emitters over the trace. Raises Uncompilable; KeyError for an invalid trace."""
    trace = e.trace
    e.block("enter0")
    last = trace.ops[-1]
    if isinstance(last, Jump) and last.target is None:
        loaded = [e.load_slot(index, param.type) for index, param in enumerate(trace.inputs)]
        e.jump("label0")
        open_header(e, "label0", trace.inputs, [("enter0", loaded)])
    else:
        e.load_inputs()
    if trace.kind is not TraceKind.BRIDGE:
        e.nonnull.update(trace.inputs)
    if not e.label_selectors:
        e.count_round()
    marks = e.marks
    for op in trace.ops:
        function = emitters.get(op.mnemonic)
        if function is None:
            raise Uncompilable(f"no emitter for {op.mnemonic}")
        if op not in e.reuse.done:
            function(e, op)
        if marks is not None:
            marks.append((len(e.out), len(e.cold)))


def module_text(e: Emitter, table: int) -> str:
    """The text of the module; ``table`` is the address of the exit table."""
    attributes = "nounwind optnone noinline" if e.level == 1 else "nounwind"
    lines = [f"define dso_local i64 @trace(ptr %buf, i64 %selector) {attributes} {{", "entry:"]
    if e.exits:
        lines.append(f"%number = getelementptr i64, ptr %buf, i64 {_NUMBER_WORD}")
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
    if e.level:
        lines.append(_WEIGHTS)
    text = "\n".join(lines)
    return "\n".join((text, *[line for name, line in _INTRINSICS.items() if name in text], ""))


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
    """The blocks of the exits, then the tail they all come to.

    An exit notes its number below the buffer and goes through its store groups, innermost
    first; the groups of outer frames are shared. The tail finds target and record in the
    table.
    """
    lines: list[str] = []
    leaves = any(site.node is not None for site in e.exits)
    for site in e.exits:
        if site.label:
            assert site.node is not None
            lines += (
                f"{site.label}:",
                f"store i64 {site.index}, ptr %number",
                f"br label %{e.groups.label(site.node)}",
            )
    for node in e.groups.used:  # grows while it is walked: a group brings the one it goes on to
        assert node.parent is not None
        lines.append(f"{node.label}:")
        lines += e.stores(node.values, node.start)
        lines.append(f"br label %{e.groups.label(node.parent)}")
    return [*lines, *_tail(table)] if leaves else []


def _tail(table: int) -> list[str]:
    return [
        "tail:",
        "%exit = load i64, ptr %number",
        f"%cell = getelementptr {{ptr, i64}}, ptr {pointer(table)}, i64 %exit",
        "%target = load ptr, ptr %cell",
        "%place = getelementptr i8, ptr %cell, i64 8",
        "%record = load i64, ptr %place",
        "%left = musttail call i64 %target(ptr %buf, i64 %record)",
        "ret i64 %left",
    ]
