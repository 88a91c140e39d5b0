"""What this machine cannot be made into: other systems, other places, other clocks, by recorded facts."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from livekit_migrate.core.settings import load
from livekit_migrate.doctor.checks import (
    docker_clock,
    docker_disk,
    machine_clock,
    machine_system,
    machine_udp_buffer,
    stack_host_network,
)
from livekit_migrate.doctor.checks._machine import Machine
from livekit_migrate.doctor.checks._machine import look as look_at
from livekit_migrate.doctor.context import Asked, Context

from ..fakes.desktop import DockerDesktop
from .looking import look

WSL2 = "5.15.153.1-microsoft-standard-WSL2"
WSL1 = "4.4.0-19041-Microsoft"


@pytest.mark.parametrize(
    ("system", "release", "status", "title"),
    [
        ("Linux", "6.1.0-18-amd64", "ok", "Linux 6.1.0-18-amd64"),
        ("Darwin", "24.1.0", "ok", "macOS 24.1.0"),
        ("Linux", WSL2, "ok", f"WSL 2 (Ubuntu) {WSL2}"),
        ("Linux", WSL1, "fail", "WSL 1: containers and UDP do not work in it"),
        ("Windows", "10", "fail", "native Windows: lkm and its stack run in WSL 2"),
    ],
)
def test_systems(tmp_path: Path, system: str, release: str, status: str, title: str) -> None:
    found = machine_system.judge(
        look_at({"WSL_DISTRO_NAME": "Ubuntu"}, system=system, release=release, root=tmp_path)
    )
    assert (found.status, found.title) == (status, title)
    if status == "fail":
        assert found.evidence["not_ready"] is True  # exit 3
        assert found.fix is not None
        assert str(found.fix.command).startswith("wsl --")


@pytest.mark.parametrize(
    ("env", "cloud"),
    [
        ({"CODESPACES": "true"}, "Codespaces"),
        ({"GITPOD_WORKSPACE_ID": "x"}, "Gitpod"),
        ({"CLOUD_SHELL": "true"}, "Cloud Shell"),
        ({}, ""),
    ],
)
def test_editors_in_the_cloud(tmp_path: Path, env: dict[str, str], cloud: str) -> None:
    assert look_at(env, system="Linux", release="6.1", root=tmp_path).cloud == cloud


@pytest.mark.parametrize(
    ("there", "status"),
    [
        ("2026-11-26T12:00:30.1234567Z", "ok"),
        ("2026-11-26T11:58:00Z", "fail"),
        ("2026-11-26T12:02:00Z", "fail"),
    ],
)
def test_the_engine_s_clock(there: str, status: str) -> None:
    noon = 1795694400.0  # 2026-11-26T12:00:00Z
    assert docker_clock.judge({"SystemTime": there}, noon).status == status


def test_how_the_engine_s_clock_is_off() -> None:
    found = docker_clock.judge({"SystemTime": "2026-11-26T11:58:00Z"}, 1795694400.0)
    assert found.title == "the engine's clock is 120 s behind this machine's"
    assert docker_clock.judge({}, 0.0).status == "skip"


def test_a_clock_that_cannot_be() -> None:
    assert machine_clock.judge(1795694400.0).status == "ok"
    found = machine_clock.judge(86_400.0)
    assert (found.status, found.title) == ("fail", "this machine's clock says 1970-01-02, which cannot be")


@pytest.mark.parametrize(
    ("got", "local", "status"), [(5_000_000, False, "ok"), (425_984, True, "info"), (425_984, False, "warn")]
)
def test_udp_buffers(got: int, local: bool, status: str) -> None:
    found = machine_udp_buffer.judge(got, got // 2, local=local)
    assert found.status == status
    if status != "ok":
        assert found.fix is not None
        assert found.fix.command == "sudo sysctl -w net.core.rmem_max=5000000 net.core.wmem_max=5000000"


@pytest.mark.parametrize(
    ("system", "desktop", "status"),
    [("Linux", False, "ok"), ("Linux", True, "fail"), ("Darwin", False, "fail"), ("Windows", True, "fail")],
)
def test_the_host_s_network(system: str, desktop: bool, status: str) -> None:
    (found,) = stack_host_network.judge(Machine(system, ""), ["livekit"], [None], desktop=desktop)
    assert found.status == status


def test_the_host_s_network_of_docker_desktop(
    files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row 7: the engine is a fake that says what Docker Desktop says; docker, Compose and files are real."""
    checks = ["docker.engine", "project.compose", "stack.host-network"]
    compose = files / "docker-compose.yml"
    before, image = compose.read_text(), "    image: livekit/"
    compose.write_text(before.replace(image, f"    network_mode: host\n{image}", 1))
    line = compose.read_text().splitlines().index("    network_mode: host") + 1
    with DockerDesktop(tmp_path) as desktop:
        monkeypatch.setenv("DOCKER_HOST", desktop.host)
        found = look(files, env={"DOCKER_HOST": desktop.host}, only=checks)
        compose.write_text(before)
        mended = look(files, env={"DOCKER_HOST": desktop.host}, only=checks)
    assert found.causes == ["stack.host-network"]
    top = found.one("stack.host-network")
    assert str(top.location) == f"docker-compose.yml:{line}"
    assert "the network of Docker's virtual machine" in top.title
    assert mended.causes == []


@pytest.mark.parametrize(
    ("free", "status"), [(50_000_000, "fail"), (1_000_000_000, "warn"), (90_000_000_000, "ok")]
)
def test_the_engine_s_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, free: int, status: str) -> None:
    """A disk that is full is nothing to provoke on a machine that others work on."""
    usage = type("Usage", (), {"free": free})
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    job = type("Job", (), {"info": {"DockerRootDir": "/var/lib/docker"}})
    context = Context(Asked(load(tmp_path, env={}), env={}))
    context.once("compose.job", lambda: job)
    found = list(docker_disk.CHECK.run(context))
    assert (found[0].status if found else "ok") == status
