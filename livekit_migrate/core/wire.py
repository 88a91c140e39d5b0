"""HTTP and WebSocket over a ``net.Stream``: small clients that say exactly how an answer was wrong."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import struct
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from .endpoint import Endpoint, Route
from .net import NetError, Stream, connect

_BODY_LIMIT = 65536
_WEBSOCKET_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP answer; header names in lower case, the body cut at 64 KiB."""

    status: int
    reason: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    seconds: float = 0.0
    peer: str = ""

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace").strip()


class _Raw(io.RawIOBase):
    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


class _Socket:
    """As much of a socket as http.client's response parser asks for."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Raw(self._stream), 4096)


def exchange(
    endpoint: Endpoint,
    route: Route,
    target: str,
    deadline: float,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
) -> Response:
    """One HTTP request on a connection of its own; redirects are not followed.

    Args:
        target: path and query, below the endpoint's own path.
        deadline: ``time.monotonic()`` by which it must be over.

    Raises:
        NetError: no connection, no answer, or an answer that is not HTTP (kind ``garbage``).
    """
    start = time.monotonic()
    stream = connect(endpoint, route, deadline)
    try:
        lines = [
            f"{method} {endpoint.path}{target} HTTP/1.1",
            f"Host: {endpoint.netloc}",
            "Connection: close",
        ]
        lines += ["User-Agent: lkm", *(f"{name}: {value}" for name, value in (headers or {}).items())]
        if body is not None:
            lines.append(f"Content-Length: {len(body)}")
        stream.write("\r\n".join([*lines, "", ""]).encode() + (body or b""))
        answer, reader = read_head(stream, method)
        content = reader.read(_BODY_LIMIT)
        return Response(
            answer.status, answer.reason, answer.headers, content, time.monotonic() - start, stream.peer
        )
    finally:
        stream.close()


class _Body:
    def __init__(self, response: object) -> None:
        self._response = response

    def read(self, limit: int) -> bytes:
        import http.client

        try:
            return bytes(self._response.read(limit))  # type: ignore[attr-defined]
        except http.client.HTTPException as error:
            raise NetError("closed", "it closed the connection in the middle of its answer") from error


def read_head(stream: Stream, method: str = "GET") -> tuple[Response, _Body]:
    """Status line and headers of an answer, and what reads the rest.

    Raises:
        NetError: what came is not HTTP, or nothing came.
    """
    import http.client

    response = http.client.HTTPResponse(_Socket(stream), method=method)  # type: ignore[arg-type]
    try:
        response.begin()
    except http.client.RemoteDisconnected as error:
        raise NetError("closed", "it closed the connection without an answer") from error
    except (http.client.HTTPException, ValueError) as error:
        shown = ascii(str(error).strip())[1:41]
        raise NetError("garbage", f"what it answers is not HTTP: {shown}") from error
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Response(response.status, response.reason, headers, peer=stream.peer), _Body(response)


# WebSocket opcodes (RFC 6455, 5.2)
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


@dataclass(frozen=True, slots=True)
class Frame:
    """One WebSocket frame, unmasked."""

    opcode: int
    payload: bytes
    final: bool = True

    def encode(self, *, mask: bool) -> bytes:
        """The frame on the wire; a client masks, a server does not."""
        length = len(self.payload)
        head = bytes([(0x80 if self.final else 0) | self.opcode])
        flag = 0x80 if mask else 0
        if length < 126:
            head += bytes([flag | length])
        elif length < 65536:
            head += bytes([flag | 126]) + struct.pack("!H", length)
        else:
            head += bytes([flag | 127]) + struct.pack("!Q", length)
        if not mask:
            return head + self.payload
        key = os.urandom(4)
        return head + key + _masked(self.payload, key)


def _masked(data: bytes, key: bytes) -> bytes:
    if not data:
        return data
    repeated = (key * (len(data) // 4 + 1))[: len(data)]
    return (int.from_bytes(data, "big") ^ int.from_bytes(repeated, "big")).to_bytes(len(data), "big")


class Frames:
    """Takes bytes as they come and gives whole frames."""

    def __init__(self, limit: int = 4_000_000) -> None:
        self._buffer = b""
        self._limit = limit

    def feed(self, data: bytes) -> list[Frame]:
        """
        Raises:
            NetError: what came cannot be a WebSocket frame.
        """
        self._buffer += data
        frames = []
        while frame := self._take():
            frames.append(frame)
        return frames

    def _take(self) -> Frame | None:
        data = self._buffer
        if len(data) < 2:
            return None
        if data[0] & 0x70 or data[0] & 0x0F not in (0, 1, 2, 8, 9, 10):
            raise NetError("garbage", "what it sends are no WebSocket frames")
        length, at = data[1] & 0x7F, 2
        if length > 125:
            size = 2 if length == 126 else 8
            if len(data) < 2 + size:
                return None
            length, at = int.from_bytes(data[2 : 2 + size], "big"), 2 + size
        if length > self._limit:
            raise NetError("garbage", f"it announces a WebSocket frame of {length} bytes")
        key = b""
        if data[1] & 0x80:
            key, at = data[at : at + 4], at + 4
        if len(data) < at + length:
            return None
        payload = data[at : at + length]
        self._buffer = data[at + length :]
        return Frame(data[0] & 0x0F, _masked(payload, key) if key else payload, bool(data[0] & 0x80))


class UpgradeRefusedError(Exception):
    """The server answered the WebSocket request with something else than 101."""

    def __init__(self, response: Response) -> None:
        super().__init__(f"{response.status} {response.reason}")
        self.response = response


class WebSocket:
    """A client's side of a WebSocket."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._frames = Frames()
        self._queue: list[Frame] = []
        self._parts: list[bytes] = []

    @property
    def peer(self) -> str:
        return self._stream.peer

    @classmethod
    def open(cls, endpoint: Endpoint, route: Route, target: str, deadline: float) -> WebSocket:
        """Connect and upgrade.

        Raises:
            NetError: no connection, or what answers is not HTTP.
            UpgradeRefusedError: HTTP, but not a WebSocket.
        """
        stream = connect(endpoint, route, deadline)
        try:
            key = base64.b64encode(os.urandom(16)).decode()
            lines = [
                f"GET {endpoint.path}{target} HTTP/1.1",
                f"Host: {endpoint.netloc}",
                "Connection: Upgrade",
                "Upgrade: websocket",
                "Sec-WebSocket-Version: 13",
                f"Sec-WebSocket-Key: {key}",
                "User-Agent: lkm",
            ]
            stream.write("\r\n".join([*lines, "", ""]).encode())
            head = _upgrade_head(stream)
            expected = base64.b64encode(
                hashlib.sha1((key + _WEBSOCKET_GUID).encode()).digest()  # noqa: S324 - RFC 6455 says so
            ).decode()
            if head.headers.get("sec-websocket-accept") != expected:
                raise NetError("garbage", "it answers 101, but not to this WebSocket request")
        except BaseException:
            stream.close()
            raise
        return cls(stream)

    def receive(self, deadline: float | None = None) -> bytes | None:
        """The next message; None when the other side closed.

        Raises:
            NetError: kind ``timeout`` at the deadline; else the connection broke.
        """
        if deadline is not None:
            self._stream.deadline = deadline
        while True:
            while self._queue:
                frame = self._queue.pop(0)
                if frame.opcode == CLOSE:
                    return None
                if frame.opcode == PING:
                    self._stream.write(Frame(PONG, frame.payload).encode(mask=True))
                elif frame.opcode in (TEXT, BINARY, CONTINUATION):
                    self._parts.append(frame.payload)
                    if frame.final:
                        message, self._parts = b"".join(self._parts), []
                        return message
            data = self._stream.read()
            if not data:
                return None
            self._queue = self._frames.feed(data)

    def send(self, message: bytes) -> None:
        self._stream.write(Frame(BINARY, message).encode(mask=True))

    def close(self) -> None:
        """Say goodbye, if that is possible at once, and close."""
        self._stream.deadline = time.monotonic() + 0.2
        try:
            self._stream.write(Frame(CLOSE, struct.pack("!H", 1000)).encode(mask=True))
        except NetError:
            pass
        finally:
            self._stream.close()


class _ByteByByte(Stream):
    """Reads no further than the head: what follows it are frames already."""

    def read(self, limit: int = 65536) -> bytes:  # noqa: ARG002 - the parser asks for more
        return super().read(1)


def _upgrade_head(stream: Stream) -> Response:
    head, body = read_head(_ByteByByte(stream.sock, stream.deadline))
    if head.status == 101:
        return head
    try:
        content = body.read(2048)
    except NetError:
        content = b""
    raise UpgradeRefusedError(Response(head.status, head.reason, head.headers, content, peer=head.peer))
