"""An engine of the test's own, to be stopped and to have its disk filled."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import need
from tests.native import until
from tests.stack.composed import BUSY, SLEEP, Composed, busy, checked, masked
from tests.stack.test_compose_faults import refused, told


class Engine:
    """dockerd with everything in a folder on a small file system of its own; without networks."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.host = f"unix://{folder}/docker.sock"
        self._process: subprocess.Popen[bytes] | None = None

    def docker(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["docker", "--host", self.host, *words], capture_output=True, text=True, check=False
        )

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    # In a network of its own: without a bridge it removes the one that another engine uses.
                    *("unshare", "--net", "dockerd"),
                    *("--data-root", str(self.folder / "data"), "--exec-root", str(self.folder / "exec")),
                    *("--pidfile", str(self.folder / "pid"), "--host", self.host),
                    *("--bridge", "none", "--iptables=false", "--ip6tables=false"),
                ],
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        until(lambda: self.docker("info").returncode == 0, f"dockerd answers; its log: {self.folder}/log")

    def stop(self) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait(180)
            self._process = None


@pytest.fixture(scope="module")
def small_engine() -> Iterator[Engine]:
    if os.getuid() != 0 or not shutil.which("dockerd"):
        need("docker", "no dockerd that this user may start")
    # A socket's path has an end at 108 characters.
    folder = Path(tempfile.mkdtemp(prefix="lkm-engine-"))
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=420m", "lkm-test", str(folder)], check=True)
    mine = Engine(folder)
    try:
        mine.start()
        yield mine
    finally:
        mine.stop()
        with contextlib.suppress(OSError):
            subprocess.run(["umount", "--recursive", "--lazy", str(folder)], check=True)
            folder.rmdir()


@pytest.fixture
def small(composed: Composed, small_engine: Engine) -> Composed:
    """A project whose engine is the small one, with the image of scripts in it."""
    if small_engine.docker("image", "inspect", BUSY).returncode:
        with subprocess.Popen(["docker", "save", BUSY], stdout=subprocess.PIPE) as saved:
            subprocess.run(
                ["docker", "--host", small_engine.host, "load"],
                stdin=saved.stdout,
                check=True,
                stdout=subprocess.DEVNULL,
            )
    composed.env["DOCKER_HOST"] = small_engine.host
    return composed


def alone(script: str, **more: Any) -> dict[str, Any]:
    return busy(script, network_mode="none", **more)


def test_the_disk_is_full(small: Composed, small_engine: Engine, golden: Any) -> None:
    small.write({"app": alone(SLEEP, healthcheck=checked())})
    words = ["run", "--name", "filler", "--network", "none", "--entrypoint", "/bin/busybox", BUSY]
    filled = small_engine.docker(*words, "dd", "if=/dev/zero", "of=/full", "bs=1M")
    assert "No space left on device" in filled.stderr
    ran = refused(small.up(), 3)
    text = masked(told(ran), small, [(str(small_engine.folder), "ENGINE")])
    golden("compose/disk-full.txt", re.sub(r": \d+ MB left", ": N MB left", text))
    # What the hint names: it removes what nothing uses.
    assert small_engine.docker("system", "prune", "--force").returncode == 0
    assert small.up().code == 0
    assert small.lkm("down").code == 0


def test_the_engine_stops_during_up(small: Composed, small_engine: Engine, golden: Any) -> None:
    small.write({"app": alone(SLEEP, healthcheck=checked("test -e /tmp/ready", retries=1000))})
    with small.popen("up", "--no-media", "--json") as process:
        name = f"{small.name}-app-1"
        until(lambda: name in small_engine.docker("ps", "--format", "{{.Names}}").stdout, "the container")
        small_engine.stop()
        out, _ = process.communicate(timeout=180)
    assert process.returncode == 3, out
    error = json.loads(out)["error"]
    assert error["code"] == "docker.gone"
    golden("compose/engine-stopped.txt", "\n".join([error["message"], error["hint"]]) + "\n")
    small_engine.start()
    small.write({"app": alone(SLEEP, healthcheck=checked())})
    assert small.up().code == 0
    assert small.lkm("down").code == 0
