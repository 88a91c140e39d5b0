"""A node_ip that is no address."""

from __future__ import annotations

from collections.abc import Iterator

from ....core.result import Finding, Fix
from .. import gonumbers
from ..model import Config, Rule


def _check(config: Config) -> Iterator[Finding]:
    value = config.get("rtc.node_ip")
    if not isinstance(value, str) or not value or gonumbers.ip(value):
        return
    relay = config.get("turn.enabled")
    detail = f"{value} is given to clients as it stands"
    detail += ", and TURN does not start with it" if relay else ": no call works"
    fix = Fix("an address such as 203.0.113.7")
    yield config.found(RULE, "rtc.node_ip", detail, fix=fix, status="fail" if relay else "warn")


RULE = Rule(
    "config.node-ip",
    "warn",
    "node_ip is no IP address",
    "a node_ip that is no address, in releases that do not look at it (later ones refuse it)",
    "mediatransportutil pkg/rtcconfig; livekit-server pkg/service: NewTurnServer",
    _check,
)
