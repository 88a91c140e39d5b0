"""Media through TURN only: the pair that carries it must be a relay's."""

from __future__ import annotations

from ....core.result import Finding, Fix
from ..ladder import Climb
from ..roundtrip import round_trip

NAME = "relay"
TITLE = "TURN only"
ORDER = 100


def wanted(climb: Climb) -> bool:
    return climb.options.relay


def look(climb: Climb) -> Finding:
    assert climb.join  # noqa: S101 - the rung below holds
    if not climb.join.turn_urls:
        return climb.finding(
            "fail",
            "the server advertises no TURN server",
            fix=Fix("set turn.enabled: true with turn.udp_port or turn.tls_port on the server"),
        )
    return round_trip(climb, "relay")
