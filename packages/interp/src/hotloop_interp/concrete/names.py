"""Names, cells, imports and class namespaces of plain objects."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import CellType
from typing import Any

from hotloop_interp.concrete.base import ConcreteBase
from hotloop_interp.frame import NULL, Frame, Slot
from hotloop_interp.protocol import is_a
from hotloop_interp.sealed import seal

seal(globals())


def _name_error(name: str) -> NameError:
    error = NameError(f"name '{name}' is not defined")
    error.name = name
    return error


class ConcreteNames(ConcreteBase):
    """Globals, namespaces, cells, imports."""

    def load_global(self, frame: Frame[object], name: str) -> object:
        namespace = frame.globals
        if type(namespace) is dict and type(frame.builtins) is dict:
            value = namespace.get(name, NULL)
            if value is NULL:
                value = frame.builtins.get(name, NULL)
            if value is NULL:
                raise _name_error(name)
            return value
        value = _item(namespace, name)
        if value is NULL:
            value = _item(frame.builtins, name)
        if value is NULL:
            raise _name_error(name)
        return value

    def store_global(self, frame: Frame[object], name: str, value: object) -> None:
        dict.__setitem__(frame.globals, name, value)

    def delete_global(self, frame: Frame[object], name: str) -> None:
        if not dict.__contains__(frame.globals, name):
            raise _name_error(name)
        dict.__delitem__(frame.globals, name)

    def _namespace(self, frame: Frame[object], doing: str) -> object:
        if frame.f_locals is NULL:
            raise SystemError(f"no locals {doing}")
        return frame.f_locals

    def load_name(self, frame: Frame[object], name: str) -> object:
        if frame.f_locals is NULL:
            raise SystemError(f"no locals when loading '{name}'")
        value = _item(frame.f_locals, name)
        if value is NULL:
            value = dict.get(frame.globals, name, NULL)
        if value is NULL:
            value = _item(frame.builtins, name)
        if value is NULL:
            raise _name_error(name)
        return value

    def store_name(self, frame: Frame[object], name: str, value: object) -> None:
        if frame.f_locals is NULL:
            raise SystemError(f"no locals found when storing '{name}'")
        namespace = frame.f_locals
        if type(namespace) is dict:
            namespace[name] = value
        else:
            self.native(frame, _set_item, (namespace, name, value))

    def delete_name(self, frame: Frame[object], name: str) -> None:
        if frame.f_locals is NULL:
            raise SystemError(f"no locals when deleting '{name}'")
        failed = False
        try:
            del frame.f_locals[name]  # type: ignore[attr-defined]
        except Exception:
            failed = True
        if failed:
            raise _name_error(name)

    def load_classderef(self, frame: Frame[object], name: str, cell: object) -> Slot[object]:
        value = _item(frame.f_locals, name)
        return self.cell_get(cell) if value is NULL else value

    def setup_annotations(self, frame: Frame[object]) -> None:
        if frame.f_locals is NULL:
            raise SystemError("no locals found when setting up annotations")
        if _item(frame.f_locals, "__annotations__") is NULL:
            frame.f_locals["__annotations__"] = {}  # type: ignore[index]

    def make_cell(self, value: Slot[object]) -> object:
        return CellType() if value is NULL else CellType(value)

    def cell_get(self, cell: object) -> Slot[object]:
        assert isinstance(cell, CellType)
        try:
            return cell.cell_contents  # type: ignore[no-any-return]
        except ValueError:
            return NULL

    def cell_set(self, cell: object, value: Slot[object]) -> None:
        assert isinstance(cell, CellType)
        if value is NULL:
            del cell.cell_contents
        else:
            cell.cell_contents = value

    def closure(self, frame: Frame[object]) -> Sequence[object]:
        assert frame.func is not None
        return frame.func.__closure__ or ()

    def load_build_class(self, frame: Frame[object]) -> object:
        value = _item(frame.builtins, "__build_class__")
        if value is NULL:
            raise NameError("__build_class__ not found")
        return value

    def import_name(
        self, frame: Frame[object], name: str, fromlist: object, level: object
    ) -> object:
        function = _item(frame.builtins, "__import__")
        if function is NULL:
            raise ImportError("__import__ not found")

        namespace = None if frame.f_locals is NULL else frame.f_locals
        args = (name, frame.globals, namespace, fromlist, level)
        return self.native(frame, function, args)

    def import_from(self, frame: Frame[object], module: object, name: str) -> object:
        """import_from of ceval.c."""
        value = getattr(module, name, NULL)
        if value is not NULL:
            return value
        package = getattr(module, "__name__", None)
        if is_a(package, str):
            value = sys.modules.get(f"{package}.{name}", NULL)
            if value is not NULL:
                return value
        raise _import_error(module, package, name)

    def import_star(self, frame: Frame[object], module: object) -> None:
        """import_all_from of ceval.c."""
        if frame.f_locals is NULL:
            raise SystemError("no locals found during 'import *'")
        names: Any = getattr(module, "__all__", NULL)
        skip_private = names is NULL
        if skip_private:
            if not hasattr(module, "__dict__"):
                raise ImportError("from-import-* object has no __dict__ and no __all__")
            names = list(module.__dict__.keys())
        index = 0
        while True:
            try:
                name = names[index]
            except IndexError:
                return
            index += 1
            if not is_a(name, str):
                raise _star_error(module, name, from_all=not skip_private)
            if skip_private and name.startswith("_"):
                continue
            _set_item(frame.f_locals, name, getattr(module, name))


def _star_error(module: object, name: object, *, from_all: bool) -> TypeError:
    package = getattr(module, "__name__", None)
    if not is_a(package, str):
        kind = type(package).__name__
        return TypeError(f"module __name__ must be a string, not {kind}")
    what = "Item in" if from_all else "Key in"
    where = "__all__" if from_all else "__dict__"
    return TypeError(f"{what} {package}.{where} must be str, not {type(name).__name__}")


def _import_error(module: object, package: object, name: str) -> ImportError:
    shown = package if is_a(package, str) else "<unknown module name>"
    path = getattr(module, "__file__", None)
    if not is_a(path, str):
        message = f"cannot import name {name!r} from {shown!r} (unknown location)"
        return ImportError(message, name=shown, path=None)
    spec = getattr(module, "__spec__", None)
    if getattr(spec, "_initializing", False):
        message = (
            f"cannot import name {name!r} from partially initialized module {shown!r}"
            f" (most likely due to a circular import) ({path})"
        )
    else:
        message = f"cannot import name {name!r} from {shown!r} ({path})"
    return ImportError(message, name=shown, path=path)


def _item(namespace: object, name: str) -> object:
    """`namespace[name]` or NULL: PyDict_GetItem for dicts, PyObject_GetItem for the rest."""
    if type(namespace) is dict:
        return namespace.get(name, NULL)
    try:
        return namespace[name]  # type: ignore[index]
    except KeyError:
        return NULL


def _set_item(namespace: object, name: str, value: object) -> None:
    namespace[name] = value  # type: ignore[index]
