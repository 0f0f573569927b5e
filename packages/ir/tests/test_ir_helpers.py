"""The helper declarations: consistent, and their references mean what CPython does."""

from __future__ import annotations

import ctypes
import ctypes.util
import math
import operator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotloop_ir import NULL_OBJECT, Type, all_helpers, helper_named
from hotloop_ir.helper import Errors, Helper, Ownership, declare
from hotloop_ir.strategies import BOXES

NUMBERS = st.one_of(st.integers(-(2**70), 2**70), st.integers(-5, 5))


def reference(name: str) -> Any:
    return helper_named(name).reference


@pytest.mark.parametrize("helper", all_helpers(), ids=lambda helper: helper.name)
def test_a_declaration_is_consistent(helper: Helper) -> None:
    is_ref = helper.result is Type.REF
    assert (helper.ownership is not Ownership.NONE) == is_ref
    if helper.errors in (Errors.NULL, Errors.NULL_OR_STOP):
        assert is_ref
    if helper.errors is Errors.NEGATIVE or helper.c_int:
        assert helper.result is Type.INT
    if helper.elidable:
        assert not helper.writes
        assert not helper.consumes
    if helper.variadic:
        assert len(helper.params) == 1
    assert all(helper.params[index] is Type.REF for index in helper.consumes)
    assert helper.result_class is None or is_ref
    assert callable(helper.reference)


def test_symbols_that_are_not_ours_exist() -> None:
    libm = ctypes.CDLL(ctypes.util.find_library("m"))
    for helper in all_helpers():
        if not helper.symbol.startswith("hl_"):
            assert hasattr(ctypes.pythonapi, helper.symbol) or hasattr(libm, helper.symbol), helper


def test_a_name_is_declared_once() -> None:
    with pytest.raises(ValueError, match="declared twice"):
        declare(helper_named("dict_new"))
    with pytest.raises(KeyError):
        helper_named("nothing")


@given(NUMBERS, NUMBERS)
def test_big_arithmetic_is_that_of_int(lhs: int, rhs: int) -> None:
    for name in ("add", "sub", "mul", "and_", "or_", "xor", "floordiv", "mod", "truediv"):
        expected = _outcome(getattr(operator, name), lhs, rhs)
        stem = name.rstrip("_")
        assert _outcome(reference(f"int_{stem}_big"), lhs, rhs) == expected
        assert _outcome(reference(f"number_{stem}"), lhs, rhs) == expected


@given(BOXES, BOXES)
def test_comparisons_are_those_of_python(lhs: Any, rhs: Any) -> None:
    for name in ("lt", "le", "eq", "ne", "gt", "ge"):
        expected = _outcome(getattr(operator, name), lhs, rhs)
        assert _outcome(reference(f"compare_{name}"), lhs, rhs) == expected
        assert _outcome(reference(f"compare_{name}_safe"), lhs, rhs) == expected


def _outcome(function: Any, *args: Any) -> Any:
    try:
        return repr(function(*args))
    except Exception as error:
        return repr(error)


@given(st.lists(st.integers()), st.integers(-3, 9), st.integers(-3, 9))
def test_c_slices_clamp_and_do_not_count_from_the_end(
    items: list[int], start: int, stop: int
) -> None:
    get = ctypes.pythonapi.PyList_GetSlice
    get.restype, get.argtypes = ctypes.py_object, [ctypes.py_object, *[ctypes.c_ssize_t] * 2]
    assert reference("list_slice")(items, start, stop) == get(items, start, stop)
    assert reference("tuple_slice")(tuple(items), start, stop) == tuple(get(items, start, stop))


@given(st.text(), st.integers(-3, 9), st.integers(-3, 9))
def test_substrings_are_those_of_the_c_function(text: str, start: int, stop: int) -> None:
    get = ctypes.pythonapi.PyUnicode_Substring
    get.restype, get.argtypes = ctypes.py_object, [ctypes.py_object, *[ctypes.c_ssize_t] * 2]
    assert _outcome(reference("str_slice"), text, start, stop) == _outcome(get, text, start, stop)


@given(st.lists(st.integers()), st.text(), NUMBERS, NUMBERS, NUMBERS.filter(bool))
def test_slices_with_a_step_are_those_of_python(
    items: list[int], text: str, start: int, stop: int, step: int
) -> None:
    for whole, name in ((items, "list"), (tuple(items), "tuple"), (text, "str")):
        found = reference(f"{name}_slice_step")(whole, start, stop, step)
        assert found == whole[start:stop:step]
    for name in ("list_set_slice", "list_set_slice_quiet"):
        mine, theirs = list(items), list(items)
        theirs[start:stop] = theirs
        assert reference(name)(mine, start, stop, mine) == 0 and mine == theirs
        del theirs[start:stop]
        assert reference(name)(mine, start, stop, NULL_OBJECT) == 0 and mine == theirs


@given(st.floats(), st.floats())
def test_math_references_are_libm(lhs: float, rhs: float) -> None:
    libm = ctypes.CDLL(ctypes.util.find_library("m"))
    for helper in all_helpers():
        if helper.name.startswith("math_"):
            function = getattr(libm, helper.symbol)
            function.restype = ctypes.c_double
            function.argtypes = [ctypes.c_double] * len(helper.params)
            args = (lhs, rhs)[: len(helper.params)]
            found, expected = helper.reference(*args), function(*args)
            same = math.isnan(found) and math.isnan(expected)
            assert same or found.hex() == expected.hex(), (helper.name, args)


@given(st.floats(), st.floats())
def test_float_division_references_are_pythons(lhs: float, rhs: float) -> None:
    if rhs != 0.0:
        assert _outcome(reference("float_mod"), lhs, rhs) == repr(lhs % rhs)
        assert _outcome(reference("float_floordiv"), lhs, rhs) == repr(lhs // rhs)
    if lhs > 0.0 and math.isfinite(lhs) and math.isfinite(rhs):
        assert reference("float_pow")(lhs, rhs) == pytest.approx(_pow(lhs, rhs))


def _pow(base: float, exponent: float) -> float:
    try:
        return float(base**exponent)
    except OverflowError:
        return math.inf


def test_what_lists_and_dicts_do() -> None:
    items = [1, 2]
    assert reference("list_append")(items, 3) == 0
    assert reference("list_insert")(items, 0, 0) == 0
    assert reference("list_pop")(items, 1) == 1
    assert reference("list_pop_last")(items) == 3
    assert reference("list_extend")(items, (5, 6)) == 0
    assert reference("list_reverse")(items) == 0
    assert items == [6, 5, 2, 0]
    assert reference("list_copy")(items) == items
    assert reference("list_repeat")(items, 2) == items * 2
    assert reference("list_concat")(items, [1]) == [*items, 1]
    assert reference("list_contains_safe")(items, 5) == 1
    assert reference("list_index")(items, 5) == 1
    table = {"a": 1}
    assert reference("dict_get_safe")(table, "b") is NULL_OBJECT
    assert reference("dict_set_safe")(table, "b", 2) == 0
    assert reference("dict_contains_safe")(table, "b") == 1
    assert reference("dict_add_safe")(table, "c", 3) == 0
    assert reference("id_of")(table) == id(table)
    assert reference("dict_del_safe")(table, "a") == 0
    assert reference("dict_getitem")(table, "b") == 2
    del table["c"]
    assert table == {"b": 2} == reference("build_map")("b", 2)
    assert reference("build_set")(1, 2) == {1, 2}


def test_what_strings_do() -> None:
    assert reference("str_build")("a", "b") == "ab" == reference("str_concat")("a", "b")
    assert reference("str_join")("-", ["a", "b"]) == "a-b"
    assert reference("str_format_value")(3.0, ".2f") == "3.00"
    assert reference("format_of")(3, NULL_OBJECT) == "3" == reference("str_from_int")(3)
    assert reference("str_repeat")("ab", 2) == "abab"
    assert (reference("str_eq")("a", "a"), reference("str_contains")("abc", "d")) == (1, 0)
    assert (reference("str_ord")("a"), reference("chr")(97)) == (97, "a")
    assert reference("str_getchar")("abc", 1) == "b"


def test_what_the_general_protocols_do() -> None:
    class Thing:
        field = 1

    thing = Thing()
    assert reference("setattr_generic")(thing, "field", 2) == 0
    assert reference("getattr_generic")(thing, "field") == 2
    assert reference("setattr_generic")(thing, "field", NULL_OBJECT) == 0
    assert thing.field == 1
    items = [1, 2, 3]
    assert reference("setitem_generic")(items, slice(0, 1), [7]) == 0
    assert reference("delitem_generic")(items, -1) == 0
    assert items == [7, 2]
    assert reference("contains_generic")(items, 2) == 1
    assert reference("isinstance_generic")(True, int) == 1
    assert reference("issubclass_generic")(int, bool) == 0
    assert reference("len_generic")(items) == 2
    assert reference("hash_of")("a") == hash("a")
    assert reference("is_true")([]) == 0
    iterator = reference("get_iter")([5])
    assert [reference("iter_next")(iterator) for _ in range(2)] == [5, NULL_OBJECT]
    assert reference("call_ex")(dict, ((),), {"a": 1}) == {"a": 1}
    assert reference("call_ex")(dict, (), NULL_OBJECT) == {}


def test_a_made_function_has_its_parts() -> None:
    def outer(cell: int) -> Any:
        def inner(a: int, b: int = 2, *, c: int = 3) -> int:
            return a + b + c + cell

        return inner

    inner = outer(10)
    made = reference("make_function")(
        inner.__code__, globals(), (5,), {"c": 6}, ("a", int), inner.__closure__
    )
    assert (made(1), made.__annotations__) == (22, {"a": int})
    plain = reference("make_function")(outer.__code__, globals(), *[NULL_OBJECT] * 4)
    assert (plain.__defaults__, plain.__closure__, plain.__kwdefaults__) == (None, None, None)
