"""The default stack by Compose alone: both generations, both ways of media, until a call goes through it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from livekit_migrate.core import settings
from livekit_migrate.stack import compose_files
from tests import compose
from tests.conftest import KEY, SECRET, Lkm, free_port

IMAGES = ("livekit/livekit-server:v1.13.5", "redis:7", "postgres:17")


def free_range(count: int) -> int:
    """The first of neighbouring UDP ports of 127.0.0.1 that nobody holds at this moment."""
    for _ in range(50):
        first = free_port(socket.SOCK_DGRAM)
        held: list[socket.socket] = []
        try:
            for number in range(first, first + count):
                held.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
                held[-1].bind(("127.0.0.1", number))
        except (OSError, OverflowError):
            continue
        else:
            return first
        finally:
            for one in held:
                one.close()
    raise AssertionError(f"no {count} free UDP ports in a row")


@pytest.fixture(scope="module", params=[(5, "mux"), (2, "range")], ids=["v5-mux", "v2-range"])
def stack(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[compose.Project]:
    """A stack that is up. Range with few ports: each costs a process."""
    major, rtc = request.param
    env = compose.generation(major)
    compose.engine(*IMAGES)
    folder = tmp_path_factory.mktemp("stack")
    first = free_range(8)
    ports = {name: free_port() for name in ("signal", "rtc_tcp", "redis", "postgres")}
    ports |= {"rtc_udp": free_port(socket.SOCK_DGRAM), "rtc_range_start": first, "rtc_range_end": first + 7}
    lines = [f"rtc = '{rtc}'", "[ports]", *(f"{name} = {number}" for name, number in ports.items())]
    compose.write(
        folder,
        {
            "lkm.toml": "\n".join(lines),
            ".env": f"LIVEKIT_API_KEY={KEY}\nLIVEKIT_API_SECRET={SECRET}\nPOSTGRES_PASSWORD=p.w-1\n"
            "LIVEKIT_MEM_LIMIT=300m\nLIVEKIT_CPUS=1.5\n",
        },
    )
    compose.write(folder, compose_files.render(settings.load(folder, env={})))
    project = compose.Project(folder, f"lkm-test-stack-{ports['signal']}", env)
    try:
        ran = project.compose("up", "--detach", "--wait", "--wait-timeout", "240")
        assert ran.code == 0, ran.err + project.compose("logs", "--tail", "20").out
        yield project
    finally:
        project.clean_up()


def mine(stack: compose.Project) -> settings.Settings:
    return settings.load(stack.folder, env={})


def test_media_goes_through_the_published_ports(stack: compose.Project, lkm: Lkm) -> None:
    stack.only_answers("livekit")
    url = f"ws://127.0.0.1:{mine(stack).number('ports.signal')}"
    env = {"LIVEKIT_API_KEY": KEY, "LIVEKIT_API_SECRET": SECRET}
    ran = lkm("health", "--url", url, "--timeout", "60s", "--json", env=env)
    assert ran.code == 0, ran.out
    found = {finding["id"]: finding for finding in ran.json["findings"]}
    assert found["health.ice"]["status"] == "ok"
    assert found["health.media"]["status"] == "ok"
    rows = found["health.ice"]["evidence"]["candidates"]
    answered = {(row["protocol"], row["port"]) for row in rows if row["reachable"]}
    assert ("tcp", mine(stack).number("ports.rtc_tcp")) in answered
    udp = {port for protocol, port in answered if protocol == "udp"}
    if mine(stack).text("rtc") == "mux":
        assert udp == {mine(stack).number("ports.rtc_udp")}
    else:
        start, end = (mine(stack).number(f"ports.rtc_range_{side}") for side in ("start", "end"))
        assert udp
        assert all(start <= port <= end for port in udp)


def published(container: dict[str, Any]) -> set[str]:
    """Addresses of this machine at which a container is reached."""
    bindings = container["NetworkSettings"]["Ports"].values()
    return {binding["HostIp"] for found in bindings for binding in found or ()}


def test_nothing_is_open_to_other_machines(stack: compose.Project) -> None:
    for service in ("livekit", "redis", "postgres"):
        assert published(stack.container(service)) == {"127.0.0.1"}


def test_limits_of_env_count(stack: compose.Project) -> None:
    host = stack.container("livekit")["HostConfig"]
    assert (host["Memory"], host["NanoCpus"]) == (300 * 1024 * 1024, 1_500_000_000)
    assert stack.container("redis")["HostConfig"]["Memory"] == 0
    assert host["LogConfig"]["Config"] == {"max-size": "10m", "max-file": "3"}


def test_the_database_is_the_one_of_env(stack: compose.Project) -> None:
    query = ("psql", "--host", "postgres", "--username", "app", "--no-align", "--tuples-only", "--command")
    ran = stack.compose(
        "exec",
        "--no-TTY",
        "--env",
        "PGPASSWORD=p.w-1",
        "postgres",
        *query,
        "select current_database()",
        "app",
    )
    assert (ran.code, ran.out) == (0, "app\n"), ran.err
    wrong = stack.compose("exec", "--no-TTY", "--env", "PGPASSWORD=x", "postgres", *query, "select 1", "app")
    assert wrong.code != 0
    assert "password authentication failed" in wrong.err


def test_livekit_uses_that_redis(stack: compose.Project) -> None:
    ran = stack.compose("exec", "--no-TTY", "redis", "redis-cli", "hlen", "nodes")
    assert ran.out.strip() == "1", ran


def test_without_keys_compose_says_what_to_do(stack: compose.Project, tmp_path: Path) -> None:
    compose.write(tmp_path, {"docker-compose.yml": (stack.folder / "docker-compose.yml").read_text()})
    elsewhere = compose.Project(tmp_path, "lkm-test-no-keys", stack.env)
    ran = elsewhere.compose("config", "--quiet", env={"POSTGRES_PASSWORD": "x"})
    assert ran.code != 0
    assert "run lkm keys new" in ran.err
