"""What is allowed and unwise about a token, or simply will not do what was meant."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ...core.result import Finding
from ..grants import KINDS, SOURCES
from . import gojson, rules
from .contents import contents
from .facts import Facts, finding, pairs
from .gojson import Lossy
from .names import names
from .words import safe, span

_DAY = 86400
LONG = 30 * _DAY
"""Seconds: nothing but replacing its key withdraws a token, so a longer life is worth a warning."""
LONG_URL = 8000
"""Bytes: the token stands in a URL, and nginx refuses lines above 8 KiB (large_client_header_buffers)."""


def remarks(facts: Facts) -> list[Finding]:
    """Everything that is worth saying, warnings first in their groups."""
    return [*names(facts), *_lifetime(facts), *_place(facts), *contents(facts), *_form(facts)]


def _lifetime(facts: Facts) -> Iterator[Finding]:
    values, now = facts.decoded.values, facts.now
    start, end = values.get("nbf"), values.get("exp")
    ttl = "give it a short life: lkm token --ttl 6h"
    if end is None:
        older = "" if facts.rules.needs_exp else "; servers since 1.13.6 refuse it"
        yield finding("no-exp", "warn", f"it never expires: it has no exp{older}", fix=ttl)
    elif now >= end:
        left = end + rules.LEEWAY - now
        if left > 0:
            yield finding(
                "leeway",
                "warn",
                f"it expired {span(now - end)} ago; the server still takes it for {span(left)}",
                "60 s are allowed for clocks that differ",
                fix="make a new one: lkm token --room NAME",
            )
    else:
        born = min(now, start) if start is not None else now
        if end - born > LONG:
            milliseconds = end > 10**11
            detail = (
                "the figure looks like milliseconds; exp counts seconds"
                if milliseconds
                else ("nothing but replacing its key can withdraw a token")
            )
            yield finding("long-lived", "warn", f"it is valid for {span(end - born)}", detail, fix=ttl)
    if start is not None and now < start <= now + rules.LEEWAY:
        yield finding(
            "leeway",
            "warn",
            f"it is not valid before {span(start - now)} from now; the server takes it all the same",
            "60 s are allowed for clocks that differ: is this machine's clock right?",
        )
    for name in ("exp", "nbf", "iat"):
        for given, value in pairs(facts.payload):
            if given == name and isinstance(value, str) and not isinstance(value, gojson.Number):
                yield finding(
                    "date-as-text",
                    "warn",
                    f"{name} is text; servers since 1.13.0 take it for a number, older ones do not",
                    fix="write the seconds since 1970 without quotes",
                )


def _place(facts: Facts) -> Iterator[Finding]:
    """Who and where."""
    values = facts.decoded.values
    video = facts.decoded.section("video") or {}
    identity, room = values.get("sub") or "", video.get("room") or ""
    given = dict(pairs(facts.payload))
    if not identity and values.get("jti") and video.get("roomJoin"):
        yield finding(
            "identity-from-jti",
            "warn",
            "sub is empty: the server takes jti for the identity",
            fix="write sub",
        )
    if not identity and isinstance(given.get("identity"), str):
        yield finding(
            "identity-claim", "warn", "identity is no claim that the server reads", fix="write it as sub"
        )
    for what, text in (("the room's name", room), ("the identity", identity)):
        if text != text.strip() or any(not sign.isprintable() for sign in text):
            yield finding(
                "odd-name",
                "warn",
                f"{what} has white space at its end or signs that do not show: {safe(text, 60)!r}",
                "to the server it is another name than the one without them",
            )
        elif isinstance(text, Lossy):
            yield finding(
                "odd-name", "warn", f"{what} is not UTF-8: the server replaces the bytes that are not"
            )
    if re.search(r"^\^|\$$|\*|\.\+|%", room):
        yield finding(
            "wildcard-room",
            "warn",
            f"rooms have no patterns: it opens a room that is called {safe(room, 60)}, and no other",
        )
    if video.get("roomJoin") and not room and not facts.rules.needs_room:
        yield finding(
            "any-room",
            "warn",
            f"it opens every room: {facts.rules.version} takes the room from the URL if the token has none",
            fix="name the room: lkm token --room NAME",
        )
    if video.get("roomAdmin") and not room:
        yield finding("admin-no-room", "warn", "roomAdmin without a room moderates none", fix="name the room")
    broad = [name for name in ("roomCreate", "roomList", "roomRecord", "ingressAdmin") if video.get(name)]
    if (facts.decoded.section("sip") or {}).get("admin"):
        broad.append("sip.admin")
    if broad and video.get("roomJoin"):
        yield finding(
            "broad",
            "warn",
            f"who holds this participant's token can also use the server's API: {', '.join(broad)}",
            fix="keep these grants for tokens that stay on your servers",
        )
    yield from _publishing(video)
    kind = values.get("kind")
    if kind and kind.lower() not in (*KINDS, "connector", "bridge"):
        yield finding("kind", "warn", f"kind {safe(kind)} is none: the server takes it for standard")


def _publishing(video: Mapping[str, Any]) -> Iterator[Finding]:
    sources = video.get("canPublishSources") or []
    if sources and video.get("canPublish") is False:
        yield finding(
            "sources", "warn", "canPublish is false: what canPublishSources lists cannot be published either"
        )
    unknown = [source for source in sources if source not in SOURCES]
    if unknown:
        yield finding(
            "sources",
            "warn",
            f"no track has the source {', '.join(map(safe, unknown))}",
            fix=f"there are {', '.join(SOURCES)}",
        )


def _form(facts: Facts) -> Iterator[Finding]:
    if facts.token != facts.token.strip() or re.search(r"\s", facts.token):
        yield finding(
            "white-space", "warn", "there is white space in it: some servers pass over it, others refuse it"
        )
    if len(facts.token) > LONG_URL:
        yield finding(
            "large",
            "warn",
            f"it has {len(facts.token):,} bytes and travels in a URL: reverse proxies refuse such long ones",
            "nginx stops at 8 KiB (large_client_header_buffers)",
            fix="keep metadata and attributes small",
        )
    twice = gojson.doubled(facts.payload) or gojson.doubled(facts.header)
    if twice is not None:
        yield finding(
            "twice",
            "warn",
            f"{safe(twice)} is there twice: since 1.13.0 the last one counts, older servers refuse it",
        )
