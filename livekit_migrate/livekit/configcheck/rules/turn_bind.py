"""Where TURN listens."""

from __future__ import annotations

from collections.abc import Iterator

from ....core.result import Finding, Fix
from .. import gonumbers
from ..addresses import node_families
from ..model import Config, Rule


def _check(config: Config) -> Iterator[Finding]:
    if not config.get("turn.enabled") or not config.knows("turn.bind_addresses"):
        return
    addresses = config.get("turn.bind_addresses")
    if not addresses:
        yield config.found(RULE, "turn.bind_addresses", "an empty list: TURN would listen nowhere")
    four, six = node_families(config)
    for index, address in enumerate(addresses or ()):
        literal = gonumbers.ip(address)
        is_four = literal is not None and literal.version == 4
        at = f"turn.bind_addresses.{index}" if config.sets("turn.bind_addresses") else "turn.enabled"
        if not (four if is_four else six):
            family = "IPv4" if is_four else "IPv6"
            detail = f"{address or 'an empty address'} needs an {family} address in rtc.node_ip"
            detail += "; the server says: no matching node IP for relay"
            yield config.found(
                RULE, at, detail, fix=Fix(f"node_ip with an {family} address, or another bind address")
            )
        elif not address:
            yield config.found(RULE, at, "an empty address", fix=Fix("write :: for all addresses"))


RULE = Rule(
    "config.turn-bind",
    "fail",
    "TURN cannot listen there",
    "turn.bind_addresses is empty, or holds an address of a family that rtc.node_ip does not have",
    "livekit-server pkg/service: NewTurnServer",
    _check,
)
