"""ICE: every address the server advertises for media, explained and checked on its own with STUN."""

from __future__ import annotations

import time
from typing import Any

from ....core.result import Finding, Fix
from ....core.stream import NetError
from ....livekit.signal import Offer, SignalError
from ....livekit.stun import Credentials, check, own_sockets
from ....livekit.turn import check as check_turn
from ..ladder import Climb
from ..view import View, best, blocked, remedy, turn_remedy, why

NAME = "ice"
TITLE = "ICE"
ORDER = 70


def wanted(_: Climb) -> bool:
    return True


def look(climb: Climb) -> Finding:
    signal, _ = climb.joined()
    try:
        offer = signal.offer(time.monotonic() + climb.ice_timeout)
        measure(climb, offer, climb.ice_timeout)
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


def measure(climb: Climb, offer: Offer, patience: float) -> None:
    """Check every advertised address and TURN server; what came of it stands in the climb.

    Args:
        patience: seconds after which silence is an answer, within the climb's own limit.
    """
    signal, join = climb.joined()
    credentials = Credentials(signal.ufrag, signal.password, offer.ufrag, offer.password)
    with own_sockets(climb.peer) as own:
        signal.answer(offer, tuple(sock.getsockname()[:2] for sock in own))
        deadline = time.monotonic() + min(climb.timeout, patience)
        udp = [c for c in offer.candidates if c.protocol == "udp" and not c.ipv6]
        turn = check_turn(join.ice_servers, udp[0] if udp else None, credentials, deadline)
        climb.reaches = tuple(check(offer.candidates, credentials, own, deadline))
        climb.turn = tuple(turn())


def _judge(climb: Climb) -> Finding:
    view = View(climb)
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
            f"{blocked(udp, view)}; the server reaches this machine by itself",
            f"from {by_server[0].candidate}; clients behind NAT or a firewall have no media\n"
            + why(view, udp),
            fix=remedy(view, udp),
            **facts,
        )
    if any(r.ok for r in tcp):
        chosen = best(tcp)
        return climb.finding(
            "warn",
            f"{blocked(udp, view)}; media falls back to TCP {chosen.candidate.port}",
            why(view, udp),
            fix=remedy(view, udp),
            **facts,
        )
    if relay:
        return climb.finding(
            "warn",
            f"{blocked([*udp, *tcp], view)}; media goes only through TURN",
            f"{relay.url}\n{why(view, [*udp, *tcp])}",
            fix=remedy(view, [*udp, *tcp]),
            **facts,
        )
    return climb.finding(
        "fail",
        f"signalling works, media never: {blocked([*udp, *tcp], view)}",
        "\n".join(filter(None, [why(view, [*udp, *tcp]), _turn_words(climb), _proxy_words(climb)])),
        fix=remedy(view, [*udp, *tcp]),
        **facts,
    )


def _reachable(climb: Climb, view: View, facts: dict[str, Any]) -> Finding:
    udp, tcp = view.of("udp"), view.of("tcp")
    chosen = [best(group) for group in (udp, tcp) if any(r.ok for r in group)]
    text = ", ".join(f"{r.candidate} {r.rtt_ms:.1f} ms" for r in chosen)
    old = [r for r in udp if not r.candidate.ipv6]
    if old and not any(r.ok for r in old):
        return climb.finding(
            "warn",
            f"{text}; over IPv4 {blocked(old, view)}",
            f"clients without IPv6 have no media\n{why(view, old)}",
            fix=remedy(view, old),
            **facts,
        )
    if tcp and not any(r.ok for r in tcp):
        return climb.finding(
            "warn",
            f"{text}; {blocked(tcp, view)}",
            f"networks that drop UDP will have no media\n{why(view, tcp)}",
            fix=remedy(view, tcp),
            **facts,
        )
    if climb.turn and not any(t.ok for t in climb.turn):
        return climb.finding(
            "warn", f"{text}; TURN fails", _turn_words(climb), fix=turn_remedy(climb.turn), **facts
        )
    return climb.finding("ok", text, **facts)


def _turn_words(climb: Climb) -> str:
    return "\n".join(f"{t.url}: {t.reason}" for t in climb.turn if not t.ok)


def _proxy_words(climb: Climb) -> str:
    return "media does not go through the HTTP proxy: it needs a way of its own" if climb.route.proxy else ""
