"""Who holds a port, and what frees it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from livekit_migrate.core.errors import NotReadyError
from livekit_migrate.stack import ports
from livekit_migrate.stack.ports import Holder, Port, Trouble
from tests.conftest import free_port, need
from tests.native import hold, release


@pytest.fixture
def squat() -> Iterator[Any]:
    held: list[subprocess.Popen[str]] = []

    def take(kind: str, port: int, host: str = "127.0.0.1") -> int:
        held.append(hold(kind, port, host))
        return held[-1].pid

    yield take
    for process in held:
        release(process)


@pytest.mark.parametrize("ours", ["", "127.0.0.1"])
@pytest.mark.parametrize("theirs", ["127.0.0.1", "0.0.0.0", "::"])
@pytest.mark.parametrize("kind", ["tcp", "udp"])
def test_every_overlap_of_addresses_is_seen(squat: Any, kind: Any, theirs: str, ours: str) -> None:
    number = free_port(socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM)
    pid = squat(kind, number, theirs)
    trouble = ports.examine(Port(number, kind, "test", ours))
    assert trouble is not None
    assert [holder.pid for holder in trouble.holders] == [pid]


def test_another_address_of_this_machine_is_no_conflict(squat: Any) -> None:
    number = free_port()
    squat("tcp", number, "127.0.0.2")
    assert ports.examine(Port(number, "tcp", "test", "127.0.0.1")) is None


def test_tcp_and_udp_do_not_disturb_each_other(squat: Any) -> None:
    number = free_port()
    squat("tcp", number)
    assert ports.examine(Port(number, "udp", "test")) is None


def test_connections_that_linger_are_no_conflict() -> None:
    # None of those that outgoing connections get: one of another program may come just then.
    with socket.create_server(("127.0.0.1", free_port())) as listener:
        number = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", number)):
            accepted, _ = listener.accept()
            accepted.close()  # the server closes first: its end waits in TIME_WAIT
    assert ports.examine(Port(number, "tcp", "test")) is None


def test_who_answers_without_a_listener_here_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    # A fake bind: on Linux a bind beside a listener always fails; macOS and Docker's forwarding let it pass.
    monkeypatch.setattr(ports, "_bind", lambda _port: None)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        trouble = ports.examine(Port(listener.getsockname()[1], "tcp", "test", "127.0.0.1"))
    assert trouble is not None
    assert trouble.reason == "answers"


def test_an_address_that_is_not_here() -> None:
    trouble = ports.examine(Port(free_port(), "tcp", "test", "203.0.113.1"))
    assert trouble is not None
    assert "has no address 203.0.113.1" in ports.refusal([trouble]).detail


def test_all_troubles_are_told_at_once(squat: Any) -> None:
    first, second = free_port(), free_port(socket.SOCK_DGRAM)
    pids = squat("tcp", first), squat("udp", second)
    with pytest.raises(NotReadyError) as refused:
        ports.preflight([Port(first, "tcp", "a", setting="ports.signal"), Port(second, "udp", "b")])
    error = refused.value
    assert error.message == f"TCP {first} is taken (and 1 more)"
    assert all(f"PID {pid}" in error.detail for pid in pids)
    assert all(f"kill {pid}" in error.hint for pid in pids)
    assert "ports.signal in lkm.toml" in error.hint


@pytest.mark.parametrize(
    ("argv", "hidden", "shown"),
    [
        (["livekit-server", "--keys", "devkey: canary-secret"], "canary", "--keys"),
        (["x", "--api-secret", "canary"], "canary", "--api-secret"),
        (["x", "PASSWORD=canary"], "canary", "PASSWORD="),
        (["x", "a\nb"], "\n", "a b"),
        (["x", "y" * 500], "y" * 200, "…"),
    ],
)
def test_a_strangers_command_line_is_shown_without_its_secrets(
    argv: list[str], hidden: str, shown: str
) -> None:
    text = ports.shown_command(argv)
    assert hidden not in text
    assert shown in text


def test_a_container_is_named_with_the_command_that_stops_it(monkeypatch: pytest.MonkeyPatch) -> None:
    # A fake daemon's answer; the real one is asked in the test below.
    monkeypatch.setattr(
        ports, "_docker", lambda _filters: [("f" * 64, "my-livekit", "livekit/livekit-server")]
    )
    monkeypatch.setattr(ports, "_pids", lambda *_, **__: set())
    port = Port(7880, "tcp", "signalling")
    error = ports.refusal([Trouble(port, "busy", tuple(ports._holders(port)))])
    assert "held by container my-livekit (livekit/livekit-server)" in error.detail
    assert error.hint == "docker stop my-livekit"


def test_a_real_container_holds_the_port() -> None:
    if (
        not shutil.which("docker")
        or subprocess.run(["docker", "info"], capture_output=True, check=False).returncode
    ):
        need("docker", "no Docker daemon answers")
    number = free_port()
    name = f"lkm-test-{number}"
    image = "debian:bookworm-slim"
    if subprocess.run(["docker", "image", "inspect", image], capture_output=True, check=False).returncode:
        need("docker", f"no image {image}")
    started = subprocess.run(
        [
            "docker",
            "run",
            "-d",
            "--rm",
            "--name",
            name,
            "-p",
            f"127.0.0.1:{number}:80",
            image,
            "sleep",
            "600",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        assert started.returncode == 0, started.stderr
        trouble = ports.examine(Port(number, "tcp", "test", "127.0.0.1"))
        assert trouble is not None
        error = ports.refusal([trouble])
        assert name in error.detail
        assert error.hint.splitlines()[0] == f"docker stop {name}"
    finally:
        subprocess.run(["docker", "rm", "-f", name], capture_output=True, check=False)


def test_a_docker_that_hangs_does_not_hold_us_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # A fake daemon that accepts and never answers.
    with socket.socket(socket.AF_UNIX) as daemon:
        daemon.bind(str(tmp_path / "docker.sock"))
        daemon.listen()
        monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
        monkeypatch.setattr(ports, "_DOCKER_SECONDS", 0.2)
        assert ports._docker({}) == []


def test_a_holder_that_cannot_be_seen() -> None:
    error = ports.refusal([Trouble(Port(7882, "udp", "media over UDP"), "busy", (Holder(),))])
    assert "another user" in error.detail
    assert ":7882" in error.hint
    assert error.hint.startswith("sudo ")


def test_an_outgoing_connection_is_named_as_what_it_is() -> None:
    with socket.socket() as far, socket.socket() as near:
        far.bind(("127.0.0.1", 0))
        far.listen(1)
        near.bind(("127.0.0.1", 0))
        near.connect(far.getsockname())
        trouble = ports.examine(Port(near.getsockname()[1], "tcp", "signalling", "127.0.0.1"))
    assert trouble is not None
    (holder,) = trouble.holders
    assert holder.pid == os.getpid()
    assert str(holder).startswith("an outgoing connection of ")
    assert f"kill {os.getpid()}" not in ports.refusal([trouble]).hint
