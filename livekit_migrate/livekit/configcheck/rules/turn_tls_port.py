"""The port that clients are told."""

from __future__ import annotations

from collections.abc import Iterator

from ....core.result import Finding, Fix
from ..model import Config, Rule


def _check(config: Config) -> Iterator[Finding]:
    port = config.get("turn.tls_port")
    if not config.get("turn.enabled") or port <= 0 or port == 443 or config.get("turn.external_tls"):
        return
    domain = config.get("turn.domain")
    detail = (
        f"they connect to turns:{domain}:443 whatever tls_port says: something must pass 443 on to {port}"
    )
    fix = Fix("tls_port: 443, or a load balancer that passes TCP 443 on")
    yield config.found(RULE, "turn.tls_port", detail, fix=fix)


RULE = Rule(
    "config.turn-tls-port",
    "warn",
    "Clients are told turns port 443",
    "turn.tls_port is not 443 and nothing says that a proxy stands before it: clients are told 443 always",
    "livekit-server pkg/service: iceServersForParticipant; livekit/livekit #3595",
    _check,
)
