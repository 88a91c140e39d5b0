"""The ports of relayed media."""

from __future__ import annotations

from collections.abc import Iterator

from ....core.result import Finding, Fix
from ..model import Config, Rule


def _check(config: Config) -> Iterator[Finding]:
    if not config.get("turn.enabled"):
        return
    start, end = config.get("turn.relay_range_start"), config.get("turn.relay_range_end")
    if start and end and end < start:
        detail = f"{start} to {end} holds no port: no relayed call works"
        yield config.found(RULE, "turn.relay_range_end", detail, fix=Fix("the smaller number first"))
    elif bool(start) != bool(end):
        at = "turn.relay_range_start" if start else "turn.relay_range_end"
        detail = "both are needed: the default is used, 30000 to 40000"
        yield config.found(RULE, at, detail, title="Half a range of relay ports", fix=Fix("set both"))


RULE = Rule(
    "config.turn-relay-range",
    "warn",
    "The relay has no ports",
    "turn.relay_range_end below relay_range_start, or only one of them",
    "livekit-server pkg/config: NewConfig; pion/turn",
    _check,
)
