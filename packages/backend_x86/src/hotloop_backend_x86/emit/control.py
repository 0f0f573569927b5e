"""Emitters of labels, jumps and leaving."""

from __future__ import annotations

from typing import Any

from hotloop_backend_x86.emitter import Emitter, Uncompilable, emits, pointer
from hotloop_backend_x86.layout import llvm_type
from hotloop_ir.ops.control import Finish, Jump, Label, Leave, ResumePoint
from hotloop_ir.trace import Target
from hotloop_ir.value import Value


def open_header(
    e: Emitter, block: str, params: tuple[Value[Any], ...], incoming: list[tuple[str, list[str]]]
) -> None:
    """A loop header: one phi per param. ``incoming``: predecessor block and texts of the values.

    The final jump of the trace adds itself with ``close_header``: the phis are left open in
    ``e.headers`` until it is known.
    """
    e.block(block)
    start = len(e.out)
    for index, param in enumerate(params):
        name = e.fresh()
        sources = ", ".join(f"[{values[index]}, %{source}]" for source, values in incoming)
        e.out.append(f"{name} = phi {llvm_type(param.type)} {sources}")
        e.names[param] = name
    e.headers[block] = (start, len(params))


def close_header(e: Emitter, block: str, values: tuple[Value[Any], ...]) -> None:
    """Jump back to a header with these values."""
    source = e.block_name
    texts = [e.use(value) for value in values]
    start, count = e.headers[block]
    for index in range(count):
        e.out[start + index] += f", [{texts[index]}, %{source}]"
    e.jump(block)


@emits("label")
def label(e: Emitter, op: Label) -> None:
    """Falling in, jumped to at the end, or entered from outside if it has a Target."""
    selector = e.label_selectors[op]
    block = f"label{selector}"
    incoming = [(e.block_name, [e.use(value) for value in op.initial])]
    e.jump(block)
    if op in e.trace.targets:
        outside = f"enter{selector}"
        e.block(outside)
        loaded = [e.load_slot(index, param.type) for index, param in enumerate(op.params)]
        incoming.append((outside, loaded))
        e.jump(block)
    open_header(e, block, op.params, incoming)
    e.count_round()
    if e.clobbered_after(op):
        e.values_pointers.clear()


def code_of(target: Target) -> tuple[int, int]:
    """Address and selector of a compiled label. Raises Uncompilable if its code is gone."""
    if target.code is None:
        raise Uncompilable(f"{target!r} has no code")
    address, selector = target.code
    return address, selector


@emits("jump")
def jump(e: Emitter, op: Jump) -> None:
    target = op.target
    if target is None:
        close_header(e, "label0", op.operands)
    elif isinstance(target, Target):
        address, selector = code_of(target)
        for index, value in enumerate(op.operands):
            if not e.is_in_place(index, value):
                for text in e.stores((value,), index):
                    e.line(text)
        result = e.let(f"musttail call i64 {pointer(address)}(ptr %buf, i64 {selector})")
        e.line(f"ret i64 {result}")
    else:
        close_header(e, f"label{e.label_selectors[target]}", op.operands)


@emits("leave")
def leave(e: Emitter, op: Leave) -> None:
    e.jump(e.way_out(e.exit(op)))


@emits("finish")
def finish(e: Emitter, op: Finish) -> None:
    """Not an exit that a bridge may continue: the record's address is returned directly."""
    site = e.final_exit(op, (op.value,))
    e.line(f"store ptr {e.use(op.value)}, ptr %buf")
    e.line(f"ret i64 {site.record}")


@emits("resume_point")
def resume_point(e: Emitter, op: ResumePoint) -> None:
    """No code."""
