"""`lkm doctor --url` on one machine, a LiveKit server on another: for tests of the network between them."""

from __future__ import annotations

from pathlib import Path

from ..conftest import Ran
from ..fakes.netns import TwoMachines
from .remote import doctor, problems

URL = "ws://10.99.7.2:7880"
PLAIN = "warn ws:// without TLS"
"""What is wrong with that URL in every one of these tests, said last."""
TURN = (
    "turn: {enabled: true, udp_port: 3478, relay_range_start: 30000, relay_range_end: 30020,"
    " allow_restricted_peer_cidrs: [10.99.7.0/24]}\n"
)


def config(node_ip: str = TwoMachines.SERVER, *, turn: str = TURN, rtc: str = "") -> str:
    """A server's configuration; ``rtc`` is more of that section."""
    return (
        f'port: 7880\nrtc: {{tcp_port: 7881, udp_port: 7882, node_ip: "{node_ip}", use_external_ip: false,'
        f" stun_servers: [10.99.7.2:3478]{rtc}}}\n{turn}"
    )


def look(machines: TwoMachines, folder: Path, *options: str, url: str = URL) -> Ran:
    """On the client's machine."""
    return doctor(folder, url, *options, prefix=machines.client)


def fine(ran: Ran) -> None:
    """Nothing is wrong but that it has no TLS."""
    assert [one for one in problems(ran) if PLAIN not in one] == [], ran.out
    assert ran.code == 0
