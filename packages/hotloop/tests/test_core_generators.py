"""Generators as part of compiled loops: what is left of calls, levels of recursion, and state."""

from __future__ import annotations

from pathlib import Path

from program_runs import run


def test_a_loop_over_a_generator_stays_in_compiled_code(tmp_path: Path) -> None:
    loops, _bridges, exits, result = run(
        tmp_path,
        """
        def numbers(limit):
            for i in range(limit):
                if i % 3:
                    yield i * 2

        def total(limit):
            found = 0
            for number in numbers(limit):
                found += number
            return found

        hotloop.jit(total, threshold=5)
        result = [total(3000) for _ in range(20)][-1]
        """,
        bridge_threshold="5",
        budget="1",
    )
    assert result == sum(i * 2 for i in range(3000) if i % 3)
    assert loops >= 2
    assert exits < 200  # of 60,000 rounds


def test_a_builtin_takes_the_items_of_a_generator_in_compiled_code(tmp_path: Path) -> None:
    loops, _bridges, exits, result = run(
        tmp_path,
        """
        def found(rows, value):
            return sum(1 if value in row else 0 for row in rows)

        hotloop.jit(found, threshold=5)
        rows = [[i % 7, i % 5, i % 3] for i in range(100)]
        result = [found(rows, i % 8) for i in range(2000)][:8]
        """,
        bridge_threshold="5",
        loop_threshold="30",
        entry_threshold="30",
        budget="1",
    )
    rows = [[i % 7, i % 5, i % 3] for i in range(100)]
    assert result == [sum(1 if value in row else 0 for row in rows) for value in range(8)]
    assert loops >= 3  # the function, the sum, and the loop of the sum
    assert exits < 6000  # of 200,000 rounds


def test_a_builtin_counts_as_no_level_of_recursion(tmp_path: Path) -> None:
    source = """
    def size(tree):
        return 1 + sum(size(part) for part in tree)

    small = [[[], [[]]], [[[], []]], []]
    deep = []
    for _ in range(450):
        deep = [deep]
    JIT
    for _ in range(500):
        size(small)
    result = size(deep)
    """
    compiled = source.replace("JIT", "hotloop.jit(size, threshold=5)")
    loops, *_, result = run(tmp_path, compiled, budget="1", loop_threshold="5")
    assert (loops > 0, result) == (True, 451)
    assert run(tmp_path, source.replace("JIT", ""))[-1] == 451


def test_a_generator_is_running_while_its_loop_is_compiled(tmp_path: Path) -> None:
    *_, result = run(
        tmp_path,
        """
        def impatient(box, limit):
            for i in range(limit):
                try:
                    next(box[0])
                except ValueError as error:
                    yield str(error), box[0].gi_running

        def collect(limit):
            box = [None]
            box[0] = impatient(box, limit)
            return [answer for answer in box[0]]

        hotloop.jit(collect, threshold=5)
        result = sorted({answer for _ in range(50) for answer in collect(30)})
        """,
        bridge_threshold="3",
    )
    assert result == [["generator already executing", True]]


def test_a_generator_of_code_that_is_not_rewritten_is_followed_by_others(tmp_path: Path) -> None:
    loops, *_, result = run(
        tmp_path,
        """
        def numbers(limit):
            i = 0
            while i < limit:
                yield i
                i += 1

        def total(generator):
            found = 0
            for number in generator:
                found += number
            return found

        early = [numbers(500) for _ in range(8)]
        hotloop.jit(total, threshold=5)
        result = [total(generator) for generator in early]
        result += [total(numbers(500)) for _ in range(40)]
        result = sorted(set(result))
        """,
        bridge_threshold="3",
        budget="1",
    )
    assert result == [sum(range(500))]
    assert loops >= 2  # the second for generators of rewritten code


def test_a_long_loop_over_a_generator_that_calls_is_compiled(tmp_path: Path) -> None:
    """A FOR_ITER that is wider than one unit: the frame has stopped at it while the body calls."""
    lines = "\n".join(f"{' ' * 16}if found == -{k}: total -= found" for k in range(1, 60))
    source = f"""
        from functools import partial

        def total(call):
            total = 0
            for found in (call(text) for text in ["1", "2"] * 40):
                total += found
{lines}
            return total

        hotloop.jit(total, threshold=5)

        result = [total(partial(int, base=10)) for _ in range(30)]
    """
    loops, _bridges, exits, result = run(
        tmp_path, source, bridge_threshold="5", budget="1", strict="1"
    )
    assert result == [120] * 30
    assert loops >= 1
    assert exits < 300  # of 2,400 rounds
