"""`make demo-full` where something is missing: it says what and how to get it, and starts nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import compose
from tests.conftest import ROOT


def ran(env: dict[str, str], temp: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.e2e.call.demo", *words],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(temp), **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def temp(tmp_path: Path) -> Path:
    folder = tmp_path / "temp"
    folder.mkdir()
    return folder


def test_all_that_is_missing_is_named_with_the_way_to_get_it(temp: Path) -> None:
    done = ran({"PATH": str(temp)}, temp)
    assert done.returncode == 3, done.stdout + done.stderr
    lines = [line.strip() for line in done.stdout.splitlines()]
    assert "nothing was started" in lines[0]
    for what, how in (
        ("Docker", "docker.io"),
        ("Node.js 20 with npm", "nodejs.org"),
        ("Chromium", "apt-get install chromium"),
    ):
        assert how in lines[lines.index(what) + 1]
    assert list(temp.iterdir()) == []


def test_an_engine_that_does_not_answer_is_no_docker_to_install(temp: Path) -> None:
    compose.generation(5)
    done = ran({"DOCKER_HOST": f"unix://{temp}/none.sock"}, temp)
    assert done.returncode == 3, done.stdout + done.stderr
    assert "a Docker engine that answers\n      start it: " in done.stdout
    assert "apt-get install docker.io" not in done.stdout
    assert list(temp.iterdir()) == []
