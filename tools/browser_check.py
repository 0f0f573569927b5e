"""Opens the published history in a headless Chromium: is there a graph of several commits?

    python tools/browser_check.py [FOLDER] [SCREENSHOT.png]

FOLDER is what tools/asv_site.py published (default: build/site). The pages are served on loopback;
the browser may load nothing from anywhere else. Status 0 if all is well, 1 if not, 2 without one.
"""

from __future__ import annotations

import functools
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
LEAST_COMMITS = 3
NOWHERE_ELSE = "MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"
GRAPH = "history/index.html#programs.Programs.track_steady"
# Runs in the page after asv has drawn: how many commits have points. Flot keeps them in its data.
PROBE = """
<script>
window.addEventListener("load", function () {
  setInterval(function () {
    var commits = {};
    var plot = $("#main-graph").data("plot");
    if (plot) plot.getData().forEach(function (series) {
      series.data.forEach(function (point) { if (point && point[1] > 0) commits[point[0]] = 1; });
    });
    document.documentElement.setAttribute("data-commits", Object.keys(commits).length);
  }, 300);
});
</script>
"""


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder and says nothing; remembers what was not there."""

    def __init__(self, missing: list[str], *rest: Any, **named: Any) -> None:
        self.missing = missing
        super().__init__(*rest, **named)

    def log_message(self, *_: object) -> None:
        """Nothing."""

    def send_error(self, code: int, *rest: object, **named: object) -> None:
        """Remember the path."""
        self.missing.append(f"{code} {self.path}")
        super().send_error(code)


def browse(browser: str, url: str, *options: str) -> str:
    """Run the browser on a page; the page as it is in the end."""
    with tempfile.TemporaryDirectory() as profile:
        command = [browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        command += [f"--user-data-dir={profile}", "--window-size=1280,900"]
        command += ["--virtual-time-budget=15000", f"--host-resolver-rules={NOWHERE_ELSE}"]
        done = subprocess.run(
            [*command, *options, url], capture_output=True, text=True, timeout=120
        )
    return done.stdout


def check(folder: Path, screenshot: Path, browser: str) -> list[str]:
    """What is wrong with the pages; empty if nothing."""
    problems: list[str] = []
    missing: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        served = Path(name) / "site"
        shutil.copytree(folder, served)
        page = served / "history" / "index.html"
        page.write_text(page.read_text().replace("</head>", PROBE + "</head>"))
        handler = functools.partial(Quiet, missing, directory=str(served))
        with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            address = f"http://127.0.0.1:{server.server_address[1]}/"
            front = browse(browser, address, "--dump-dom")
            graph = browse(browser, address + GRAPH, "--dump-dom")
            browse(browser, address + GRAPH, f"--screenshot={screenshot}")
            server.shutdown()
    if "Open the graphs" not in front:
        problems.append("the front page does not show")
    found = re.search(r'data-commits="(\d+)"', graph)
    commits = int(found[1]) if found else 0
    if commits < LEAST_COMMITS:
        problems.append(f"the graph has points for {commits} commits, fewer than {LEAST_COMMITS}")
    problems += [f"not found: {one}" for one in missing if "favicon" not in one]
    if not screenshot.is_file() or screenshot.stat().st_size < 10_000:
        problems.append(f"no screenshot in {screenshot}")
    print(f"points for {commits} commits, screenshot {screenshot}")
    return problems


def main(argv: list[str]) -> int:
    """The command line."""
    folder = Path(argv[0]) if argv else ROOT / "build" / "site"
    screenshot = Path(argv[1]) if argv[1:] else ROOT / "build" / "site.png"
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        print(f"browser_check: none of {', '.join(BROWSERS)} is installed", file=sys.stderr)
        return 2
    if not (folder / "history" / "index.html").is_file():
        print(f"browser_check: {folder} has no site (make site)", file=sys.stderr)
        return 1
    problems = check(folder, screenshot, browser)
    for problem in problems:
        print(f"browser_check: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
