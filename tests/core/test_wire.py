"""HTTP answers and WebSocket messages, whole and broken, as a peer may send them."""

from __future__ import annotations

import re
import socket
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, Event, TextMessage

from livekit_migrate.core.endpoint import Endpoint, Route
from livekit_migrate.core.stream import NetError
from livekit_migrate.core.wire import Messages, Response, UpgradeRefusedError, WebSocket, exchange

from ..fakes.server import FakeServer, Handler, frame, hang, read_head, reset, says, upgrades

DIRECT = Route(None, "test")
TEXT, BINARY, CONTINUATION, CLOSE, PING = 1, 2, 0, 8, 9


def soon(seconds: float = 60) -> float:
    return time.monotonic() + seconds


def get(server: FakeServer, *, path: str = "", deadline: float | None = None) -> Response:
    return exchange(Endpoint(False, "127.0.0.1", server.port, path), DIRECT, "/", deadline or soon())


def opened(server: FakeServer) -> WebSocket:
    return WebSocket.open(Endpoint(False, "127.0.0.1", server.port), DIRECT, "/rtc", soon())


def says_and_stays(data: bytes) -> Handler:
    def handler(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(data)
        hang(connection)

    return handler


# --- HTTP


@pytest.mark.parametrize(
    "data",
    [b"\x15\x03\x01\x00\x02", b"SSH-2.0-OpenSSH_9\r\n", b"\xff" * 100_000, b"\n", b"HTTP/1.1 OK 200\r\n\r\n"],
)
@pytest.mark.parametrize("stays", [False, True])
def test_what_is_no_http_is_garbage_at_once(data: bytes, stays: bool) -> None:
    with FakeServer((says_and_stays if stays else says)(data)) as server, pytest.raises(NetError) as caught:
        get(server)
    assert caught.value.kind == "garbage"
    assert len(caught.value.text) < 90
    assert caught.value.text.isprintable()


def test_broken_off_and_empty_answers() -> None:
    with FakeServer(reset) as server, pytest.raises(NetError) as caught:
        get(server)
    assert caught.value.kind == "reset"
    with FakeServer(says(b"")) as server, pytest.raises(NetError) as caught:
        get(server)
    assert (caught.value.kind, caught.value.text) == ("closed", "it closed the connection without an answer")


@pytest.mark.parametrize(
    "data",
    [
        b"HT",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfour",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfour\r\n",
    ],
)
def test_an_answer_cut_off_is_told_from_none(data: bytes) -> None:
    with FakeServer(says(data)) as server, pytest.raises(NetError, match="middle of its answer") as caught:
        get(server)
    assert caught.value.kind == "closed"


@pytest.mark.parametrize(
    ("data", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK and more", b"OK"),
        (b"HTTP/1.0 200 OK\r\n\r\nOK", b"OK"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nO\r\n1\r\nK\r\n0\r\n\r\n", b"OK"),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\n\r\nOK", b"OK"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 200_000, b"x" * 65536),
    ],
)
def test_every_shape_of_an_answer(data: bytes, body: bytes) -> None:
    with FakeServer(says(data)) as server:
        answer = get(server)
        assert answer.peer == f"127.0.0.1:{server.port}"
    assert (answer.status, answer.reason, answer.body) == (200, "OK", body)


def test_an_endless_answer_is_read_up_to_the_limit_only() -> None:
    with FakeServer(says_and_stays(b"HTTP/1.1 200 OK\r\nX-One: 1\r\n\r\n" + b"x" * 70_000)) as server:
        answer = get(server)
    assert (len(answer.body), answer.headers) == (65536, {"x-one": "1"})


def test_an_answer_that_never_ends_is_bounded() -> None:
    with FakeServer(says_and_stays(b"HTTP/1.1 200 OK\r\n\r\nx")) as server, pytest.raises(NetError) as caught:
        get(server, deadline=soon(0.2))
    assert caught.value.kind == "timeout"


def test_a_path_with_letters_that_http_does_not_have() -> None:
    asked: list[bytes] = []

    def handler(connection: socket.socket) -> None:
        asked.append(read_head(connection).split(b"\r\n")[0])
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    with FakeServer(handler) as server:
        assert get(server, path="/anrufe/über%20uns").status == 200
    assert asked == [b"GET /anrufe/%C3%BCber%20uns/ HTTP/1.1"]


# --- WebSocket


@settings(deadline=None)
@given(st.binary(max_size=70_000) | st.text(max_size=20_000), st.booleans(), st.integers(1, 5000))
def test_a_message_survives_the_wire_in_pieces(payload: bytes | str, client: bool, size: int) -> None:
    kinds = (ConnectionType.CLIENT, ConnectionType.SERVER)
    sender, reader = (Connection(kind) for kind in (kinds if client else kinds[::-1]))
    message: Event = TextMessage(payload) if isinstance(payload, str) else BytesMessage(payload)
    data = sender.send(message) * 2
    messages = Messages(reader)
    found = [e for at in range(0, len(data), size) for e in messages.feed(data[at : at + size])]
    assert found == [message] * 2


@pytest.mark.parametrize("data", [b"HTTP/1.1 200 OK", b"\x8b\x00", b"\x80\x00", b"\x81\x01\xff", b"\xc2\x00"])
def test_what_are_no_frames_is_refused(data: bytes) -> None:
    with FakeServer(upgrades(data)) as server:
        socket_ = opened(server)
        with pytest.raises(NetError, match="no WebSocket frames") as caught:
            socket_.receive(soon())
        socket_.close()
    assert caught.value.kind == "garbage"


def test_a_message_without_end_is_refused() -> None:
    def handler(connection: socket.socket) -> None:
        upgrades(b"")(connection)
        connection.sendall(frame(BINARY, b"x", final=False) + b"\x80\x7f" + (1 << 40).to_bytes(8, "big"))
        while True:
            connection.sendall(b"x" * 65536)

    with FakeServer(handler) as server:
        socket_ = opened(server)
        with pytest.raises(NetError, match="more than 4 MB"):
            socket_.receive(soon())
        socket_.close()


def test_fragments_are_joined_and_pings_answered() -> None:
    answered: list[bytes] = []
    # In one packet with the head: nothing of it may be lost.
    frames = frame(BINARY, b"one", final=False) + frame(PING, b"x") + frame(CONTINUATION, b"two")

    def handler(connection: socket.socket) -> None:
        upgrades(frames + frame(TEXT, b"three"))(connection)
        answered.append(connection.recv(100))
        connection.sendall(frame(CLOSE, b""))
        while data := connection.recv(100):
            answered.append(data)

    with FakeServer(handler) as server:
        socket_ = opened(server)
        assert socket_.receive(soon()) == b"onetwo"
        assert socket_.receive() == b"three"
        assert socket_.receive() is None
        with pytest.raises(NetError, match="has closed the WebSocket"):
            socket_.send(b"late")
        socket_.close()
        deadline = soon()
        while len(answered) < 2 and time.monotonic() < deadline:
            time.sleep(0.01)  # between two looks, bounded by the deadline
    plain = [
        (data[0], bytes(byte ^ data[2 + at % 4] for at, byte in enumerate(data[6:]))) for data in answered
    ]
    assert plain == [(0x8A, b"x"), (0x88, b"\x03\xe8")]  # pong, then close 1000, both masked


def test_a_server_that_just_goes_away_ends_the_messages() -> None:
    with FakeServer(upgrades(frame(BINARY, b"one"))) as server:
        socket_ = opened(server)
        assert socket_.receive(soon()) == b"one"
        assert socket_.receive(soon()) is None
        socket_.close()


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\nX-One: 1\r\n\r\nnope",
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\nX-One: 1\r\n\r\nnope",  # and closed: cut off
        b"HTTP/1.0 404 Not Found\r\nX-One: 1\r\n\r\nnope",
    ],
)
def test_refusal_carries_the_answer(data: bytes) -> None:
    with FakeServer(says(data)) as server, pytest.raises(UpgradeRefusedError) as caught:
        opened(server)
    answer = caught.value.response
    assert (answer.status, answer.text, answer.headers["x-one"]) == (404, "nope", "1")
    assert answer.peer.startswith("127.0.0.1:")


def test_refusal_with_a_long_page_is_cut() -> None:
    with (
        FakeServer(says_and_stays(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 9000)) as server,
        pytest.raises(UpgradeRefusedError, match=r"^200$") as caught,
    ):
        opened(server)
    assert len(caught.value.response.body) == 2048


SWITCH = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"


@pytest.mark.parametrize(
    ("data", "kind", "text"),
    [
        (b"", "closed", "without an answer"),
        (b"HTTP/1.1 101 Swit", "closed", "middle of its answer"),
        (b"SSH-2.0-OpenSSH_9\r\n", "garbage", "not HTTP: SSH-2.0-OpenSSH_9"),
        (b"HTTP/1.1 eins\r\n\r\n", "garbage", "not HTTP"),
        (SWITCH + b"\r\n", "garbage", "not to this WebSocket request"),
        (SWITCH + b"Sec-WebSocket-Accept: bm9wZQ==\r\n\r\n", "garbage", "not to this WebSocket request"),
        (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", "garbage", "not to this WebSocket request"),
    ],
)
def test_upgrade_that_goes_wrong_is_named(data: bytes, kind: str, text: str) -> None:
    with FakeServer(says(data)) as server, pytest.raises(NetError, match=re.escape(text)) as caught:
        opened(server)
    assert caught.value.kind == kind
