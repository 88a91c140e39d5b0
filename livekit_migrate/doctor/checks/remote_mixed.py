"""ws:// without TLS, where pages come over https."""

from __future__ import annotations

from collections.abc import Iterator

from ...core.result import Finding, Fix
from ...livekit.candidates import classify
from ..context import Context
from ..model import URL, Check, Fault
from ._remote import endpoint

_CHROMIUM = " (Chromium 156 lets a private address pass, for now)"


def _run(context: Context) -> Iterator[Finding]:
    it = endpoint(context)
    if it.secure:
        yield CHECK.ok(f"{it.ws} may be opened by pages on https")
    elif it.loopback:
        yield CHECK.ok(f"{it.ws} is this machine, where browsers allow it")
    else:
        private = classify(it.host) in ("private", "docker", "link-local", "carrier")
        yield CHECK.found(
            "warn",
            f"ws:// without TLS: a page on https may not open {it.ws}",
            f"browsers block it as mixed content{_CHROMIUM if private else ''}, and give camera and "
            "microphone to pages on https and on localhost only",
            fix=Fix("put a proxy with a certificate in front (such as Caddy) and use wss://"),
            url=it.ws,
        )


CHECK = Check(
    id="remote.mixed",
    title="Pages on https may open the URL",
    category="remote",
    order=900,
    run=_run,
    modes=URL,
    needs=("remote.url",),
    why="A page on https may not open ws://, and only such a page (or localhost) gets camera and microphone.",
    source="livekit/livekit #123, #3215; the W3C's Mixed Content",
    evidence="The browser's console: `Mixed Content: The page … was loaded over HTTPS, but attempted to "
    "connect "
    "to the insecure WebSocket endpoint`.",
    remedy="Put TLS in front of LiveKit's port 7880 and use wss://NAME.",
    faults=(
        Fault(
            "ws:// on an https page",
            "ws:// without TLS: a page on https may not open …",
            "curl works; the browser: `Mixed Content … attempted to connect to the insecure WebSocket "
            "endpoint … This request has been blocked`",
        ),
    ),
)
