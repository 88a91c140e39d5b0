"""TURN over TLS needs a certificate."""

from __future__ import annotations

from collections.abc import Iterator

from ....core.result import Finding, Fix
from ..files import pem_problem
from ..model import Config, Rule


def _check(config: Config) -> Iterator[Finding]:
    if not config.get("turn.enabled") or config.get("turn.tls_port") <= 0 or config.get("turn.external_tls"):
        return
    fix = Fix("cert_file and key_file, or external_tls: true where a proxy ends TLS")
    for key in ("turn.cert_file", "turn.key_file"):
        path = config.get(key)
        if not path:
            at = "turn.cert_file" if config.get("turn.cert_file") else "turn.tls_port"
            yield config.found(RULE, at, f"{key} is not set", fix=fix)
        elif config.facts.folder is not None and (problem := pem_problem(config.facts.folder, path)):
            yield config.found(RULE, key, f"{path}: {problem}", fix=fix)


RULE = Rule(
    "config.turn-certificate",
    "fail",
    "TURN over TLS has no certificate",
    "turn.tls_port without cert_file and key_file (or with files that are not there), and no external_tls",
    "livekit-server pkg/service: NewTurnServer",
    _check,
)
