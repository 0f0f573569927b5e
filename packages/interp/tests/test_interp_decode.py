"""Decoding agrees with `dis` on the code of the standard library."""

import dis
import gc
import importlib
import opcode
from collections.abc import Iterator
from types import CodeType

import pytest

from hotloop_interp.decode import DecodedCode, Instr, decode
from hotloop_interp.decode.py311 import parse_exception_table, stack_effect

MODULES = (
    "argparse",
    "ast",
    "asyncio.base_events",
    "contextlib",
    "dataclasses",
    "decimal",
    "functools",
    "inspect",
    "tarfile",
    "typing",
)


def codes(code: CodeType) -> Iterator[CodeType]:
    """A code object and all inside it."""
    yield code
    for const in code.co_consts:
        if isinstance(const, CodeType):
            yield from codes(const)


def library() -> Iterator[tuple[CodeType, DecodedCode]]:
    """Every code object of the modules, with its decoding."""
    for name in MODULES:
        spec = importlib.util.find_spec(name)
        assert spec is not None
        module_code = spec.loader.get_code(name)  # type: ignore[union-attr]
        for code in codes(module_code):
            yield code, decode(code)


def test_instructions_are_those_of_dis() -> None:
    for code, decoded in library():
        shown = {item.offset: item for item in dis.get_instructions(code)}
        kept = [item.offset for item in shown.values()
                if item.opname not in ("PRECALL", "KW_NAMES", "EXTENDED_ARG")]  # fmt: skip
        assert [instr.offset for instr in decoded.instrs] == kept
        for instr in decoded.instrs:
            assert instr.op == shown[instr.offset].opname
            assert instr.line == line_at(code, instr.offset)


def line_at(code: CodeType, offset: int) -> int | None:
    """The line of the code unit at a byte offset."""
    for start, end, line in code.co_lines():
        if start <= offset < end:
            return line
    return None


def test_arguments_mean_what_dis_says() -> None:
    for code, decoded in library():
        shown = {item.offset: item for item in dis.get_instructions(code)}
        for instr in decoded.instrs:
            item = shown[instr.offset]
            if item.opcode in dis.hasconst:
                assert instr.argval is item.argval
            elif item.opcode in dis.hasjrel:
                assert instr.jump is not None
                assert decoded.instrs[instr.jump].start == item.argval
            elif item.opcode in dis.hasname and instr.op != "LOAD_GLOBAL":
                assert instr.argval == item.argval
            elif item.opcode in dis.haslocal or item.opcode in dis.hasfree:
                assert instr.argval == item.argval == decoded.localsplus_names[instr.arg]


def test_call_is_one_instruction_with_its_names() -> None:
    def caller(function: object, first: int) -> object:
        return function(first, second=2, third=3)  # type: ignore[operator]

    call = next(i for i in decode(caller.__code__).instrs if i.op == "CALL")
    before = [item for item in dis.get_instructions(caller.__code__) if item.offset <= call.offset]
    assert call.argval == ("second", "third")
    assert [item.opname for item in before[-3:]] == ["KW_NAMES", "PRECALL", "CALL"]
    assert call.start == before[-3].offset
    assert call.last == call.offset + 2 * opcode._inline_cache_entries[opcode.opmap["CALL"]]  # type: ignore[attr-defined]


def test_every_unit_belongs_to_one_instruction() -> None:
    for code, decoded in library():
        size = len(code.co_code)
        assert sorted(decoded.index_at) == list(range(0, size, 2))
        for instr in decoded.instrs:
            assert instr.start <= instr.offset <= instr.last
            for offset in (instr.start, instr.offset, instr.last):
                assert decoded.index_at[offset] == instr.index


def test_exception_table_is_that_of_dis() -> None:
    for code, decoded in library():
        rows = [(r.start, r.end, r.target, r.depth, r.lasti)
                for r in dis._parse_exception_table(code)]  # type: ignore[attr-defined]  # fmt: skip
        assert parse_exception_table(code) == rows
        for start, end, target, depth, lasti in rows:
            for instr in decoded.instrs:
                if start <= instr.offset < end:
                    entry = decoded.handlers[instr.index]
                    assert entry is not None
                    assert decoded.instrs[entry.target].start == target
                    assert (entry.depth, entry.lasti) == (depth, lasti)


def test_depths_are_consistent_along_every_edge() -> None:
    for code, decoded in library():
        assert decoded.max_depth <= code.co_stacksize
        for instr in decoded.instrs:
            for target, depth in successors(decoded, instr):
                assert decoded.instrs[target].depth == depth, (code, instr)


def successors(decoded: DecodedCode, instr: Instr) -> Iterator[tuple[int, int]]:
    """(index, depth there) of what may follow an instruction that can be reached."""
    if instr.depth < 0:
        return
    if instr.jump is not None:
        yield instr.jump, instr.depth + stack_effect(instr.op, instr.arg, jump=True)
    ends = {"RETURN_VALUE", "RAISE_VARARGS", "RERAISE", "JUMP_FORWARD", "JUMP_BACKWARD",
            "JUMP_BACKWARD_NO_INTERRUPT"}  # fmt: skip
    if instr.op not in ends:
        yield instr.next, instr.depth + stack_effect(instr.op, instr.arg, jump=False)
    entry = decoded.handlers[instr.index]
    if entry is not None:
        yield entry.target, entry.depth + entry.lasti + 1


@pytest.mark.parametrize("name", sorted(set(opcode.opmap) - {"CACHE", "CALL", "RETURN_GENERATOR"}))
def test_stack_effect_is_that_of_dis(name: str) -> None:
    number = opcode.opmap[name]
    arg = 2 if number >= dis.HAVE_ARGUMENT else None
    for jump in (False, True):
        assert stack_effect(name, arg or 0, jump=jump) == dis.stack_effect(number, arg, jump=jump)


def test_facts() -> None:
    def loop(items: list[int]) -> int:
        total = 0
        for item in items:
            while item:
                item -= 1
                total += 1
        return total

    decoded = decode(loop.__code__)
    assert decoded.has_loops
    assert decoded.returns
    assert not decoded.yields
    assert {decoded.instrs[index].op for index in decoded.loop_headers} == {"FOR_ITER", "LOAD_FAST"}
    assert decoded.localsplus_names == ("items", "total", "item")


def test_decoding_is_cached_and_dies_with_its_code() -> None:
    namespace: dict[str, object] = {}
    exec("def function(): pass", namespace)
    code = namespace["function"].__code__  # type: ignore[attr-defined]
    assert decode(code) is decode(code)
    from hotloop_interp.decode import cache

    key = id(code)
    assert key in cache._CACHE
    del namespace, code
    gc.collect()
    assert key not in cache._CACHE
