"""Media over TCP only: UDP candidates are kept from both sides, so only the TCP port can carry it."""

from __future__ import annotations

from ....core.result import Finding, Fix
from ..ladder import Climb
from ..roundtrip import round_trip

NAME = "tcp"
TITLE = "TCP only"
ORDER = 90


def wanted(climb: Climb) -> bool:
    return climb.options.tcp


def look(climb: Climb) -> Finding:
    if not any(r.candidate.protocol == "tcp" for r in climb.reaches):
        return climb.finding(
            "fail",
            "the server advertises no TCP address for media",
            fix=Fix("set rtc.tcp_port on the server"),
        )
    return round_trip(climb, "tcp")
