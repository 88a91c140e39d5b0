"""The checks of a server's media addresses, seen from where this client stands, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...core.result import Fix
from ...livekit.candidates import NODE_IP, AddressClass, bridge_networks, classify, explain
from ...livekit.stun import Reach
from ...livekit.turn import TurnReach
from .ladder import Climb

OUTCOMES = {
    "answers": "answers",
    "silent": "does not answer",
    "refused": "refused: nothing listens there",
    "no-route": "no route from here",
    "closed": "closes the connection without an answer",
    "wrong-answer": "answers, but not as this server",
}


class View:
    """The checks, seen from where this client stands."""

    def __init__(self, climb: Climb) -> None:
        bridges = bridge_networks()
        self.server: AddressClass | None = classify(climb.peer, bridges) if climb.peer else None
        self.same_machine = climb.endpoint.loopback or climb.peer in own_addresses()
        self.own = climb.target.own
        self.reaches = climb.reaches
        self.classes = {r.candidate: classify(r.candidate.address, bridges) for r in climb.reaches}

    def of(self, protocol: str, *, by_server: bool = False) -> list[Reach]:
        return [r for r in self.reaches if r.candidate.protocol == protocol and r.by_server is by_server]

    def explain(self, reach: Reach) -> str:
        """What became of one check, and who can reach such an address at all."""
        kind = self.classes[reach.candidate]
        why = explain(kind, self.server, same_machine=self.same_machine)
        if reach.by_server:
            return f"not advertised: the server came to this machine from here; {why}"
        return f"{OUTCOMES[reach.outcome]}; {why}"

    def rows(self) -> list[dict[str, Any]]:
        """Each check as evidence."""
        return [
            {
                "address": r.candidate.address,
                "port": r.candidate.port,
                "protocol": r.candidate.protocol,
                "type": r.candidate.type,
                "class": self.classes[r.candidate],
                "reachable": r.ok,
                "rtt_ms": r.rtt_ms,
                "reason": self.explain(r),
            }
            for r in self.reaches
        ]


def best(reaches: Sequence[Reach]) -> Reach:
    """The one that answered soonest, IPv4 first."""
    answered = [r for r in reaches if r.ok]
    return min(answered, key=lambda r: (r.candidate.ipv6, r.rtt_ms or 0.0))


def blocked(reaches: Sequence[Reach], view: View) -> str:
    """``UDP 7882 and TCP 7881 are dropped between here and the server``."""
    ports = dict.fromkeys(f"{r.candidate.protocol.upper()} {r.candidate.port}" for r in reaches)
    named = " and ".join(ports)
    be = "are" if len(ports) > 1 else "is"
    outcomes = {r.outcome for r in reaches}
    if outcomes <= {"refused"}:
        return f"{named} {be} refused: nothing listens there"
    if outcomes <= {"no-route"}:
        return f"{named} {be} unreachable: no route from here"
    if view.same_machine:
        return f"{named} {'do' if len(ports) > 1 else 'does'} not answer"
    return f"{named} {be} dropped between here and the server"


def why(view: View, reaches: Sequence[Reach]) -> str:
    """A line for each that does not answer."""
    return "\n".join(f"{r.candidate} {view.explain(r)}" for r in reaches if not r.ok)


def remedy(view: View, reaches: Sequence[Reach]) -> Fix:
    """What to change so that these answer."""
    kinds = {view.classes[r.candidate] for r in reaches if not r.ok and not r.candidate.ipv6} or {
        view.classes[r.candidate] for r in reaches if not r.ok
    }
    if view.same_machine and "loopback" in kinds:
        return Fix(
            "a server outside a container needs rtc.enable_loopback_candidate: true and "
            "rtc.ips.includes: [127.0.0.1/32]",
            "lkm restart" if view.own else None,
        )
    wrong = {"loopback", "docker", "link-local", "unspecified"}
    if view.server == "public":
        wrong.add("private")
    if kinds and kinds <= wrong and not view.same_machine:
        return Fix(NODE_IP)
    ports = dict.fromkeys(f"{r.candidate.port}/{r.candidate.protocol}" for r in reaches)
    return Fix(
        f"open {' and '.join(ports)} in the firewalls of the server, its cloud and this network; there:",
        " && ".join(f"sudo ufw allow {port}" for port in ports),
    )


def turn_remedy(turn: Sequence[TurnReach]) -> Fix:
    """What to change so that the relay works."""
    if any("403" in t.reason for t in turn):
        return Fix("on the server name the network of node_ip in turn.allow_restricted_peer_cidrs")
    return Fix("open the TURN ports in the server's firewall, and look at turn.domain and its certificate")


def own_addresses() -> set[str]:
    """This machine's addresses."""
    import psutil

    return {a.address.partition("%")[0] for addresses in psutil.net_if_addrs().values() for a in addresses}
