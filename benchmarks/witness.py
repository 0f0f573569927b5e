"""What each pyperformance program must have computed, as text to take a checksum of.

Most of those programs time themselves and throw their result away. A witness reads the state they
leave, or calls their (by then hot) functions once more and keeps the answer. It runs after the
measured iterations and is not timed. Nothing here may depend on time, addresses or hash order.
"""

import io
import tempfile
from collections.abc import Callable
from pathlib import Path

from loader import Namespace

Witness = Callable[[Namespace], object]


def deltablue(program: Namespace) -> object:
    """The planner's mark counts every propagation; wrong values are printed by the program."""
    return program["planner"].current_mark


def nbody(program: Namespace) -> object:
    """Positions and velocities of all bodies, to the last bit."""
    return [program["report_energy"](), program["SYSTEM"]]


def spectral_norm(program: Namespace) -> object:
    """One step of the power method, to the last bit."""
    return program["eval_AtA_times_u"]([1] * program["DEFAULT_N"])


def chaos(program: Namespace) -> object:
    """The picture, from the seed that the program uses."""
    vector, spline = program["GVector"], program["Spline"]
    points = [vector(1.6, 3.3, 0.0), vector(1.3, 5.3, 0.0), vector(2.9, 5.5, 0.0)]
    points += [vector(3.1, 4.4, 0.0), vector(2.2, 4.1, 0.0)]
    game = program["Chaosgame"]([spline(points, 2, [0, 0, 1, 2, 3, 3])], 0.25)

    def draw(path: str) -> None:
        game.create_image_chaos(200, 200, 3000, path, program["DEFAULT_RNG_SEED"])

    return _file_written_by(draw)


def raytrace(program: Namespace) -> object:
    """The picture, at half the size of the measured one."""
    return _file_written_by(lambda path: program["bench_raytrace"](1, 50, 50, path))


def hexiom(program: Namespace) -> object:
    """The solved board (the program itself asserts it as well)."""
    stream = io.StringIO()
    board = program["LEVELS"][program["DEFAULT_LEVEL"]][0].strip()
    program["solve_file"](board, program["Done"].FIRST_STRATEGY, program["DESCENDING"], stream)
    return stream.getvalue()


def _file_written_by(draw: Callable[[str], object]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "picture.ppm"
        draw(str(path))
        return path.read_bytes()


WITNESSES: dict[str, Witness] = {
    "deltablue": deltablue,
    "nbody": nbody,
    "spectral_norm": spectral_norm,
    "chaos": chaos,
    "raytrace": raytrace,
    "hexiom": hexiom,
}
