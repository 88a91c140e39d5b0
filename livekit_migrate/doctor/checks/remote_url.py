"""The URL itself: what browsers and SDKs make of it, before anything is sent."""

from __future__ import annotations

import contextlib
import ipaddress
from collections.abc import Iterator
from urllib.parse import urlsplit

from ...core.errors import LkmError
from ...core.result import Finding, Fix
from ..context import Context
from ..model import URL, Check, Fault
from ._remote import endpoint, route


def _run(context: Context) -> Iterator[Finding]:
    text = (context.asked.url or "").strip()
    it = endpoint(context)
    try:
        way = route(context)
    except LkmError as error:
        fix = Fix(error.hint) if error.hint else None
        yield CHECK.found("fail", error.message, error.detail, fix=fix, cause="machine.proxy")
        return
    if "://" not in text:
        yield CHECK.found(
            "warn" if not it.loopback else "info",
            f"the URL has no scheme; taken as {it.ws}",
            "SDKs refuse a URL without one",
            id="remote.url.scheme",
            fix=Fix(f"write {it.ws}, or wss://{it.host} where there is TLS"),
        )
    elif text.lower().startswith("http"):
        yield CHECK.found(
            "info",
            f"{it.http} is taken as {it.ws}",
            "livekit-client does the same; other SDKs want ws:// or wss://",
            id="remote.url.http",
        )
    if _has_user(text):
        yield CHECK.found(
            "warn",
            "the URL has a user and a password in it; they are not sent",
            "LiveKit has none, and a browser's fetch() refuses such a URL",
            id="remote.url.user",
            fix=Fix(f"use {it.ws}"),
        )
    if it.path:
        yield CHECK.found(
            "info",
            f"the URL has a path: SDKs ask for {it.path}/rtc",
            "a proxy must take that path off before LiveKit sees it",
            id="remote.url.path",
            path=it.path,
        )
    if it.secure and _is_address(it.host):
        yield CHECK.found(
            "info",
            f"wss:// with an address: the certificate must be for {it.host} itself",
            id="remote.url.address",
        )
    via = f"; signalling goes through the {way} ({way.reason}), media never does" if way.proxy else ""
    yield CHECK.ok(f"{it.ws}{via}", url=it.ws, path=str(way), path_reason=way.reason)


def _is_address(host: str) -> bool:
    with contextlib.suppress(ValueError):
        ipaddress.ip_address(host.partition("%")[0])
        return True
    return False


def _has_user(text: str) -> bool:
    return "@" in urlsplit(text if "://" in text else f"ws://{text}").netloc


CHECK = Check(
    id="remote.url",
    title="The URL is one that browsers and SDKs take",
    category="remote",
    order=10,
    run=_run,
    modes=URL,
    why="SDKs append /rtc to the URL's path; browsers refuse a password in it; most SDKs want a scheme.",
    source="livekit-client toWebsocketUrl and createRtcUrl",
    evidence="The URL that the app gives to Room.connect().",
    remedy="Use wss://NAME, and nothing behind the name unless a proxy takes it off.",
    faults=(
        Fault(
            "a user and a password in the URL",
            "the URL has a user and a password in it; they are not sent",
            "the browser: `Request cannot be constructed from a URL that includes credentials`",
        ),
        Fault(
            "a URL without a scheme",
            "the URL has no scheme; taken as ws://…",
            "the browser: `Failed to construct 'WebSocket': The URL's scheme must be either 'http', 'https', "
            "'ws', or 'wss'`",
        ),
    ),
)
