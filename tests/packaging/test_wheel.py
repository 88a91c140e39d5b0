"""What is in the wheel, that it is the same however it is built, and that it runs far from the checkout."""

from __future__ import annotations

import email
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from livekit_migrate import __version__
from tests.conftest import ROOT, Ran, need

# What git ignores in a developer's checkout, and what must therefore never reach a user.
CANARIES = (
    "templates/stack/.env",
    "templates/stack/node_modules/x",
    "livekit_migrate/node_modules/x.js",
    "tools/node/node_modules/x",
    "bench/out/results.md",
)
NOT_COPIED = shutil.ignore_patterns(
    ".git",
    ".venv",
    ".lkm",
    ".env",
    ".env.local",
    "node_modules",
    "dist",
    "build",
    "__pycache__",
    ".*_cache",
    ".hypothesis",
)


def build(source: Path, out: Path, *what: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", *what, "--outdir", str(out), str(source)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def listing(wheel: Path) -> str:
    """One path a line; the version in the metadata folder's name says nothing about the content."""
    with zipfile.ZipFile(wheel) as archive:
        names = [
            re.sub(r"^(livekit_migrate)-[^/]+(\.dist-info/)", r"\1-VERSION\2", n) for n in archive.namelist()
        ]
    return "".join(f"{name}\n" for name in sorted(names))


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tree with what a developer's checkout also holds."""
    copy = tmp_path_factory.mktemp("source") / "lkm"
    shutil.copytree(ROOT, copy, ignore=NOT_COPIED, symlinks=True)
    for canary in CANARIES:
        path = copy / canary
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("LIVEKIT_API_SECRET=canary\n", encoding="utf-8")
    return copy


@pytest.fixture(scope="module")
def wheel(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    build(checkout, out, "--wheel")
    (path,) = out.glob("*.whl")
    return path


def test_wheel_holds_what_the_golden_file_says(wheel: Path, golden: Callable[[str, str], None]) -> None:
    text = listing(wheel)
    assert ".env" not in {name.rpartition("/")[2] for name in text.splitlines()}
    assert "node_modules" not in text
    golden("wheel.txt", text)


def test_wheel_from_sdist_is_the_same(checkout: Path, wheel: Path, tmp_path: Path) -> None:
    build(checkout, tmp_path)  # without --wheel: an sdist, and the wheel from that sdist
    (again,) = tmp_path.glob("*.whl")
    assert listing(again) == listing(wheel)
    (sdist,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = [name.partition("/")[2] for name in archive.getnames()]
    assert not [name for name in names if name in CANARIES]
    assert {"LICENSE", "README.md", "livekit.yaml", "templates/stack/template.yaml"} <= set(names)
    assert {"Makefile", "constraints/dev.txt", "tools/venv.sh", "tests/conftest.py"} <= set(names)


Closure = dict[str, importlib.metadata.Distribution]


def add_declared(requires: list[str], extras: set[str], closure: Closure) -> None:
    """Add what these requirements bring in on this machine, as pip would install it."""
    for requirement in map(Requirement, requires):
        wanted = [{"extra": extra} for extra in extras | {""}]
        if requirement.marker and not any(map(requirement.marker.evaluate, wanted)):
            continue
        name = canonicalize_name(requirement.name)
        known = name in closure
        found = closure.setdefault(name, importlib.metadata.distribution(name))
        if not known or requirement.extras:
            add_declared(found.requires or [], requirement.extras, closure)


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A virtual environment with the wheel and exactly the packages that it declares.

    They are linked from the environment that runs the tests, so that no index is asked. The extra
    `media` stays out: without it every command must still start.
    """
    folder = tmp_path_factory.mktemp("installed") / "venv"
    made = subprocess.run(
        [sys.executable, "-m", "venv", str(folder)], capture_output=True, text=True, check=False
    )
    if made.returncode:
        need(
            "venv",
            f"this Python cannot make virtual environments: {made.stdout.strip() or made.stderr.strip()}",
        )
    python = folder / "bin" / "python"
    subprocess.run(
        [str(python), "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", str(wheel)], check=True
    )
    where = subprocess.run(
        [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True,
        capture_output=True,
        text=True,
    )
    site = Path(where.stdout.strip())
    closure: Closure = {}
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        metadata = email.message_from_bytes(archive.read(name))
    add_declared(metadata.get_all("Requires-Dist", []), set(), closure)
    for found in closure.values():
        for file in found.files or ():
            if ".." not in file.parts and "__pycache__" not in file.parts:
                link = site / file
                link.parent.mkdir(parents=True, exist_ok=True)
                link.symlink_to(Path(str(found.locate_file(file))).resolve())
    yield folder / "bin"
    shutil.rmtree(folder)


def run(installed: Path, *argv: str) -> Ran:
    env = {
        k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "LKM_", "LIVEKIT_", "VIRTUAL_ENV"))
    }
    done = subprocess.run(
        [str(installed / argv[0]), *argv[1:]],
        cwd="/",
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def test_installed_package_is_the_wheel_and_brings_its_templates(installed: Path) -> None:
    program = (
        "import livekit_migrate; from livekit_migrate.core.paths import resource_root as r; "
        "print(livekit_migrate.__file__); print(r()); "
        "print(*sorted(p.name for p in r().iterdir())); "
        "print((r() / 'templates/stack/template.yaml').is_file())"
    )
    ran = run(installed, "python", "-c", program)
    assert ran.code == 0, ran.err
    module, root, names, template = ran.out.splitlines()
    assert Path(module).is_relative_to(installed.parent.resolve())
    assert Path(root).is_relative_to(installed.parent.resolve())
    assert {"docker-compose.yml", "livekit.yaml", "templates"} <= set(names.split())
    assert template == "True"


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (("lkm", "--version"), __version__),
        (("livekit-migrate", "--help"), "Usage"),
        (("lkm", "help", "exit-codes"), "130"),
    ],
)
def test_scripts_run_from_the_root_folder(installed: Path, argv: tuple[str, ...], expected: str) -> None:
    ran = run(installed, *argv)
    assert ran.code == 0, ran.err
    assert expected in ran.out


def test_media_extra_is_not_among_the_declared(installed: Path) -> None:
    assert run(installed, "python", "-c", "import livekit.api").code == 0
    assert "livekit.rtc" in run(installed, "python", "-c", "import livekit.rtc").err
