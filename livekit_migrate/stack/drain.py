"""Letting calls end: a server that was told to stop, watched until nobody is in it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ..core.errors import LkmError
from ..core.report import Progress, Reporter

if TYPE_CHECKING:
    from ..livekit.keys import KeyPair

Rooms = Mapping[str, tuple[str, ...]]

_ASK_EVERY_SECONDS = 0.5
_ANSWER_SECONDS = 5.0


def drain(
    gone: Callable[[float], bool],
    url: str,
    pair: KeyPair | None,
    reporter: Reporter,
    step: Progress,
    *,
    seconds: float,
) -> Rooms:
    """Wait for the participants; who is left when the time is up.

    The server waits for them without limit, looks every five seconds whether the last one is gone, and
    lets new ones in meanwhile (1.13.5, run). So lkm asks it who is there, and goes on when nobody is.

    Args:
        gone: waits so many seconds at most for the server's end; whether it has come.
        url: of the server; empty when it is not known.
        seconds: how long participants may go on.
    """
    deadline = time.monotonic() + seconds
    rooms: Rooms | None = None
    told: set[tuple[str, str]] | None = None
    empty = 0
    while not gone(min(_ASK_EVERY_SECONDS, max(0.0, deadline - time.monotonic()))):
        rooms, why = _ask(url, pair)
        people = {(room, person) for room, there in (rooms or {}).items() for person in there}
        remaining = max(0.0, deadline - time.monotonic())
        if rooms is None:
            if told is None:
                reporter.note(f"draining, at most {seconds:g} s; who is there cannot be seen: {why}")
                told = set()
        else:
            if people != told and (people or told):
                reporter.note(_told(people, told, remaining))
            told = people
            empty = 0 if people else empty + 1
            if empty >= 2:  # twice: a client that reconnects is away for a moment
                return {}
        step.update(f"{len(people)} participants in {len(rooms or {})} rooms, {remaining:.0f} s left")
        if remaining <= 0:
            return {room: there for room, there in (rooms or {}).items() if there}
    return {}


def said(left: Rooms) -> str:
    """Who was left, on one line."""
    return ", ".join(f"{room}: {', '.join(people)}" for room, people in left.items())


def _told(people: set[tuple[str, str]], before: set[tuple[str, str]] | None, remaining: float) -> str:
    names = ", ".join(f"{person} ({room})" for room, person in sorted(people)[:10])
    more = f" and {len(people) - 10} more" if len(people) > 10 else ""
    count = f"{len(people)} participant{'' if len(people) == 1 else 's'}"
    if before is None:
        return f"draining: {count}, at most {remaining:.0f} s (lkm down --now: at once): {names}{more}"
    return f"draining: {count} left to go{': ' if people else ''}{names}{more}"


def _ask(url: str, pair: KeyPair | None) -> tuple[Rooms | None, str]:
    from ..livekit import api

    if not url or pair is None:
        return None, "its address or its key is not known"
    try:
        return {room.name: room.identities for room in api.rooms(url, pair, timeout=_ANSWER_SECONDS)}, ""
    except LkmError as error:
        return None, error.message
