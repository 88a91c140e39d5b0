"""Two ways to give media ports."""

from __future__ import annotations

from collections.abc import Iterator

from ....core.result import Finding, Fix
from ..model import Config, Rule


def _check(config: Config) -> Iterator[Finding]:
    start, end = config.get("rtc.port_range_start"), config.get("rtc.port_range_end")
    udp = config.get("rtc.udp_port") or (0, 0)
    if start and end and udp[0]:
        detail = f"media uses {start} to {end}; firewalls opened for udp_port only let nothing through"
        fix = Fix("drop port_range_start and port_range_end, or udp_port")
        yield config.found(RULE, "rtc.udp_port", detail, fix=fix)


RULE = Rule(
    "config.udp-port-ignored",
    "warn",
    "rtc.udp_port is ignored: the port range beats it",
    "rtc.udp_port beside a whole rtc.port_range",
    "mediatransportutil pkg/rtcconfig: NewWebRTCConfig",
    _check,
)
