"""Network faults between two machines, for real: what `lkm doctor --url` names first, and nothing besides.

Two namespaces stand for the machines; iptables drops. Where the change to make is the operating system's, the
test makes it by hand and holds the text; where it is the server's file, the test writes it there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..fakes.netns import TwoMachines
from .machines import PLAIN, config, fine, look
from .remote import blames, paragraph, symptoms


@pytest.fixture(scope="module")
def pair() -> Iterator[TwoMachines]:
    with TwoMachines() as net:
        yield net


@pytest.fixture
def machines(pair: TwoMachines) -> Iterator[TwoMachines]:
    yield pair
    pair.heal()


@pytest.fixture(scope="module")
def served(pair: TwoMachines, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One server with TURN for all tests that drop something on the way to it."""
    with pair.livekit(tmp_path_factory.mktemp("served"), config()):
        yield


def test_nothing_dropped(machines: TwoMachines, served: None, tmp_path: Path) -> None:
    ran = look(machines, tmp_path)
    fine(ran)
    assert "joining, media over UDP, media over TCP and TURN are fine" in paragraph(ran)


def test_udp_dropped(machines: TwoMachines, served: None, tmp_path: Path) -> None:
    machines.drop("udp", 7882)
    ran = look(machines, tmp_path)
    blames(
        ran,
        "warn UDP 7882 is dropped between here and the server; media falls back to TCP 7881",
        PLAIN,
    )
    assert "sudo ufw allow 7882/udp" in ran.out
    assert "UDP gets out of this network: stun:10.99.7.2:3478 answers 10.99.7.1:" in ran.out
    assert paragraph(ran).count("Calls connect from here, but not for everybody: UDP 7882") == 1
    machines.heal()
    fine(look(machines, tmp_path))


def test_all_ways_of_media_dropped(machines: TwoMachines, served: None, tmp_path: Path) -> None:
    for protocol, port in (("udp", 7882), ("tcp", 7881), ("udp", 3478)):
        machines.drop(protocol, port)
    ran = look(machines, tmp_path)
    assert ran.code == 1
    blames(
        ran,
        "fail UDP 7882 and TCP 7881 are dropped between here and the server: signalling works, media never",
        "fail TURN turn:10.99.7.2:3478?transport=udp is advertised, but does not work",
        PLAIN,
    )
    assert symptoms(ran) == ["fail so also: TCP 7881 is dropped between here and the server"]
    assert "does not answer over UDP either: perhaps this network lets no UDP out" in ran.out
    assert "sudo ufw allow 7882/udp && sudo ufw allow 7881/tcp" in ran.out
    assert "Signalling gets through, but calls do not work: UDP 7882" in paragraph(ran)


def test_only_turn_is_left(machines: TwoMachines, served: None, tmp_path: Path) -> None:
    machines.drop("udp", 7882)
    machines.drop("tcp", 7881)
    ran = look(machines, tmp_path)
    assert ran.code == 0
    blames(
        ran,
        "warn UDP 7882 and TCP 7881 are dropped between here and the server; media goes only through TURN",
        PLAIN,
    )
    assert "UDP gets out of this network" in ran.out
    assert "Calls connect from here, but not for everybody" in paragraph(ran)


def test_tcp_for_media_dropped(machines: TwoMachines, served: None, tmp_path: Path) -> None:
    machines.drop("tcp", 7881)
    ran = look(machines, tmp_path)
    blames(
        ran,
        "warn TCP 7881 is dropped between here and the server; networks that drop UDP will have no media",
        PLAIN,
    )
    assert "sudo ufw allow 7881/tcp" in ran.out


def test_turn_on_a_port_that_nothing_answers(machines: TwoMachines, served: None, tmp_path: Path) -> None:
    machines.drop("udp", 3478)
    ran = look(machines, tmp_path)
    blames(ran, "warn TURN turn:10.99.7.2:3478?transport=udp is advertised, but does not work", PLAIN)
    assert "sudo ufw allow 3478/udp" in ran.out


def test_dead_host(machines: TwoMachines, served: None, tmp_path: Path) -> None:
    machines.drop("tcp", 7880)
    ran = look(machines, tmp_path, "--timeout", "12s")
    assert ran.code == 1
    blames(ran, "fail TCP 10.99.7.2:7880 does not answer: dropped on the way, or the host is down", PLAIN)
    assert "sudo ufw allow 7880/tcp" in ran.out
    took = re.search(r"checks  ([0-9.]+) s$", ran.err, re.MULTILINE)
    assert took
    assert float(took[1]) < 60, (
        "all checks of the network together have 12 s, on a machine that does not stall"
    )
