"""Keys beside a key file."""

from __future__ import annotations

from collections.abc import Iterator

from ....core.result import Finding, Fix
from ..model import Config, Rule


def _check(config: Config) -> Iterator[Finding]:
    if config.get("key_file") and config.get("keys"):
        fix = Fix("put all keys into the key file, or drop key_file")
        yield config.found(RULE, "keys", "the server reads the keys of key_file only", fix=fix)


RULE = Rule(
    "config.keys-and-file",
    "warn",
    "keys is ignored: key_file beats it",
    "keys and key_file together",
    "livekit-server pkg/config: ValidateKeys",
    _check,
)
