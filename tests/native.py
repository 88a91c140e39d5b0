"""A project of its own for tests of the native runtime, and the end of every process that it started."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeVar

import psutil

from .conftest import ROOT, Ran, free_port, server_binary

T = TypeVar("T")

# Its name is part of every path: spaces, quotes and umlauts must do no harm anywhere.
FOLDER = "Müllers call-app's"


def until(look: Callable[[], T | None], what: str, seconds: float = 90) -> T:
    """The first true thing that ``look`` gives. The bound only ends a hang: nothing is to be read from it."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        # After the look, so that one that took all the time still counts.
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.01)  # between two looks, bounded by the deadline
    return found


class Native:
    """A project with ports of its own. ``lkm`` runs a command in it, as a user does."""

    def __init__(self, parent: Path, env: Mapping[str, str]) -> None:
        self.root = parent / FOLDER
        self.root.mkdir()
        self.env = dict(env)
        self.ports = (free_port(), free_port(), free_port(socket.SOCK_DGRAM))
        self.write_ports()

    def write_ports(self, more: str = "") -> None:
        signal_port, tcp, udp = self.ports
        (self.root / "lkm.toml").write_text(
            f"{more}\n[ports]\nsignal = {signal_port}\nrtc_tcp = {tcp}\nrtc_udp = {udp}\n"
        )

    @property
    def folder(self) -> Path:
        return self.root / ".lkm" / "native"

    def popen(self, *argv: str, env: Mapping[str, str] | None = None, **more: Any) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "livekit_migrate", *argv],
            cwd=self.root,
            env={**self.env, **(env or {})},
            stdin=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more},
        )

    def lkm(self, *argv: str, env: Mapping[str, str] | None = None, timeout: float = 300) -> Ran:
        with self.popen(*argv, env=env) as process:
            try:
                out, err = process.communicate(timeout=timeout)
            except BaseException:
                process.kill()
                raise
        return Ran(process.returncode, out, err)

    def up(self, *argv: str, env: Mapping[str, str] | None = None) -> Ran:
        """``lkm up`` with the real server, without the check of media."""
        if not env or "LKM_SERVER_SOURCE" not in env:
            server_binary()
        return self.lkm("up", "--no-media", *argv, env=env)

    def service(self) -> dict[str, Any]:
        """What `lkm status --json` says of the server."""
        found = self.lkm("status", "--json").json["data"]["services"][0]
        assert isinstance(found, dict)
        return found

    def state(self) -> dict[str, Any]:
        """The supervisor's record; empty while there is none."""
        with contextlib.suppress(OSError, ValueError):
            found = json.loads((self.folder / "state.json").read_text())
            assert isinstance(found, dict)
            return found
        return {}

    def processes(self, name: str = "") -> list[psutil.Process]:
        """Every process that was started for this project."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                line = process.cmdline()
                if (
                    any(str(self.folder) in word for word in line)
                    and name in " ".join(line)
                    and process.status() != psutil.STATUS_ZOMBIE
                ):
                    found.append(process)
        return found

    def servers(self) -> list[psutil.Process]:
        return self.processes("--config")

    def fake(self, body: str) -> dict[str, str]:
        """A program in the place of livekit-server, for what that cannot be made to do; the environment."""
        folder = self.root.parent / "fake-bin"
        folder.mkdir(exist_ok=True)
        program = folder / "livekit-server"
        program.write_text(
            '#!/bin/sh\nif [ "$1" = --version ]; then echo livekit-server version 1.13.5; exit 0; fi\n' + body
        )
        program.chmod(program.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
        return {"PATH": f"{folder}:{self.env['PATH']}", "LKM_SERVER_SOURCE": "path"}

    def clean_up(self) -> None:
        """End what is left, by PID."""
        for _ in range(60):
            if not (left := self.processes()):
                return
            for process in left:
                with contextlib.suppress(psutil.Error):
                    process.send_signal(signal.SIGKILL)
            psutil.wait_procs(left, timeout=1)
        raise AssertionError(f"still there: {left}")


class HasServer(Protocol):
    """A project whose server is on ``ports[0]``."""

    ports: tuple[int, int, int]

    def lkm(self, *argv: str) -> Ran: ...


class Caller:
    """A participant in a process of its own; ``leave`` disconnects it."""

    def __init__(self, project: HasServer, identity: str, room: str = "demo") -> None:
        token = project.lkm("token", "--room", room, "--identity", identity)
        assert token.code == 0, token.err
        self.process = subprocess.Popen(
            [
                sys.executable,
                str(ROOT / "tests" / "fakes" / "caller.py"),
                f"ws://127.0.0.1:{project.ports[0]}",
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(token.out)
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "joined\n"

    def leave(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("leave\n")
        self.process.stdin.flush()

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream:
                stream.close()


def hold(kind: str, port: int, host: str = "127.0.0.1") -> subprocess.Popen[str]:
    """Another program that has a port."""
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "tests" / "fakes" / "squatter.py"), kind, host, str(port)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def release(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
    if process.stdout:
        process.stdout.close()


def alive(process: psutil.Process | int) -> bool:
    """Whether it still runs: it may end, or stay as a zombie that nobody reaps, between two looks at it."""
    try:
        if isinstance(process, int):
            process = psutil.Process(process)
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


__all__ = ["FOLDER", "Caller", "Native", "alive", "hold", "release", "until"]
