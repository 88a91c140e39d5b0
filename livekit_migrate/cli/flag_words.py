"""What `lkm flag on` and `off` say: what was written, what makes it count, what becomes of calls."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..flag.report import Report
    from ..flag.running import Server
    from ..flag.turn import Turn

_AGAIN = {
    "Next.js": "{folder}: `next dev` reads it when it starts; a production build has it written in: "
    "build anew",
    "Vite": "{folder}: Vite's development server starts again by itself; a production build has it written "
    "in: build anew",
    "Create React App": "{folder}: start the development server again; a production build has it written in: "
    "build anew",
    "Node": "{folder}: read when the process starts: start it again",
}


def after(found: Report, turn: Turn, livekit: Server, *, on: bool, restart: bool) -> Iterator[str]:
    """The lines, in the order in which a person needs them."""
    wanted = "LiveKit" if on else "Mediasoup"
    if turn.changes.empty:
        yield f"{found.name} is {'on' if on else 'off'} wherever it is read: {wanted}"
    for place, text in turn.places:
        yield f"{place}: {text}"
    if turn.tracked:
        yield f"git has {', '.join(turn.tracked)}: committed, it turns everybody's"
    if found.found.shell is not None and (found.found.shell == "true") != on:
        yield f"this shell has {found.name}={found.found.shell}, which wins: unset {found.name}"
    if not turn.changes.empty:
        yield from _counts(found, turn, restart=restart)
        yield from calls(livekit, on=on)
    if on and not livekit.ready and not restart:
        yield f"LiveKit does not answer yet ({livekit.said}): lkm up, then lkm health"


def _counts(found: Report, turn: Turn, *, restart: bool) -> Iterator[str]:
    """What makes it live."""
    for reader in found.readers:
        if reader.via != "Node" or not found.found.services:
            yield _AGAIN[reader.via].format(folder=reader.folder or ".")
    if turn.services and not restart:
        yield f"in the stack of containers: lkm restart {' '.join(turn.services)}"


def calls(livekit: Server, *, on: bool) -> Iterator[str]:
    """What becomes of calls in progress."""
    old, new = ("Mediasoup", "LiveKit") if on else ("LiveKit", "Mediasoup")
    people = livekit.people
    if not on and people:
        rooms = livekit.rooms or {}
        names = ", ".join(sorted(rooms)[:5])
        yield (
            f"{people} participant{'s are' if people > 1 else ' is'} on LiveKit now, in "
            f"{len(rooms)} room{'s' if len(rooms) > 1 else ''} ({names})"
        )
    yield (
        f"a page that is open stays on {old} until it is loaded again; who opens one after the change is on "
        f"{new}. Until then people of one room can be on two servers, and do not see each other: turn it "
        "between calls, or have everybody reload"
    )
