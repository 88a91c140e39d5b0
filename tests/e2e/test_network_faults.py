"""The three network faults, for real, between two namespaces: UDP dropped, all media dropped, relay only.

Each is told by name in `lkm health`; the figures it took are printed (`pytest -rP`).
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from livekit_migrate.livekit.media import installed

from ..conftest import KEY, ROOT, SECRET, Ran, need
from ..fakes.netns import TwoMachines

TURN = (
    "turn: {enabled: true, udp_port: 3478, relay_range_start: 30000, relay_range_end: 30020,"
    " allow_restricted_peer_cidrs: [10.99.7.0/24]}\n"
)

PATIENT = ("--timeout", "60s")  # for what arrives in the end


@pytest.fixture
def machines() -> Iterator[TwoMachines]:
    with TwoMachines() as net:
        yield net


@contextmanager
def livekit(machines: TwoMachines, folder: Path, extra: str = "") -> Iterator[str]:
    """A real server on the server's machine; gives its URL."""
    config = (
        "port: 7880\nrtc: {tcp_port: 7881, udp_port: 7882, node_ip: 10.99.7.2, use_external_ip: false,"
        f" stun_servers: [10.99.7.2:3478]}}\n{extra}"
    )
    with machines.livekit(folder, config):
        yield "ws://10.99.7.2:7880"


def health(machines: TwoMachines, folder: Path, env: dict[str, str], url: str, *options: str) -> Ran:
    """`lkm health --json` on the client's machine."""
    if not installed():
        need("media", "the livekit package (rtc) is not installed")
    begun = time.monotonic()
    done = subprocess.run(
        [
            *machines.client,
            sys.executable,
            "-m",
            "livekit_migrate",
            "health",
            "--url",
            url,
            "--json",
            *options,
        ],
        cwd=folder,
        env={
            **{k: v for k, v in env.items() if not k.lower().endswith("_proxy")},
            "LIVEKIT_API_KEY": KEY,
            "LIVEKIT_API_SECRET": SECRET,
            "PYTHONPATH": str(ROOT),
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    ran = Ran(done.returncode, done.stdout, done.stderr)
    print(f"lkm health took {time.monotonic() - begun:.2f} s in all")  # noqa: T201
    for finding in ran.json["findings"]:
        print(f"{finding['status']:<5} {finding['title']}  {finding['seconds']} s")  # noqa: T201
    return ran


def of(ran: Ran) -> dict[str, dict[str, object]]:
    return {finding["id"]: finding for finding in ran.json["findings"]}


def row(ran: Ran, protocol: str) -> dict[str, object]:
    rows = of(ran)["health.ice"]["evidence"]["candidates"]  # type: ignore[index]
    return next(r for r in rows if r["protocol"] == protocol and r["address"] == "10.99.7.2")


def test_nothing_dropped(
    machines: TwoMachines, project: Path, clean_env: dict[str, str], tmp_path: Path
) -> None:
    with livekit(machines, tmp_path, TURN) as url:
        ran = health(machines, project, clean_env, url, "--tcp", "--relay", *PATIENT)
    assert ran.code == 0, ran.out
    assert {f["status"] for f in of(ran).values()} == {"ok"}
    assert (row(ran, "udp")["class"], row(ran, "udp")["reachable"]) == ("private", True)
    over = [of(ran)[name]["evidence"]["over"] for name in ("health.media", "health.tcp", "health.relay")]  # type: ignore[index]
    assert over == ["UDP", "TCP", "TURN"]


def test_udp_dropped(machines: TwoMachines, project: Path, clean_env: dict[str, str], tmp_path: Path) -> None:
    machines.drop("udp", 7882)
    with livekit(machines, tmp_path) as url:
        ran = health(machines, project, clean_env, url, *PATIENT)
    found = of(ran)
    assert ran.code == 0, ran.out
    assert found["health.ice"]["status"] == "warn"
    assert found["health.ice"]["title"] == (
        "ICE: UDP 7882 is dropped between here and the server; media falls back to TCP 7881"
    )
    assert (row(ran, "udp")["reachable"], row(ran, "tcp")["reachable"]) == (False, True)
    assert found["health.media"]["status"] == "ok"
    assert found["health.media"]["evidence"]["over"] == "TCP"  # type: ignore[index]


def test_all_media_dropped(
    machines: TwoMachines, project: Path, clean_env: dict[str, str], tmp_path: Path
) -> None:
    machines.drop("udp", 7882)
    machines.drop("tcp", 7881)
    with livekit(machines, tmp_path) as url:
        ran = health(machines, project, clean_env, url)
    found = of(ran)
    assert ran.code == 1
    assert found["health.signal"]["status"] == "ok"
    assert found["health.ice"]["status"] == "fail"
    assert found["health.ice"]["title"] == (
        "ICE: signalling works, media never: UDP 7882 and TCP 7881 are dropped between here and the server"
    )
    assert found["health.ice"]["fix"]["command"] == "sudo ufw allow 7882/udp && sudo ufw allow 7881/tcp"  # type: ignore[index]
    assert found["health.media"]["status"] == "skip"
    assert ran.json["data"]["failed"] == "health.ice"


def test_relay_only(machines: TwoMachines, project: Path, clean_env: dict[str, str], tmp_path: Path) -> None:
    machines.drop("udp", 7882)
    machines.drop("tcp", 7881)
    with livekit(machines, tmp_path, TURN) as url:
        ran = health(machines, project, clean_env, url, "--relay", *PATIENT)
    found = of(ran)
    assert ran.code == 0, ran.out
    assert found["health.ice"]["status"] == "warn"
    assert found["health.ice"]["title"] == (
        "ICE: UDP 7882 and TCP 7881 are dropped between here and the server; media goes only through TURN"
    )
    relay = found["health.relay"]["evidence"]
    assert (found["health.relay"]["status"], relay["over"]) == ("ok", "TURN")  # type: ignore[index]
    for side in ("publisher", "subscriber"):
        assert relay[side]["local"]["type"] == "relay"  # type: ignore[index]


def test_turn_that_does_not_relay_to_private_peers(
    machines: TwoMachines, project: Path, clean_env: dict[str, str], tmp_path: Path
) -> None:
    # What 1.12 changed: without the list the relay refuses the server's own private address.
    extra = TURN.replace(" allow_restricted_peer_cidrs: [10.99.7.0/24]", "").replace(",}", "}")
    machines.drop("udp", 7882)
    machines.drop("tcp", 7881)
    with livekit(machines, tmp_path, extra) as url:
        ran = health(machines, project, clean_env, url)
    ice = of(ran)["health.ice"]
    assert ran.code == 1
    assert "signalling works, media never" in str(ice["title"])
    assert "turn:10.99.7.2:3478" in str(ice["detail"])


def test_dead_host(machines: TwoMachines, project: Path, clean_env: dict[str, str], tmp_path: Path) -> None:
    machines.drop("tcp", 7880)
    ran = health(machines, project, clean_env, "ws://10.99.7.2:7880")
    port = of(ran)["health.port"]
    assert (ran.code, port["status"], port["evidence"]["reason"]) == (1, "fail", "timeout")  # type: ignore[index]
    assert "10.99.7.2:7880 does not answer" in str(port["title"])
    assert float(str(port["seconds"])) < 60, "the system's own patience is more than two minutes"
