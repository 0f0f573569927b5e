"""Settled objects: out of the collector's way, otherwise as they were."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import weakref
from pathlib import Path

from hotloop.frames.collector import settle
from hotloop_backend_x86.natives import compile_module
from hotloop_ir.layout import Layout, current


class Node:
    other: Node | None = None


def layout() -> Layout:
    found = current()
    assert isinstance(found, Layout)
    return found


def tracked() -> set[int]:
    return {id(item) for item in gc.get_objects()}


def test_settled_objects_are_not_collected_and_die_as_ever() -> None:
    nodes = [Node() for _ in range(5)]
    deaths: list[int] = []
    for number, node in enumerate(nodes):
        weakref.finalize(node, deaths.append, number)
    frozen = gc.get_freeze_count()
    gc.collect()
    untracked: tuple[object, ...] = tuple([number + 0.5 for number in range(2)])
    gc.collect()
    assert not gc.is_tracked(untracked)
    assert settle([*nodes[1:4], untracked], layout(), compile_module)
    assert gc.get_freeze_count() == frozen + 3
    listed = tracked()
    assert [id(node) in listed for node in nodes] == [True, False, False, False, True]
    nodes[1].other = nodes[1]  # a cycle
    nodes[3].other = nodes[4]
    del node, nodes[1:]
    assert deaths == [3, 4, 2]
    assert gc.get_freeze_count() == frozen + 1
    gc.collect()
    assert deaths == [3, 4, 2]
    gc.unfreeze()
    gc.collect()
    assert deaths == [3, 4, 2, 1]


def test_what_settled_objects_refer_to_stays() -> None:
    holder, thing = Node(), Node()
    holder.other = thing
    holder.other.other = thing
    seen = weakref.ref(thing)
    assert settle([holder], layout(), compile_module)
    del thing
    gc.collect()
    assert seen() is holder.other
    del holder
    gc.collect()
    assert seen() is None
    gc.unfreeze()


def test_nothing_is_done_in_a_collection() -> None:
    answers: list[bool] = []
    node = Node()
    node.other = node
    weakref.finalize(node, lambda: answers.append(settle([answers], layout(), compile_module)))
    del node
    gc.collect()
    assert answers == [False]
    assert gc.is_tracked(answers)


PROGRAM = """
import gc, sys, time, types, weakref

class Node:
    pass

def work(n):
    made = []
    for k in range(n):
        node = Node()
        node.me = node
        made.append(node)
    return made

started = len(gc.get_objects())
end = time.time() + 30
while time.time() < end and not gc.get_freeze_count():
    kept = work(20000)
    gc.collect()
    time.sleep(0.01)
seen = weakref.ref(kept[0])
assert gc.get_freeze_count() > 5000, gc.get_freeze_count()
listed = gc.get_objects()
functions = [item for item in listed if isinstance(item, types.FunctionType)]
ours = [item for item in functions if str(item.__module__).startswith("hotloop")]
assert len(ours) < 100, len(ours)  # some are in the hands of others (caches)
ids = {id(item) for item in listed}
theirs = [Node, work, globals(), kept, kept[1], sys.__dict__, sys.modules, time]
assert {id(item) for item in theirs} <= ids
del kept, listed, theirs
gc.collect()
assert seen() is None
print("settled")
"""


def test_hotloop_settles_when_collections_are_full(tmp_path: Path) -> None:
    script = tmp_path / "program.py"
    script.write_text(PROGRAM)
    done = subprocess.run(
        [sys.executable, "-m", "hotloop", "run", str(script)],
        capture_output=True,
        text=True,
        env=dict(os.environ),
        timeout=100,
    )
    assert done.stdout == "settled\n", done.stderr
