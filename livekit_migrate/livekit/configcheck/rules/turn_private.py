"""TURN in a private network."""

from __future__ import annotations

from collections.abc import Iterator

from ....core.result import Finding, Fix
from ..addresses import node_addresses
from ..model import Config, Rule


def _check(config: Config) -> Iterator[Finding]:
    if not config.get("turn.enabled") or not config.knows("turn.allow_restricted_peer_cidrs"):
        return
    if config.get("turn.allow_restricted_peer_cidrs"):
        return
    for address in node_addresses(config):
        if address.is_private or address.is_loopback or address.is_link_local:
            fix = Fix(f"allow_restricted_peer_cidrs: [{address}/{address.max_prefixlen}]")
            detail = f"the server itself is the peer, at {address}: relayed calls get no media"
            yield config.found(RULE, "turn.enabled", detail, fix=fix)


RULE = Rule(
    "config.turn-private",
    "warn",
    "TURN refuses the peers of this network",
    "TURN with a private rtc.node_ip and no turn.allow_restricted_peer_cidrs, since 1.12",
    "livekit-server pkg/service: NewTurnServer; livekit/livekit PR #4505",
    _check,
)
