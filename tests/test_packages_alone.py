"""Each of the six wheels installs and imports with only what it declares.

The wheels are built once, without build isolation and without a network. Each is then installed by
pip, which resolves the declared siblings from the folder of wheels, into a fresh environment whose
only other content is the third-party distributions that it and those siblings declare, directly
or not. So a module that imports something undeclared fails to import here.
"""

import importlib.metadata
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from check_repo import FOLDERS, distribution_name, module_name

ROOT = Path(__file__).resolve().parent.parent
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--isolated")

IMPORT_EVERYTHING = """
import importlib, pkgutil, sys
package = importlib.import_module(sys.argv[1])
for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    if not module.name.endswith(".__main__"):
        importlib.import_module(module.name)
siblings = sorted({name.partition(".")[0] for name in sys.modules if name.startswith("hotloop")})
print(*siblings)
"""


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the six wheels, built from this checkout."""
    folder = tmp_path_factory.mktemp("wheels")
    options = ["wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    sources = [str(ROOT / "packages" / name) for name in FOLDERS]
    subprocess.run([*PIP, *options, "--wheel-dir", str(folder), *sources], check=True)
    return folder


def declared(name: str) -> Iterator[Requirement]:
    """What an installed distribution requires here, without extras."""
    for text in importlib.metadata.requires(name) or ():
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield requirement


def closure(name: str) -> set[str]:
    """The distributions that a distribution needs, directly or not, by canonical name."""
    needed: set[str] = set()
    waiting = [name]
    while waiting:
        for requirement in declared(waiting.pop()):
            found = canonicalize_name(requirement.name)
            if found not in needed:
                needed.add(found)
                waiting.append(found)
    return needed


def lend(name: str, site_packages: Path) -> None:
    """Make an installed third-party distribution visible in another environment, by links."""
    distribution = importlib.metadata.distribution(name)
    for file in distribution.files or ():
        top = file.parts[0]
        target = site_packages / top
        if top not in ("..", "__pycache__") and not target.exists():
            target.symlink_to(Path(str(distribution.locate_file(top))).resolve())


@pytest.mark.parametrize("folder", FOLDERS)
def test_installs_and_imports_alone(folder: str, wheels: Path, tmp_path: Path) -> None:
    name = distribution_name(folder)
    environment = tmp_path / "environment"
    venv.create(environment, symlinks=True, with_pip=False)
    (site_packages,) = environment.glob("lib/python3*/site-packages")
    for needed in closure(name):
        if not needed.startswith("hotloop"):
            lend(needed, site_packages)
    python = str(environment / "bin" / "python")
    install = [*PIP, "--python", python, "install", "--quiet", "--no-index"]
    subprocess.run([*install, "--find-links", str(wheels), name], check=True)
    command = [python, "-I", "-c", IMPORT_EVERYTHING, module_name(folder)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    allowed = {one for one in closure(name) if one.startswith("hotloop")} | {name}
    assert {one.replace("_", "-") for one in done.stdout.split()} <= allowed


@pytest.mark.parametrize("folder", FOLDERS)
def test_wheel_has_types_and_licence(folder: str, wheels: Path) -> None:
    (wheel,) = wheels.glob(f"{module_name(folder)}-*.whl")
    command = [sys.executable, "-m", "zipfile", "-l", str(wheel)]
    listing = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert f"{module_name(folder)}/py.typed" in listing
    assert "licenses/LICENSE" in listing
    assert "tests/" not in listing
