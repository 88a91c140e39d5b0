"""An address that only this machine reaches."""

from __future__ import annotations

from collections.abc import Iterator

from ....core.result import Finding, Fix
from ..addresses import node_addresses
from ..model import Config, Rule


def _check(config: Config) -> Iterator[Finding]:
    for address in node_addresses(config):
        if address.is_unspecified:
            yield config.found(
                RULE,
                "rtc.node_ip",
                f"{address} is no address that a client could send to",
                title=f"rtc.node_ip {address} is nowhere",
            )
        elif address.is_loopback:
            if not config.get("rtc.enable_loopback_candidate"):
                detail = "and nothing listens there without rtc.enable_loopback_candidate: true"
                yield config.found(
                    RULE,
                    "rtc.node_ip",
                    f"clients are told {address}, {detail}",
                    fix=Fix("enable_loopback_candidate: true, or the address that clients reach"),
                )
            else:
                yield config.found(
                    RULE, "rtc.node_ip", f"clients are told {address}: right for development", status="info"
                )


RULE = Rule(
    "config.loopback-node-ip",
    "warn",
    "Media is for this machine only",
    "rtc.node_ip is a loopback or unspecified address",
    "livekit-server 1.13.5, run; livekit/livekit #686",
    _check,
)
