"""What UDP and TCP for media have in common: verdict, wording and remedy of a protocol that does not "
"answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from ...core.result import Finding, Fix, Status
from ...livekit.stun import Reach
from ...stack.health.view import View, best, blocked, remedy, why
from ..model import Check
from ._media import Media
from ._remote import SERVER_FILE, in_file

Protocol = Literal["udp", "tcp"]


def verdict(check: Check, it: Media, protocol: Protocol) -> Finding:
    """Whether media goes over this protocol, tried on its own."""
    view = it.view
    mine = view.of(protocol)
    seen: dict[str, Any] = {
        "tried": [row for row in view.rows() if row["protocol"] == protocol],
    }
    if protocol == "udp":
        seen["stun"] = [{"url": s.url, "mapped": s.mapped, "reason": s.reason} for s in it.stun]
    if not mine:
        return _none(check, it, protocol, seen)
    name = protocol.upper()
    if any(reach.ok for reach in mine):
        chosen = best(mine)
        old = [reach for reach in mine if not reach.candidate.ipv6]
        if old and not any(reach.ok for reach in old):
            return check.found(
                "warn",
                f"media over {name} works for IPv6 only; over IPv4 {blocked(old, view)}",
                f"clients without IPv6 fall back, or have no media\n{why(view, old)}",
                fix=remedy(view, old),
                cause="remote.candidates",
                **seen,
            )
        return check.ok(f"media over {name}: {chosen.candidate} answers in {chosen.rtt_ms:.1f} ms", **seen)
    other = view.of("tcp" if protocol == "udp" else "udp")
    both = [*mine, *other] if other and not any(reach.ok for reach in other) else mine
    status: Status = "warn" if it.carried or it.relayed else "fail"
    text, detail = _words(it, view, protocol, mine, both)
    cause = "remote.candidates"
    if protocol == "tcp" and len(both) > len(mine):
        text, cause = blocked(mine, view), "remote.udp"
    seen["by_server"] = any(reach.by_server and reach.ok for reach in view.reaches)
    return check.found(status, text, detail, fix=remedy(view, both), cause=cause, **seen)


def _words(
    it: Media, view: View, protocol: Protocol, mine: Sequence[Reach], both: Sequence[Reach]
) -> tuple[str, str]:
    lines = [why(view, mine)]
    by_server = [reach for reach in view.of("udp", by_server=True) if reach.ok]
    if protocol == "udp" and not by_server:
        lines.append(_whose(it))
    if it.way.route.proxy:
        lines.append("media does not go through the HTTP proxy: it needs a way of its own")
    detail = "\n".join(filter(None, lines))
    text = blocked(both if protocol == "udp" else mine, view)
    if by_server and protocol == "udp":
        detail += f"\nfrom {by_server[0].candidate}; clients behind NAT or a firewall have no media"
        return f"{text}; the server reaches this machine by itself", detail
    others = [r for r in view.reaches if r.ok and r.candidate.protocol != protocol]
    if others:
        if protocol == "tcp":
            return f"{text}; networks that drop UDP will have no media", detail
        return f"{text}; media falls back to TCP {best(others).candidate.port}", detail
    if it.relayed:
        return f"{text}; media goes only through TURN", detail
    return f"{text}: signalling works, media never", detail


def _whose(it: Media) -> str:
    """Whether this network lets UDP out at all: another server was asked, too."""
    if answered := [reach for reach in it.stun if reach.mapped]:
        return f"UDP gets out of this network: {answered[0].url} answers {answered[0].mapped}"
    if it.stun:
        asked = ", ".join(reach.url for reach in it.stun)
        return f"{asked} does not answer over UDP either: perhaps this network lets no UDP out"
    return ""


def _none(check: Check, it: Media, protocol: Protocol, seen: dict[str, Any]) -> Finding:
    key = f"rtc.{protocol}_port"
    status: Status = "warn" if it.carried or it.relayed else "fail"
    what = (
        "networks that drop UDP will have no media"
        if protocol == "tcp"
        else "over TCP a call stutters with every lost packet"
    )
    return check.found(
        status,
        f"the server advertises no {protocol.upper()} address for media",
        what,
        fix=in_file(f"set {key}", SERVER_FILE) if protocol == "tcp" else Fix(f"in {SERVER_FILE}: set {key}"),
        cause="remote.candidates",
        **seen,
    )
