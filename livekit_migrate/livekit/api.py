"""The server's room service: who is in which room right now."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..core.errors import LkmError
from ..core.secret import redact
from ..core.stream import NetError

if TYPE_CHECKING:
    from ..core.endpoint import Endpoint
    from .keys import KeyPair


_LIMIT = 32_000_000
"""Bytes of an answer; one participant's metadata may have 512 KiB."""


class ApiError(LkmError):
    """The room service could not be asked, or refused."""


@dataclass(frozen=True, slots=True)
class Room:
    """A room and the identities of who is in it, hidden participants left out by the server."""

    name: str
    identities: tuple[str, ...]


def rooms(url: str, pair: KeyPair, *, timeout: float = 3.0) -> tuple[Room, ...]:
    """Rooms with their participants. No proxy is used: this is for a server on this machine.

    Participants are counted by ListParticipants: the count that ListRooms gives lags behind by seconds
    (server 1.13.5: still 0 two seconds after a join). Both answer while the server drains.

    Asked in Twirp's JSON: livekit.api brings aiohttp, and takes longer to import than all the answers.

    Args:
        url: ``ws://``, ``http://`` or their TLS forms.
        timeout: seconds for the whole answer.

    Raises:
        ApiError: no answer in time, or a refusal; ``api.unauthorized`` when the key is not the server's.
        UsageError: ``url`` is no URL.
    """
    from ..core.endpoint import parse_url

    endpoint, deadline = parse_url(url), time.monotonic() + timeout
    try:
        listed = _call(endpoint, pair, "ListRooms", {}, {"room_list": True}, deadline=deadline)
        found: list[Room] = []
        for name in [room["name"] for room in listed.get("rooms", ())]:
            grants = {"room_admin": True}
            try:
                there = _call(endpoint, pair, "ListParticipants", {"room": name}, grants, deadline=deadline)
            except _GoneError:  # it closed since
                continue
            identities = (person.get("identity", "") for person in there.get("participants", ()))
            found.append(Room(name, tuple(sorted(identities))))
    except NetError as error:
        if error.kind == "timeout":
            raise ApiError(
                f"{url}: the room service did not answer in {timeout:g} s", code="api.timeout"
            ) from error
        raise ApiError(
            f"{url}: the room service cannot be reached: {error.text}", code="api.unreachable"
        ) from error
    return tuple(found)


class _GoneError(ApiError):
    """Twirp's ``not_found``."""


def _call(
    endpoint: Endpoint,
    pair: KeyPair,
    method: str,
    asked: Mapping[str, str],
    grants: Mapping[str, object],
    *,
    deadline: float,
) -> dict[str, Any]:
    """One call of the room service; what it answers."""
    from ..core.endpoint import Route
    from ..core.wire import exchange
    from .tokens import claims, sign

    token = sign(claims(pair.key, room=asked.get("room"), grants=grants, ttl=60), pair)
    answer = exchange(
        endpoint,
        Route(None, "this machine"),
        f"/twirp/livekit.RoomService/{method}",
        deadline,
        method="POST",
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        body=json.dumps(asked).encode(),
        limit=_LIMIT,
    )
    try:
        said = json.loads(answer.body)
    except ValueError:
        said = None
    if answer.status == 200 and isinstance(said, dict):
        return said
    words, code = redact(answer.text)[:200], ""
    if isinstance(said, dict):
        words, code = redact(str(said.get("msg") or words)), said.get("code", "")
    if code == "not_found":
        raise _GoneError(words, code="api.not-found")
    refused = answer.status in (401, 403)
    raise ApiError(
        f"{endpoint.ws}: the room service refused: HTTP {answer.status} {words}".rstrip(),
        code="api.unauthorized" if refused else "api.refused",
        detail="the key or the secret is not the server's" if refused else "",
    )
