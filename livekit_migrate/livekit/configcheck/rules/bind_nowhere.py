"""Signalling listens nowhere."""

from __future__ import annotations

from collections.abc import Iterator

from ....core.result import Finding, Fix
from ..model import Config, Rule


def _check(config: Config) -> Iterator[Finding]:
    if config.sets("bind_addresses") and config.get("bind_addresses") == []:
        yield config.found(
            RULE,
            "bind_addresses",
            "it starts, and nobody can reach it",
            fix=Fix("leave it out to listen everywhere"),
        )


RULE = Rule(
    "config.bind-nowhere",
    "warn",
    "bind_addresses is empty: the server listens nowhere",
    "bind_addresses is an empty list",
    "livekit-server pkg/service: Start",
    _check,
)
