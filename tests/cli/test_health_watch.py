"""`lkm health --watch`: a real server that stops and comes back, a terminal, pipes, Ctrl-C."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from ..conftest import KEY, SECRET, Lkm, Server, running_server
from ..fakes.server import FakeServer, Front, ready_later
from ..native import alive
from .test_health import as_measured, needs_media, rooms_of_ours, without_media

KEYS = {"schema", "command", "ok", "exit_code", "findings", "steps", "data", "error"}
DATA = {
    *("url", "url_origin", "key", "key_origin", "server_version", "path", "summary", "failed", "watch"),
}
WATCH = {
    *("final", "look", "at", "seconds", "status", "counts", "worst_exit_code", "worst_at", "figures"),
}
QUICK = ("--interval", "500ms", "--until", "token", "--timeout", "60")


@pytest.fixture
def clean_env(clean_env: dict[str, str]) -> dict[str, str]:
    """Also without the proxies of the machine that tests run on."""
    return {k: v for k, v in clean_env.items() if not k.lower().endswith("_proxy")}


class Watching:
    """A watch that runs, and its lines as they come."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self._read = b""

    def line(self) -> str:
        """The next one; fails after a minute without any."""
        assert self.process.stdout
        while b"\n" not in self._read:
            assert select.select([self.process.stdout], [], [], 60)[0], "nothing for a minute"
            more = os.read(self.process.stdout.fileno(), 65536)
            assert more, "it has ended"
            self._read += more
        line, _, self._read = self._read.partition(b"\n")
        return line.decode()

    def until(self, wanted: Callable[[dict[str, Any]], bool], limit: float = 60) -> list[dict[str, Any]]:
        """Documents up to the first that is wanted."""
        seen: list[dict[str, Any]] = []
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline:
            seen.append(json.loads(self.line()))
            if wanted(seen[-1]):
                return seen
        raise AssertionError(f"not seen in {[s['data']['summary'] for s in seen]}")

    def interrupt(self) -> tuple[str, str]:
        """What comes after the lines that were read, and its stderr."""
        self.process.send_signal(signal.SIGINT)
        out, err = self.process.communicate(timeout=60)
        return (self._read + out).decode(), err.decode()


@contextmanager
def watching(project: Path, env: dict[str, str], *argv: str) -> Iterator[Watching]:
    process = subprocess.Popen(
        [sys.executable, "-m", "livekit_migrate", "health", "--watch", *argv],
        cwd=project,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        start_new_session=True,
    )
    try:
        yield Watching(process)
    finally:
        process.kill()
        process.communicate()


def test_healthy_looks_up_to_media(livekit_server: Server, project: Path, clean_env: dict[str, str]) -> None:
    needs_media()
    env = {**clean_env, **livekit_server.env}
    with watching(project, env, "--interval", "500ms", "--timeout", "60", "--json") as watch:
        looks = watch.until(lambda d: d["data"]["watch"]["look"] == 2)
        out, _ = watch.interrupt()
    *more, final = [json.loads(line) for line in out.splitlines()]
    looks += more
    for number, document in enumerate([*looks, final], 1):
        assert set(document) == KEYS
        assert set(document["data"]) == DATA
        assert set(document["data"]["watch"]) == WATCH
        assert document["data"]["watch"]["final"] is (document is final)
        assert document["data"]["watch"]["look"] == min(number, len(looks))
        figures = document["data"]["watch"]["figures"]
        assert set(figures) == {"http_ms", "rtt_ms", "loss_percent"}
        assert figures["http_ms"] > 0
        assert figures["rtt_ms"] > 0
        assert figures["loss_percent"] >= 0
    statuses = [as_measured(d["findings"][-1]["evidence"]) for d in looks]
    assert [d["data"]["watch"]["status"] for d in looks] == statuses
    assert [d["data"]["summary"] == "healthy" for d in looks] == [status == "ok" for status in statuses]
    assert all(d["findings"][-1]["id"] == "health.media" and len(d["steps"]) == 1 for d in looks)
    assert (final["findings"], final["data"]["watch"]["worst_exit_code"]) == ([], 0)
    counts = {status: statuses.count(status) for status in ("ok", "warn", "fail")}
    assert final["data"]["watch"]["counts"] == counts


def test_server_that_stops_and_comes_back(tmp_path: Path, project: Path, clean_env: dict[str, str]) -> None:
    mine = running_server(tmp_path)
    with mine as server:
        env = {**clean_env, **server.env}
    with watching(project, env, *QUICK, "--json") as watch:
        first = watch.until(lambda _: True)
        assert first[0]["data"]["failed"] == "health.port"
        with mine:
            back = watch.until(lambda d: d["ok"])[-1]["data"]["watch"]
            assert back["counts"]["ok"] == 1
            assert (back["status"], back["worst_exit_code"]) == ("ok", 1)
        # It may have been killed in the midst of a look, which then failed further up.
        seen = watch.until(lambda d: d["data"]["failed"] == "health.port")
        gone = seen[-1]
        assert {d["exit_code"] for d in seen if not d["ok"]} == {1}
        assert gone["data"]["watch"]["figures"]["http_ms"] is None
        with mine:
            watch.until(lambda d: d["ok"])
            out, err = watch.interrupt()
    final = json.loads(out.splitlines()[-1])
    assert watch.process.returncode == final["exit_code"] == 130
    assert final["error"]["code"] == "interrupted"
    assert final["data"]["watch"]["final"] is True
    # The worst is the first failure, though it was healthy in between and at the end.
    assert final["data"]["watch"]["worst_exit_code"] == 1
    assert final["data"]["watch"]["worst_at"] == first[0]["data"]["watch"]["at"]
    assert final["data"]["watch"]["counts"]["fail"] >= 2
    assert "Traceback" not in err


def test_worst_look_decides_though_later_ones_are_healthy(lkm: Lkm) -> None:
    # A real server cannot be made to answer 406 in one look only: it says so while its Redis is gone.
    asked: list[str] = []
    command = ("health", "--watch", "--until", "http", "--interval", "500ms", "--timeout", "60", "--for")
    for seconds in (3, 30, 300):
        asked.clear()
        with FakeServer(ready_later(asked, 2)) as server:  # asked once more, it says the same
            env = {"LIVEKIT_URL": server.url, "LIVEKIT_API_KEY": KEY, "LIVEKIT_API_SECRET": SECRET}
            ran = lkm(*command, f"{seconds}s", env=env, timeout=600)
        lines = ran.out.splitlines()
        if len(lines) > 1:  # one only: this machine stood still, and a second look never began
            break
    assert ran.code == 1
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  fail  HTTP: GET / 406: .* ready  HTTP \d+\.\d ms", lines[0]
    )
    assert re.fullmatch(r"[-\d]+ [:\d]+  ok    healthy  HTTP \d+\.\d ms", lines[-1])
    assert re.fullmatch(
        rf"{len(lines)} looks: {len(lines) - 1} ok, 1 fail; at [:\d]+ HTTP: GET / 406: .*\n", ran.err
    )
    assert "\x1b" not in ran.out + ran.err


def test_wrong_secret_counts_as_credentials(lkm: Lkm, livekit_server: Server) -> None:
    canary = "canary-secret-0123456789abcdefghijkl"
    env = {**livekit_server.env, "LIVEKIT_API_SECRET": canary}
    ran = lkm("health", "--watch", "--timeout", "60", "--for", "0s", env=env)
    assert ran.code == 4
    assert "has another secret" in ran.out
    assert canary not in ran.out + ran.err


def test_without_the_media_extra(lkm: Lkm, livekit_server: Server, tmp_path: Path) -> None:
    env = {**livekit_server.env, **without_media(tmp_path)}
    ran = lkm("health", "--watch", "--timeout", "60", "--for", "0s", "--json", env=env)
    assert ran.code == 0, ran.out
    look, _ = [json.loads(line) for line in ran.out.splitlines()]
    assert look["findings"][-1]["status"] == "skip"
    assert look["data"]["watch"]["status"] == "ok"
    assert look["data"]["watch"]["figures"]["loss_percent"] is None


@pytest.mark.parametrize(
    ("argv", "text"),
    [
        (["--interval", "3s"], "only with --watch"),
        (["--for", "3s"], "only with --watch"),
        (["--watch", "--interval", "0"], "at least 500ms"),
        (["--watch", "--interval", "-3s"], "not a time"),
        (["--watch", "--for", "soon"], "not a time"),
        (["--watch", "--until", "roof"], "no such rung"),
    ],
)
def test_wrong_times_are_usage_errors(lkm: Lkm, livekit_server: Server, argv: list[str], text: str) -> None:
    ran = lkm("health", *argv, "--json", env=livekit_server.env)
    assert ran.code == 2
    assert text in ran.json["error"]["message"]


@pytest.mark.parametrize("form", [["--json"], []])
def test_reader_that_goes_away_ends_it_at_once(
    form: list[str], livekit_server: Server, project: Path, clean_env: dict[str, str]
) -> None:
    env = {**clean_env, **livekit_server.env}
    with watching(project, env, "--interval", "1h", "--until", "token", "--timeout", "60", *form) as watch:
        assert watch.line()
        assert watch.process.stdout
        watch.process.stdout.close()  # as `head -1` does; the next look would be in an hour
        assert watch.process.wait(timeout=60) == 0
        assert watch.process.stderr
        assert watch.process.stderr.read() == b""


@pytest.mark.parametrize("phase", ["between", "http", "media"])
def test_ctrl_c_leaves_nothing_behind(
    phase: str, livekit_server: Server, project: Path, clean_env: dict[str, str]
) -> None:
    needs_media()
    path = {"http": "/", "media": "/rtc/v1"}.get(phase)
    asked: list[str] = []
    reached = threading.Event()

    def gate(seen: str) -> str:
        asked.append(seen)
        # Not in the first look: what that one leaves for the second must go, too.
        if seen != path or asked.count("/") < 2:
            return "pass"
        reached.set()
        return "hang"

    with FakeServer(Front(livekit_server.port, gate=gate)) as server:
        env = {**clean_env, **livekit_server.env, "LIVEKIT_URL": server.url}
        interval = "1h" if phase == "between" else "500ms"
        with watching(project, env, "--interval", interval, "--timeout", "300", "--json") as watch:
            assert json.loads(watch.line())["ok"]
            if path:
                assert reached.wait(60), "lkm never came to this phase"
            whole = psutil.Process(watch.process.pid)
            family = [whole, *whole.children(recursive=True)]
            assert len(family) > 1, "the WebRTC process is kept for the next look"
            out, err = watch.interrupt()
    assert watch.process.returncode == 130
    assert json.loads(out)["error"]["message"] == "stopped by Ctrl-C"
    assert "Traceback" not in err
    _, left = psutil.wait_procs(family, timeout=60)
    assert [process for process in left if alive(process)] == []
    assert rooms_of_ours(livekit_server) == []


def test_redrawn_on_a_narrow_terminal(
    livekit_server: Server, project: Path, clean_env: dict[str, str]
) -> None:
    import fcntl
    import termios

    parent, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 40, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "livekit_migrate", "health", "--watch", *QUICK],
        cwd=project,
        env={**clean_env, **livekit_server.env, "TERM": "xterm-256color"},
        stdin=child,
        stdout=child,
        stderr=child,
    )
    os.close(child)
    read = b""
    try:
        while b"look 3 at" not in read:
            read += _some(parent)
        process.send_signal(signal.SIGINT)
        while more := _some(parent):
            read += more
        assert process.wait(timeout=60) == 130
    finally:
        process.kill()
        process.wait()
        os.close(parent)
    seen = read.decode()
    assert "\x1b[1A" in seen, "it is redrawn in place"
    assert seen.rfind("\x1b[?25h") > seen.rfind("\x1b[?25l"), "the cursor is shown"
    drawn = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen).replace("\r", "\n")
    lines = [line for line in drawn.splitlines() if line]
    assert max(map(len, lines)) <= 40, [line for line in lines if len(line) > 40]
    assert any(re.fullmatch(r"looks +3/3 ok  ✓✓✓", line) for line in lines), lines
    assert any(re.fullmatch(r"HTTP +\d+\.\d ms  [▁▂▃▄▅▆▇█]{3}", line) for line in lines), lines
    assert any(re.match(r"look \d+ at [:\d]+; now: ", line) for line in lines), lines
    assert re.fullmatch(r"\d+ looks: \d+ ok", lines[-1])


def _some(terminal: int) -> bytes:
    """What is shown next, up to the midst of a letter; empty at the end."""
    assert select.select([terminal], [], [], 60)[0], "nothing for a minute"
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""
