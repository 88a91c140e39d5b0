"""`make` on a clean clone: what it says when Python does not fit, and that a broken set-up starts over."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import ROOT, Ran, need

# A uv that notes how it was called, makes what the Makefile needs, and fails on demand.
UV = """#!/bin/sh
echo "$@" >> "$UV_LOG"
case "$*" in
  venv*) mkdir -p .venv/bin; cp "$UV_PYTHON_STUB" .venv/bin/python ;;
  *--require-hashes*) exit "$UV_INSTALL" ;;
esac
"""


@dataclass(frozen=True)
class Clone:
    """A clone's set-up files, and a PATH of its own in front of the system's tools."""

    folder: Path
    bin: Path

    def program(self, name: str, text: str) -> Path:
        path = self.bin / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)
        return path

    def make(self, *argv: str, **env: str) -> Ran:
        done = subprocess.run(
            ["make", *argv],
            cwd=self.folder,
            env={"PATH": f"{self.bin}:/usr/bin:/bin", "HOME": str(self.bin), **env},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    if shutil.which("make") is None:
        need("make", "make is not on PATH")
    folder, programs = tmp_path / "clone", tmp_path / "bin"
    programs.mkdir()
    for name in ("Makefile", "pyproject.toml", "tools/venv.sh", "constraints/dev.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)
    return Clone(folder, programs)


def test_no_python_names_the_packages(clone: Clone) -> None:
    ran = clone.make("test", "PYTHON=python-that-is-not-there")
    assert ran.code != 0
    assert "apt-get install python3 python3-venv" in ran.err


def test_old_python_is_named_and_the_way_out(clone: Clone) -> None:
    clone.program("python3", '#!/bin/sh\nif [ "$1" = -V ]; then echo Python 3.9.2; else exit 1; fi\n')
    ran = clone.make("demo")
    assert ran.code != 0
    assert "Python 3.9.2" in ran.err
    assert "needs Python 3.11" in ran.err
    assert "make PYTHON=" in ran.err
    assert not (clone.folder / ".venv").exists()


def test_missing_ensurepip_names_the_debian_package(clone: Clone) -> None:
    clone.program("python3", '#!/bin/sh\ncase "$*" in *ensurepip*) exit 1 ;; esac\nexit 0\n')
    if shutil.which("uv", path="/usr/bin:/bin"):
        pytest.skip("uv in /usr/bin needs no ensurepip")
    ran = clone.make("demo")
    assert ran.code != 0
    assert "apt-get install python3-venv" in ran.err
    assert not (clone.folder / ".venv").exists()


def test_interrupted_set_up_starts_over_and_a_complete_one_stays(clone: Clone, tmp_path: Path) -> None:
    log = tmp_path / "uv.log"
    clone.program("uv", UV)
    stub = clone.program("stub", "#!/bin/sh\nexit 0\n")
    env = {"UV_LOG": str(log), "UV_PYTHON_STUB": str(stub), "PYTHON": sys.executable}

    assert clone.make("venv", **env, UV_INSTALL="1").code != 0
    assert not (clone.folder / ".venv" / ".ready").exists()

    assert clone.make("venv", **env, UV_INSTALL="0").code == 0
    calls = log.read_text().splitlines()
    assert [call.split()[0] for call in calls] == ["venv", "pip", "venv", "pip", "pip"]
    assert "--require-hashes -r constraints/dev.txt" in calls[-2]
    assert "--no-deps --no-build-isolation -e ." in calls[-1]

    assert clone.make("venv", **env, UV_INSTALL="0").code == 0
    assert len(log.read_text().splitlines()) == 5, "a second make does nothing"

    lock = clone.folder / "constraints" / "dev.txt"
    newer = (clone.folder / ".venv" / ".ready").stat().st_mtime + 10
    os.utime(lock, (newer, newer))
    assert clone.make("venv", **env, UV_INSTALL="0").code == 0
    assert [call.split()[0] for call in log.read_text().splitlines()[5:]] == ["pip", "pip"]
