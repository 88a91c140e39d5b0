"""TURN needs a port."""

from __future__ import annotations

from collections.abc import Iterator

from ....core.result import Finding, Fix
from ..model import Config, Rule


def _check(config: Config) -> Iterator[Finding]:
    if config.get("turn.enabled") and config.get("turn.tls_port") <= 0 and config.get("turn.udp_port") <= 0:
        fix = Fix("udp_port: 3478, or tls_port: 5349 with a domain and a certificate")
        yield config.found(RULE, "turn.enabled", "the server says: invalid TURN ports", fix=fix)


RULE = Rule(
    "config.turn-ports",
    "fail",
    "TURN is enabled without a port",
    "turn.enabled with neither udp_port nor tls_port",
    "livekit-server pkg/service: NewTurnServer",
    _check,
)
