"""Which key pairs open a running server: asked of the server itself, with a token of each."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ..core.endpoint import Endpoint, route_to
from ..core.stream import NetError
from ..core.wire import exchange

if TYPE_CHECKING:
    from ..livekit.keys import KeyPair
    from .native.record import Process

TIMEOUT = 4.0
"""Seconds for one answer."""

Outcome = Literal["opens", "key-unknown", "secret-differs", "clock", "refused", "unreachable"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the server said. ``text`` is a clause for people."""

    outcome: Outcome
    text: str

    @property
    def opens(self) -> bool:
        return self.outcome == "opens"

    @property
    def is_about_keys(self) -> bool:
        return self.outcome in ("key-unknown", "secret-differs")


def ask(endpoint: Endpoint, pair: KeyPair, *, local: bool = False, timeout: float = TIMEOUT) -> Verdict:
    """Ask ``/rtc/validate``, which every participant passes; nobody joins and no room is made.

    Args:
        local: a server of this machine: never through a proxy.
    """
    import secrets

    from ..livekit.tokens import mint

    room = f"lkm-check-{secrets.token_hex(4)}"
    grants = {"room_join": True, "hidden": True}
    token = mint(pair, room=room, identity="lkm-check", grants=grants, ttl=60)
    lister = mint(pair, grants={"room_list": True}, ttl=60)
    route = route_to(endpoint, local=local)
    deadline = time.monotonic() + timeout
    try:
        # In the header: a query would stand in the logs of whatever lies in between.
        bearer = {"Authorization": f"Bearer {token}"}
        answer = exchange(endpoint, route, "/rtc/validate", deadline, headers=bearer)
        if answer.status == 404:
            # No such room (room.auto_create is off), or a proxy that does not pass /rtc: the API tells.
            answer = exchange(
                endpoint,
                route,
                "/twirp/livekit.RoomService/ListRooms",
                deadline,
                method="POST",
                headers={"Authorization": f"Bearer {lister}", "Content-Type": "application/json"},
                body=json.dumps({"names": [room]}).encode(),
            )
    except NetError as error:
        return Verdict("unreachable", error.text)
    return _verdict(answer.status, answer.text)


def _verdict(status: int, said: str) -> Verdict:
    """The words are those of livekit-server 1.13.5."""
    if status == 200:
        return Verdict("opens", "accepted")
    if status not in (401, 403):
        return Verdict("unreachable", f"HTTP {status}: is it a LiveKit server?")
    if "invalid API key" in said:
        return Verdict("key-unknown", "the server does not know this key")
    if "signature" in said or "cryptographic" in said:
        return Verdict("secret-differs", "the server has another secret for this key")
    if re.search(r"not (?:valid )?yet|nbf|expired", said):
        return Verdict("clock", "the clocks of this machine and the server are too far apart")
    return Verdict("refused", f"HTTP {status}")


def running_pairs(server: Process) -> tuple[KeyPair, ...] | None:
    """The pairs that a native server was started with, from its environment; None when it cannot be read."""
    import psutil
    import yaml

    from ..core.secret import Secret
    from ..livekit.keys import KeyPair

    try:
        found = psutil.Process(server.pid).environ().get("LIVEKIT_KEYS", "") if server.alive else ""
        keys = yaml.load(found, Loader=yaml.BaseLoader)  # noqa: S506 - strings only, no objects
    except (psutil.Error, OSError, yaml.YAMLError):
        return None
    if not isinstance(keys, dict) or not keys:
        return None
    return tuple(KeyPair(str(key), Secret(str(secret))) for key, secret in keys.items())
