"""Nothing is missing: every op has an emitter, every helper a symbol, every field an address."""

import hotloop_backend_x86.emit  # noqa: F401 - fills the table
from hotloop_backend_x86.emitter import emitters
from hotloop_backend_x86.layout import access
from hotloop_backend_x86.natives import runtime_functions
from hotloop_backend_x86.symbols import resolve
from hotloop_ir import descr, helpers  # noqa: F401 - declares the helpers
from hotloop_ir.descr import Descr
from hotloop_ir.helper import all_helpers
from hotloop_ir.op import registry


def test_every_operation_has_an_emitter() -> None:
    assert sorted(set(registry) - set(emitters)) == []
    assert sorted(set(emitters) - set(registry)) == []


def test_every_helper_has_an_address() -> None:
    natives = runtime_functions()
    for helper in all_helpers():
        if helper.symbol.startswith("hl_"):
            assert helper.symbol in natives, helper.name
        else:
            assert resolve(helper.symbol), helper.name


def test_every_descriptor_has_an_address() -> None:
    descriptors = [value for value in vars(descr).values() if isinstance(value, Descr)]
    assert len(descriptors) > 30
    for descriptor in [*descriptors, descr.slot(16), descr.instance_value(3), descr.keys_value(8)]:
        assert access(descriptor).offset >= -32, descriptor.name
