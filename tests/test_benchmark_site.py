"""The history of figures: packed small, published as pages that load nothing from elsewhere."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.request
from dataclasses import replace
from pathlib import Path

import pytest

import asv_compare
import asv_site
import browser_check
from measure import Failure, Sample, text_checksum
from registry import BENCHMARKS, TWINS, find
from tracked.programs import Costs, Inside, Programs, Relative, Results, checked, present

ROOT = asv_site.ROOT
UNBUFFERED = {"PYTHONUNBUFFERED": "1"}
KERNELS = sorted(one.name for one in BENCHMARKS if one.twin(".c"))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, published from the results that are in the repository."""
    target = tmp_path_factory.mktemp("site") / "site"
    assert asv_site.publish(target) >= 3
    return target


def test_the_front_page_leads_to_the_graphs(site: Path) -> None:
    front = (site / "index.html").read_text()
    assert "@" not in re.sub(r"@media", "", front)
    (link,) = re.findall(r'class="go" href="([^"]+)"', front)
    page, _, figure = link.partition("#")
    assert (site / page).is_file()
    assert figure in (site / "history" / "index.json").read_text()


def test_no_page_loads_anything_from_elsewhere(site: Path) -> None:
    page = (site / "history" / "index.html").read_text()
    assert not re.findall(r'(?:src|<link[^>]*href)="https?:', page)
    for name in re.findall(r'(?:src|<link[^>]*href)="([^"#]+)"', page):
        assert (site / "history" / name).exists(), name
    sheet = (site / "history" / "vendor" / "bootstrap.min.css").read_text()
    assert "glyphicons-halflings-regular.woff" in sheet


def test_there_are_graphs_with_points_for_several_commits(site: Path) -> None:
    index = json.loads((site / "history" / "index.json").read_text())
    assert "programs.Programs.track_steady" in index["benchmarks"]
    graphs = list((site / "history" / "graphs").rglob("programs.Programs.track_steady.json"))
    assert graphs
    assert max(len(json.loads(graph.read_text())) for graph in graphs) >= 3


def test_every_tracked_figure_is_in_the_history() -> None:
    (path, *_) = sorted(asv_site.HISTORY.glob("*.json"))
    packed = asv_site.read(path)
    wanted = {
        f"programs.{one.__name__}.{name}"
        for one in (Programs, Relative, Inside, Costs)
        for name in vars(one)
        if name.startswith("track_")
    }
    assert wanted <= set(packed["benchmarks"])
    assert path.stat().st_size < 20_000 * len(packed["commits"])


def test_packing_and_unpacking_keeps_the_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path, *_) = sorted(asv_site.HISTORY.glob("*.json"))
    before = asv_site.read(path)
    results = tmp_path / "bench-results"
    assert asv_site.unpack(path, results) == len(before["commits"])
    monkeypatch.setattr(asv_site, "RESULTS", results)
    monkeypatch.setattr(asv_site, "HISTORY", tmp_path / "history")
    (again,) = asv_site.pack()
    assert asv_site.read(again)["commits"] == before["commits"]


def test_values_are_short_and_plain_json() -> None:
    given = [1.23456789, 7, [float("nan"), None]]
    assert asv_site.shortened(given) == [1.2346, 7, [None, None]]


def test_programs_that_were_left_out_this_time_stay_in_the_history() -> None:
    packed: asv_site.Json = {
        "params": [[["a", "b"], ["off"]], [["b", "c"], ["off"]]],
        "benchmarks": {"x": {"params": [["c"], ["off"]]}},
        "commits": {"1": {"values": {"x": [0, [1, 2]]}}, "2": {"values": {"x": [1, [3, 4]]}}},
    }
    asv_site.describe_all(packed)
    assert packed["benchmarks"]["x"]["params"] == [["c", "a", "b"], ["off"]]


def test_nothing_to_publish_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(asv_site, "HISTORY", tmp_path)
    assert asv_site.main(["publish", str(tmp_path / "site")]) == 1
    said = capsys.readouterr().err
    assert "nothing to publish" in said
    assert said.count("\n") == 1


def test_a_missing_file_of_the_page_is_told() -> None:
    page = '<script src="https://cdn.example/unknown.min.js" integrity="x"></script>'
    with pytest.raises(asv_site.SiteError, match=r"has no unknown\.min\.js"):
        asv_site.with_vendored(page)


def test_the_browser_check_says_when_it_cannot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(browser_check, "BROWSERS", ("no-such-browser",))
    assert browser_check.main([str(tmp_path)]) == 2
    assert "none of no-such-browser is installed" in capsys.readouterr().err


BROWSER = next(filter(None, map(shutil.which, browser_check.BROWSERS)), None)


def test_a_browser_finds_the_graph_if_there_is_one(site: Path, tmp_path: Path) -> None:
    picture = tmp_path / "site.png"
    status = browser_check.main([str(site), str(picture)])
    assert (status, picture.exists()) == ((0, True) if BROWSER else (2, False))


def test_a_browser_is_not_content_with_one_commit(site: Path, tmp_path: Path) -> None:
    """Nor with a page that lacks a file."""
    poor = tmp_path / "site"
    shutil.copytree(site, poor)
    for graph in (poor / "history" / "graphs").rglob("programs.Programs.track_steady.json"):
        graph.write_text(json.dumps(json.loads(graph.read_text())[:1]))
    (poor / "history" / "vendor" / "bootstrap.min.css").unlink()
    problems = browser_check.check(poor, tmp_path / "site.png", BROWSER) if BROWSER else []
    assert (
        problems[:2]
        == [
            "the graph has points for 1 commits, fewer than 3",
            "not found: 404 /history/vendor/bootstrap.min.css",
        ][: 2 if BROWSER else 0]
    )


def test_workflows_call_targets_that_exist() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^(\w+):", makefile, re.MULTILINE))
    for path in (ROOT / ".github" / "workflows").glob("*.yml"):
        called = re.findall(r"run: make (\w+)", path.read_text())
        assert called
        assert set(called) <= targets, path.name


def test_the_comparison_of_commits_leaves_the_history_alone(tmp_path: Path) -> None:
    given, own = asv_site.read(ROOT / "asv.conf.json"), asv_compare.settings(tmp_path)
    assert own["results_dir"] == str(tmp_path)
    assert Path(own["benchmark_dir"]) == ROOT / given["benchmark_dir"]
    assert "{conf_dir}" not in json.dumps(own)
    assert (own["matrix"], own["pythons"]) == (given["matrix"], given["pythons"])
    assert all(find(name) for name in asv_compare.PROGRAMS.split(","))


def test_a_commit_is_not_compared_with_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert asv_compare.main(["HEAD", "HEAD"]) == 0
    assert capsys.readouterr().out == "HEAD and HEAD are the same commit: nothing to compare\n"


def test_an_unknown_commit_is_told_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert asv_compare.main(["no-such-branch"]) == 2
    assert capsys.readouterr().err == "asv_compare: there is no commit 'no-such-branch'\n"


def test_a_wrong_answer_is_a_failure_for_asv_and_no_figure() -> None:
    right = Sample((1.0, 3.0), 5.0, find("fib").full.checksum, 1024)
    results: Results = {
        ("fib", "off"): [checked(right, find("fib"))],
        ("fib", "on"): [checked(replace(right, checksum="0"), find("fib"))],
        ("sieve", "off"): [Failure("over the time limit")],
    }
    assert present(results, "fib", "off") == [right]
    with pytest.raises(RuntimeError, match="fib, hotloop on: WRONG: checksum 0, not "):
        Relative().setup(results, "fib")
    with pytest.raises(RuntimeError, match="sieve, hotloop off: over the time limit"):
        Programs().setup(results, "sieve", "off")


def test_figures_are_medians_over_processes() -> None:
    samples = [Sample((whole / 2,), whole, "", 1024) for whole in (4.0, 2.0, 9.0)]
    results: Results = {("fib", "off"): [*samples], ("fib", "on"): [samples[0]]}
    assert Programs().track_whole(results, "fib", "off") == 4.0
    assert Relative().track_steady(results, "fib") == 1.0


@pytest.mark.parametrize("name", KERNELS)
def test_the_twin_in_c_gives_the_same_answer(name: str, tmp_path: Path) -> None:
    compiler = shutil.which("gcc") or shutil.which("cc")
    assert compiler is not None
    binary, size = tmp_path / name, find(name).quick
    source = TWINS / f"{name}.c"
    build = [compiler, "-O2", "-Wall", "-Werror", "-o", str(binary), str(source), "-lm"]
    subprocess.run(build, check=True)
    done = subprocess.run([str(binary), "3", size.argument], capture_output=True, text=True)
    last = json.loads(done.stdout.splitlines()[-1])
    assert text_checksum(last["output"]) == size.checksum


def test_there_are_twins_for_the_kernels() -> None:
    assert set(KERNELS) == {
        *("int_sum", "dot_product", "mandelbrot", "spectral", "sieve", "planets"),
    }
    for one in BENCHMARKS:
        if one.twin(".c"):
            assert one.twin("_numba.py"), one.name


def test_serve_shows_the_site_until_it_is_interrupted(site: Path) -> None:
    command = [sys.executable, "-m", "hotloop", "bench", "serve", str(site), "--port", "0"]
    server = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, **UNBUFFERED}
    )
    assert server.stdout is not None
    address = server.stdout.readline().split()[0].decode()
    assert address.startswith("http://127.0.0.1:")
    with urllib.request.urlopen(f"{address}history/index.json", timeout=30) as answer:
        assert b"track_steady" in answer.read()
    server.send_signal(signal.SIGINT)
    _, errors = server.communicate(timeout=30)
    assert server.returncode == 130
    assert b"Traceback" not in errors


def test_serve_without_a_site_is_told_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import bench

    assert bench.run(["serve", str(tmp_path)]) == 2
    assert "make site publishes it" in capsys.readouterr().err


def test_the_site_tool_has_a_command_line() -> None:
    command = [sys.executable, str(ROOT / "tools" / "asv_site.py")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2
    assert "publish" in done.stdout
