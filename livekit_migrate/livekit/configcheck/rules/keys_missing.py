"""No API keys."""

from __future__ import annotations

from collections.abc import Iterator

from ....core.result import Finding, Fix
from ..model import Config, Rule


def _check(config: Config) -> Iterator[Finding]:
    if not config.sound or config.get("keys") or config.get("key_file") or config.development:
        return
    if config.facts.keys:
        return
    fix = Fix("add keys, or give them in LIVEKIT_KEYS", "lkm keys new")
    if config.facts.keys is None:
        detail = "the server starts only where LIVEKIT_KEYS, --keys or --key-file gives them"
        yield config.found(RULE, "keys", detail, title="No API keys in this file", fix=fix, status="info")
        return
    yield config.found(RULE, "keys", "the server says: one of key-file or keys must be provided", fix=fix)


RULE = Rule(
    "config.keys-missing",
    "fail",
    "No API keys",
    "neither keys nor key_file, and no development mode",
    "livekit-server pkg/config: ValidateKeys",
    _check,
)
