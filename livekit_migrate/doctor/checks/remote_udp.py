"""Media over UDP, tried on its own with STUN on every advertised address."""

from __future__ import annotations

from collections.abc import Iterator

from ...core.result import Finding
from ..context import Context
from ..model import URL, Check, Fault
from ._carry import verdict
from ._media import media
from ._remote import BOUND


def _run(context: Context) -> Iterator[Finding]:
    it = media(context)
    if it.way.join is not None and not it.problem:
        yield verdict(CHECK, it, "udp")


CHECK = Check(
    id="remote.udp",
    title="Media gets through over UDP",
    category="remote",
    order=130,
    run=_run,
    modes=URL,
    network=True,
    seconds=BOUND,
    needs=("remote.join",),
    causes=("remote.candidates",),
    why="Calls go over UDP unless it is blocked. A firewall that was opened for HTTPS alone lets everybody "
    "join a call and nobody hear it, or sends all media over TCP.",
    source="livekit/livekit #1060; RFC 8445 checks, answered by livekit-server 1.13.5 in under 1 ms",
    evidence="`sudo tcpdump -ni any udp port 7882` on the server while somebody joins: nothing comes in.",
    remedy="Open the UDP port (7882, or the range 50000–60000) in the firewalls of the server and of its "
    "cloud, and "
    "publish it with /udp in Docker.",
    faults=(
        Fault(
            "a firewall drops UDP",
            "UDP 7882 is dropped between here and the server; media falls back to TCP 7881",
            "curl and the WebSocket work; webrtc-internals shows `tcp` in the selected candidate pair",
        ),
        Fault(
            "a firewall drops UDP and TCP for media",
            "UDP 7882 and TCP 7881 are dropped between here and the server: signalling works, media never",
            "the browser: `could not establish pc connection` after 15 s; curl shows nothing wrong",
        ),
    ),
)
