"""Networks of TURN's peers."""

from __future__ import annotations

from collections.abc import Iterator

from ....core.result import Finding, Fix
from .. import gonumbers
from ..model import Config, Rule


def _check(config: Config) -> Iterator[Finding]:
    for key in ("turn.allow_restricted_peer_cidrs", "turn.deny_peer_cidrs"):
        for index, value in enumerate(config.get(key) or ()):
            if gonumbers.cidr(value) is None:
                address = gonumbers.ip(value)
                bits = 128 if address and address.version == 6 else 32
                fix = Fix(f"{value}/{bits}", safe=True) if address else Fix("a network such as 10.0.0.0/8")
                title = f"{value or 'an empty text'} is no network: TURN passes it over in silence"
                yield config.found(
                    RULE, f"{key}.{index}", "it neither allows nor denies anything", title=title, fix=fix
                )


RULE = Rule(
    "config.turn-cidr",
    "warn",
    "A network that TURN ignores",
    "turn.allow_restricted_peer_cidrs or deny_peer_cidrs with something that is no network",
    "livekit-server pkg/service: NewTurnServer",
    _check,
)
