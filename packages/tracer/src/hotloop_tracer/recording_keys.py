"""Looking keys up in dicts without running code of the program.

A lookup compares the key with every stored key of the same hash on its way, so both sides count:
what the key itself may run is guarded, what the stored ones may run the helpers ask each time.
"""

from __future__ import annotations

from itertools import islice
from typing import Final

from hotloop_ir.helper import helper_named
from hotloop_ir.op import Op
from hotloop_ir.ops.guard import GuardInt, GuardNonnull
from hotloop_ir.snapshot import Snapshot
from hotloop_ir.type_set import TypeSet
from hotloop_ir.value import Const, Ref, const_int
from hotloop_tracer.abort import AbortReason
from hotloop_tracer.objects import lookup
from hotloop_tracer.traced import Traced
from hotloop_tracer.unboxing import Unboxing

_SAFE_KEYS: Final = TypeSet(str, int, float, bool, bytes, type(None))
_GET: Final = helper_named("dict_get_safe")
_HINTED: Final = helper_named("dict_get_hinted")
_ADD: Final = helper_named("dict_add_safe")
_CONTAINS: Final = helper_named("dict_contains_safe")
_FAR: Final = 1000
"""Keys among which the place of one is looked for."""


class Keys(Unboxing):
    """Keys of dicts."""

    def key_is_safe(self, key: Traced) -> bool:
        """Whether hashing and comparing a key runs no code of the program."""
        cls = type(key.obj)
        if cls in _SAFE_KEYS:
            return True
        if cls is tuple:
            return key.parts is not None and all(self.key_is_safe(part) for part in key.parts)
        return (
            lookup(cls, "__hash__") is object.__hash__
            and lookup(cls, "__eq__") is object.__eq__
            and bool(self.introspect.type_version(cls))
        )

    def guard_key(self, key: Traced) -> None:
        """Guard what `key_is_safe` said."""
        cls = self.type_of(key)
        if cls is tuple:
            for part in key.parts or ():
                self.guard_key(part)
        elif cls not in _SAFE_KEYS:
            self.version_of(cls)

    def find_key(self, container: Traced, key: Traced) -> Traced | None:
        """The value of a key in a dict, guarded to be there.

        None if it is not, or if looking may run code of the program.
        """
        if not self._finds_quietly(container, key) or key.obj not in container.obj:
            return None
        self.guard_key(key)
        value = self._look_up(container, key)
        self.emit(GuardNonnull(value, self.snap()))
        return Traced(container.obj[key.obj], value)

    def _look_up(self, container: Traced, key: Traced) -> Op[Ref]:
        """Look up a key that is there; a constant str at the place where it is now first.

        Other dicts that are made alike (those of instances, say) have it at the same place.
        """
        if type(key.ref) is Const and type(key.obj) is str:
            for place, one in enumerate(islice(container.obj, _FAR)):
                if one is key.obj:
                    return self.emit_call(_HINTED, container.ref, key.ref, const_int(place))
        return self.emit_call(_GET, container.ref, key.ref)

    def holds_key(self, container: Traced, key: Traced) -> bool | None:
        """Whether a dict has a key, guarded. None if looking may run code of the program."""
        if not self._finds_quietly(container, key):
            return None
        self.guard_key(key)
        there = key.obj in container.obj
        found = self.emit_call(_CONTAINS, container.ref, key.ref)
        self.emit(GuardInt(found, const_int(int(there)), self.snap()))
        return there

    def add_key(self, container: Traced, key: Traced, value: Traced) -> None:
        """``container[key] = value`` in an exception handler: of a key that is not there.

        Nothing dies, and if there is no memory, nothing has happened.
        """
        if self.holds_key(container, key) is not False:
            self.give_up(AbortReason.EXCEPTION_STATE)
        done = self.emit_call(_ADD, container.ref, key.ref, value.ref)
        container.obj[key.obj] = value.obj
        self.happened = (None,)
        self.dirty = True
        failed = Snapshot(self.snap().frame, redoes=False)
        self.emit(GuardInt(done, const_int(0), failed))

    def _finds_quietly(self, container: Traced, key: Traced) -> bool:
        return self.key_is_safe(key) and self.introspect.finds_quietly(container.obj, key.obj)
