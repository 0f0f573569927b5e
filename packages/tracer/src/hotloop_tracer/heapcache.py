"""What a trace already knows of the world, so that it is not guarded twice.

Facts of values are on the values themselves (`Traced.known`, valid in one epoch); facts of
classes, namespaces and functions are here. All are forgotten when code of the program may have
run. It must not emit anything.
"""

from __future__ import annotations

from weakref import ref

from hotloop_tracer.traced import Content, Traced


class HeapCache:
    """Facts valid until the next `forget`.

    ``versions``: classes (by id) whose version is guarded. ``keys``: namespaces (by id) whose keys
    version is guarded, with their RAW keys value. ``names``: what a name in a namespace holds.
    ``codes`` and ``fields``: functions (by id) whose code, defaults ... are guarded. ``values``:
    instances (by the id of their value in the trace) whose attribute values are inline. ``cells``:
    what cells hold. An object of the program lives no longer for being here.
    """

    __slots__ = ("cells", "codes", "epoch", "fields", "keys", "names", "values", "versions")

    def __init__(self) -> None:
        self.epoch = 0
        self.versions: set[int] = set()
        self.keys: dict[int, object] = {}
        self.names: dict[tuple[int, str], Traced] = {}
        self.codes: dict[int, object] = {}
        self.fields: dict[tuple[int, object], object] = {}
        self.values: dict[int, object] = {}
        self.cells: list[ref[Content]] = []

    def forget(self) -> None:
        """Code of the program may have run."""
        self.epoch += 1
        self.versions.clear()
        self.keys.clear()
        self.names.clear()
        self.codes.clear()
        self.fields.clear()
        self.values.clear()
        self.forget_cells()

    def note_cell(self, cell: Traced, value: Traced) -> None:
        """What a cell holds."""
        cell.content = Content(value)
        self.cells.append(ref(cell.content))

    def forget_cells(self) -> None:
        """Any cell may hold anything."""
        for reference in self.cells:
            content = reference()
            if content is not None:
                content.value = None
        self.cells.clear()

    def forget_names(self) -> None:
        """A namespace has got or lost a name."""
        self.names.clear()
        self.keys.clear()
