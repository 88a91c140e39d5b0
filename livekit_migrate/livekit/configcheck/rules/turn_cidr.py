"""Networks of TURN's peers."""

from __future__ import annotations

from collections.abc import Iterator

from ....core.result import Finding
from ..addresses import bad_networks
from ..model import Config, Rule

KEYS = ("turn.allow_restricted_peer_cidrs", "turn.deny_peer_cidrs")


def _check(config: Config) -> Iterator[Finding]:
    for at, value, fix, edit in bad_networks(config, KEYS):
        title = f"{value} is no network: TURN passes it over in silence"
        yield config.found(RULE, at, "it neither allows nor denies anything", title=title, fix=fix, edit=edit)


RULE = Rule(
    "config.turn-cidr",
    "warn",
    "A network that TURN ignores",
    "turn.allow_restricted_peer_cidrs or deny_peer_cidrs with something that is no network",
    "livekit-server pkg/service: NewTurnServer",
    _check,
)
