"""Half a range of media ports."""

from __future__ import annotations

from collections.abc import Iterator

from ....core.result import Finding, Fix
from ..model import Config, Rule


def _check(config: Config) -> Iterator[Finding]:
    start, end = config.get("rtc.port_range_start"), config.get("rtc.port_range_end")
    udp = (config.get("rtc.udp_port") or (0, 0))[0]
    if start and not end:
        use = f"media uses udp_port {udp}" if udp else "media may take any UDP port of the machine"
        yield config.found(
            RULE,
            "rtc.port_range_start",
            f"without port_range_end it is ignored: {use}",
            fix=Fix("set port_range_end too"),
        )
    elif end and not start:
        use = f"media uses udp_port {udp}" if udp else "media uses the default, 50000 to 60000"
        yield config.found(
            RULE,
            "rtc.port_range_end",
            f"without port_range_start it is ignored: {use}",
            fix=Fix("set port_range_start too"),
        )
    elif max(start, end) > 65535:
        at = "rtc.port_range_end" if end > 65535 else "rtc.port_range_start"
        detail = f"ports are 16 bits wide: {start} to {end} becomes {start % 65536} to {end % 65536}"
        yield config.found(RULE, at, detail, title="A UDP port above 65535", fix=Fix("ports up to 65535"))


RULE = Rule(
    "config.port-range-half",
    "warn",
    "Half a range of UDP ports",
    "only one of rtc.port_range_start and rtc.port_range_end, or one above 65535",
    "mediatransportutil pkg/rtcconfig: Validate, NewWebRTCConfig",
    _check,
)
