"""What the ICE rung makes of the checks. The checks are made up here: a public server, another Docker host
or a network without IPv6 cannot be had on one machine; the same paths run for real in the network tests."""

from __future__ import annotations

import time
from typing import Any

import psutil
import pytest

from livekit_migrate.core.endpoint import Endpoint, Route
from livekit_migrate.core.result import Finding
from livekit_migrate.core.secret import Secret
from livekit_migrate.livekit.candidates import Candidate
from livekit_migrate.livekit.keys import KeyPair
from livekit_migrate.livekit.signal import SignalError
from livekit_migrate.livekit.stun import Outcome, Reach
from livekit_migrate.livekit.turn import TurnReach
from livekit_migrate.stack.health import Options, Target
from livekit_migrate.stack.health.ladder import Climb
from livekit_migrate.stack.health.rungs.ice import TITLE, _judge, look

PUBLIC = "93.184.216.34"


def reach(
    protocol: str, address: str, outcome: Outcome = "answers", *, by_server: bool = False, port: int = 0
) -> Reach:
    port = port or (7882 if protocol == "udp" else 7881)
    candidate = Candidate("udp" if protocol == "udp" else "tcp", address, port)
    return Reach(candidate, outcome, 1.5 if outcome == "answers" else None, by_server)


def judge(*reaches: Reach, host: str = PUBLIC, turn: tuple[TurnReach, ...] = ()) -> Finding:
    loopback = host.startswith("127.")
    climb = Climb(
        Target(f"ws://{host}:7880", KeyPair("APIx", Secret("s" * 32))),
        Options(),
        Endpoint(False, host, 7880),
        Route(None, "loopback" if loopback else "no proxy is set"),
        "lkm-health-test",
        peer=host,
    )
    climb.rung, climb.label = "ice", TITLE
    climb.reaches, climb.turn = reaches, turn
    return _judge(climb)


def test_all_answers() -> None:
    found = judge(reach("udp", PUBLIC), reach("tcp", PUBLIC))
    assert found.status == "ok"
    assert found.title == f"ICE: udp {PUBLIC}:7882 1.5 ms, tcp {PUBLIC}:7881 1.5 ms"


def test_docker_address_of_a_server_elsewhere() -> None:
    found = judge(reach("udp", "172.18.0.3", "silent"), reach("tcp", "172.18.0.3", "no-route"))
    assert found.status == "fail"
    assert "signalling works, media never" in found.title
    assert "inside a Docker network: nobody outside the server's machine reaches it" in found.detail
    assert found.fix
    assert "rtc.node_ip" in found.fix.text
    assert {row["class"] for row in found.evidence["candidates"]} == {"docker"}


def test_loopback_address_of_a_server_elsewhere() -> None:
    found = judge(reach("udp", "127.0.0.1", "refused"), reach("tcp", "127.0.0.1", "refused"))
    assert found.status == "fail"
    assert "refused: nothing listens there" in found.title
    assert "every client looks for the server on its own machine" in found.detail
    assert found.fix
    assert "rtc.node_ip" in found.fix.text


def test_private_address_behind_a_public_url() -> None:
    found = judge(reach("udp", "10.0.0.5", "silent"), reach("tcp", "10.0.0.5", "silent"))
    assert found.status == "fail"
    assert "a private address behind a public URL" in found.detail
    assert found.fix
    assert "rtc.node_ip" in found.fix.text


def test_firewall_before_the_right_address() -> None:
    found = judge(reach("udp", PUBLIC, "silent"), reach("tcp", PUBLIC, "silent"))
    assert found.title == (
        "ICE: signalling works, media never: UDP 7882 and TCP 7881 are dropped between here and the server"
    )
    assert found.fix
    assert found.fix.command == "sudo ufw allow 7882/udp && sudo ufw allow 7881/tcp"


def test_udp_dropped_and_tcp_open() -> None:
    found = judge(reach("udp", PUBLIC, "silent"), reach("tcp", PUBLIC))
    assert found.status == "warn"
    assert found.title == (
        "ICE: UDP 7882 is dropped between here and the server; media falls back to TCP 7881"
    )


def test_tcp_dropped_and_udp_open() -> None:
    found = judge(reach("udp", PUBLIC), reach("tcp", PUBLIC, "silent"))
    assert found.status == "warn"
    assert "TCP 7881 is dropped" in found.title
    assert "networks that drop UDP will have no media" in found.detail


def test_one_address_of_several_is_enough() -> None:
    # A server with a Docker bridge advertises that, too; clients try all of them.
    found = judge(reach("udp", PUBLIC), reach("udp", "172.17.0.1", "silent"), reach("tcp", PUBLIC))
    assert found.status == "ok"
    by_address = {row["address"]: row for row in found.evidence["candidates"]}
    assert "Docker" in by_address["172.17.0.1"]["reason"]


def test_only_ipv6_answers() -> None:
    found = judge(reach("udp", PUBLIC, "silent"), reach("udp", "2a00:1450::1"), reach("tcp", PUBLIC))
    assert found.status == "warn"
    assert "over IPv4 UDP 7882 is dropped" in found.title
    assert "clients without IPv6 have no media" in found.detail


def test_ipv6_without_a_route_is_no_fault() -> None:
    found = judge(reach("udp", PUBLIC), reach("udp", "2a00:1450::1", "no-route"), reach("tcp", PUBLIC))
    assert found.status == "ok"
    assert "no route from here" in found.evidence["candidates"][1]["reason"]


def test_server_comes_by_itself() -> None:
    found = judge(
        reach("udp", "172.18.0.3", "silent"),
        reach("tcp", "172.18.0.3", "silent"),
        reach("udp", PUBLIC, by_server=True, port=40000),
    )
    assert found.status == "warn"
    assert "the server reaches this machine by itself" in found.title
    assert f"from udp {PUBLIC}:40000" in found.detail
    assert found.fix
    assert "rtc.node_ip" in found.fix.text


def test_only_turn() -> None:
    relay = TurnReach(f"turn:{PUBLIC}:3478?transport=udp", True, rtt_ms=3.0)
    found = judge(reach("udp", PUBLIC, "silent"), reach("tcp", PUBLIC, "silent"), turn=(relay,))
    assert found.status == "warn"
    assert found.title.endswith("media goes only through TURN")
    assert relay.url in found.detail


def test_turn_that_refuses_private_peers() -> None:
    relay = TurnReach("turn:10.0.0.5:3478", False, "it refuses to relay to 10.0.0.5: 403 Forbidden")
    found = judge(reach("udp", PUBLIC), reach("tcp", PUBLIC), turn=(relay,))
    assert found.status == "warn"
    assert "TURN fails" in found.title
    assert found.fix
    assert "allow_restricted_peer_cidrs" in found.fix.text


@pytest.mark.parametrize("outcome", ["refused", "silent"])
def test_server_on_this_machine_that_does_not_listen_on_loopback(outcome: Outcome) -> None:
    found = judge(reach("udp", "127.0.0.1", outcome), reach("tcp", "127.0.0.1", outcome), host="127.0.0.1")
    assert found.status == "fail"
    assert found.fix
    assert "enable_loopback_candidate" in found.fix.text
    assert found.fix.command is None, "it is not known to be the project's own server"
    assert "between here and the server" not in found.title


def test_own_address_counts_as_this_machine() -> None:
    own = [a.address for xs in psutil.net_if_addrs().values() for a in xs if a.family.name == "AF_INET"]
    found = judge(reach("udp", own[0], "silent"), host=own[0])
    assert "between here and the server" not in found.title


def test_no_address_at_all() -> None:
    found = judge()
    assert found.status == "fail"
    assert "advertises no address" in found.title


@pytest.mark.parametrize(("timeout", "seconds"), [(None, 2), (60.0, 60)])
def test_silence_counts_from_when_it_was_asked_to(timeout: float | None, seconds: float) -> None:
    class Silent:
        """A server that offers no media; it would take as long as lkm is patient."""

        def offer(self, deadline: float) -> None:
            asked.append(deadline)
            raise SignalError("the server offered no media connection in time")

        def close(self) -> None:
            pass

    asked: list[float] = []
    anything: Any = Silent()
    target = Target("ws://127.0.0.1:7880", KeyPair("APIx", Secret("s" * 32)))
    endpoint, route = Endpoint(False, "127.0.0.1", 7880), Route(None, "loopback")
    climb = Climb(target, Options(timeout=timeout), endpoint, route, "room", signal=anything, join=anything)
    climb.rung, climb.label = "ice", TITLE
    before = time.monotonic()
    assert look(climb).status == "fail"
    assert before + seconds <= asked[0] <= time.monotonic() + seconds
