"""Facts about live objects, as the recorder asks for them, checked against Python's own view."""

from __future__ import annotations

import collections
import gc
from types import ModuleType
from typing import Any
from unittest import mock

from tracer_live import live_layout

from hotloop.introspect import Introspection
from hotloop_tracer import objects
from hotloop_tracer.objects import (
    MISSING,
    death_is_harmless,
    death_may_run_code,
    has_generic_getattr,
    is_data_descriptor,
    lookup,
    type_is_permanent,
)

FACTS = Introspection(live_layout())


class Plain:
    limit = 3

    def __init__(self) -> None:
        self.first = 1
        self.second = "two"

    @property
    def third(self) -> int:
        return 3


class Slotted:
    __slots__ = ("a", "b")


class Finalised:
    def __del__(self) -> None:
        """Nothing, but it is there."""


class ListLike(list[int]):
    pass


def test_a_type_version_changes_with_the_class() -> None:
    class Local:
        value = 1

    before = FACTS.type_version(Local)
    assert before and FACTS.type_version(Local) == before
    Local.value = 2
    assert FACTS.type_version(Local) not in (0, before)


def test_inline_values_are_found_by_shared_key() -> None:
    plain = Plain()
    assert FACTS.has_inline_values(plain)
    for name, value in (("first", 1), ("second", "two")):
        index = FACTS.instance_value_index(plain, name)
        assert index is not None
        assert FACTS.inline_value(plain, index, MISSING) == value
        assert FACTS.shared_key_names(Plain)[index] == name
    assert FACTS.instance_value_index(plain, "missing") is None
    assert FACTS.shared_key_count(Plain) == 2


def test_a_value_that_was_deleted_is_unset() -> None:
    plain = Plain()
    del plain.first
    index = FACTS.instance_value_index(plain, "first")
    assert index is not None and FACTS.inline_value(plain, index, MISSING) is MISSING


def test_an_instance_whose_dict_was_asked_for_has_no_inline_values() -> None:
    plain = Plain()
    assert vars(plain) and not FACTS.has_inline_values(plain)


def test_members_of_slots_have_offsets() -> None:
    a, b = Slotted.__dict__["a"], Slotted.__dict__["b"]
    offsets = (FACTS.slot_offset(a), FACTS.slot_offset(b))
    assert FACTS.slots_of(Slotted) == offsets == (16, 24)
    assert FACTS.slot_offset(Plain.__dict__["third"]) is None
    assert FACTS.slots_of(Plain) is None


def test_plain_allocation_excludes_finalisers_c_bases_and_old_tp_new() -> None:
    assert FACTS.plain_allocation(Plain)

    class Changed(Plain):
        def __new__(cls) -> Changed:
            raise AssertionError

    del Changed.__new__  # its tp_new stays
    for cls in (Slotted, Finalised, ListLike, Changed, int, BaseException):
        assert not FACTS.plain_allocation(cls), cls


def test_an_entry_of_a_namespace_moves_with_its_keys() -> None:
    namespace: dict[str, Any] = {"alpha": 1, "beta": 2}
    version, place = FACTS.globals_entry(namespace, "beta")
    assert version and place is not None
    assert FACTS.globals_entry(namespace, "gamma") == (version, None)
    namespace["beta"] = 3
    assert FACTS.globals_entry(namespace, "beta") == (version, place)
    namespace["gamma"] = 4
    other, _ = FACTS.globals_entry(namespace, "gamma")
    assert other not in (0, version)


def test_no_version_is_given_to_other_mappings() -> None:
    assert FACTS.globals_entry(collections.OrderedDict(a=1), "a") == (0, None)


def test_lookups_follow_the_mro_without_descriptors() -> None:
    assert lookup(Plain, "limit") == 3
    assert lookup(ListLike, "append") is list.append
    assert lookup(Plain, "nothing") is MISSING
    assert is_data_descriptor(Plain.__dict__["third"]) and not is_data_descriptor(Plain.__init__)


def test_the_generic_getattr_is_told_from_others() -> None:
    class Own:
        def __getattribute__(self, name: str) -> object:
            return name

    assert all(map(has_generic_getattr, (Plain, Slotted, ListLike, int, str, dict)))
    assert not any(map(has_generic_getattr, (Own, type, ModuleType)))


def test_types_that_cannot_change_are_permanent() -> None:
    assert all(map(type_is_permanent, (int, list, type(len), type)))
    assert not any(map(type_is_permanent, (Plain, ModuleType)))
    assert death_is_harmless(int) and not death_is_harmless(list)


def looks_at(obj: object) -> tuple[bool, int]:
    """What is said of a death, and how many objects were looked at for that."""
    seen = []

    def referents(item: object) -> list[object]:
        seen.extend(found := gc.get_referents(item))
        return found

    with mock.patch.object(objects, "get_referents", referents):
        return death_may_run_code(obj), len(seen)


def test_little_is_looked_at_to_tell_whether_a_death_may_run_code() -> None:
    assert looks_at([{"a": 1, "b": 2.5}, "text"]) == (False, 4)
    assert looks_at([Finalised()])[0]
    row = list(range(1000, 2000))
    assert looks_at([row] * 1000) == (False, 1000)
    assert looks_at([list(row) for _ in range(600)])[1] < 3000
    assert looks_at(list(range(100_000))) == (True, 0)
