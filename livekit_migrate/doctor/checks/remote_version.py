"""The server's version against those that are known to be bad."""

from __future__ import annotations

from collections.abc import Iterator

from ...core.result import Finding, Fix
from ...livekit.remote.versions import known
from ..context import Context
from ..model import URL, Check, Fault
from ._media import media
from ._remote import BOUND


def _run(context: Context) -> Iterator[Finding]:
    join = media(context).way.join
    if join is None:  # said by remote.join
        return
    yield from judge(join.server_version, turn=bool(join.turn_urls))


def judge(version: str, *, turn: bool) -> Iterator[Finding]:
    """What is known against a version.

    Args:
        turn: the server advertises TURN.
    """
    found = known(version)
    for one in found:
        needs_turn = "TURN" in one.text
        yield CHECK.found(
            "warn" if needs_turn and not turn else one.status,
            f"livekit-server {version}: {one.text}",
            f"known from {one.source}",
            fix=Fix(f"take {one.better} or later: the image's tag, or the version of the package"),
            server_version=version,
            better=one.better,
        )
    if not found:
        yield CHECK.ok(f"livekit-server {version or 'of an unnamed version'}", server_version=version)


CHECK = Check(
    id="remote.version",
    title="The server's version is not known to be bad",
    category="remote",
    order=110,
    run=_run,
    modes=URL,
    network=True,
    seconds=BOUND,
    needs=("remote.join",),
    why="Some releases break calls for everybody, or for clients that are newer than they are.",
    source="livekit/livekit #4383, #4397, pull request #4245; livekit/client-sdk-js #1887",
    evidence='The server\'s log begins with its version: `starting LiveKit server {"version": …}`.',
    remedy="Take a later release.",
    faults=(
        Fault(
            "a release before 1.9.10 with a new livekit-client",
            "livekit-server …: livekit-client 2.18.1 and later lose their calls there: it has no /rtc/v1",
            "the browser: `NegotiationError: negotiation timed out` after 15 s",
        ),
        Fault(
            "release 1.10.0 with TURN",
            "livekit-server 1.10.0: with TURN on it advertises addresses that no browser reads: …",
            "the browser: `Failed to construct 'RTCPeerConnection': ICE server parsing failed: Invalid "
            "hostname format`; with a livekit-client of today: `Failed to execute 'setConfiguration' …: The "
            "given configuration has a syntax error`",
        ),
    ),
)
