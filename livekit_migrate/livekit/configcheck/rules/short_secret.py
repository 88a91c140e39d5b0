"""Secrets that can be guessed."""

from __future__ import annotations

from collections.abc import Iterator

from ....core.result import Finding, Fix
from ..model import Config, Rule


def _check(config: Config) -> Iterator[Finding]:
    for key, secret in (config.get("keys") or {}).items():
        if len(secret.encode()) >= SHORTEST or (config.development and secret):
            continue
        fix = Fix("make a new pair", "lkm keys new --stdout")
        title = f"The secret of {key} is empty" if not secret else f"The secret of {key} is short"
        detail = f"{len(secret.encode())} bytes; the server asks for {SHORTEST} and starts all the same"
        yield config.found(RULE, f"keys.{key}", detail, title=title, fix=fix)


SHORTEST = 32


RULE = Rule(
    "config.short-secret",
    "warn",
    "A short API secret",
    "a secret under 32 characters, or empty",
    "livekit-server pkg/config: ValidateKeys logs it as an error",
    _check,
)
