"""An address that only this machine reaches."""

from __future__ import annotations

from collections.abc import Iterator

from ....core.result import Finding, Fix
from ..addresses import node_addresses
from ..model import Config, Rule


def _check(config: Config) -> Iterator[Finding]:
    for address in node_addresses(config):
        if address.is_unspecified:
            detail = f"{address} is no address that a client could send to"
            title = f"rtc.node_ip {address} is nowhere"
            fix = Fix("the address that clients reach")
            yield config.found(RULE, "rtc.node_ip", detail, title=title, fix=fix, status="warn")
        elif address.is_loopback:
            detail = (
                f"clients are told {address}: right for development, in a container with published ports too"
            )
            fix = None
            if not config.get("rtc.enable_loopback_candidate"):
                detail += "; outside of one nothing listens there"
                fix = Fix("outside of a container: enable_loopback_candidate: true")
            yield config.found(RULE, "rtc.node_ip", detail, fix=fix)


RULE = Rule(
    "config.loopback-node-ip",
    "info",
    "Media is for this machine only",
    "rtc.node_ip is a loopback or unspecified address",
    "livekit-server 1.13.5, run; livekit/livekit #686",
    _check,
)
