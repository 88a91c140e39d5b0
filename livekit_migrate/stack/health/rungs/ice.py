"""ICE: every address the server advertises for media, explained and checked on its own with STUN."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from ....core.result import Finding, Fix
from ....core.stream import NetError
from ....livekit.candidates import (
    NODE_IP,
    AddressClass,
    bridge_networks,
    classify,
    explain,
)
from ....livekit.signal import Offer, SignalError
from ....livekit.stun import Credentials, Reach, check, own_sockets
from ....livekit.turn import TurnReach
from ....livekit.turn import check as check_turn
from ..ladder import ICE_WAIT, Climb

NAME = "ice"
TITLE = "ICE"
ORDER = 70

_OUTCOMES = {
    "answers": "answers",
    "silent": "does not answer",
    "refused": "refused: nothing listens there",
    "no-route": "no route from here",
    "closed": "closes the connection without an answer",
    "wrong-answer": "answers, but not as this server",
}


def wanted(_: Climb) -> bool:
    return True


def look(climb: Climb) -> Finding:
    signal, _ = climb.joined()
    try:
        offer = signal.offer(time.monotonic() + min(climb.timeout, ICE_WAIT))
        _check(climb, offer)
    except (NetError, SignalError) as error:
        return climb.finding(
            "fail",
            str(error),
            fix=climb.own_fix("look at what the server says", "lkm logs"),
            reason=error.kind if isinstance(error, NetError) else "protocol",
        )
    finally:
        signal.close()
        climb.signal = None
    return _judge(climb)


def _check(climb: Climb, offer: Offer) -> None:
    signal, join = climb.joined()
    credentials = Credentials(signal.ufrag, signal.password, offer.ufrag, offer.password)
    with own_sockets(climb.peer) as own:
        signal.answer(offer, tuple(sock.getsockname()[:2] for sock in own))
        deadline = time.monotonic() + min(climb.timeout, ICE_WAIT)
        udp = [c for c in offer.candidates if c.protocol == "udp" and not c.ipv6]
        turn = check_turn(join.ice_servers, udp[0] if udp else None, credentials, deadline)
        climb.reaches = tuple(check(offer.candidates, credentials, own, deadline))
        climb.turn = tuple(turn())


class _View:
    """The checks, seen from where this client stands."""

    def __init__(self, climb: Climb) -> None:
        bridges = bridge_networks()
        self.server: AddressClass | None = classify(climb.peer, bridges) if climb.peer else None
        self.same_machine = climb.endpoint.loopback or climb.peer in _own_addresses()
        self.own = climb.target.own
        self.reaches = climb.reaches
        self.classes = {r.candidate: classify(r.candidate.address, bridges) for r in climb.reaches}

    def of(self, protocol: str, *, by_server: bool = False) -> list[Reach]:
        return [r for r in self.reaches if r.candidate.protocol == protocol and r.by_server is by_server]

    def explain(self, reach: Reach) -> str:
        kind = self.classes[reach.candidate]
        why = explain(kind, self.server, same_machine=self.same_machine)
        if reach.by_server:
            return f"not advertised: the server came to this machine from here; {why}"
        return f"{_OUTCOMES[reach.outcome]}; {why}"

    def rows(self) -> list[dict[str, Any]]:
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


def _judge(climb: Climb) -> Finding:
    view = _View(climb)
    udp, tcp = view.of("udp"), view.of("tcp")
    facts: dict[str, Any] = {"candidates": view.rows()}
    if climb.turn:
        facts["turn"] = [
            {"url": t.url, "reachable": t.ok, "rtt_ms": t.rtt_ms, "reason": t.reason} for t in climb.turn
        ]
    relay = next((t for t in climb.turn if t.ok), None)
    if not udp and not tcp:
        return climb.finding(
            "fail",
            "the server advertises no address for media",
            fix=Fix(
                "set rtc.udp_port and rtc.tcp_port, and look at rtc.interfaces and rtc.ips, on the server"
            ),
            **facts,
        )
    if any(r.ok for r in udp):
        return _reachable(climb, view, facts)
    if by_server := [r for r in view.of("udp", by_server=True) if r.ok]:
        return climb.finding(
            "warn",
            f"{_blocked(udp, view)}; the server reaches this machine by itself",
            f"from {by_server[0].candidate}; clients behind NAT or a firewall have no media\n"
            + _why(view, udp),
            fix=_fix(view, udp),
            **facts,
        )
    if any(r.ok for r in tcp):
        best = _best(tcp)
        return climb.finding(
            "warn",
            f"{_blocked(udp, view)}; media falls back to TCP {best.candidate.port}",
            _why(view, udp),
            fix=_fix(view, udp),
            **facts,
        )
    if relay:
        return climb.finding(
            "warn",
            f"{_blocked([*udp, *tcp], view)}; media goes only through TURN",
            f"{relay.url}\n{_why(view, [*udp, *tcp])}",
            fix=_fix(view, [*udp, *tcp]),
            **facts,
        )
    return climb.finding(
        "fail",
        f"signalling works, media never: {_blocked([*udp, *tcp], view)}",
        "\n".join(filter(None, [_why(view, [*udp, *tcp]), _turn_words(climb), _proxy_words(climb)])),
        fix=_fix(view, [*udp, *tcp]),
        **facts,
    )


def _reachable(climb: Climb, view: _View, facts: dict[str, Any]) -> Finding:
    udp, tcp = view.of("udp"), view.of("tcp")
    best = [_best(group) for group in (udp, tcp) if any(r.ok for r in group)]
    text = ", ".join(f"{r.candidate} {r.rtt_ms:.1f} ms" for r in best)
    old = [r for r in udp if not r.candidate.ipv6]
    if old and not any(r.ok for r in old):
        return climb.finding(
            "warn",
            f"{text}; over IPv4 {_blocked(old, view)}",
            f"clients without IPv6 have no media\n{_why(view, old)}",
            fix=_fix(view, old),
            **facts,
        )
    if tcp and not any(r.ok for r in tcp):
        return climb.finding(
            "warn",
            f"{text}; {_blocked(tcp, view)}",
            f"networks that drop UDP will have no media\n{_why(view, tcp)}",
            fix=_fix(view, tcp),
            **facts,
        )
    if climb.turn and not any(t.ok for t in climb.turn):
        return climb.finding(
            "warn", f"{text}; TURN fails", _turn_words(climb), fix=_turn_fix(climb.turn), **facts
        )
    return climb.finding("ok", text, **facts)


def _best(reaches: Sequence[Reach]) -> Reach:
    answered = [r for r in reaches if r.ok]
    return min(answered, key=lambda r: (r.candidate.ipv6, r.rtt_ms or 0.0))


def _blocked(reaches: Sequence[Reach], view: _View) -> str:
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


def _why(view: _View, reaches: Sequence[Reach]) -> str:
    return "\n".join(f"{r.candidate} {view.explain(r)}" for r in reaches if not r.ok)


def _fix(view: _View, reaches: Sequence[Reach]) -> Fix:
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


def _turn_words(climb: Climb) -> str:
    return "\n".join(f"{t.url}: {t.reason}" for t in climb.turn if not t.ok)


def _turn_fix(turn: Sequence[TurnReach]) -> Fix:
    if any("403" in t.reason for t in turn):
        return Fix("on the server name the network of node_ip in turn.allow_restricted_peer_cidrs")
    return Fix("open the TURN ports in the server's firewall, and look at turn.domain and its certificate")


def _proxy_words(climb: Climb) -> str:
    return "media does not go through the HTTP proxy: it needs a way of its own" if climb.route.proxy else ""


def _own_addresses() -> set[str]:
    import psutil

    return {a.address.partition("%")[0] for addresses in psutil.net_if_addrs().values() for a in addresses}
