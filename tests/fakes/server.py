"""Servers on 127.0.0.1 that misbehave on purpose: what a real LiveKit server cannot be made to do."""

from __future__ import annotations

import base64
import contextlib
import email.utils
import hashlib
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

TLS = Path(__file__).parent / "tls"
CA = TLS / "ca.pem"
"""The authority that signed the fakes' certificate (livekit.test, localhost, 127.0.0.1)."""

Handler = Callable[[socket.socket], None]


class FakeServer:
    """``with FakeServer(handler) as server``: runs ``handler(connection)`` in a thread per connection.

    Args:
        tls: True, or the name of one of the certificates in ``TLS``.
    """

    def __init__(self, handler: Handler, *, tls: bool | str = False) -> None:
        self._handler = handler
        self._context: ssl.SSLContext | None = None
        if tls:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            name = tls if isinstance(tls, str) else "server"
            self._context.load_cert_chain(TLS / f"{name}.pem", TLS / "server.key")
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        return f"ws{'s' if self._context else ''}://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for sock in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._open.append(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            if self._context:
                connection = self._context.wrap_socket(connection, server_side=True)
                self._open.append(connection)
            with connection:
                self._handler(connection)


def read_head(connection: socket.socket) -> bytes:
    """What a client sent up to the empty line, and what came with it."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            raise ConnectionError
        data += more
        if not data[:1].isalpha():  # a TLS greeting: refused as Go's net/http does
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n400 Bad Request")
            raise ConnectionError
    return data


def hang(connection: socket.socket) -> None:
    """Accept, read, say nothing."""
    while connection.recv(65536):
        pass


def says(data: bytes) -> Handler:
    """Answer with these bytes, whatever is asked."""

    def handler(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(data)

    return handler


def reset(connection: socket.socket) -> None:
    """End the connection with RST."""
    connection.recv(65536)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")


Answer = tuple[int, Mapping[str, str], str]


def replies(answers: Mapping[str, Answer | Handler], *, clock: float = 0.0) -> Handler:
    """An HTTP server: path → (status, headers, body), or a handler of its own.

    Args:
        clock: seconds by which its Date header is ahead.
    """

    def handler(connection: socket.socket) -> None:
        path = _path(connection)
        answer = answers.get(path, (404, {}, "404 page not found"))
        if callable(answer):
            answer(connection)  # reads the request by itself
            return
        read_head(connection)
        status, headers, body = answer
        date = email.utils.formatdate(time.time() + clock, usegmt=True)
        lines = [f"HTTP/1.1 {status} Fake", f"Date: {date}", f"Content-Length: {len(body.encode())}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        connection.sendall(("\r\n".join([*lines, "Connection: close", "", ""]) + body).encode())

    return handler


def _path(connection: socket.socket) -> str:
    """The path that is asked for, left unread where that is possible."""
    if isinstance(connection, ssl.SSLSocket):
        return "/"
    while b"\r\n" not in (data := connection.recv(65536, socket.MSG_PEEK)):
        if not data[:1].isalpha():
            read_head(connection)
        time.sleep(0.001)
    return data.split(b" ")[1].decode().partition("?")[0]


JSON = {"Content-Type": "application/json"}
ROOMS = "/twirp/livekit.RoomService/ListRooms"


def ready_later(asked: list[str], times: int) -> Handler:
    """A healthy server that says 406 the first times that it is asked; each question goes into ``asked``."""
    well, not_ready = replies(HEALTHY), replies({**HEALTHY, "/": (406, {}, "Not Ready")})

    def handler(connection: socket.socket) -> None:
        if connection.recv(1, socket.MSG_PEEK):  # the port's rung only connects
            asked.append("/")
            (not_ready if len(asked) <= times else well)(connection)

    return handler


HEALTHY: dict[str, Answer | Handler] = {
    "/": (200, {}, "OK"),
    ROOMS: (200, JSON, '{"rooms":[]}'),
    "/rtc/validate": (200, {}, "success"),
}
"""What a healthy LiveKit server answers, up to the WebSocket."""


class Front:
    """A reverse proxy before a real server, for ``FakeServer``.

    Args:
        port: the real server's.
        strip: a path prefix that it takes off.
        gate: called with the path of each request; ``"hang"`` stops it there, ``"join"`` passes it but only
            as much of the answer as the first WebSocket message, anything else lets it through.
    """

    def __init__(self, port: int, *, strip: str = "", gate: Callable[[str], str] = lambda _: "pass") -> None:
        self._port = port
        self._strip = strip
        self._gate = gate
        self.heads: list[str] = []

    def __call__(self, connection: socket.socket) -> None:
        head = read_head(connection).decode("latin-1")
        self.heads.append(head)
        path = head.split(" ")[1].partition("?")[0]
        verdict = self._gate(path)
        if verdict == "hang":
            hang(connection)
            return
        if self._strip:
            if not path.startswith(self._strip):
                connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
                return
            head = head.replace(f" {self._strip}", " ", 1)
        with socket.create_connection(("127.0.0.1", self._port)) as server:
            server.sendall(head.encode("latin-1"))
            threading.Thread(target=_pipe, args=(connection, server), daemon=True).start()
            _pipe(server, connection, join_only=verdict == "join")


def _pipe(source: socket.socket, sink: socket.socket, *, join_only: bool = False) -> None:
    """Copy; of a WebSocket's server side on request only the first message, LiveKit's join."""
    with contextlib.suppress(OSError):
        if join_only:
            _pipe_join(source, sink)
        else:
            while data := source.recv(65536):
                sink.sendall(data)
    for sock in (source, sink):
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)


def _pipe_join(source: socket.socket, sink: socket.socket) -> None:
    data = read_head(source)
    head, _, frames = data.partition(b"\r\n\r\n")
    sink.sendall(head + b"\r\n\r\n")
    while len(frames) < 4 or len(frames) < 4 + int.from_bytes(frames[2:4], "big"):
        more = source.recv(65536)
        if not more:
            raise ConnectionError
        frames += more
    assert frames[1] == 126, "the join message has between 126 and 65535 bytes"
    sink.sendall(frames[: 4 + int.from_bytes(frames[2:4], "big")])
    while source.recv(65536):
        pass


def frame(opcode: int, payload: bytes, *, final: bool = True) -> bytes:
    """A WebSocket frame as a server sends it; written by hand, so that no library judges itself."""
    assert len(payload) < 126
    return bytes([(0x80 if final else 0) | opcode, len(payload)]) + payload


def upgrades(frames: bytes, *, stay: bool = False) -> Handler:
    """Upgrade to a WebSocket, send these frames, then close, or stay and say nothing more."""

    def handler(connection: socket.socket) -> None:
        key = re.search(r"Sec-WebSocket-Key: (\S+)", read_head(connection).decode())
        assert key
        digest = hashlib.sha1((key[1] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
        connection.sendall(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + base64.b64encode(digest) + b"\r\n\r\n" + frames
        )
        if stay:
            hang(connection)

    return handler
