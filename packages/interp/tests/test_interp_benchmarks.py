"""Real programs, small: what the benchmarks return is the same by the interpreter.

The bm_* scripts of pyperformance are unmodified; their functions are called with small sizes.
"""

import importlib
import importlib.util
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hotloop_interp import run

FOLDER = Path(importlib.import_module("pyperformance").__file__ or "").parent
Namespace = dict[str, Any]


def load(name: str) -> Namespace:
    """The globals of a bm_* script that is imported, not run as a program."""
    path = FOLDER / "data-files" / "benchmarks" / f"bm_{name}" / "run_benchmark.py"
    spec = importlib.util.spec_from_file_location(f"bm_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return vars(module)


def nbody(space: Namespace) -> object:
    space["bench_nbody"](1, "sun", 50)
    return repr(space["SYSTEM"])


def chaos(space: Namespace) -> object:
    random.seed(1)
    vector, spline = space["GVector"], space["Spline"]
    corners = [vector(1.5, 0.5, 0.0), vector(1.25, 1.0, 0.0), vector(1.75, 1.5, 0.0)]
    splines = [spline([vector(0, i, 0), *corners], 3, [0, 0, 0, 1, 1, 1]) for i in range(2)]
    game = space["Chaosgame"](splines, 0.25)
    points = [vector(0.5, 0.5, 0.0)]
    for _ in range(30):
        points.append(game.transform_point(points[-1]))
    return [repr(point) for point in points]


def raytrace(space: Namespace) -> object:
    canvas = space["Canvas"](8, 8)
    scene = space["Scene"]()
    scene.addLight(space["Point"](30, 30, 10))
    scene.lookAt(space["Point"](0, 3, 0))
    scene.addObject(space["Sphere"](space["Point"](1, 3, -10), 2), space["SimpleSurface"]())
    ground = space["Halfspace"](space["Point"](0, 0, 0), space["Vector"](0, 1, 0))
    scene.addObject(ground, space["CheckerboardSurface"]())
    scene.render(canvas)
    return bytes(canvas.bytes)


def richards(space: Namespace) -> object:
    """Two hundredths of the idle steps; the whole takes two million instructions."""

    record: Any = space["IdleTaskRec"]

    class Short(record):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.count = 200

    space["IdleTaskRec"] = Short
    space["Richards"]().run(1)
    return space["taskWorkArea"].holdCount, space["taskWorkArea"].qpktCount


SMALL: dict[str, Callable[[Namespace], object]] = {
    "richards": richards,
    "deltablue": lambda space: space["delta_blue"](10),
    "nbody": nbody,
    "fannkuch": lambda space: space["fannkuch"](6),
    "spectral_norm": lambda space: space["eval_AtA_times_u"]([1.0] * 12),
    "float": lambda space: repr(space["benchmark"](100)),
    "chaos": chaos,
    "raytrace": raytrace,
    "hexiom": lambda space: space["main"](1, 20) and None,
    "nqueens": lambda space: space["bench_n_queens"](5),
    "generators": lambda space: list(space["tree"](range(30))),
    "coroutines": lambda space: drive(space["fibonacci"](9)),
    "unpack_sequence": lambda space: space["bench_all"](2) and None,
    "deepcopy": lambda space: space["benchmark_reduce"](3) and None,
    "comprehensions": lambda space: space["bench_comprehensions"](3) and None,
    "typing_runtime_protocols": lambda space: space["bench_protocols"](1) and None,
}


def drive(coroutine: Any) -> object:
    """The result of a coroutine that waits for nothing."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    raise AssertionError("it waits")


@pytest.mark.parametrize("name", SMALL)
def test_benchmark(name: str) -> None:
    space, again = load(name), load(name)
    expected = SMALL[name](space)
    assert run(SMALL[name], again) == expected
