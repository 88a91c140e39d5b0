"""WebSocket frames and HTTP answers."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livekit_migrate.core.endpoint import Endpoint, Route
from livekit_migrate.core.net import NetError
from livekit_migrate.core.wire import (
    BINARY,
    CONTINUATION,
    PING,
    Frame,
    Frames,
    UpgradeRefusedError,
    WebSocket,
    exchange,
)

from ..fakes.server import FakeServer, read_head, reset, says

DIRECT = Route(None, "test")


@settings(deadline=None)
@given(st.binary(max_size=70_000), st.booleans(), st.integers(1, 5000))
def test_a_frame_survives_the_wire_in_pieces(payload: bytes, mask: bool, size: int) -> None:
    data = Frame(BINARY, payload).encode(mask=mask) * 2
    frames = Frames()
    found = [f for at in range(0, len(data), size) for f in frames.feed(data[at : at + size])]
    assert found == [Frame(BINARY, payload)] * 2


def test_what_are_no_frames_is_refused() -> None:
    with pytest.raises(NetError, match="no WebSocket frames"):
        Frames().feed(b"HTTP/1.1 200 OK")
    with pytest.raises(NetError, match="announces"):
        Frames().feed(b"\x82\x7f" + b"\x00\x00\x01" + bytes(5))


@pytest.mark.parametrize(
    "data", [b"\x15\x03\x01\x00\x02", b"SSH-2.0-OpenSSH_9\r\n", b"\xff" * 100_000, b"\n"]
)
def test_what_is_no_http_is_garbage(data: bytes) -> None:
    with FakeServer(says(data)) as server, pytest.raises(NetError) as caught:
        exchange(Endpoint(False, "127.0.0.1", server.port), DIRECT, "/", time.monotonic() + 5)
    assert caught.value.kind == "garbage"


def test_broken_off_and_empty_answers() -> None:
    with FakeServer(reset) as server, pytest.raises(NetError) as caught:
        exchange(Endpoint(False, "127.0.0.1", server.port), DIRECT, "/", time.monotonic() + 5)
    assert caught.value.kind == "reset"
    with FakeServer(says(b"")) as server, pytest.raises(NetError) as caught:
        exchange(Endpoint(False, "127.0.0.1", server.port), DIRECT, "/", time.monotonic() + 5)
    assert caught.value.kind == "closed"


def test_websocket_joins_fragments_and_answers_pings() -> None:
    import base64
    import hashlib
    import re
    import socket

    answered: list[bytes] = []

    def handler(connection: socket.socket) -> None:
        key = re.search(r"Sec-WebSocket-Key: (\S+)", read_head(connection).decode())
        assert key
        digest = hashlib.sha1((key[1] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
        connection.sendall(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: "
            + base64.b64encode(digest)
            + b"\r\n\r\n"
            # In one packet with the head: nothing of it may be lost.
            + Frame(BINARY, b"one", final=False).encode(mask=False)
            + Frame(PING, b"x").encode(mask=False)
            + Frame(CONTINUATION, b"two").encode(mask=False)
        )
        answered.append(connection.recv(100))

    with FakeServer(handler) as server:
        deadline = time.monotonic() + 5
        socket_ = WebSocket.open(Endpoint(False, "127.0.0.1", server.port), DIRECT, "/rtc", deadline)
        assert socket_.receive(deadline) == b"onetwo"
        assert socket_.receive(deadline) is None
        socket_.close()
    assert Frames().feed(answered[0]) == [Frame(10, b"x")]


def test_websocket_refusal_carries_the_answer() -> None:
    with (
        FakeServer(says(b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnope")) as server,
        pytest.raises(UpgradeRefusedError) as caught,
    ):
        WebSocket.open(Endpoint(False, "127.0.0.1", server.port), DIRECT, "/rtc", time.monotonic() + 5)
    assert (caught.value.response.status, caught.value.response.text) == (404, "nope")
