"""The repository's own rules hold, and each rule notices when it is broken."""

import shutil
from pathlib import Path

import pytest

from bump import BumpError, bump, next_version
from check_repo import CHECKS, Check, Problem, version_of

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_repository_is_in_order(check: Check) -> None:
    assert list(check(ROOT)) == []


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the repository's skeleton, to break."""
    root = tmp_path / "repo"
    skip = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "packages", root / "packages", ignore=skip)
    shutil.copy(ROOT / "LICENSE", root)
    return root


def problems_of(name: str, root: Path) -> list[Problem]:
    """What the check of that name finds."""
    (check,) = (one for one in CHECKS if one.__name__ == name)
    return list(check(root))


def replace(path: Path, old: str, new: str) -> None:
    """Edit a file in which `old` must occur."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_missing_skeleton_file_is_noticed(copy: Path) -> None:
    (copy / "packages/ir/src/hotloop_ir/py.typed").unlink()
    assert Problem("packages/ir", "has no src/hotloop_ir/py.typed") in problems_of(
        "packages_alike", copy
    )


def test_unknown_fragment_type_is_noticed(copy: Path) -> None:
    (copy / "packages/ir/changelog.d/7.bugfix.md").write_text("Something.\n")
    assert problems_of("packages_alike", copy)


def test_odd_settings_are_noticed(copy: Path) -> None:
    replace(copy / "packages/interp/pyproject.toml", '">=3.11"', '">=3.12"')
    assert "requires-python" in str(problems_of("settings_alike", copy))


def test_range_that_excludes_a_sibling_is_noticed(copy: Path) -> None:
    replace(copy / "packages/interp/pyproject.toml", ">=0.1,<0.2", ">=0.7,<0.8")
    assert "excludes" in str(problems_of("sibling_ranges", copy))


def test_range_of_another_form_is_noticed(copy: Path) -> None:
    replace(copy / "packages/interp/pyproject.toml", ">=0.1,<0.2", "==0.1.0")
    assert "write a range" in str(problems_of("sibling_ranges", copy))


def test_undeclared_import_is_noticed(copy: Path) -> None:
    (copy / "packages/ir/src/hotloop_ir/extra.py").write_text('"""Doc."""\nimport llvmlite\n')
    found = problems_of("dependencies_declared", copy)
    assert (
        Problem("packages/ir/pyproject.toml", "imports llvmlite but does not declare it") in found
    )


def test_long_file_is_noticed(copy: Path) -> None:
    (copy / "packages/ir/src/hotloop_ir/long.py").write_text('"""Doc."""\n' + "x = 1\n" * 400)
    found = [one.path for one in problems_of("file_budget", copy)]
    assert "packages/ir/src/hotloop_ir/long.py" in found


@pytest.mark.parametrize(
    ("check", "line"),
    [
        ("no_machine_paths", "# see /" + "home/somebody/notes"),
        ("nothing_unfinished", "# TO" + "DO: finish"),
        ("versions_in_one_place", "import sys\nif sys.version_info > (3, 12): pass"),
        ("module_docstrings", "x = 1"),
    ],
)
def test_line_is_noticed(copy: Path, check: str, line: str) -> None:
    before = len(problems_of(check, copy))
    (copy / "packages/ir/src/hotloop_ir/extra.py").write_text(line + "\n")
    assert len(problems_of(check, copy)) == before + 1


def test_equal_test_names_are_noticed(copy: Path) -> None:
    for folder in ("ir", "interp"):
        path = copy / "packages" / folder / "tests" / "test_same.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text("")
    assert problems_of("test_names_unique", copy)


def test_dead_link_is_noticed(copy: Path) -> None:
    (copy / "packages/ir/README.md").write_text("[here](nowhere.md)\n")
    assert problems_of("links_lead_somewhere", copy)


@pytest.mark.parametrize(
    ("part", "expected"), [("major", "1.0.0"), ("minor", "0.2.0"), ("patch", "0.1.4")]
)
def test_next_version(part: str, expected: str) -> None:
    assert next_version("0.1.3", part) == expected


def test_bump_folds_fragments_and_raises_the_version(copy: Path) -> None:
    package = copy / "packages/ir"
    for fragment in (package / "changelog.d").glob("*.md"):
        fragment.unlink()
    (package / "changelog.d/7.fixed.md").write_text("The answer is right.\n")
    assert bump(copy, "ir", "minor") == "hotloop-ir-v0.2.0"
    assert version_of(copy, "ir") == "0.2.0"
    changelog = (package / "CHANGELOG.md").read_text()
    assert "## 0.2.0 (" in changelog
    assert "The answer is right. (#7)" in changelog
    assert not list((package / "changelog.d").glob("*.md"))
    assert "excludes 0.2.0" in str(problems_of("sibling_ranges", copy))


def test_bump_without_fragments_is_refused(copy: Path) -> None:
    for fragment in (copy / "packages/ir/changelog.d").glob("*.md"):
        fragment.unlink()
    with pytest.raises(BumpError, match="nothing to release"):
        bump(copy, "ir", "patch")
    assert version_of(copy, "ir") == "0.1.0"
