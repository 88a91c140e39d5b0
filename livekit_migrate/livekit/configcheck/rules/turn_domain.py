"""TURN over TLS needs a domain."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ....core.result import Finding, Fix
from ..model import Config, Rule


def _check(config: Config) -> Iterator[Finding]:
    if not config.get("turn.enabled") or config.get("turn.tls_port") <= 0:
        return
    domain = config.get("turn.domain")
    if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+\.?", domain, re.IGNORECASE):
        said = "TURN domain is not correct" if domain else "TURN domain required"
        fix = Fix("domain: turn.example.com, the name in the certificate")
        at = "turn.domain" if domain else "turn.tls_port"
        yield config.found(RULE, at, f"the server says: {said}", fix=fix)


RULE = Rule(
    "config.turn-domain",
    "fail",
    "TURN over TLS has no valid domain",
    "turn.tls_port without turn.domain, or with one that is no domain name",
    "livekit-server pkg/service: NewTurnServer, IsValidDomain",
    _check,
)
