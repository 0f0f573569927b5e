"""What each pyperformance program must have computed, as text to take a checksum of.

Most of those programs time themselves and throw their result away. A witness reads the state they
leave, or calls their (by then hot) functions once more and keeps the answer. It runs after the
measured iterations and is not timed. Nothing here may depend on time, addresses or hash order,
nor on how many iterations there were. It must run on Python 3.9.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import tempfile
from collections.abc import Callable
from pathlib import Path

from loader import Namespace, execute, pyperf_stand_in

Witness = Callable[[Namespace], object]


def deltablue(program: Namespace) -> object:
    """The planner's mark counts every propagation; wrong values are printed by the program."""
    return program["planner"].current_mark


def nbody(program: Namespace) -> object:
    """Where the bodies are after some steps from the beginning, to the last bit."""
    path = Path(program["__file__"])
    with pyperf_stand_in(path, ()):
        beginning = execute(path, "nbody_beginning")["SYSTEM"]
    for index, (place, speed, _) in enumerate(program["SYSTEM"]):
        place[:], speed[:] = beginning[index][0], beginning[index][1]
    program["advance"](0.01, 2000)
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


def nqueens(program: Namespace) -> object:
    """All solutions on a smaller board."""
    return list(program["n_queens"](6))


def pyflate(program: Namespace) -> object:
    """The unpacked file (the program itself compares its MD5 as well)."""
    with open(program["filename"], "rb") as packed:
        field = program["RBitfield"](packed)
        field.readbits(16)
        return hashlib.sha256(program["bzip2_main"](field)).hexdigest()


def barnes_hut(program: Namespace) -> object:
    """The energy of a small galaxy after some steps, to the last bit."""
    particles = program["create_deterministic_galaxy"](40, 500, 400)
    for _ in range(5):
        program["advance_system"](particles, 0.5, 0.05, 1000, 800)
    return program["calculate_system_energy"](particles)


def crypto_pyaes(program: Namespace) -> object:
    """A short text, encrypted (the program itself asserts that it can be decrypted)."""
    aes = program["pyaes"].AESModeOfOperationCTR(program["KEY"])
    return bytes(aes.encrypt(program["CLEARTEXT"][:460]))


def meteor_contest(program: Namespace) -> object:
    """The first solutions."""
    board, centre, pieces = program["get_puzzle"](program["WIDTH"], program["HEIGHT"])
    prints = program["get_footprints"](board, centre, pieces)
    edge = program["get_senh"](board, centre)
    solutions: list[str] = []
    free, left = frozenset(range(len(board))), list(range(len(pieces)))
    program["solve"](20, 0, free, [-1] * len(board), left, solutions, prints, edge)
    return solutions


def mdp(program: Namespace) -> object:
    """The result, to ten digits: summing up is in the order of a set."""
    return round(program["Battle"]().evaluate(0.192), 10)


def bpe_tokeniser(program: Namespace) -> object:
    """The tokens of a short text after training on it."""
    text = "how much wood would a woodchuck chuck if a woodchuck could chuck wood " * 3
    encoding = program["SimpleBytePairEncoding"].train(text, vocab_size=266, pat_str=r"\w+| ")
    return encoding.encode(text)


def generators(program: Namespace) -> object:
    """A walk of a smaller tree."""
    return list(program["tree"](range(200)))


def coroutines(program: Namespace) -> object:
    """A smaller Fibonacci number."""
    try:
        program["fibonacci"](15).send(None)
    except StopIteration as stop:
        return stop.value
    return None


def async_generators(program: Namespace) -> object:
    """A walk of a smaller tree."""

    async def walk() -> list[int]:
        return [value async for value in program["tree"](range(200))]

    return asyncio.run(walk())


def async_tree(program: Namespace) -> object:
    """How many leaves a smaller tree has."""
    leaves: list[int] = []
    tree = program["NoneAsyncTree"]()

    async def leaf() -> None:
        leaves.append(1)

    tree.workload_func = leaf
    asyncio.run(tree.recurse_with_gather(3))
    return len(leaves)


def comprehensions(program: Namespace) -> object:
    """The order of the widgets."""
    tray = program["WidgetTray"](1, program["make_some_widgets"]())
    return [widget.widget_id for widget in tray.sorted_widgets]


def deepcopy(program: Namespace) -> object:
    """A copy of something nested, with shared parts."""
    shared = [1, 2, 3]
    copied = program["copy"].deepcopy({"a": shared, "b": (shared, program["A"]("x", shared, True))})
    copied["a"].append(4)
    return copied


def pickle_pure_python(program: Namespace) -> object:
    """The pickles."""
    dumps = program["pickle"].dumps
    return [dumps(program[name], 4) for name in ("DICT", "TUPLE", "DICT_GROUP")]


def unpickle_pure_python(program: Namespace) -> object:
    """What comes back out of the pickles."""
    loads = program["pickle"].loads
    return [loads(pickled) for pickled in pickle_pure_python(program)]  # type: ignore[attr-defined]


def regex_compile(program: Namespace) -> object:
    """The groups of all patterns; the code that they are compiled to differs between versions."""
    compiled = [program["re"].compile(*pattern) for pattern in program["regexes"]]
    return [(one.groups, one.groupindex) for one in compiled]


def logging_format(program: Namespace) -> object:
    """The last line written."""
    return program["stream"].getvalue().splitlines()[-1]


def tomli_loads(program: Namespace) -> object:
    """The whole document."""
    return program["tomli"].loads(program["DATA_FILE"].read_text("utf-8"))


def xdsl(program: Namespace) -> object:
    """A smaller program after folding."""
    context = program["Context"](allow_unregistered=True)
    context.load_dialect(program["Arith"])
    context.load_dialect(program["Builtin"])
    module = program["get_constant_folding_module"](60)
    program["TestConstantFoldingPass"]().apply(context, module)
    return str(module)


def telco(program: Namespace) -> object:
    """The bills, caught where the program prints them."""
    bills: list[str] = []
    program["print"] = lambda bill, file: bills.append(str(bill))
    program["bench_telco"](1, program["filename"])
    return bills


def regex_dna(program: Namespace) -> object:
    """Counts in a shorter sequence (the program itself compares those of the long one)."""
    return program["run_benchmarks"](program["seq"][:20000])


def decimal_pi(program: Namespace) -> object:
    """The last digits computed."""
    return str(program["pi_decimal"]())


def json_dumps(program: Namespace) -> object:
    """Each document once."""
    return [program["json"].dumps(program[name][0]) for name in program["CASES"]]


def gc_traversal(program: Namespace) -> object:
    """The lengths of a smaller graph (the program itself asserts that nothing is collected)."""
    lengths = []
    part = program["create_recursive_containers"](20)
    while part:
        lengths.append(len(part))
        part = part[0]
    return lengths


def xml_etree_parse(program: Namespace) -> object:
    """A document, read and written (the program itself compares two ways of reading)."""
    etree = program["etree_module"]
    return etree.tostring(etree.fromstring("<a><b c='1'>x &amp; y</b><d/></a>"))


def scimark_sor(program: Namespace) -> object:
    """A smaller matrix that is not zero."""
    matrix = program["Random"](7).RandomMatrix(program["Array2D"](20, 20))
    program["SOR_execute"](1.25, matrix, 3, program["Array2D"])
    return list(matrix.data)


def scimark_sparse_mat_mult(program: Namespace) -> object:
    """A smaller product that is not zero."""
    x, result = [float(index) for index in range(10)], [0.0] * 10
    values = [1.0 / (index + 1) for index in range(30)]
    columns = [(7 * index) % 10 for index in range(30)]
    rows = list(range(0, 31, 3))
    program["SparseCompRow_matmult"](10, result, values, rows, columns, x, 2)
    return result


def scimark_monte_carlo(program: Namespace) -> object:
    """An estimate from fewer points."""
    return program["MonteCarlo"](5000)


def scimark_lu(program: Namespace) -> object:
    """A smaller factorisation."""
    matrix = program["Random"](7).RandomMatrix(program["ArrayList"](20, 20))
    factors, pivot = program["ArrayList"](20, 20), [0] * 20
    program["LU"](factors, matrix, pivot)
    return [pivot, [list(row) for row in factors.data]]


def scimark_fft(program: Namespace) -> object:
    """A smaller transform."""
    data = [float(index % 7) for index in range(128)]
    program["FFT_transform"](len(data), data)
    return data


def _file_written_by(draw: Callable[[str], object]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "picture.ppm"
        draw(str(path))
        return path.read_bytes()


WITNESSES: dict[str, Witness] = {
    witness.__name__: witness
    for witness in (
        deltablue,
        nbody,
        spectral_norm,
        chaos,
        raytrace,
        hexiom,
        nqueens,
        pyflate,
        barnes_hut,
        crypto_pyaes,
        meteor_contest,
        mdp,
        bpe_tokeniser,
        generators,
        coroutines,
        async_generators,
        async_tree,
        comprehensions,
        deepcopy,
        pickle_pure_python,
        unpickle_pure_python,
        regex_compile,
        logging_format,
        tomli_loads,
        xdsl,
        telco,
        regex_dna,
        decimal_pi,
        json_dumps,
        gc_traversal,
        xml_etree_parse,
        scimark_sor,
        scimark_sparse_mat_mult,
        scimark_monte_carlo,
        scimark_lu,
        scimark_fft,
    )
}
