"""Shared by the scripts: a small compiler, fake compiled code, merge points everywhere."""

# mypy: ignore-errors

from __future__ import annotations

from collections.abc import Mapping
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


class Instrument:
    """Puts a merge point before every bytecode; its compiled code leaves there at once.

    So at every bytecode the frame is moved to the buffer and back by native code. ``exits`` are the
    exit records, whose counters say how often that happened.
    """

    def __init__(self, count: int = 0) -> None:
        from hotloop.frames.probe import probe
        from hotloop.frames.runtime import Runtime

        layout = probe()
        assert not isinstance(layout, str), layout
        self.runtime = Runtime(layout)
        self.runtime.start(compile_module)
        text = "define i64 @entry(ptr %buf, i64 %selector) {\n ret i64 %selector\n}\n"
        self.entry = compile_module(text, {})["entry"]
        self.count = count
        self.exits: list[Any] = []
        self.keep: list[Any] = []

    def code(self, code: Any) -> Any:
        """The instrumented form of a code object and of those nested in it."""
        from types import CodeType

        from hotloop.frames.resume import ExitKind, ExitRecord, Frame, encode, move
        from hotloop.frames.rewrite import MergePoint, rewrite
        from hotloop_interp.decode import decode

        nested = tuple(self.code(c) if isinstance(c, CodeType) else c for c in code.co_consts)
        code = code.replace(co_consts=nested)
        decoded = decode(code)
        names = [i.op for i in decoded.instrs]
        after = names.index("RESUME")
        inside = {
            "SEND",
            "RESUME",
            "JUMP_BACKWARD_NO_INTERRUPT",
        }  # of a delegation, with what follows SEND
        inside_at = {i.index for i in decoded.instrs if i.op in inside}
        inside_at |= {i.next for i in decoded.instrs if i.op == "SEND"}
        places = [
            i
            for i in decoded.instrs
            if i.index > after and i.depth >= 0 and i.index not in inside_at
        ]
        records = [self.runtime.new_record() for _ in places]
        points = [
            MergePoint(place.start, record.object, record.stub)
            for place, record in zip(places, records, strict=True)
        ]
        rewritten = rewrite(code, points)
        slots = len(decoded.localsplus_names)
        for place, record in zip(places, records, strict=True):
            values = [move(i) for i in range(slots + place.depth)]
            frame = Frame.at(rewritten, place.start, values[:slots], values[slots:])
            program = encode([frame], self.runtime.trampolines)
            leave = ExitRecord(program, ExitKind.GUARD, place.start)
            record.set_code(rewritten.code, place.depth)
            record.set("selector", leave.address)
            record.entry = self.entry
            record.counter = self.count
            self.exits.append(leave)
        self.keep.append((rewritten, records))
        return rewritten.code

    @property
    def taken(self) -> int:
        """Exits taken so far."""
        return sum(leave.counter for leave in self.exits)
