"""`make demo-full`: where something is missing it says what and how to get it; stopped, it leaves nothing."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests import compose
from tests.conftest import ROOT, need
from tests.e2e.browser import PROGRAMS
from tests.native import until

from .app import worker
from .demo_needs import IMAGES


def ran(env: dict[str, str], temp: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.e2e.call.demo", *words],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(temp), **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
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
        ("Node.js 20 or newer, with npm", "nodejs.org"),
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


def test_an_old_node_is_said_with_its_version(temp: Path) -> None:
    for name, text in (("node", "echo v18.20.4"), ("npm", "true")):
        (temp / name).write_text(f"#!/bin/sh\n{text}\n")
        (temp / name).chmod(0o755)
    done = ran({"PATH": str(temp)}, temp)
    assert done.returncode == 3, done.stdout + done.stderr
    assert "  Node.js 20 or newer, with npm (this is v18.20.4)\n      https://nodejs.org" in done.stdout


def at_work_in(folder: Path) -> list[psutil.Process]:
    """Processes that were told of the folder, by an argument or by their environment."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if any(str(folder) in word for word in (*process.cmdline(), *process.environ().values())):
                found.append(process)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_it_leaves_nothing(temp: Path, number: signal.Signals) -> None:
    compose.engine(*IMAGES)
    if not shutil.which("npm") or not any(map(shutil.which, PROGRAMS)):
        need("node", "there is no npm, or no Chromium")
    worker()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.e2e.call.demo"],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(temp)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        for line in process.stderr:
            if " files new, " in line:  # then come the packages
                break
        process.send_signal(number)
        _, err = process.communicate(timeout=180)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 128 + number, err
    assert f"stopped by {'Ctrl-C' if number == signal.SIGINT else 'SIGTERM'}" in err
    assert list(temp.iterdir()) == []
    until(lambda: not at_work_in(temp), "no process of it is left")
