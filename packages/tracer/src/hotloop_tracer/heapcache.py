"""What a trace already knows of the world, so that it is not guarded twice.

Facts of values are on the values themselves (`Traced.known`, valid in one epoch); facts of
classes, namespaces and functions are here. All are forgotten when code of the program may have
run. It must not emit anything.
"""

from __future__ import annotations

from hotloop_tracer.traced import Traced


class HeapCache:
    """Facts valid until the next `forget`.

    ``versions``: classes whose version is guarded. ``keys``: namespaces (by id) whose keys version
    is guarded, with their RAW keys value. ``names``: what a name in a namespace holds. ``codes``
    and ``fields``: functions (by id) whose code, defaults ... are guarded. ``cells``: contents of
    cells (by id). The objects behind the ids are kept alive by the values of the trace.
    """

    __slots__ = ("cells", "codes", "epoch", "fields", "keys", "names", "values", "versions")

    def __init__(self) -> None:
        self.epoch = 0
        self.versions: set[type] = set()
        self.keys: dict[int, object] = {}
        self.names: dict[tuple[int, str], Traced] = {}
        self.codes: dict[int, object] = {}
        self.fields: dict[tuple[int, object], object] = {}
        self.values: dict[int, object] = {}
        self.cells: dict[int, tuple[Traced, Traced]] = {}

    def forget(self) -> None:
        """Code of the program may have run."""
        self.epoch += 1
        self.versions.clear()
        self.keys.clear()
        self.names.clear()
        self.codes.clear()
        self.fields.clear()
        self.values.clear()
        self.cells.clear()
