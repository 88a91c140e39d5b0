"""Times and what a token allows, in words."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from ...core.durations import shown
from .gojson import Object

_DAY = 86400.0


def safe(text: str, limit: int = 120) -> str:
    """A text from a token, fit for a terminal: escapes for what does not print, cut at ``limit``."""
    cut = text if len(text) <= limit else text[:limit] + "…"
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape", "surrogatepass").decode("ascii")
        for sign in cut
    )


def span(seconds: float) -> str:
    """``40 s``, ``5 h 59 min``, ``3 days``, ``2 years``."""
    if seconds < 10:
        return f"{max(0, round(seconds))} s"
    if seconds < 2 * _DAY:
        return shown(seconds)
    if seconds < 730 * _DAY:
        return f"{seconds // _DAY:.0f} days"
    years = seconds // (365.25 * _DAY)
    return f"{years:,.0f} years" if years < 100_000 else "ages"


def moment(seconds: float) -> str:
    """A Unix time as ``2026-11-22 23:59:02 UTC``."""
    try:
        return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(seconds))
    except (OverflowError, OSError, ValueError):
        return f"{seconds:.0f}"


def times(values: Mapping[str, Any], now: float) -> list[str]:
    """One line for each time of the token; what was said about its end comes first."""
    lines: list[str] = []
    end, start, issued = values.get("exp"), values.get("nbf"), values.get("iat")
    if end is None:
        lines.append("never expires (no exp)")
    elif end > now:
        lines.append(f"expires in {span(end - now)} ({moment(end)})")
    else:
        lines.append(f"expired {span(now - end)} ago ({moment(end)})")
    if start is not None:
        if start > now:
            lines.append(f"not before {moment(start)}, in {span(start - now)}")
        else:
            lines.append(f"valid since {moment(start)}, {span(now - start)} ago")
    if issued is not None and issued != start:
        ago = f"{span(now - issued)} ago" if issued <= now else f"in {span(issued - now)}"
        lines.append(f"issued {moment(issued)}, {ago}")
    if end is not None and start is not None and end > start:
        lines.append(f"made for {span(end - start)}")
    return lines


def abilities(values: Mapping[str, Any]) -> list[str]:
    """What the token may do, one line each: ``join the room demo as ada``."""
    video, sip = values.get("video") or {}, values.get("sip") or {}
    room = f"the room {safe(video['room'])}" if video.get("room") else "no room: the token names none"
    lines: list[str] = []
    if video.get("roomJoin"):
        who = values.get("sub") or values.get("jti")
        lines.append(f"join {room}" + (f" as {safe(who)}" if who else ", but it names nobody (sub)"))
        lines += _inside(video, values)
    if video.get("roomAdmin"):
        lines.append(f"moderate {room}: list, mute and remove participants")
        if video.get("destinationRoom"):
            lines.append(f"move or forward participants to the room {safe(video['destinationRoom'])}")
    lines += [text for claim, text in _EVERYWHERE if video.get(claim)]
    lines += [text for claim, text in (("admin", "manage SIP"), ("call", "make SIP calls")) if sip.get(claim)]
    for section, claim, text in (
        ("inference", "perform", "perform inference"),
        ("observability", "write", "write observability data"),
        ("agent", "admin", "manage Cloud agents"),
    ):
        if (values.get(section) or {}).get(claim):
            lines.append(text)
    if values.get("roomConfig") and isinstance(values["roomConfig"], Object):
        lines.append(
            f"configure the room that it creates: {', '.join(safe(k) for k, _ in values['roomConfig'])}"
        )
    if values.get("roomPreset"):
        lines.append(f"create its room with the preset {safe(values['roomPreset'])}")
    return lines or ["nothing that LiveKit knows"]


_EVERYWHERE = (
    ("roomCreate", "create and delete rooms, any"),
    ("roomList", "list the rooms, all"),
    ("roomRecord", "start and stop egress"),
    ("ingressAdmin", "manage ingress, any"),
    ("agent", "register as an agent worker"),
)


def _inside(video: Mapping[str, Any], values: Mapping[str, Any]) -> list[str]:
    """In the room: what is not said means yes, except where the server's VideoGrant says otherwise."""
    publish = video.get("canPublish") is not False
    sources = video.get("canPublishSources") or []
    data = video.get("canPublishData")
    lines: list[str] = []
    if not publish:
        lines.append("not publish tracks")
    elif sources:
        lines.append(f"publish {', '.join(safe(source) for source in sources)}, nothing else")
    else:
        lines.append("publish camera, microphone, screen, anything")
    lines.append(
        "subscribe to tracks" if video.get("canSubscribe") is not False else "not subscribe to tracks"
    )
    lines.append("send data" if (publish if data is None else data) else "not send data")
    for claim, text in (
        ("canUpdateOwnMetadata", "change its own name, metadata and attributes"),
        ("canSubscribeMetrics", "subscribe to metrics"),
        ("canManageAgentSession", "manage an agent's session"),
        ("hidden", "stay invisible to the others"),
        ("recorder", "count as a recorder"),
    ):
        if video.get(claim):
            lines.append(text)
    if values.get("kind"):
        lines.append(f"appear as kind {safe(values['kind'])}")
    return lines
