"""Starts that fail, interrupts and kills at every phase: what is said, and that the next command mends it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Ran, free_port, need, server_binary
from tests.native import Native, hold, release, until
from tests.unprivileged import user_env, user_lkm, user_project

__all__ = ["user_env", "user_lkm", "user_project"]


@pytest.mark.parametrize(("kind", "index"), [("tcp", 0), ("tcp", 1), ("udp", 2)])
@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_a_busy_port_names_process_pid_and_command(native: Native, kind: str, index: int, host: str) -> None:
    squatter = hold(kind, native.ports[index], host)
    try:
        ran = native.up("--json")
    finally:
        release(squatter)
    assert ran.code == 3
    error = ran.json["error"]
    assert error["code"] == "ports.busy"
    assert f"{kind.upper()} {native.ports[index]}" in error["message"]
    assert f"PID {squatter.pid}" in error["detail"]
    assert f"squatter.py {kind} {host}" in error["detail"]
    assert f"kill {squatter.pid}" in error["hint"]
    assert "lkm.toml" in error["hint"]
    assert native.processes() == []
    assert native.up().code == 0


def test_udp_on_another_address_is_no_conflict(native: Native) -> None:
    """The server opens UDP on 127.0.0.1 alone: whoever has the port elsewhere need not go."""
    squatter = hold("udp", native.ports[2], "127.0.0.2")
    try:
        ran = native.up("--no-media", "--json")
    finally:
        release(squatter)
    assert ran.code == 0, ran.out


def test_another_project_on_the_same_ports(native: Native, tmp_path: Path, clean_env: dict[str, str]) -> None:
    (tmp_path / "other").mkdir()
    other = Native(tmp_path / "other", clean_env)
    other.ports = native.ports
    other.write_ports()
    assert native.up().code == 0
    ran = other.up("--json")
    assert ran.code == 3
    # The command frees the port as it stands, quotes in the folder's name and all.
    command = next(line for line in ran.json["error"]["hint"].splitlines() if line.startswith("lkm down"))
    lkm = f'lkm() {{ "{sys.executable}" -m livekit_migrate "$@"; }}; '
    freed = subprocess.run(
        ["sh", "-c", lkm + command], env=other.env, capture_output=True, check=False, text=True
    )
    assert freed.returncode == 0, freed.stderr
    assert native.processes() == []


def test_another_users_process_and_the_command_that_names_it(
    user_lkm: Callable[..., Ran], user_project: Path
) -> None:
    if os.getuid() != 0:
        need("root", "only root can hold a port as somebody else")
    ports = free_port(), free_port(), free_port(socket.SOCK_DGRAM)
    (user_project / "lkm.toml").write_text(
        f"[ports]\nsignal = {ports[0]}\nrtc_tcp = {ports[1]}\nrtc_udp = {ports[2]}\n"
    )
    holders = [hold("tcp", ports[0]), hold("udp", ports[2])]
    try:
        ran = user_lkm("up", "--no-media", "--json")
    finally:
        for holder in holders:
            release(holder)
    assert ran.code == 3, ran.out + ran.err
    error = ran.json["error"]
    assert "a process of another user" in error["detail"]
    assert f"sudo ss -lntp 'sport = :{ports[0]}'" in error["hint"]
    assert f"sudo ss -lnup 'sport = :{ports[2]}'" in error["hint"]


def test_a_port_that_needs_root(user_lkm: Callable[..., Ran], user_project: Path) -> None:
    lowest = int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text())
    if lowest < 2:
        pytest.skip("every user may open every port here")
    (user_project / "lkm.toml").write_text(
        f"[ports]\nsignal = {lowest - 1}\nrtc_tcp = {free_port()}\nrtc_udp = {free_port(socket.SOCK_DGRAM)}\n"
    )
    ran = user_lkm("up", "--no-media", "--json")
    assert ran.code == 3
    assert "may not open it" in ran.json["error"]["detail"]
    assert "is taken" not in ran.json["error"]["message"]


def test_the_state_of_another_user(user_lkm: Callable[..., Ran], user_project: Path) -> None:
    if os.getuid() != 0:
        need("root", "only root can own the state folder as somebody else")
    state = user_project / ".lkm"
    state.mkdir(mode=0o700)
    for command in ("up", "status", "down", "logs"):
        ran = user_lkm(command, "--json")
        assert ran.code == 4, (command, ran.out)
        assert ".lkm" in ran.json["error"]["message"]
        assert "permission denied" in ran.json["error"]["message"]


def test_somebody_else_who_answers_at_its_port_is_not_the_server(native: Native) -> None:
    """Who comes between the look at the ports and the start: two projects that start at the same moment.

    A fake: it lets the other come first, and looks on until that has answered for it.
    """
    other = native.root / "other.py"
    other.write_text(
        "import http.server, pathlib, sys, time\n"
        "while not pathlib.Path('orphaned').exists():\n"
        "    time.sleep(0.01)\n"
        "class Answer(http.server.BaseHTTPRequestHandler):\n"
        "    def do_GET(self):\n"
        "        self.send_response(200)\n"
        "        self.end_headers()\n"
        "    def log_message(self, *_):\n"
        "        pass\n"
        "server = http.server.HTTPServer(('127.0.0.1', int(sys.argv[1])), Answer)\n"
        "server.timeout = 60\n"
        "server.handle_request()\n"
        "server.handle_request()\n"
        "pathlib.Path('twice').touch()\n"
    )
    listen = f'"{sys.executable}" other.py {native.ports[0]} </dev/null >/dev/null 2>&1 &\n'
    # Its parent has ended before it listens, so that it is none of the fake's.
    script = (
        f"sh -c '{listen.strip()}'\n"
        "touch orphaned\n"
        "while [ ! -e twice ]; do sleep 0.02; done\n"
        f"echo 'listen tcp 127.0.0.1:{native.ports[0]}: bind: address already in use'\n"
        "exit 1\n"
    )
    ran = native.up("--timeout", "2m", "--json", env=native.fake(script))
    assert (native.root / "twice").exists()
    assert ran.code == 3, ran.out
    assert ran.json["error"]["code"] == "ports.busy"
    assert native.processes() == []


def test_a_server_that_hangs(native: Native) -> None:
    # A fake: the real one has no way to hang at start without Redis.
    # Its word has to be in the log before the time is up.
    ran = native.up("--timeout", "3s", "--json", env=native.fake("echo thinking about it\nexec sleep 600\n"))
    assert ran.code == 5
    error = ran.json["error"]
    assert "not ready after 3 s" in error["message"]
    assert "thinking about it" in error["detail"]
    assert native.processes() == []
    assert native.service()["state"] == "stopped"
    assert native.up().code == 0


def test_a_server_that_ends_without_a_word(native: Native) -> None:
    # A fake: the real one always says something.
    ran = native.up("--timeout", "10m", "--json", env=native.fake("exit 0\n"))
    assert ran.code == 1
    assert "ended without a word" in ran.json["error"]["message"]
    assert "exit 0" in ran.json["error"]["message"]


def test_a_server_that_crashes_at_start(native: Native) -> None:
    body = "echo 'panic: runtime error: index out of range'\necho 'goroutine 1 [running]:'\nkill -SEGV $$\n"
    ran = native.up("--timeout", "10m", "--json", env=native.fake(body))
    assert ran.code == 1
    assert "SIGSEGV" in ran.json["error"]["message"]
    assert "index out of range" in ran.json["error"]["detail"]


def test_a_grandchild_that_keeps_the_output_open(native: Native) -> None:
    ran = native.up("--timeout", "10m", env=native.fake("sleep 30 &\necho gone\nexit 0\n"))
    assert ran.code == 4
    assert "gone" in ran.err


def test_a_program_that_cannot_be_run(native: Native) -> None:
    env = native.fake("")
    program = native.root.parent / "fake-bin" / "livekit-server"
    # It answers --version, and is gone when it is to be started.
    program.write_text('#!/bin/sh\necho livekit-server version 1.13.5\nrm "$0"\n')
    ran = native.up("--timeout", "10m", env=env)
    assert ran.code == 3
    assert "cannot be run: No such file" in ran.err


def test_redis_in_livekit_yaml_does_not_matter(native: Native) -> None:
    (native.root / "livekit.yaml").write_text("redis:\n  address: redis:6379\n")
    assert native.up().code == 0


def _phase(native: Native, name: str) -> bool:
    """Whether `up` has got that far."""
    files = {
        "lock": native.root / ".lkm" / "locks" / "stack.lock",
        "keys": native.root / ".env",
        "config": native.folder / "livekit.yaml",
        "supervisor": native.folder / "run.lock",
    }
    return files[name].exists() if name in files else native.state().get("phase") == name


PHASES = ("lock", "keys", "config", "supervisor", "running")


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("then", ["up", "down"])
def test_killed_at_a_phase_and_mended_by_the_next_command(native: Native, phase: str, then: str) -> None:
    server_binary()
    with native.popen("up", "--no-media") as process:
        until(lambda: _phase(native, phase) or process.poll() is not None, phase)
        process.kill()
        process.communicate()
    ran = native.up() if then == "up" else native.lkm("down")
    assert ran.code == 0, ran.err
    if then == "up":
        assert len(native.servers()) == 1
        assert native.service()["state"] == "ready"
        assert native.lkm("down").code == 0
    until(lambda: native.processes() == [], "the end of all processes")


@pytest.mark.parametrize("phase", PHASES)
def test_ctrl_c_at_a_phase(native: Native, phase: str) -> None:
    hanging = native.fake("exec sleep 600\n")
    with native.popen("up", "--no-media", "--timeout", "10m", env=hanging) as process:
        until(lambda: _phase(native, phase), phase)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=180)
    assert process.returncode == 130, err
    assert "stopping (Ctrl-C again: at once)" in err
    assert "Traceback" not in err
    ran = native.up()
    assert ran.code == 0, ran.err
    assert len(native.servers()) == 1


def test_ctrl_c_while_waiting_for_the_server_stops_it(native: Native) -> None:
    with native.popen("up", "--timeout", "10m", env=native.fake("exec sleep 600\n")) as process:
        until(lambda: _phase(native, "running"), "running")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=180)
    assert native.processes() == []
    assert native.service()["state"] == "stopped"


def test_a_down_that_was_killed_is_finished_by_up(native: Native) -> None:
    # A fake: it stays until the second signal, as the real one does while somebody is in a room.
    server = "n=0\ntrap 'n=$((n+1)); [ $n -ge 2 ] && exit 0' TERM\n: >heeds\nwhile :; do sleep 0.1; done\n"
    with native.popen("up", "--no-media", "--timeout", "10m", env=native.fake(server)) as process:
        until(lambda: _phase(native, "running") and (native.root / "heeds").exists(), "running")
        process.kill()
        process.communicate()
    with native.popen("down", "--drain-timeout", "10m") as process:
        until((native.folder / "stopping").exists, "stopping")
        process.kill()
        process.communicate()
    assert native.service()["state"] == "draining"
    ran = native.up()
    assert ran.code == 0, ran.err
    assert "still drains" in ran.err
    assert len(native.servers()) == 1
    assert native.service()["state"] == "ready"
