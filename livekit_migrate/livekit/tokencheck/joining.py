"""What a valid token must grant before the server lets its holder join: ValidateConnectRequest and beyond."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from . import rules
from .claims import Decoded
from .rules import Rules


class Problem(NamedTuple):
    """One reason to refuse.

    Args:
        id: stable: ``token.expired``.
        status: the server's HTTP status.
        said: the server's words; they never repeat the token.
        title: what is wrong, in ours.
        fix: what to do about it.
        joining: only joining finds it, /rtc/validate does not.
    """

    id: str
    status: int
    said: str
    title: str
    fix: str
    joining: bool = False


def no_grants(title: str) -> Problem:
    return Problem(
        "token.no-grants",
        401,
        "no permissions to access the room",
        title,
        "make one that joins: lkm token --room NAME",
    )


def allowed(decoded: Decoded, by: Rules) -> Iterator[Problem]:
    """ValidateConnectRequest, and what joining adds to it."""
    video = decoded.section("video")
    identity = decoded.values.get("sub") or decoded.values.get("jti") or ""
    make = "make one that joins: lkm token --room NAME"
    if video is None:
        yield no_grants("it grants nothing: it has no video section")
        return
    if not video.get("roomJoin"):
        yield Problem("token.no-join", 401, "permissions denied", "it does not grant roomJoin", make)
    if not identity:
        yield Problem(
            "token.no-identity",
            400,
            "identity cannot be empty",
            "it names nobody: sub is empty",
            "name the participant: lkm token --identity NAME",
        )
    limit = rules.LONGEST_IDENTITY
    if (size := _size(identity)) > limit:
        yield Problem(
            "token.identity-length",
            400,
            f"participant identity length exceeds limits: max length {limit}",
            f"its identity has {size} bytes; the server takes {limit}",
            "take a shorter one (limit.max_participant_identity_length)",
        )
    room = video.get("room") or ""
    if not room and by.needs_room:
        yield Problem("token.no-room", 400, "no room name", "it names no room", make)
    limit = rules.LONGEST_ROOM
    if (size := _size(room)) > limit:
        yield Problem(
            "token.room-length",
            400,
            f"room name length exceeds limits: max length {limit}",
            f"its room's name has {size} bytes; the server takes {limit}",
            "take a shorter one (limit.max_room_name_length)",
        )
    if by.join_sizes:
        yield from _sizes(decoded)


def _sizes(decoded: Decoded) -> Iterator[Problem]:
    metadata = _size(decoded.values.get("metadata") or "")
    attributes = decoded.values.get("attributes") or {}
    total = sum(_size(name) + _size(value) for name, value in attributes.items())
    for what, size, limit in (
        ("metadata", metadata, rules.METADATA),
        ("attributes", total, rules.ATTRIBUTES),
    ):
        if size > limit:
            yield Problem(
                f"token.{what}-size",
                500,
                "connection closed by media",  # its log says more: metadata size exceeds limits
                f"its {what} {'has' if what == 'metadata' else 'have'} {size:,} bytes; the server takes "
                f"{limit:,}, and says so when joining only",
                f"keep {what} small, and what is large elsewhere (limit.max_{what}_size)",
                joining=True,
            )


def _size(text: str) -> int:
    return len(text.encode("utf-8", "replace"))
