"""Hand-written modules: linking, the cache on disk, code memory, LLVM's complaints."""

import ctypes
from pathlib import Path

import pytest

from hotloop_backend_x86 import llvm, natives
from hotloop_backend_x86.arena import Arena, ArenaFull, Words
from hotloop_backend_x86.elf import ElfObject, LinkError
from hotloop_backend_x86.memory import read_word
from hotloop_backend_x86.symbols import UnknownSymbol, resolve

CALL = ctypes.PYFUNCTYPE(ctypes.c_int64, ctypes.c_int64)

MODULE = """
@number = external global i64
@table = private constant [3 x i64] [i64 10, i64 20, i64 30]
declare i64 @labs(i64)
declare double @fabs(double)

define i64 @outer(i64 %x) nounwind {
  %a = call i64 @inner(i64 %x)
  %b = call i64 @labs(i64 %a)
  %n = load i64, ptr @number
  %sum = add i64 %b, %n
  ret i64 %sum
}

define i64 @inner(i64 %x) nounwind noinline {
  %i = and i64 %x, 1
  %p = getelementptr [3 x i64], ptr @table, i64 0, i64 %i
  %v = load i64, ptr %p
  %r = sub i64 %x, %v
  ret i64 %r
}

define double @float_part(double %x) nounwind {
  %half = fmul double %x, 0.3
  ret double %half
}
"""


def test_a_module_is_linked_with_the_symbols_it_is_given() -> None:
    word = Words([1000])
    libc = ctypes.CDLL(None)
    labs = ctypes.cast(libc.labs, ctypes.c_void_p).value
    assert labs is not None
    functions = natives.compile_module(MODULE, {"number": word.address, "labs": labs})
    outer = CALL(functions["outer"])
    assert outer(4) == 1006
    assert outer(5) == 1015
    word[0] = 0
    assert outer(4) == 6
    part = ctypes.PYFUNCTYPE(ctypes.c_double, ctypes.c_double)(functions["float_part"])
    assert part(10.0) == 3.0


def test_object_code_is_kept_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    text = "define i64 @kept(i64 %x) nounwind {\n ret i64 %x\n}\n"
    first = natives.module_object(text)
    (file,) = (tmp_path / "hotloop").iterdir()
    monkeypatch.setattr(llvm, "emit_optimised", lambda _: b"compiled again")
    assert natives.module_object(text) == first
    assert natives.module_object(text + "; other\n") == b"compiled again"
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    assert natives.module_object(text) == b"compiled again"


def test_a_cache_that_cannot_be_written_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    text = "define i64 @lost(i64 %x) nounwind {\n ret i64 %x\n}\n"
    assert natives.module_object(text).startswith(b"\x7fELF")


def test_bad_text_is_refused_with_a_message() -> None:
    with pytest.raises(llvm.CompileError, match="expected"):
        llvm.emit_object("define nonsense", 0)
    with pytest.raises(llvm.CompileError, match="undefined value"):
        llvm.emit_optimised("define i64 @f() {\n ret i64 %x\n}\n")


def test_an_unknown_symbol_is_named() -> None:
    text = "declare i64 @no_such_thing(i64)\ndefine i64 @f(i64 %x) nounwind {\n"
    text += " %r = call i64 @no_such_thing(i64 %x)\n ret i64 %r\n}\n"
    with pytest.raises(LinkError, match="no_such_thing"):
        natives.compile_module(text)
    with pytest.raises(UnknownSymbol):
        resolve("no_such_thing")
    with pytest.raises(LinkError, match="ELF"):
        ElfObject(b"MZ" + bytes(100))


def test_a_full_arena_says_so_and_recovers() -> None:
    arena = Arena(4096)
    data = llvm.emit_object("define i64 @f(i64 %x) nounwind {\n ret i64 %x\n}\n", 0)
    loaded = []
    with pytest.raises(ArenaFull, match="4096"):
        for _ in range(100):
            loaded.append(arena.load(data, {}))
    assert arena.used == 4096 and len(loaded) == 64
    for one in loaded[::2]:
        arena.unload(one)
    for one in loaded[1::2]:
        arena.unload(one)
    assert arena.used == 0
    assert arena.statistics()["peak"] == 4096
    assert CALL(arena.load(data, {}).functions["f"])(7) == 7


def test_words_stay_where_they_are() -> None:
    words = Words([1, -2, 3])
    assert [words[0], words[1], words[2]] == [1, -2, 3]
    words[1] = 1 << 62
    assert read_word(words.address + 8) == 1 << 62


def test_names_of_the_build_are_known_without_llvm() -> None:
    assert "llvmlite" in llvm.build_name()
    assert llvm.cpu_name()
