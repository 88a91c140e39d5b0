"""Joining over the signalling socket, against the real server and against impostors."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Iterator

import pytest
from livekit.protocol import rtc

from livekit_migrate.core.endpoint import Endpoint, Route, parse_url
from livekit_migrate.core.secret import Secret
from livekit_migrate.core.stream import NetError
from livekit_migrate.core.wire import UpgradeRefusedError
from livekit_migrate.livekit.keys import KeyPair
from livekit_migrate.livekit.signal import Signal, SignalError, _read_offer
from livekit_migrate.livekit.tokens import mint

from ..conftest import Server
from ..fakes.server import FakeServer, frame, upgrades

DIRECT = Route(None, "test")


def soon(seconds: float = 60) -> float:
    return time.monotonic() + seconds


def token(server: Server, room: str, **grants: object) -> str:
    pair = KeyPair(server.key, Secret(server.secret))
    return mint(pair, room=room, identity="probe", grants={"room_join": True, **grants}, ttl=60)


@pytest.fixture
def joined(livekit_server: Server) -> Iterator[Signal]:
    grant = token(livekit_server, "signal-test", hidden=True, can_publish=False)
    signal = Signal.open(parse_url(livekit_server.url), DIRECT, grant, soon())
    yield signal
    signal.close()


def test_join_and_offer_of_the_real_server(joined: Signal, livekit_server: Server) -> None:
    assert joined.join.server_version.count(".") == 2
    offer = joined.offer(soon())
    assert offer.complete
    assert offer.ufrag
    found = {(c.protocol, c.address, c.port) for c in offer.candidates}
    assert ("udp", "127.0.0.1", livekit_server.udp_port) in found
    assert ("tcp", "127.0.0.1", livekit_server.tcp_port) in found


def test_probe_is_hidden_and_leaves(livekit_server: Server) -> None:
    grant = token(livekit_server, "signal-hidden", hidden=True)
    watcher = token(livekit_server, "signal-hidden")
    endpoint = parse_url(livekit_server.url)
    signal = Signal.open(endpoint, DIRECT, grant, soon())
    try:
        seen = _participants(livekit_server, "signal-hidden")
        assert [p for p in seen if not p.get("permission", {}).get("hidden")] == []
    finally:
        signal.close()
    deadline = soon()
    while _participants(livekit_server, "signal-hidden") and time.monotonic() < deadline:
        time.sleep(0.05)  # between two looks, bounded by the deadline
    assert _participants(livekit_server, "signal-hidden") == []
    assert watcher


def _participants(server: Server, room: str) -> list[dict[str, dict[str, object]]]:
    pair = KeyPair(server.key, Secret(server.secret))
    admin = mint(pair, room=room, identity="admin", grants={"room_admin": True}, ttl=60)
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.port}/twirp/livekit.RoomService/ListParticipants",
        data=json.dumps({"room": room}).encode(),
        headers={"Authorization": f"Bearer {admin}", "Content-Type": "application/json"},
    )
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
        return list(json.load(answer).get("participants", []))


def test_wrong_token_is_refused_with_the_servers_answer(livekit_server: Server) -> None:
    with pytest.raises(UpgradeRefusedError) as caught:
        Signal.open(parse_url(livekit_server.url), DIRECT, "nonsense", soon())
    assert caught.value.response.status == 401


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (b"", "closed|not LiveKit"),
        (b"\xff\xfe\xfd", "no LiveKit message"),
        (rtc.SignalResponse(pong=1).SerializeToString(), "not LiveKit's join"),
    ],
)
def test_websocket_that_is_not_livekits(message: bytes, text: str) -> None:
    frames = frame(2, message) + frame(8, b"")
    with FakeServer(upgrades(frames)) as server, pytest.raises(SignalError, match=text):
        Signal.open(Endpoint(False, "127.0.0.1", server.port), DIRECT, "t", soon())


def test_server_that_upgrades_and_then_says_nothing_is_bounded() -> None:
    with FakeServer(upgrades(b"", stay=True)) as server, pytest.raises(NetError) as caught:
        Signal.open(Endpoint(False, "127.0.0.1", server.port), DIRECT, "t", soon(0.2))
    assert caught.value.kind == "timeout"


def test_a_reason_of_a_later_server_is_a_number() -> None:
    join = rtc.SignalResponse()
    join.join.room.sid = "RM_x"
    leave = rtc.SignalResponse()
    leave.leave.reason = 99  # type: ignore[assignment,unused-ignore]
    frames = frame(2, join.SerializeToString()) + frame(2, leave.SerializeToString())
    with FakeServer(upgrades(frames)) as server:
        signal = Signal.open(Endpoint(False, "127.0.0.1", server.port), DIRECT, "t", soon())
        try:
            with pytest.raises(SignalError, match="sent us away: reason 99"):
                signal.offer(soon())
        finally:
            signal.close()


def test_offer_without_ice_is_named() -> None:
    with pytest.raises(SignalError, match="no ICE user"):
        _read_offer("v=0\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n")
    offer = _read_offer(
        "a=ice-ufrag:u\r\na=ice-pwd:p\r\na=mid:7\r\n"
        "a=candidate:1 1 udp 1 10.0.0.1 7882 typ host\r\na=end-of-candidates\r\n"
    )
    assert (offer.ufrag, offer.password, offer.mid, offer.complete) == ("u", "p", "7", True)
    assert [c.port for c in offer.candidates] == [7882]
