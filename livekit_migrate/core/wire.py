"""HTTP (h11) and WebSocket (wsproto) over a ``net.Stream``, saying exactly how an answer was wrong."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from .endpoint import Endpoint, Route
from .net import connect
from .stream import NetError, Stream, must_be_http, next_event, not_http

if TYPE_CHECKING:
    from wsproto import WSConnection
    from wsproto.connection import Connection
    from wsproto.events import Event

_BODY_LIMIT = 65_536
_REFUSAL_LIMIT = 2048
_MESSAGE_LIMIT = 4_000_000


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP answer; header names in lower case, the body cut (at 64 KiB, unless told otherwise)."""

    status: int
    reason: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    seconds: float = 0.0
    peer: str = ""

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace").strip()


def exchange(
    endpoint: Endpoint,
    route: Route,
    target: str,
    deadline: float,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    limit: int = _BODY_LIMIT,
) -> Response:
    """One HTTP request on a connection of its own; redirects are not followed.

    Args:
        target: path and query, below the endpoint's own path.
        deadline: ``time.monotonic()`` by which it must be over.
        limit: bytes of the answer's body that are kept.

    Raises:
        NetError: no connection, no answer, or an answer that is not HTTP (kind ``garbage``).
    """
    import h11

    start = time.monotonic()
    http = h11.Connection(h11.CLIENT)
    fields = {"Host": endpoint.netloc, "Connection": "close", "User-Agent": "lkm", **(headers or {})}
    if body is not None:
        fields["Content-Length"] = str(len(body))
    request = h11.Request(method=method, target=_target(endpoint, target), headers=list(fields.items()))
    data = http.send(request)
    if body:
        data += http.send(h11.Data(data=body))
    stream = connect(endpoint, route, deadline)
    try:
        stream.write(data + http.send(h11.EndOfMessage()))
        while not isinstance(head := next_event(stream, http), h11.Response):
            pass  # 100 Continue, 103 Early Hints
        content = b""
        while len(content) < limit and isinstance(part := next_event(stream, http), h11.Data):
            content += part.data
        return Response(
            head.status_code,
            head.reason.decode("latin-1"),
            _lower(list(head.headers)),
            content[:limit],
            time.monotonic() - start,
            stream.peer,
        )
    finally:
        stream.close()


def _target(endpoint: Endpoint, target: str) -> str:
    # A path that people type may hold letters that HTTP does not have.
    return quote(endpoint.path, safe="/%:@!$&'()*+,;=~") + target


def _lower(headers: list[tuple[bytes, bytes]]) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers}


class UpgradeRefusedError(Exception):
    """The server answered the WebSocket request with something else than 101."""

    def __init__(self, response: Response) -> None:
        super().__init__(f"{response.status} {response.reason}".rstrip())
        self.response = response


class Messages:
    """Whole messages, and what comes between them, out of the bytes that one side of a WebSocket sends."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._parts: list[bytes | str] = []

    def feed(self, data: bytes) -> Iterator[Event]:
        """
        Raises:
            NetError: what came cannot be a WebSocket frame, or the message is above 4 MB.
        """
        from wsproto.connection import ConnectionState
        from wsproto.events import CloseConnection, Message

        self._connection.receive_data(data)
        for event in self._connection.events():
            if isinstance(event, Message):
                self._parts.append(event.data)
                if sum(map(len, self._parts)) > _MESSAGE_LIMIT:
                    raise NetError("garbage", "it sends a WebSocket message of more than 4 MB")
                if event.message_finished:
                    whole = event.data[:0].join(self._parts)
                    self._parts = []
                    yield replace(event, data=whole)
                continue
            if isinstance(event, CloseConnection) and self._connection.state in (
                ConnectionState.OPEN,
                ConnectionState.LOCAL_CLOSING,
            ):
                # Nobody has closed: it is what wsproto would answer to what it cannot read.
                raise NetError("garbage", "what it sends are no WebSocket frames")
            yield event


class WebSocket:
    """A client's side of a WebSocket."""

    def __init__(self, stream: Stream, connection: Connection) -> None:
        self._stream = stream
        self._connection = connection
        self._messages = Messages(connection)
        # What came in one packet with the server's 101 is in there already.
        self._events = self._messages.feed(b"")

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
        from wsproto import ConnectionType, WSConnection
        from wsproto.events import Request

        stream = connect(endpoint, route, deadline)
        try:
            protocol = WSConnection(ConnectionType.CLIENT)
            request = Request(
                host=endpoint.netloc,
                target=_target(endpoint, target),
                extra_headers=[(b"User-Agent", b"lkm")],
            )
            stream.write(protocol.send(request))
            return cls(stream, _upgraded(stream, protocol))
        except BaseException:
            stream.close()
            raise

    def receive(self, deadline: float | None = None) -> bytes | None:
        """The next message; None when the other side closed.

        Raises:
            NetError: kind ``timeout`` at the deadline; else the connection broke.
        """
        from wsproto.events import CloseConnection, Message, Ping

        if deadline is not None:
            self._stream.deadline = deadline
        while True:
            for event in self._events:
                if isinstance(event, CloseConnection):
                    return None
                if isinstance(event, Ping):
                    self._stream.write(self._connection.send(event.response()))
                elif isinstance(event, Message):
                    return event.data.encode() if isinstance(event.data, str) else bytes(event.data)
            if not (data := self._stream.read()):
                return None
            self._events = self._messages.feed(data)

    def send(self, message: bytes) -> None:
        """
        Raises:
            NetError: the connection broke, or the other side has closed it.
        """
        from wsproto.events import BytesMessage
        from wsproto.utilities import LocalProtocolError

        try:
            data = self._connection.send(BytesMessage(data=message))
        except LocalProtocolError as error:
            raise NetError("closed", "it has closed the WebSocket") from error
        self._stream.write(data)

    def close(self) -> None:
        """Say goodbye, if that is possible at once, and close."""
        from wsproto.events import CloseConnection
        from wsproto.utilities import LocalProtocolError

        self._stream.deadline = time.monotonic() + 0.2
        try:
            self._stream.write(self._connection.send(CloseConnection(code=1000)))
        except (NetError, LocalProtocolError):
            pass
        finally:
            self._stream.close()


def _upgraded(stream: Stream, protocol: WSConnection) -> Connection:
    """Read the answer to the upgrade request."""
    from wsproto.events import AcceptConnection, RejectConnection, RejectData
    from wsproto.utilities import RemoteProtocolError

    refusal: Response | None = None
    begun = b""
    while True:
        try:
            data = stream.read()
            begun = (begun + data)[:64]
            must_be_http(begun, not data)
            protocol.receive_data(data)
        except (NetError, RemoteProtocolError) as error:
            if refusal:  # the rest of its page is not worth an error of its own
                raise UpgradeRefusedError(refusal) from error
            if isinstance(error, NetError):
                raise
            if "HTTP" in str(error):
                raise not_http(error, ended=not data) from error
            raise NetError("garbage", "it answers 101, but not to this WebSocket request") from error
        for event in protocol.events():
            if isinstance(event, AcceptConnection) and protocol.connection:
                return protocol.connection
            if isinstance(event, RejectConnection):
                refusal = Response(event.status_code, "", _lower(list(event.headers)), peer=stream.peer)
            elif isinstance(event, RejectData) and refusal:
                refusal = replace(refusal, body=(refusal.body + event.data)[:_REFUSAL_LIMIT])
                if event.body_finished or len(refusal.body) == _REFUSAL_LIMIT:
                    raise UpgradeRefusedError(refusal)
