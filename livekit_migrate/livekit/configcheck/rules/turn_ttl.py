"""How long TURN credentials hold."""

from __future__ import annotations

from collections.abc import Iterator

from ....core.result import Finding, Fix
from ..model import Config, Rule


def _check(config: Config) -> Iterator[Finding]:
    if not config.get("turn.enabled") or not config.knows("turn.ttl_seconds"):
        return
    ttl = config.get("turn.ttl_seconds")
    if ttl <= 0:
        detail = f"credentials that hold {ttl} seconds are over at once: the server hands out none"
        yield config.found(RULE, "turn.ttl_seconds", detail, fix=Fix("ttl_seconds: 300, the default"))


RULE = Rule(
    "config.turn-ttl",
    "warn",
    "Clients get no TURN credentials",
    "turn.ttl_seconds is not above zero",
    "livekit-server pkg/service: iceServersForParticipant, CreatePassword",
    _check,
)
