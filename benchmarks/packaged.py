"""The programs that are used from the installed pyperformance, as a table for registry.py.

Two lines each: name, kind, loops, iterations, checksum, and where the bm_ folder or its options
differ from the name; then what it is, and what it stresses. A checksum does not depend on loops
and iterations. Loops make about 0.4 s on CPython 3.11.
"""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """What registry.py needs to know."""

    name: str
    kind: str
    loops: int
    iterations: int
    checksum: str
    module: str
    options: tuple[str, ...]
    about: str
    features: str


TABLE = """
richards | objects | 10 | 12 | 3cbc87c7681f34db |
    operating system simulation | virtual methods, instance fields, linked lists
richards_super | objects | 10 | 12 | 3cbc87c7681f34db |
    the same with calls of the base class | super(), virtual methods, instance fields
deltablue | objects | 120 | 12 | e66bb1e3d53854f7 |
    constraint solver | polymorphic methods, small lists
nbody | numeric | 5 | 12 | ceed75b9cbaadd2b |
    planets | float arithmetic, nested lists, tuple unpacking
fannkuch | numeric | 1 | 13 | 624b60c58c9d8bfb |
    permutations | list slices, integer indexing
spectral_norm | numeric | 4 | 12 | fe509680a703a198 |
    matrix of a formula | ints and floats, comprehensions, generators
float | objects | 5 | 12 | 94ec4f7eb48d1244 |
    many small objects with float fields | object allocation, float fields, max over a list
chaos | objects | 7 | 12 | 7ec129ac7a48fc4d |
    fractal from splines | float objects, operators of classes, random numbers
raytrace | objects | 1 | 14 | 6ca5ef8bd92cf9bb |
    ray tracer | vector objects, dispatch, tuples
hexiom | objects | 75 | 12 | e19bd2ec389476b1 |
    board puzzle | lists, sets, search, dicts
go | objects | 4 | 12 | ef2d127de37b942b |
    a computer player of the board game | objects, lists, random numbers
nqueens | generators | 6 | 12 | a0240564cb1c834a |
    eight queens | generators, sets, permutations
pyflate | objects | 1 | 12 | 8913269a67c696fa |
    bzip2 and gzip decompression | bit reader, strings, lists
barnes_hut | objects | 1 | 8 | 4ed1fae47b4856cb |
    planets in a quadtree | tree of objects, recursion, floats
crypto_pyaes | numeric | 7 | 12 | a86b99d9e3c2fcc3 |
    AES of the package pyaes | integer arithmetic, bit operations, lists
meteor_contest | objects | 5 | 10 | 2529daeeedc24214 |
    puzzle by set operations | sets, frozensets, recursion
mdp | application | 1 | 3 | 8030c44ae81d92db |
    Markov decision process | dicts, fractions, tuples
bpe_tokeniser | application | 1 | 3 | ecad7c0d12517dd4 |
    byte pair encoding | dicts, bytes, tuples
generators | generators | 4 | 12 | a0240564cb1c834a |
    walks of binary trees | generators, yield from, recursion
coroutines | generators | 20 | 12 | 3876d421c1b40055 |
    Fibonacci numbers by await | coroutines, await, recursion
async_generators | generators | 1 | 12 | bea7ab3c6669edc4 |
    walks of trees by async for | async generators, event loop
comprehensions | generators | 6000 | 12 | e7b6fa9ae83f8fd3 |
    lists of widgets | comprehensions, dataclasses
async_tree | generators | 1 | 6 | cb3bf3ad49001bf6 | async_tree none
    tree of coroutines | asyncio tasks, gather
deepcopy | application | 1400 | 12 | 8b1e63b4b0346ecb |
    copy.deepcopy | dispatch by type, dicts, recursion
pprint_pformat | application | 1 | 5 | 4e148e08e203fdfb | pprint
    pprint.pformat | recursion, string formatting
pickle_pure_python | application | 85 | 12 | 40d52399a6571707 | pickle --pure-python pickle
    pickle.dumps in Python | dispatch by type, bytes, dicts
unpickle_pure_python | application | 110 | 12 | 82355906510644f3 | pickle --pure-python unpickle
    pickle.loads in Python | dispatch by opcode, lists, bytes
regex_compile | application | 4 | 12 | 005bc3bc453fded6 |
    the compiler of re | parser, lists, sets
logging_format | application | 8000 | 12 | b0e5bec9183f8839 | logging format
    logging | calls, keyword arguments, string formatting
tomli_loads | application | 1 | 4 | 2995478a0b66b9d6 |
    TOML parser of the package tomli | strings, dicts, recursive descent
xdsl | application | 10 | 12 | de5c23d2610764cd |
    constant folding of the package xdsl | compiler IR, dataclasses, dispatch
pidigits | library-bound | 3 | 12 | 7916512e292b15c8 |
    digits of pi | big integers
telco | library-bound | 70 | 12 | eba91dc7a730134c |
    telephone bills | decimal
regex_dna | library-bound | 3 | 12 | 07aa9f56138057b0 |
    patterns in DNA | regular expressions
decimal_pi | library-bound | 3 | 12 | 8fe8cbc4c3412c22 |
    digits of pi | decimal
json_dumps | library-bound | 40 | 12 | a5c27a25a54fdd48 |
    json.dumps | json, in C
gc_traversal | library-bound | 30 | 12 | 9a133e5702dfa380 |
    gc.collect over a big graph | cycle collector
xml_etree_parse | library-bound | 3 | 12 | 768177430c4adff3 | xml_etree parse
    ElementTree.parse | xml, in C
scimark_fft | numeric | 2 | 12 | cab28dcb4cbef8d2 | scimark fft
    fast Fourier transform | list indexing, floats
scimark_lu | numeric | 5 | 12 | 55c0a2f13d4a2398 | scimark lu
    matrix factorisation | lists of lists, floats
scimark_monte_carlo | numeric | 8 | 12 | 83056dc733b83473 | scimark monte_carlo
    area of a circle by random points | method calls, integer arithmetic
scimark_sor | numeric | 5 | 12 | 76037b3b17f9b37d | scimark sor
    successive over-relaxation | two-dimensional array class, floats
scimark_sparse_mat_mult | numeric | 120 | 12 | 05967122c1d6e9c2 | scimark sparse_mat_mult
    sparse matrix times vector | array indexing, floats
"""


def _rows() -> tuple[Row, ...]:
    lines = TABLE.strip().splitlines()
    rows = []
    for first, second in zip(lines[::2], lines[1::2]):  # noqa: B905 (Python 3.9)
        name, kind, loops, iterations, checksum, where = (cell.strip() for cell in first.split("|"))
        about, features = (cell.strip() for cell in second.split("|"))
        module, *options = where.split() or [name]
        counts = int(loops), int(iterations)
        rows.append(Row(name, kind, *counts, checksum, module, tuple(options), about, features))
    return tuple(rows)


ROWS: tuple[Row, ...] = _rows()
