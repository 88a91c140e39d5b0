"""Fixtures for tests of the checks: a healthy project on disk, and a healthy stack that runs."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.compose import Project, engine, generation
from tests.conftest import ROOT, Lkm, Ran, clean_environment, free_port

from .running import Running

KEY, SECRET = "APItestkey00001", "Zq8w-canary-0123456789abcdefghijklmnopqrst"


@pytest.fixture
def doctor(lkm: Lkm) -> Lkm:
    """`lkm doctor` as a user runs it, with all the time that its checks want, however busy the machine is."""

    def run(*argv: str, **more: Any) -> Ran:
        return lkm("doctor", "--all", "--timeout", "60s", *argv, **more)

    return run


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The default stack's files and a .env, with the Compose of today; nothing of it runs."""
    for name, value in generation(5).items():
        monkeypatch.setenv(name, value)
    for name in list(os.environ):
        if name.startswith(("LIVEKIT_", "COMPOSE_", "POSTGRES_", "NEXT_PUBLIC_")):
            monkeypatch.delenv(name)
    return write_stack(tmp_path / f"lkmt{secrets.token_hex(4)}")


def write_stack(folder: Path) -> Path:
    """A healthy project: the default stack on free ports, as the template has it but for these."""
    folder.mkdir()
    ports = {
        "7880": str(free_port()), "7881": str(free_port()), "7882": str(free_port(socket.SOCK_DGRAM)),
        "127.0.0.1:6379": f"127.0.0.1:{free_port()}", "127.0.0.1:5434": f"127.0.0.1:{free_port()}",
    }  # fmt: skip
    for name in ("docker-compose.yml", "livekit.yaml"):
        text = (ROOT / name).read_text(encoding="utf-8")
        # All at once: the digits of one that was put in may be those of another that is looked for.
        text = re.sub("|".join(ports), lambda match: ports[match[0]], text)
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "lkm.toml").write_text(
        f"[ports]\nsignal = {ports['7880']}\nrtc_tcp = {ports['7881']}\nrtc_udp = {ports['7882']}\n"
    )
    env = f"LIVEKIT_API_KEY={KEY}\nLIVEKIT_API_SECRET={SECRET}\nPOSTGRES_PASSWORD=a-word-of-its-own\n"
    (folder / ".env").write_text(env)
    return folder


@pytest.fixture(scope="session")
def _stacks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    engine("livekit/livekit-server:v1.13.5", "redis:7", "postgres:17")
    return tmp_path_factory.mktemp("stacks")


@pytest.fixture(scope="session")
def started(_stacks: Path) -> Iterator[Running]:
    """One stack for all tests that put back what they broke."""
    folder = write_stack(_stacks / f"lkmt{secrets.token_hex(4)}")
    home = Path.home() / ".docker"
    env = {**clean_environment(_stacks), "DOCKER_CONFIG": str(home), **generation(5)}
    env = {k: v for k, v in env.items() if not k.startswith(("COMPOSE_", "POSTGRES_"))}
    running = Running(folder, env)
    try:
        ran = running.lkm("up", "--runtime", "compose", "--no-media")
        assert ran.code == 0, ran.err
        yield running
    finally:
        Project(folder, folder.name, env).clean_up()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def stack(started: Running) -> Iterator[Running]:
    """The running stack, healthy before and after."""
    kept = ("docker-compose.yml", "livekit.yaml", ".env")
    before = {name: (started.root / name).read_bytes() for name in kept}
    yield started
    for name, data in before.items():
        (started.root / name).write_bytes(data)
    started.compose("up", "--detach", "--wait")
