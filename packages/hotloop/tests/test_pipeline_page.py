"""The page docs/internals/pipeline.md shows what the stages really do.

If this fails because a stage has become better: ``python tools/gen_pipeline.py`` writes the texts
anew. Read the diff, and the prose around it.
"""

from __future__ import annotations

import pytest

from gen_pipeline import PAGE, blocks, stable, stages

NAMES = (
    "bytecode",
    "rewritten",
    "trace",
    "opt",
    "llvm",
    "machine",
    "exit",
    "resume",
    "answer",
)


@pytest.fixture(scope="module")
def fresh() -> dict[str, str]:
    """The texts of the stages now."""
    return stages(blocks(PAGE.read_text())["program"])


def test_every_stage_is_on_the_page(fresh: dict[str, str]) -> None:
    assert set(blocks(PAGE.read_text())) == {"program", *NAMES} == {"program", *fresh}


@pytest.mark.parametrize("name", NAMES)
def test_the_text_of_a_stage_is_true(name: str, fresh: dict[str, str]) -> None:
    shown = blocks(PAGE.read_text())[name]
    assert stable(name, shown) == stable(name, fresh[name])
