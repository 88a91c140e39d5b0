"""Media over TCP, tried on its own: the way for networks that drop UDP."""

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
        yield verdict(CHECK, it, "tcp")


CHECK = Check(
    id="remote.media-tcp",
    title="Media gets through over TCP",
    category="remote",
    order=140,
    run=_run,
    modes=URL,
    network=True,
    seconds=BOUND,
    needs=("remote.join",),
    causes=("remote.candidates",),
    why="Networks of offices and hotels drop UDP; media then goes over TCP 7881, or not at all.",
    source="RFC 6544, RFC 4571; livekit-server's rtc.tcp_port",
    evidence="`nc -vz NAME 7881`.",
    remedy="Open TCP 7881 in the firewalls and publish it in Docker.",
    faults=(
        Fault(
            "a firewall drops TCP for media",
            "TCP 7881 is dropped between here and the server; networks that drop UDP will have no media",
            "calls work over UDP; from an office they fail; `nc -vz NAME 7881` hangs",
        ),
    ),
)
