"""Joining: a hidden participant in a room of its own, as every client begins."""

from __future__ import annotations

from collections.abc import Iterator

from ...core.result import Finding, Fix
from ..context import Context
from ..model import URL, Check, Fault
from ._media import media
from ._remote import BOUND, as_mine, pair


def _run(context: Context) -> Iterator[Finding]:
    if pair(context) is None:
        yield CHECK.skip("no key was given: --key-from-env")
        return
    it = media(context)
    if it.joined.status == "fail":
        yield as_mine(CHECK, it.joined)
        return
    if it.problem:
        yield CHECK.found(
            "fail",
            f"the server lets us in, and then offers no media: {it.problem}",
            "something cuts the WebSocket off, or the server's WebRTC part does not start",
            fix=Fix("look at the log of LiveKit, and at the time-outs of the proxy in front of it"),
            **it.joined.evidence,
        )
        return
    yield CHECK.ok(it.joined.title.partition(": ")[2], **it.joined.evidence)


CHECK = Check(
    id="remote.join",
    title="The server lets a participant in and offers media",
    category="remote",
    order=100,
    run=_run,
    modes=URL,
    network=True,
    seconds=BOUND,
    needs=("remote.websocket", "remote.key"),
    why="All that follows is read off the signalling connection: version, media addresses, TURN servers.",
    source="livekit_rtc.proto; seen with livekit-server 1.8.4, 1.11.0 and 1.13.5",
    evidence="The browser's network tab: the frames of the WebSocket `/rtc`.",
    remedy="Look at LiveKit's log for that moment, and at the proxy's time-outs for WebSockets.",
    faults=(
        Fault(
            "something cuts the WebSocket off",
            "the server lets us in, and then offers no media: …",
            "the browser: `WebSocket is closed before the connection is established`, or a close after the "
            "first frame",
        ),
    ),
)
