"""Linking of one relocatable ELF object at a given address.

``layout`` finds the parts of an object that need memory, ``link`` copies them and applies
the relocations LLVM's x86-64 code generator makes. No memory is allocated or executed here.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Final, NamedTuple

_SECTION: Final = struct.Struct("<IIQQQQIIQQ")
_SYMBOL: Final = struct.Struct("<IBBHQQ")
_RELA: Final = struct.Struct("<QQq")
_ALLOC: Final = 2  # SHF_ALLOC
_NOBITS: Final = 8
_SYMTAB: Final = 2
_RELOCATIONS: Final = 4

# Relocation types (System V ABI, AMD64 supplement).
_R_64: Final = 1
_R_PC32: Final = 2
_R_PLT32: Final = 4
_R_GOTPCREL: Final = 9
_R_PC64: Final = 24
_R_GOTPCRELX: Final = 41
_R_REX_GOTPCRELX: Final = 42
_GOT: Final = frozenset({_R_GOTPCREL, _R_GOTPCRELX, _R_REX_GOTPCRELX})

#: ``jmp *0(%rip)`` followed by the 8-byte address.
_JUMP: Final = b"\xff\x25\x00\x00\x00\x00"
_STUB_SIZE: Final = 16


class LinkError(Exception):
    """An object cannot be linked: unknown symbol or relocation."""


class _Section(NamedTuple):
    name: int
    type: int
    flags: int
    address: int
    offset: int
    size: int
    link: int
    info: int
    align: int
    entry_size: int


class _Symbol(NamedTuple):
    name: str
    section: int
    value: int
    binding: int


class ElfObject:
    """A parsed object. ``size`` is the memory it needs, stubs for far symbols included."""

    __slots__ = ("_data", "_relocations", "_sections", "_symbols", "offsets", "size", "text_size")

    def __init__(self, data: bytes) -> None:
        if data[:4] != b"\x7fELF":
            raise LinkError("not an ELF object")
        self._data = data
        (table,) = struct.unpack_from("<Q", data, 40)
        (count,) = struct.unpack_from("<H", data, 60)
        self._sections = [
            _Section._make(_SECTION.unpack_from(data, table + 64 * i)) for i in range(count)
        ]
        self._symbols: list[_Symbol] = []
        self._relocations: list[_Section] = []
        #: Section number -> offset in the linked image.
        self.offsets: dict[int, int] = {}
        self.text_size = 0
        self._place()

    def _place(self) -> None:
        position = 0
        for number, section in enumerate(self._sections):
            if section.flags & _ALLOC and section.size:
                align = max(section.align, 1)
                position = -(-position // align) * align
                self.offsets[number] = position
                position += section.size
                if section.flags & 4:
                    self.text_size += section.size
            elif section.type == _SYMTAB:
                self._read_symbols(section)
        for section in self._sections:
            if section.type == _RELOCATIONS and section.info in self.offsets:
                self._relocations.append(section)
        undefined = sum(1 for s in self._symbols if s.section == 0 and s.name)
        self.size = -(-position // 16) * 16 + undefined * _STUB_SIZE

    def _read_symbols(self, section: _Section) -> None:
        data = self._data
        strings = self._sections[section.link].offset
        for offset in range(section.offset, section.offset + section.size, 24):
            name, info, _, number, value, _ = _SYMBOL.unpack_from(data, offset)
            start = strings + name
            text = data[start : data.index(b"\0", start)].decode() if name else ""
            self._symbols.append(_Symbol(text, number, value, info >> 4))

    def link(self, base: int, externals: Mapping[str, int]) -> bytearray:
        """The bytes to put at ``base``. Raises LinkError for what cannot be resolved."""
        image = bytearray(self.size)
        for number, offset in self.offsets.items():
            section = self._sections[number]
            if section.type != _NOBITS:
                end = section.offset + section.size
                image[offset : offset + section.size] = self._data[section.offset : end]
        stubs = self._write_stubs(image, externals)
        for section in self._relocations:
            self._relocate(section, base, image, externals, stubs)
        return image

    def _write_stubs(self, image: bytearray, externals: Mapping[str, int]) -> dict[str, int]:
        """A jump and a GOT word for every undefined symbol; their offsets by name."""
        undefined = [s.name for s in self._symbols if s.section == 0 and s.name]
        position = self.size - len(undefined) * _STUB_SIZE
        stubs: dict[str, int] = {}
        for name in undefined:
            address = externals.get(name)
            if address is None:
                raise LinkError(f"unknown symbol {name}")
            image[position : position + 14] = _JUMP + struct.pack("<Q", address)
            stubs[name] = position
            position += _STUB_SIZE
        return stubs

    def _relocate(
        self,
        section: _Section,
        base: int,
        image: bytearray,
        externals: Mapping[str, int],
        stubs: Mapping[str, int],
    ) -> None:
        start = self.offsets[section.info]
        end = section.offset + section.size
        for place, info, addend in _RELA.iter_unpack(self._data[section.offset : end]):
            symbol = self._symbols[info >> 32]
            kind = info & 0xFFFFFFFF
            position = start + place
            if symbol.section:
                target = base + self.offsets[symbol.section] + symbol.value
            elif kind in _GOT:
                target = base + stubs[symbol.name] + len(_JUMP)
            elif kind in (_R_PLT32, _R_PC32):
                target = base + stubs[symbol.name]
            else:
                target = externals[symbol.name]
            _patch(image, kind, position, base, target + addend)

    def section(self, name: bytes) -> bytes:
        """The content of a section as it is in the object; empty if there is none."""
        (index,) = struct.unpack_from("<H", self._data, 62)
        names = self._sections[index].offset
        for section in self._sections:
            start = names + section.name
            if self._data[start : self._data.index(b"\0", start)] == name:
                return self._data[section.offset : section.offset + section.size]
        return b""

    def functions(self, base: int) -> dict[str, int]:
        """Addresses of the global symbols the object defines, linked at ``base``."""
        return {
            symbol.name: base + self.offsets[symbol.section] + symbol.value
            for symbol in self._symbols
            if symbol.name and symbol.binding == 1 and symbol.section in self.offsets
        }


def _patch(image: bytearray, kind: int, position: int, base: int, value: int) -> None:
    if kind == _R_64:
        struct.pack_into("<Q", image, position, value & 0xFFFFFFFFFFFFFFFF)
        return
    relative = value - (base + position)
    if kind == _R_PC64:
        struct.pack_into("<q", image, position, relative)
    elif kind in (_R_PC32, _R_PLT32) or kind in _GOT:
        struct.pack_into("<i", image, position, relative)
    else:
        raise LinkError(f"relocation type {kind} is not supported")
