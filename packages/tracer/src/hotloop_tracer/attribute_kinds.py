"""What a class attribute is, seen from a lookup through an instance."""

from __future__ import annotations

import enum
from types import FunctionType, MemberDescriptorType, MethodDescriptorType, WrapperDescriptorType
from typing import Final

from hotloop_ir.type_set import TypeSet
from hotloop_tracer.objects import MISSING, is_data_descriptor, is_descriptor

METHODS: Final = TypeSet(FunctionType, MethodDescriptorType, WrapperDescriptorType)
"""Types of descriptors that bind an instance and nothing else."""


class Kind(enum.Enum):
    """What a class attribute is for a lookup through an instance."""

    ABSENT = "absent"
    PROPERTY = "property"
    SLOT = "slot"
    DATA = "other data descriptor"
    METHOD = "function or method descriptor"
    STATIC = "staticmethod"
    CLASS = "classmethod"
    DESCRIPTOR = "other descriptor"
    PLAIN = "plain"


def classify(attribute: object) -> Kind:
    """The kind of a class attribute."""
    cls = type(attribute)
    if attribute is MISSING:
        return Kind.ABSENT
    if cls in METHODS:
        return Kind.METHOD
    if cls is property:
        return Kind.PROPERTY
    if cls is MemberDescriptorType:
        return Kind.SLOT
    if cls is staticmethod:
        return Kind.STATIC
    if cls is classmethod:
        return Kind.CLASS
    if is_data_descriptor(attribute):
        return Kind.DATA
    return Kind.DESCRIPTOR if is_descriptor(attribute) else Kind.PLAIN
