"""A project whose server is a process: clean while healthy; STUN, keys and ports by the real server."""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import KEY, SECRET, free_port, running_server, server_binary

from .looking import look

CONFIG = "port: 7880\nrtc: {tcp_port: 7881, udp_port: 7882, node_ip: 127.0.0.1}\n"


def test_a_healthy_native_server_is_clean(native: Any) -> None:
    assert native.up("--runtime", "native").code == 0
    ran = native.lkm("doctor", "--all", "--json", "--skip", "docker", "--skip", "machine.proxy")
    found = ran.json
    assert [f["title"] for f in found["findings"] if f["status"] in ("fail", "warn")] == []
    assert ran.code == 0
    seen = {one["id"]: one["status"] for one in found["data"]["checks"]}
    assert (seen["stack.health"], seen["stack.services"]) == ("ok", "ok")


def test_the_key_was_changed_after_the_start(native: Any) -> None:
    """Row 17: the server reads its keys once."""
    assert native.up("--runtime", "native").code == 0
    env = native.root / ".env"
    kept = env.read_text()
    env.write_text(
        "".join(
            "LIVEKIT_API_SECRET=" + "x" * 43 + "\n" if "SECRET" in x else x for x in kept.splitlines(True)
        )
    )
    ran = native.lkm("doctor", "--all", "--json", "--skip", "docker", "--skip", "machine.proxy")
    first = ran.json["data"]["causes"][0]
    assert first["id"].startswith("keys."), ran.json["data"]["causes"]
    assert {cause["id"].partition(".")[0] for cause in ran.json["data"]["causes"]} == {"keys"}
    words = native.lkm("doctor", "--all", "--skip", "docker", "--skip", "machine.proxy").out.splitlines()[:3]
    assert "secret" in "\n".join(words)
    assert native.lkm("restart", "--no-media").code == 0  # what it names
    again = native.lkm("doctor", "--all", "--json", "--skip", "docker", "--skip", "machine.proxy")
    assert again.json["data"]["causes"] == []


@pytest.fixture
def project_with_stun(tmp_path: Path) -> Path:
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "lkm.toml").write_text('runtime = "native"\n')
    (folder / ".env").write_text(f"LIVEKIT_API_KEY={KEY}\nLIVEKIT_API_SECRET={SECRET}\n")
    return folder


def with_stun(folder: Path, port: int) -> None:
    text = f"port: {free_port()}\nrtc: {{tcp_port: 0, udp_port: {free_port()}, use_external_ip: true, "
    (folder / "livekit.yaml").write_text(f"{text}stun_servers: ['127.0.0.1:{port}']}}\n")


def test_stun_is_blocked(project_with_stun: Path, tmp_path: Path) -> None:
    """Row 3. The real server ends with the same configuration, and with exit code 0."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        with_stun(project_with_stun, silent.getsockname()[1])
        found = look(project_with_stun, only=["config.stun"])
        top = found.one("config.stun")
        assert top.status == "fail"
        assert "asks STUN for its address before it starts, and nobody answers" in top.title
        assert top.location is not None
        assert (top.location.file, top.location.line) == ("livekit.yaml", 2)
        done = subprocess.run(
            [str(server_binary()), "--config", str(project_with_stun / "livekit.yaml")],
            env={"LIVEKIT_KEYS": f"{KEY}: {SECRET}"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0
        assert "could not resolve external IP" in done.stdout + done.stderr
    mended = "port: 7880\nrtc: {tcp_port: 7881, udp_port: 7882, node_ip: 203.0.113.7}\n"
    (project_with_stun / "livekit.yaml").write_text(mended)
    assert look(project_with_stun, only=["config.stun"]).causes == []


def test_the_limit_of_udp_buffers(project_with_stun: Path, tmp_path: Path) -> None:
    """Row 8: what the server says of this machine's limit at its start is what is said here.

    The limit is the whole machine's, so it stays as it is: Linux' own is below what the server asks for.
    """
    port = free_port()
    config = (
        f"port: {port}\nbind_addresses: [127.0.0.1]\nrtc: {{tcp_port: {free_port()}, udp_port: "
        f"{free_port(socket.SOCK_DGRAM)}, node_ip: 93.184.216.34, use_external_ip: false}}\n"
    )
    (project_with_stun / "livekit.yaml").write_text(config)
    with running_server(tmp_path, config, wait_url=f"http://127.0.0.1:{port}/") as server:
        warned = "UDP receive buffer is too small for a production set-up" in server.log.read_text()
    found = look(project_with_stun, only=["machine.udp-buffer"])
    assert found.status("machine.udp-buffer") == ("warn" if warned else "ok")
    if warned:
        top = found.one("machine.udp-buffer")
        assert "bytes of the 5000000 that the server wants" in top.title
        assert top.fix is not None
        assert top.fix.command == "sudo sysctl -w net.core.rmem_max=5000000 net.core.wmem_max=5000000"


SPACED = "{key}: {secret}"
WEBHOOK = "webhook: {api_key: APIother0000001, urls: ['http://127.0.0.1:9/hook']}\n"


@pytest.mark.parametrize(
    ("keys", "change", "ident", "server_says"),
    [
        (SPACED, ("node_ip", "stun_servers: ['127.0.0.1:{stun}'], use_external_ip: true, node_ip"),
         "config.external-ip-beats", "could not resolve external IP"),  # row 4
        (SPACED, ("udp_port", "udp_prot"), "config.unknown-key", "field udp_prot not found"),  # row 19
        ("{key}:{secret}", ("", ""), "config.keys-form", "Could not parse keys"),  # row 20
        (SPACED, ("port: 7880\n", "port: 7880\n" + WEBHOOK), "config.webhook-key", "api_key"),  # row 21
    ],
)  # fmt: skip
def test_the_real_server_ends_of_what_is_named_first(
    project_with_stun: Path, keys: str, change: tuple[str, str], ident: str, server_says: str
) -> None:
    """And with exit code 0, as if all were well."""
    handed = keys.format(key=KEY, secret=SECRET)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        stun = str(silent.getsockname()[1])
        text = CONFIG.replace(*change, 1).replace("{stun}", stun) if change[0] else CONFIG
        (project_with_stun / "livekit.yaml").write_text(text)
        done = subprocess.run(
            [str(server_binary()), "--config", str(project_with_stun / "livekit.yaml")],
            env={"LIVEKIT_KEYS": handed},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 0
    assert server_says in done.stdout + done.stderr
    found = look(project_with_stun, only=["config"], env={"LIVEKIT_KEYS": handed}, offline=True)
    assert found.causes[0] == ident


def test_stun_answers(project_with_stun: Path, tmp_path: Path) -> None:
    """By a real one: LiveKit's own TURN answers STUN."""
    turn = free_port(socket.SOCK_DGRAM)
    port = free_port()
    config = (
        f"port: {port}\nbind_addresses: [127.0.0.1]\nrtc: {{tcp_port: {free_port()}, "
        f"udp_port: {free_port(socket.SOCK_DGRAM)}, node_ip: 127.0.0.1, use_external_ip: false}}\n"
        f"turn: {{enabled: true, udp_port: {turn}, relay_range_start: 41000, relay_range_end: 41010}}\n"
    )
    with running_server(tmp_path, config, wait_url=f"http://127.0.0.1:{port}/"):
        with_stun(project_with_stun, turn)
        found = look(project_with_stun, only=["config.stun"])
    (answer,) = found.of("config.stun")
    assert (answer.status, answer.title) == ("ok", "STUN sees this machine as 127.0.0.1")


def test_offline_no_stun_server_is_asked(project_with_stun: Path) -> None:
    with_stun(project_with_stun, 9)
    assert look(project_with_stun, only=["config.stun"], offline=True).status("config.stun") == "skip"
