"""The range of media ports."""

from __future__ import annotations

from collections.abc import Iterator

from ....core.result import Finding, Fix
from ..model import Config, Rule


def _check(config: Config) -> Iterator[Finding]:
    start, end = config.get("rtc.port_range_start"), config.get("rtc.port_range_end")
    if start and end and not config.get("rtc.force_tcp") and end % 65536 < start % 65536:
        detail = f"{start} to {end}: no port is in it"
        swapped = start <= 65535 and end <= 65535
        fix = (
            Fix(f"port_range_start: {end}, port_range_end: {start}") if swapped else Fix("ports up to 65535")
        )
        yield config.found(RULE, "rtc.port_range_end", detail, fix=fix)


RULE = Rule(
    "config.port-range",
    "fail",
    "The range of UDP ports runs backwards",
    "rtc.port_range_end below rtc.port_range_start, as 16-bit numbers",
    "pion/webrtc SettingEngine.SetEphemeralUDPPortRange",
    _check,
)
