"""Networks of TURN's peers."""

from __future__ import annotations

from collections.abc import Iterator

from ....core.result import Finding
from .. import gonumbers
from ..addresses import as_network
from ..model import Config, Rule


def _check(config: Config) -> Iterator[Finding]:
    for key in ("turn.allow_restricted_peer_cidrs", "turn.deny_peer_cidrs"):
        for index, value in enumerate(config.get(key) or ()):
            if gonumbers.cidr(value) is None:
                title = f"{value or 'an empty text'} is no network: TURN passes it over in silence"
                fix, edit = as_network(config, f"{key}.{index}", value)
                detail = "it neither allows nor denies anything"
                yield config.found(RULE, f"{key}.{index}", detail, title=title, fix=fix, edit=edit)


RULE = Rule(
    "config.turn-cidr",
    "warn",
    "A network that TURN ignores",
    "turn.allow_restricted_peer_cidrs or deny_peer_cidrs with something that is no network",
    "livekit-server pkg/service: NewTurnServer",
    _check,
)
