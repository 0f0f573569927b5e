"""Each of the six wheels installs and imports with only what it declares.

The wheels are built once, without build isolation and without a network. Each is then installed by
pip, which resolves the declared siblings from the folder of wheels, into a fresh environment whose
only other content is the third-party distributions that it and those siblings declare, directly
or not. So a module that imports something undeclared fails to import here.
"""

import email
import importlib.metadata
import subprocess
import sys
import venv
import zipfile
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
    # The extra `testing` is for these.
    if module.name.rpartition(".")[2] not in ("__main__", "testing", "strategies"):
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


def requires(name: str, wheels: Path) -> Iterator[str]:
    """The Requires-Dist lines of one of our wheels, or of an installed distribution."""
    for wheel in wheels.glob(f"{name.replace('-', '_')}-*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            (metadata,) = (one for one in archive.namelist() if one.endswith(".dist-info/METADATA"))
            message = email.message_from_bytes(archive.read(metadata))
        yield from message.get_all("Requires-Dist", [])
        return
    yield from importlib.metadata.requires(name) or ()


def closure(name: str, wheels: Path) -> set[str]:
    """The distributions that a distribution needs, directly or not, by canonical name."""
    needed: set[str] = set()
    waiting = [name]
    while waiting:
        for text in requires(waiting.pop(), wheels):
            requirement = Requirement(text)
            found = canonicalize_name(requirement.name)
            applies = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
            if applies and found not in needed:
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
    needed = closure(name, wheels)
    for other in needed:
        if not other.startswith("hotloop"):
            lend(other, site_packages)
    python = str(environment / "bin" / "python")
    install = [*PIP, "--python", python, "install", "--quiet", "--no-index"]
    subprocess.run([*install, "--find-links", str(wheels), name], check=True)
    command = [python, "-I", "-c", IMPORT_EVERYTHING, module_name(folder)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert {one.replace("_", "-") for one in done.stdout.split()} <= needed | {name}


@pytest.mark.parametrize("folder", FOLDERS)
def test_wheel_has_types_and_licence(folder: str, wheels: Path) -> None:
    (wheel,) = wheels.glob(f"{module_name(folder)}-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert f"{module_name(folder)}/py.typed" in names
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
    assert not any("tests/" in name for name in names)
