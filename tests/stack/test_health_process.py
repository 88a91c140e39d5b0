"""The process rung, with the project's own server started, killed, stopped and stood in for."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..conftest import KEY, SECRET, Lkm, free_port, running_server, server_binary
from ..native import alive, until

QUICK = ("health", "--until", "twirp", "--json")


@pytest.fixture
def clean_env(clean_env: dict[str, str]) -> dict[str, str]:
    return {k: v for k, v in clean_env.items() if not k.lower().endswith("_proxy")}


@pytest.fixture
def stack(lkm: Lkm, project: Path) -> Iterator[int]:
    """A project with ports and keys of its own; its server is down afterwards. Gives the signal port."""
    server_binary()
    ports = (free_port(), free_port(), free_port(socket.SOCK_DGRAM))
    (project / "lkm.toml").write_text(
        "[ports]\nsignal = {}\nrtc_tcp = {}\nrtc_udp = {}\n".format(*ports), encoding="utf-8"
    )
    (project / ".env").write_text(f"LIVEKIT_API_KEY={KEY}\nLIVEKIT_API_SECRET={SECRET}\n", encoding="utf-8")
    yield ports[0]
    lkm("down", "--now")


def test_process_through_its_life(lkm: Lkm, stack: int) -> None:
    before = lkm(*QUICK)
    assert before.code == 1
    first = before.json["findings"][0]
    assert (first["id"], first["fix"]["command"]) == ("health.process", "lkm up")

    assert lkm("up", "--json").code == 0
    running = lkm(*QUICK)
    assert running.code == 0, running.out
    first = running.json["findings"][0]
    assert (first["status"], first["evidence"]["state"]) == ("ok", "ready")
    pid = first["evidence"]["pid"]

    os.kill(pid, signal.SIGKILL)
    until(lambda: not alive(pid), "its end")
    crashed = lkm(*QUICK)
    assert crashed.code == 1
    first = crashed.json["findings"][0]
    assert first["title"] == "process: the project's server has crashed"
    assert first["fix"]["command"] == "lkm logs"


def test_key_that_changed_since_the_start(lkm: Lkm, stack: int) -> None:
    assert lkm("up", "--json").code == 0
    assert lkm("keys", "new", "--force").code == 0
    ran = lkm(*QUICK)
    assert ran.code == 4
    process, *_, twirp = ran.json["findings"]
    assert (process["status"], process["fix"]["command"]) == ("warn", "lkm restart")
    assert "changed since it was started" in process["detail"]
    assert "does not know the key" in twirp["title"]


def test_server_that_lkm_did_not_start(lkm: Lkm, stack: int, tmp_path: Path) -> None:
    config = (
        f"port: {stack}\nbind_addresses: [127.0.0.1]\n"
        f"rtc: {{tcp_port: {free_port()}, udp_port: {free_port(socket.SOCK_DGRAM)}}}\n"
    )
    with running_server(tmp_path, config, wait_url=f"http://127.0.0.1:{stack}/"):
        ran = lkm(*QUICK)
    assert ran.code == 0, ran.out
    process = ran.json["findings"][0]
    assert process["status"] == "info"
    assert "a server that lkm did not start" in process["title"]


def test_another_url_has_no_process_here(lkm: Lkm, stack: int) -> None:
    ran = lkm(*QUICK, "--url", f"ws://127.0.0.1:{free_port()}")
    assert ran.json["findings"][0]["id"] == "health.port"
