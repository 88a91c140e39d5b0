"""A stack that runs, and what `lkm doctor` says of it as a user sees it."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conftest import Ran, free_port


def free_range(count: int) -> range:
    """UDP ports, one after the other, that nobody holds at this moment; of one block with ``free_port``'s."""
    while True:
        first = free_port(socket.SOCK_DGRAM)
        found = range(first, first + count)
        if found[0] // 500 != found[-1] // 500:
            continue
        with contextlib.ExitStack() as stack, contextlib.suppress(OSError):
            for number in found:
                stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)).bind(("", number))
            return found


@dataclass
class Running:
    """A project whose stack runs."""

    root: Path
    env: dict[str, str]

    def lkm(self, *argv: str, env: dict[str, str] | None = None) -> Ran:
        done = subprocess.run(
            [sys.executable, "-m", "livekit_migrate", *argv],
            cwd=self.root,
            env={**self.env, **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def compose(self, *argv: str) -> str:
        """A Compose command that has to work."""
        done = subprocess.run(
            ["docker", "compose", *argv],
            cwd=self.root,
            env=self.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def doctor(self, *argv: str, env: dict[str, str] | None = None) -> dict[str, Any]:
        """Its JSON. Loaded machines are given time: a check that was not done would prove nothing."""
        ran = self.lkm("doctor", "--all", "--timeout", "60s", "--json", *argv, env=env)
        assert ran.out, ran.err
        return ran.json

    def causes(self, *argv: str, env: dict[str, str] | None = None) -> list[str]:
        """Ids of what stands on its own as a problem, the gravest first."""
        return [cause["id"] for cause in self.doctor(*argv, env=env)["data"]["causes"]]

    def first_lines(self) -> str:
        """The first three lines that a person reads."""
        return "\n".join(self.lkm("doctor", "--all").out.splitlines()[:3])

    def edit(self, name: str, old: str, new: str) -> None:
        path = self.root / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    def redis(self, *words: str) -> str:
        return self.compose("exec", "--no-TTY", "redis", "redis-cli", *words)
