"""Every runtime through the same assertions: what `lkm up` and its siblings promise does not depend on it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from livekit_migrate.stack.runtime import names
from tests.compose import generation
from tests.conftest import Ran, clean_environment, server_binary
from tests.native import Native

from .composed import SLEEP, Composed, busy, checked, environment

Lkm = Callable[..., Ran]


@dataclass
class Played:
    """What each command said, in the order in which they were run."""

    runtime: str
    folder: Path
    said: dict[str, Ran] = field(default_factory=dict)

    def data(self, command: str) -> dict[str, Any]:
        found = self.said[command].json["data"]
        assert isinstance(found, dict)
        return found

    def livekit(self, command: str) -> dict[str, Any]:
        (found,) = [one for one in self.data(command)["services"] if one["name"] == "livekit"]
        assert isinstance(found, dict)
        return found


def _play(played: Played, lkm: Lkm) -> Played:
    runtime = ("--runtime", played.runtime)
    for name, words in {
        "nothing": ("status", "--json"),
        "up": ("up", "--json"),
        "again": ("up", "--json"),
        "status": ("status", "--json"),
        "env": ("status", "-o", "env"),
        "health": ("health", "--json", "--until", "http"),
        "logs": ("logs", "--json", "-n", "0"),
        "restart": ("restart", "--json", "--no-media"),
        "after": ("status", "--json"),
        "down": ("down", "--json"),
        "gone": ("status", "--json"),
        "down again": ("down", "--json"),
    }.items():
        played.said[name] = lkm(*words, *(runtime if name == "up" else ()))
    return played


@pytest.fixture(scope="module", params=["native", "compose"])
def played(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    folder = tmp_path_factory.mktemp(request.param)
    clean = clean_environment(folder)
    if request.param == "native":
        server_binary()
        native = Native(folder, clean)
        try:
            yield _play(Played("native", native.root), native.lkm)
        finally:
            native.clean_up()
        return
    request.getfixturevalue("busy_image")
    composed = Composed(folder, environment(clean, generation(5)))
    # The other commands look for the server where lkm.toml says that it is.
    (composed.root / "lkm.toml").write_text(f"[ports]\nsignal = {composed.ports[0]}\n")
    redis = busy(SLEEP, healthcheck=checked())
    composed.write({"livekit": composed.livekit(depends_on=["redis"]), "redis": redis})
    try:
        yield _play(Played("compose", composed.root), composed.lkm)
    finally:
        composed.clean_up()


def test_every_runtime_is_played() -> None:
    assert names() == ["compose", "native"]


def test_every_command_ends_well(played: Played) -> None:
    assert {name: ran.code for name, ran in played.said.items()} == dict.fromkeys(played.said, 0), [
        (name, ran.out[-2000:], ran.err[-2000:]) for name, ran in played.said.items() if ran.code
    ]
    assert all(ran.err == "" for name, ran in played.said.items() if name != "env")


def test_the_runtime_says_its_name(played: Played) -> None:
    assert played.data("up")["runtime"] == played.runtime
    # Without being told: it runs there.
    assert played.data("status")["runtime"] == played.runtime


def test_up_is_ready_and_proven(played: Played) -> None:
    up = played.livekit("up")
    assert (up["state"], up["running"]) == ("ready", True)
    assert up["url"].startswith("ws://127.0.0.1:")
    findings = {f["id"]: f["status"] for f in played.said["up"].json["findings"]}
    assert findings["health.ice"] == "ok"


def test_up_once_more_changes_nothing(played: Played) -> None:
    assert played.data("up")["changed"] is True
    assert played.data("again")["changed"] is False
    assert played.livekit("again")["started_at"] == played.livekit("up")["started_at"]
    assert played.livekit("again")["pid"] == played.livekit("up")["pid"]


def test_status_says_what_there_is(played: Played) -> None:
    one = played.livekit("status")
    assert (one["state"], one["participants"], one["rooms"]) == ("ready", 0, [])
    assert one["uptime_seconds"] >= 0
    assert one["version"] == "1.13.5"
    assert one["memory_bytes"] > 1_000_000
    assert one["cpu_percent"] is not None
    assert [(port["purpose"], port["protocol"], port["open"]) for port in one["ports"]] == [
        ("signalling and API", "tcp", True),
        ("media over TCP", "tcp", True),
        ("media over UDP", "udp", True),
    ]
    assert played.data("status")["drift"] == []


def test_health_knows_its_process(played: Played) -> None:
    first, *_ = played.said["health"].json["findings"]
    assert (first["id"], first["status"]) == ("health.process", "ok")
    assert first["evidence"]["runtime"] == played.runtime


def test_env_output_is_the_projects(played: Played) -> None:
    lines = dict(line.split("=", 1) for line in played.said["env"].out.splitlines())
    assert lines["LIVEKIT_API_KEY"].startswith("API")
    assert "LIVEKIT_API_SECRET" not in lines


def test_logs_are_read_with_their_fields(played: Played) -> None:
    lines = played.data("logs")["lines"]
    started = [line for line in lines if line["message"] == "starting LiveKit server"]
    assert started
    assert started[0]["level"] == "info"
    assert started[0]["fields"]["portHttp"]
    assert [line["time"] for line in lines] == sorted(line["time"] for line in lines)


def test_restart_is_another_run(played: Played) -> None:
    assert played.data("restart")["changed"] is True
    assert played.livekit("after")["state"] == "ready"
    assert played.livekit("after")["started_at"] > played.livekit("status")["started_at"]


def test_down_leaves_nothing_running(played: Played) -> None:
    assert played.data("down")["changed"] is True
    assert not played.livekit("gone")["running"]
    assert played.data("down again")["changed"] is False


def test_the_secret_is_nowhere(played: Played) -> None:
    values = dict(
        line.split("=", 1) for line in (played.folder / ".env").read_text().splitlines() if "=" in line
    )
    for name, ran in played.said.items():
        assert values["LIVEKIT_API_SECRET"] not in ran.out + ran.err, name


def test_json_keys_are_pinned(played: Played, golden: Any) -> None:
    keys = {
        "data": sorted(played.data("status")),
        "service": sorted(played.livekit("status")),
        "port": sorted(played.livekit("status")["ports"][0]),
        "up": sorted(played.data("up")),
        "down": sorted(played.data("down")),
        "line": sorted(played.data("logs")["lines"][0]),
    }
    golden(f"stack/{played.runtime}-keys.json", json.dumps(keys, indent=1) + "\n")
