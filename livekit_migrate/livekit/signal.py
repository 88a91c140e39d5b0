"""The signalling WebSocket: join as a hidden participant and read what the server offers for media.

Facts of livekit-server 1.13.5 (protocol 15 on ``/rtc``): ``join`` comes first, then an ``offer`` with the
server's ICE user and password, then one ``trickle`` per address it advertises, the last one marked final.
"""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from ..core.endpoint import Endpoint, Route
from ..core.secret import remember
from ..core.stream import NetError
from ..core.wire import WebSocket
from .candidates import Candidate, parse

PROTOCOL = 15


@dataclass(frozen=True, slots=True)
class IceServer:
    """A STUN or TURN server that the LiveKit server tells its clients to use."""

    urls: tuple[str, ...]
    username: str = ""
    credential: str = ""

    def __repr__(self) -> str:
        return f"IceServer({self.urls})"


@dataclass(frozen=True, slots=True)
class Join:
    """What a server says to somebody who joins."""

    room_sid: str
    server_version: str
    region: str
    node_id: str
    ice_servers: tuple[IceServer, ...]

    @property
    def turn_urls(self) -> tuple[str, ...]:
        return tuple(url for server in self.ice_servers for url in server.urls if url.startswith("turn"))


@dataclass(frozen=True, slots=True)
class Offer:
    """The server's half of ICE: who it is, and the addresses it advertises.

    Args:
        complete: the server said that there are no more candidates.
    """

    ufrag: str
    password: str
    mid: str
    candidates: tuple[Candidate, ...]
    complete: bool


class SignalError(Exception):
    """The WebSocket is open, but the server does not go on as a LiveKit server does."""


class Signal:
    """One joined participant, as far as signalling goes. Close it: the participant then leaves."""

    def __init__(self, socket: WebSocket, join: Join) -> None:
        self._socket = socket
        self.join = join
        self.ufrag = secrets.token_hex(4)
        self.password = secrets.token_hex(12)

    @classmethod
    def open(cls, endpoint: Endpoint, route: Route, token: str, deadline: float) -> Signal:
        """Join the token's room.

        Args:
            deadline: ``time.monotonic()`` by which the server must have answered.

        Raises:
            NetError: the connection failed.
            UpgradeRefusedError: the server answered with something else than a WebSocket.
            SignalError: what came is not LiveKit's ``join``, or the server refuses.
        """
        target = f"/rtc?access_token={quote(token)}&protocol={PROTOCOL}&auto_subscribe=1&sdk=lkm"
        socket = WebSocket.open(endpoint, route, target, deadline)
        try:
            return cls(socket, _joined(socket, deadline))
        except BaseException:
            socket.close()
            raise

    def offer(self, deadline: float) -> Offer:
        """Wait for the server's offer and its candidates.

        Raises:
            NetError: the connection broke.
            SignalError: no offer came in time.
        """
        from livekit.protocol import rtc

        offer: Offer | None = None
        found: list[Candidate] = []
        complete = False
        while not (complete and offer):
            try:
                data = self._socket.receive(deadline)
            except NetError as error:
                if error.kind != "timeout":
                    raise
                break
            if data is None:
                raise SignalError("the server closed the connection before it offered media")
            message = _response(data)
            kind = message.WhichOneof("message")
            if kind == "offer":
                offer = _read_offer(message.offer.sdp)
                found += offer.candidates
            elif kind == "trickle" and message.trickle.target == rtc.SignalTarget.SUBSCRIBER:
                if candidate := _trickled(message.trickle.candidateInit):
                    found.append(candidate)
                complete = complete or message.trickle.final
            elif kind == "leave":
                raise SignalError(f"the server sent us away: {_reason(message.leave.reason)}")
        if offer is None:
            raise SignalError("the server offered no media connection in time")
        unique = tuple(dict.fromkeys(found))
        return Offer(offer.ufrag, offer.password, offer.mid, unique, complete)

    def answer(self, offer: Offer, own: tuple[tuple[str, int], ...] = ()) -> None:
        """Accept the offer, so that the server answers STUN checks on each of its candidates.

        Args:
            own: our UDP addresses; the server then checks the way to them by itself.
        """
        from livekit.protocol import rtc

        request = rtc.SignalRequest()
        request.answer.type = "answer"
        request.answer.sdp = _answer(offer.mid, self.ufrag, self.password)
        self._socket.send(request.SerializeToString())
        for number, (address, port) in enumerate(own, 1):
            line = f"candidate:{number} 1 udp {2130706431 - number} {address} {port} typ host"
            trickle = rtc.SignalRequest()
            trickle.trickle.target = rtc.SignalTarget.SUBSCRIBER
            trickle.trickle.candidateInit = json.dumps(
                {"candidate": line, "sdpMid": offer.mid, "sdpMLineIndex": 0}
            )
            self._socket.send(trickle.SerializeToString())

    def close(self) -> None:
        """Leave the room."""
        from livekit.protocol import rtc

        request = rtc.SignalRequest()
        request.leave.SetInParent()
        try:
            self._socket.send(request.SerializeToString())
        except NetError:
            pass
        finally:
            self._socket.close()


def _joined(socket: WebSocket, deadline: float) -> Join:
    data = socket.receive(deadline)
    if data is None:
        raise SignalError("the server closed the connection without a word")
    message = _response(data)
    kind = message.WhichOneof("message")
    if kind == "leave":
        raise SignalError("the server sent us away at once")
    if kind != "join":
        raise SignalError(f"the first message is not LiveKit's join but {kind or 'unknown'}")
    join = message.join
    for server in join.ice_servers:
        remember(server.credential)
    return Join(
        room_sid=join.room.sid,
        server_version=join.server_info.version or join.server_version,
        region=join.server_info.region or join.server_region,
        node_id=join.server_info.node_id,
        ice_servers=tuple(
            IceServer(tuple(server.urls), server.username, server.credential) for server in join.ice_servers
        ),
    )


def _reason(number: int) -> str:
    from livekit.protocol import models

    try:
        return str(models.DisconnectReason.Name(number))  # type: ignore[arg-type,unused-ignore]
    except ValueError:  # of a later server
        return f"reason {number}"


def _response(data: bytes) -> Any:
    from google.protobuf.message import DecodeError
    from livekit.protocol import rtc

    try:
        return rtc.SignalResponse.FromString(data)
    except DecodeError as error:
        raise SignalError("what the server sends is no LiveKit message") from error


def _attribute(sdp: str, name: str) -> str:
    for line in sdp.splitlines():
        if line.startswith(f"a={name}:"):
            return line.partition(":")[2].strip()
    return ""


def _read_offer(sdp: str) -> Offer:
    ufrag, password = _attribute(sdp, "ice-ufrag"), _attribute(sdp, "ice-pwd")
    if not (ufrag and password):
        raise SignalError("the server's offer has no ICE user and password")
    lines = [line[2:] for line in sdp.splitlines() if line.startswith("a=candidate:")]
    candidates = tuple(candidate for line in lines if (candidate := parse(line)))
    return Offer(ufrag, password, _attribute(sdp, "mid") or "0", candidates, "a=end-of-candidates" in sdp)


def _trickled(init: str) -> Candidate | None:
    try:
        line = json.loads(init)["candidate"]
    except (ValueError, KeyError, TypeError):
        return None
    return parse(line) if isinstance(line, str) else None


def _answer(mid: str, ufrag: str, password: str) -> str:
    # The DTLS handshake never happens: STUN checks are all we want of this connection.
    fingerprint = ":".join(f"{byte:02X}" for byte in secrets.token_bytes(32))
    lines = [
        "v=0",
        f"o=- {int(time.time())} 1 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        f"a=group:BUNDLE {mid}",
        "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
        "c=IN IP4 0.0.0.0",
        f"a=mid:{mid}",
        "a=sctp-port:5000",
        f"a=ice-ufrag:{ufrag}",
        f"a=ice-pwd:{password}",
        f"a=fingerprint:sha-256 {fingerprint}",
        "a=setup:active",
    ]
    return "\r\n".join([*lines, ""])
