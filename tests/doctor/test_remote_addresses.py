"""Media addresses and relays that a server is told wrongly: named, then mended in its file by the test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..fakes.netns import TwoMachines
from ..fakes.server import TLS
from .machines import PLAIN, TURN, config, fine, look
from .remote import blames, paragraph, problems, symptoms


@pytest.fixture(scope="module")
def machines() -> Iterator[TwoMachines]:
    with TwoMachines() as net:
        yield net


@pytest.mark.parametrize(
    ("ip", "said"),
    [
        ("172.18.0.3", "172.18.0.3, inside a Docker network: nobody outside the server's machine reaches it"),
        ("127.0.0.1", "127.0.0.1, a loopback address: every client looks for the server on its own machine"),
        ("198.51.100.7", "198.51.100.7, where nobody answers, and is at 10.99.7.2 itself"),
    ],
)
def test_address_that_clients_do_not_reach(machines: TwoMachines, tmp_path: Path, ip: str, said: str) -> None:
    with machines.livekit(tmp_path, config(ip, turn="")):
        ran = look(machines, tmp_path)
    assert ran.code == 1
    blames(ran, f"fail the server advertises {said}", PLAIN)
    assert "in the server's livekit.yaml: set rtc.node_ip to" in ran.out
    assert len(symptoms(ran)) == 2, "UDP and TCP for media come of it"
    assert paragraph(ran).count("Calls connect where the server reaches the client by itself") == 1
    if ip.startswith("172"):
        with machines.livekit(tmp_path, config(turn="")):
            fine(look(machines, tmp_path))


def test_relay_that_refuses_private_addresses(machines: TwoMachines, tmp_path: Path) -> None:
    without = TURN.replace(", allow_restricted_peer_cidrs: [10.99.7.0/24]", "")
    with machines.livekit(tmp_path, config(turn=without)):
        ran = look(machines, tmp_path)
    blames(ran, "warn TURN turn:10.99.7.2:3478?transport=udp relays to no private address", PLAIN)
    # The server of the other tests has that list, and relays.
    assert "turn.allow_restricted_peer_cidrs" in ran.out


def test_ipv6_only(machines: TwoMachines, tmp_path: Path) -> None:
    machines.add_ipv6()
    six = ", ips: {excludes: [10.99.7.0/24, 127.0.0.0/8]}"
    with machines.livekit(tmp_path, config("10.99.7.2,fd99:7::2", turn="", rtc=six)):
        ran = look(machines, tmp_path)
        blames(ran, "warn the server advertises IPv6 addresses only: udp [fd99:7::2]:7882", PLAIN)
        by_address = look(machines, tmp_path, url="ws://[fd99:7::2]:7880")
        machines.name("six.test", machines.SERVER6)
        by_name = look(machines, tmp_path, url="ws://six.test:7880")
    assert problems(by_address)[0] == problems(ran)[0]
    blames(by_name, "warn six.test has IPv6 addresses only: fd99:7::2", "the server advertises IPv6", PLAIN)
    assert "make an A record for six.test" in paragraph(by_name)


def test_turn_over_tls(machines: TwoMachines, tmp_path: Path) -> None:
    machines.name("turn.test")
    machines.name("livekit.test")
    key = shutil.copy(TLS / "server.key", tmp_path)
    Path(key).chmod(0o600)
    turn = (
        "turn: {enabled: true, domain: %s, tls_port: 5349, relay_range_start: 30000, relay_range_end: 30020,"
        f" allow_restricted_peer_cidrs: [10.99.7.0/24], cert_file: {TLS / 'good.pem'}, key_file: {key}}}\n"
    )
    with machines.livekit(tmp_path, config(turn=turn % "livekit.test")):
        ran = look(machines, tmp_path)
        blames(
            ran,
            "warn TURN over TLS turns:livekit.test:443?transport=tcp does not work: nothing listens there",
            PLAIN,
        )
        assert "443/tcp of it passed to turn.tls_port" in ran.out
        machines.redirect(443, 5349)
        fine(look(machines, tmp_path))
    with machines.livekit(tmp_path, config(turn=turn % "turn.test")):
        ran = look(machines, tmp_path)
        blames(
            ran, "warn TURN over TLS turns:turn.test:443?transport=tcp does not work: its certificate", PLAIN
        )
        assert "(livekit.test, localhost, 127.0.0.1, 10.99.7.2) is not trusted for turn.test" in ran.out
        assert "turn.domain: turn.test with a certificate for that name" in ran.out
