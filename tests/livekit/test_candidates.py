"""What kind of address a candidate is, and who can reach it."""

from __future__ import annotations

import pytest

from livekit_migrate.livekit.candidates import Candidate, bridge_networks, classify, explain, parse


@pytest.mark.parametrize(
    ("line", "candidate"),
    [
        # As livekit-server 1.13.5 trickles them.
        (
            "candidate:2878742611 1 udp 2130706431 127.0.0.1 7882 typ host ufrag klTahSxLJxrTBSUJ",
            Candidate("udp", "127.0.0.1", 7882),
        ),
        (
            "candidate:1469377455 1 tcp 1671430143 fd00::2 7881 typ host tcptype passive ufrag klTah",
            Candidate("tcp", "fd00::2", 7881),
        ),
        (
            "a=candidate:1 1 UDP 1 203.0.113.7 50001 typ srflx raddr 10.0.0.1 rport 50001",
            Candidate("udp", "203.0.113.7", 50001, "srflx"),
        ),
        ("candidate:1 1 tcp 1 10.0.0.1 9 typ host tcptype active", None),
        ("candidate:1 1 udp 1 10.0.0.1 0 typ host", None),
        ("candidate:1 1 udp 1 10.0.0.1 99999 typ host", None),
        ("candidate:1 1 sctp 1 10.0.0.1 9 typ host", None),
        ("candidate:1 1 udp 1 10.0.0.1 ² typ host", None),
        ("candidate:1 1 udp 1 10.0.0.1 ٧ typ host", None),
        (f"candidate:1 1 udp 1 10.0.0.1 {'7' * 5000} typ host", None),
        ("", None),
        ("candidate:", None),
    ],
)
def test_candidate_line_is_read(line: str, candidate: Candidate | None) -> None:
    assert parse(line) == candidate


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("127.0.0.1", "loopback"),
        ("127.8.8.8", "loopback"),
        ("::1", "loopback"),
        ("::ffff:127.0.0.1", "loopback"),
        ("172.17.0.2", "docker"),
        ("172.30.255.1", "docker"),
        ("172.16.0.2", "private"),
        ("172.31.16.4", "private"),  # the default VPC of AWS
        ("10.1.2.3", "private"),
        ("192.168.1.2", "private"),
        ("fd00::2", "private"),
        ("100.100.1.2", "carrier"),
        ("169.254.1.1", "link-local"),
        ("fe80::1%eth0", "link-local"),
        ("8.8.8.8", "public"),
        ("2a00:1450::1", "public"),
        ("0.0.0.0", "unspecified"),
        ("a1b2.local", "name"),
    ],
)
def test_class_of_an_address(address: str, kind: str) -> None:
    assert classify(address) == kind


def test_own_container_bridges_are_known() -> None:
    assert classify("10.88.0.5", ["10.88.0.1/16"]) == "docker"
    assert classify("10.89.0.5", ["10.88.0.1/255.255.0.0"]) == "private"
    assert all("/" in network for network in bridge_networks())


def test_explanations_depend_on_where_the_client_is() -> None:
    assert "its own machine" in explain("loopback", "public", same_machine=False)
    assert "this machine only" in explain("loopback", "loopback", same_machine=True)
    assert "nobody outside" in explain("docker", "public", same_machine=False)
    assert "behind a public URL" in explain("private", "public", same_machine=False)
    assert "behind a public URL" not in explain("private", "private", same_machine=False)
    assert "Tailscale" in explain("carrier", "public", same_machine=False)
