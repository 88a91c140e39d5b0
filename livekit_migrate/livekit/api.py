"""The server's room service: who is in which room right now."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..core.errors import LkmError

if TYPE_CHECKING:
    from .keys import KeyPair


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

    Args:
        url: ``ws://``, ``http://`` or their TLS forms.
        timeout: seconds for the whole answer.

    Raises:
        ApiError: no answer in time, or a refusal; ``api.unauthorized`` when the key is not the server's.
    """
    # Imported here and not under the time limit: on a busy machine it takes as long as the answer may.
    import aiohttp  # noqa: F401
    from livekit import api  # noqa: F401

    try:
        return asyncio.run(asyncio.wait_for(_rooms(url, pair), timeout))
    except TimeoutError as error:
        raise ApiError(
            f"{url}: the room service did not answer in {timeout:g} s", code="api.timeout"
        ) from error


async def _rooms(url: str, pair: KeyPair) -> tuple[Room, ...]:
    import aiohttp
    from livekit import api

    try:
        async with aiohttp.ClientSession(trust_env=False) as session:
            # failover: it would ask other regions, and log to stderr, when this one server fails.
            client = api.LiveKitAPI(url, pair.key, pair.secret.reveal(), session=session, failover=False)
            listed = (await client.room.list_rooms(api.ListRoomsRequest())).rooms
            found: list[Room] = []
            for room in listed:
                try:
                    asked = api.ListParticipantsRequest(room=room.name)
                    people = (await client.room.list_participants(asked)).participants
                except api.ServerError as error:
                    if error.code == "not_found":  # it closed since
                        continue
                    raise
                found.append(Room(room.name, tuple(sorted(person.identity for person in people))))
            return tuple(found)
    except api.ServerError as error:
        refused = error.status in (401, 403)
        raise ApiError(
            f"{url}: the room service refused: {error.message or error.code}",
            code="api.unauthorized" if refused else "api.refused",
            detail="the key or the secret is not the server's" if refused else "",
        ) from error
    except (aiohttp.ClientError, OSError) as error:
        raise ApiError(
            f"{url}: the room service cannot be reached: {error}", code="api.unreachable"
        ) from error
