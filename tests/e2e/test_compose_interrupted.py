"""lkm killed, or stopped by Ctrl-C, in the middle of its work on a stack: the next command mends it."""

from __future__ import annotations

import contextlib
import re
import signal
import subprocess
from collections.abc import Callable

import docker
import psutil
import pytest

from tests.conftest import need
from tests.native import Caller, until
from tests.stack.composed import IMAGE, SLEEP, Composed, busy, checked


class Seen:
    """What there is of a project at this moment."""

    def __init__(self, composed: Composed) -> None:
        self.composed = composed
        self.client = docker.from_env().api

    def containers(self) -> dict[str, str]:
        """Service → state."""
        label = f"com.docker.compose.project={self.composed.name}"
        rows = self.client.containers(all=True, filters={"label": label})
        return {row["Labels"]["com.docker.compose.service"]: row["State"] for row in rows}

    def network(self) -> bool:
        label = f"com.docker.compose.project={self.composed.name}"
        return bool(self.client.networks(filters={"label": label}))

    def working(self, word: str = "compose") -> list[psutil.Process]:
        """Every Compose that works on the project, with a word in its arguments."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                words = process.cmdline()
                mine = str(self.composed.root) in words or self.composed.name in words
                if {"compose", word} <= set(words) and mine and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
        return found


Point = Callable[[Seen], bool]

UP: dict[str, Point] = {
    "the key is written": lambda seen: (seen.composed.root / ".env").exists(),
    "the lock is held": lambda seen: any((seen.composed.root / ".lkm").glob("locks/stack.lock")),
    "Compose is at work": lambda seen: bool(seen.working()),
    "the network is there": lambda seen: seen.network(),
    "a container is there": lambda seen: bool(seen.containers()),
    "the first service runs": lambda seen: seen.containers().get("first") == "running",
    "the second service runs": lambda seen: seen.containers().get("second") == "running",
}
DOWN: dict[str, Point] = {
    "the drain has begun": lambda seen: any((seen.composed.root / ".lkm").glob("locks/stack.lock")),
    "a container has ended": lambda seen: "running" not in (seen.containers().get("second"), ""),
    "a container is gone": lambda seen: len(seen.containers()) < 2,
}


def until_seen(process: subprocess.Popen[str], seen: Seen, point: Point) -> None:
    """Until it is there, or the command has ended: then there is nothing to kill any more."""
    until(lambda: process.poll() is not None or point(seen), "that point of its work")


@pytest.mark.parametrize("point", [*UP, *DOWN])
def test_killed(composed: Composed, point: str) -> None:
    seen = Seen(composed)
    composed.write(
        {
            "first": busy(SLEEP, healthcheck=checked()),
            "second": busy(SLEEP, depends_on={"first": {"condition": "service_healthy"}}),
        }
    )
    if point in DOWN:
        assert composed.up().code == 0
    with composed.popen("up" if point in UP else "down", *(["--no-media"] if point in UP else [])) as process:
        until_seen(process, seen, {**UP, **DOWN}[point])
        process.send_signal(signal.SIGKILL)
        process.communicate()
    # Every second one is brought up, the others are cleared away.
    if list({**UP, **DOWN}).index(point) % 2:
        down = composed.lkm("down", "--runtime", "compose")
        assert down.code == 0, down.err
        assert composed.left() == []
    else:
        up = composed.up()
        assert up.code == 0, up.err
        assert set(seen.containers().values()) == {"running"}
    assert seen.working() == [], "no Compose of the killed one goes on"


def test_ctrl_c_while_it_builds(composed: Composed) -> None:
    (composed.root / "Dockerfile").write_text(
        f'FROM {IMAGE}\nRUN ["/bin/busybox", "sh", "-c", "sleep 600", "{composed.name}"]\n'
        'ENTRYPOINT ["/bin/busybox", "sleep", "9"]\n'
    )
    composed.write({"app": {"build": ".", "image": f"{composed.name}:1"}})
    seen = Seen(composed)
    with composed.popen("up", "--no-media") as process:
        until(lambda: seen.working("build"), "the build")
        said = stopped(process)
    assert "nothing runs; go on: lkm up; clear away: lkm down" in said
    until(lambda: not seen.working(), "the end of the build")
    assert composed.lkm("down", "--runtime", "compose").code == 0
    assert composed.left() == []


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_while_it_waits(composed: Composed, times: int) -> None:
    slow = checked("test -e /tmp/ready", retries=1000)
    composed.write({"app": busy(SLEEP, healthcheck=slow)})
    seen = Seen(composed)
    with composed.popen("up", "--no-media") as process:
        until(lambda: seen.containers().get("app") == "running", "the container")
        said = stopped(process, times)
    if times == 1:
        assert "app keep running; go on: lkm up; clear away: lkm down" in said
    composed.docker("exec", f"{composed.name}-app-1", "/bin/busybox", "touch", "/tmp/ready")
    assert composed.up().code == 0


def test_ctrl_c_while_calls_end(composed: Composed) -> None:
    import importlib.util

    if importlib.util.find_spec("livekit.rtc") is None:
        need("media", "the rtc library is not installed")
    composed.write({"livekit": composed.livekit()})
    assert composed.up().code == 0
    anna = Caller(composed, "anna")
    try:
        with composed.popen("down") as process:
            assert process.stderr is not None
            line = ""
            while "draining" not in line:
                line = process.stderr.readline()
                assert line, "it ended before anybody was seen"
            said = stopped(process)
        assert re.search(r"livekit still running; at once: lkm down --now", said)
        assert composed.lkm("down", "--now").code == 0
    finally:
        anna.end()
    assert composed.left() == []


@pytest.mark.parametrize("again", ["up", "down"])
def test_killed_while_calls_end(composed: Composed, again: str) -> None:
    import importlib.util

    if importlib.util.find_spec("livekit.rtc") is None:
        need("media", "the rtc library is not installed")
    composed.write({"livekit": composed.livekit()})
    assert composed.up().code == 0
    name = f"{composed.name}-livekit-1"
    before = composed.docker("inspect", "--format", "{{.State.StartedAt}}", name)
    anna = Caller(composed, "anna")
    try:
        with composed.popen("down") as process:
            until_said(process, "draining: 1 participant")
            process.send_signal(signal.SIGKILL)
            process.communicate()
        with composed.popen(again, *(["--no-media"] if again == "up" else [])) as process:
            # A second signal would end the call at once.
            until_said(process, "draining: 1 participant")
            anna.leave()
            _, said = process.communicate(timeout=180)
        assert process.returncode == 0, said
    finally:
        anna.end()
    if again == "down":
        assert composed.left() == []
        return
    state = composed.docker("inspect", "--format", "{{.State.Status}} {{.State.StartedAt}}", name).split()
    assert state[0] == "running"
    assert state[1] != before, "the server that was told to end has ended, and another run has begun"


def until_said(process: subprocess.Popen[str], words: str) -> None:
    assert process.stderr is not None
    line = ""
    while words not in line:
        line = process.stderr.readline()
        assert line, f"it ended before it said: {words}"


def stopped(process: subprocess.Popen[str], times: int = 1) -> str:
    """What a command says when it is stopped; it ends soon, and with 130."""
    for _ in range(times):
        process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=180)
    assert process.returncode in ((130,) if times == 1 else (130, -signal.SIGINT)), said
    return said
