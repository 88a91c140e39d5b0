"""Two ways to say the node's address."""

from __future__ import annotations

from collections.abc import Iterator

from ....core.result import Finding, Fix
from ..model import Config, Rule


def _check(config: Config) -> Iterator[Finding]:
    if config.get("rtc.use_external_ip") and config.get("rtc.node_ip") not in ("", ("", "")):
        detail = "the server asks STUN for its address and does not start where STUN is blocked"
        fix = Fix("use_external_ip: false")
        yield config.found(RULE, "rtc.node_ip", detail, fix=fix)


RULE = Rule(
    "config.external-ip-beats",
    "warn",
    "rtc.node_ip is ignored: use_external_ip beats it",
    "rtc.use_external_ip beside rtc.node_ip",
    "mediatransportutil pkg/rtcconfig: Validate; livekit/livekit #4049, #4626",
    _check,
)
