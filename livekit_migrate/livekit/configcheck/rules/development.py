"""Development mode."""

from __future__ import annotations

from collections.abc import Iterator

from ....core.result import Finding, Fix
from ..model import Config, Rule


def _check(config: Config) -> Iterator[Finding]:
    if config.get("development"):
        detail = "debug logs, /debug/pprof for anybody"
        if not config.get("keys") and not config.get("key_file") and not config.facts.keys:
            detail += "; no keys: devkey opens it"
            if not config.get("bind_addresses"):
                detail += ", and it listens on 127.0.0.1 and ::1 only"
        yield config.found(RULE, "development", detail, fix=Fix("drop it in production"))


RULE = Rule(
    "config.development",
    "warn",
    "Development mode",
    "development: true, with which the server shows its insides and takes devkey where there are no keys",
    "livekit-server cmd/server: getConfig",
    _check,
)
