"""A door on 127.0.0.1 for the WebRTC library: behind it the shared way to the server (proxy, TLS, trust).

The library has a WebSocket of its own. It asks an HTTP proxy even for loopback, ignores NO_PROXY's rules as
the other rungs know them, and trusts its own list of certificates (livekit 1.2.1). Through this door it
takes the same way as everything else. It can also leave out what is UDP in the signalling, so that media
has only TCP to go by.
"""

from __future__ import annotations

import contextlib
import json
import re
import socket
import threading
import time
from collections.abc import Callable
from typing import Any, Self

from ..core.endpoint import Endpoint, Route
from ..core.net import connect
from ..core.stream import NetError, Stream
from ..core.wire import Messages

_HEAD_LIMIT = 262_144  # the request line of /rtc/v1 carries a packed offer
_FOREVER = 86_400.0


class Tunnel:
    """``with Tunnel(endpoint, route) as tunnel``: connect to ``tunnel.url`` instead of the server.

    Args:
        timeout: seconds for each connection to the server.
        tcp_only: keep UDP candidates and TURN servers from both sides.
    """

    def __init__(self, endpoint: Endpoint, route: Route, *, timeout: float, tcp_only: bool = False) -> None:
        self._endpoint = endpoint
        self._route = route
        self._timeout = timeout
        self._tcp_only = tcp_only
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        self.error: str = ""

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self._listener.getsockname()[1]}{self._endpoint.path}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for sock in (self._listener, *list(self._open)):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            with contextlib.suppress(OSError):
                sock.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._open.add(client)
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        try:
            near = Stream(client, time.monotonic() + self._timeout)
            head, rest = _read_head(near)
            far = connect(self._endpoint, self._route, time.monotonic() + self._timeout)
            self._open.add(far.sock)
            near.deadline = far.deadline = time.monotonic() + _FOREVER
            far.write(_with_host(head, self._endpoint.netloc))
            up, down = (_to_server, _to_client) if self._tcp_only else (None, None)
            threading.Thread(target=self._pipe, args=(far, near, down, True), daemon=True).start()
            self._pipe(near, far, up, False, rest)
        except NetError as error:
            self.error = self.error or error.text
            with contextlib.suppress(OSError):
                client.close()

    def _pipe(
        self,
        source: Stream,
        sink: Stream,
        edit: Callable[[bytes], bytes | None] | None,
        from_server: bool,
        begun: bytes = b"",
    ) -> None:
        with contextlib.suppress(NetError):
            if edit is None:
                if begun:
                    sink.write(begun)
                while data := source.read():
                    sink.write(data)
            else:
                self._pipe_frames(source, sink, edit, from_server, begun)
        for stream in (source, sink):
            with contextlib.suppress(OSError):
                stream.sock.shutdown(socket.SHUT_RDWR)

    def _pipe_frames(
        self,
        source: Stream,
        sink: Stream,
        edit: Callable[[bytes], bytes | None],
        from_server: bool,
        begun: bytes,
    ) -> None:
        from wsproto.connection import Connection, ConnectionType
        from wsproto.events import BytesMessage

        if from_server:
            head, begun = _read_head(source)
            sink.write(head)
        client, server = ConnectionType.CLIENT, ConnectionType.SERVER
        messages = Messages(Connection(client if from_server else server))
        writer = Connection(server if from_server else client)
        data = begun or source.read()
        while data:
            for event in messages.feed(data):
                if isinstance(event, BytesMessage):
                    payload = edit(bytes(event.data))
                    if payload is not None:
                        sink.write(writer.send(BytesMessage(data=payload)))
                else:
                    sink.write(writer.send(event))
            data = source.read()


def _read_head(stream: Stream) -> tuple[bytes, bytes]:
    data = b""
    while b"\r\n\r\n" not in data:
        more = stream.read()
        if not more or len(data) > _HEAD_LIMIT:
            raise NetError("closed", "it closed the connection without an answer")
        data += more
    head, _, rest = data.partition(b"\r\n\r\n")
    return head + b"\r\n\r\n", rest


def _with_host(head: bytes, host: str) -> bytes:
    # A reverse proxy finds its site by this name; the library only knows 127.0.0.1.
    return re.sub(rb"(?im)^host:[^\r\n]*", b"Host: " + host.encode(), head, count=1)


def _without_udp(sdp: str) -> str:
    lines = sdp.split("\r\n")
    return "\r\n".join(
        line for line in lines if not (line.startswith("a=candidate:") and " udp " in line.lower())
    )


def _is_udp(init: str) -> bool:
    with contextlib.suppress(ValueError, KeyError, TypeError):
        return " udp " in f" {json.loads(init)['candidate']} ".lower()
    return False


def _edit(message: Any) -> bytes | None:
    kind = message.WhichOneof("message")
    if kind == "trickle" and _is_udp(message.trickle.candidateInit):
        if not message.trickle.final:
            return None
        message.trickle.candidateInit = ""
    elif kind in ("offer", "answer"):
        description = getattr(message, kind)
        description.sdp = _without_udp(description.sdp)
    elif kind in ("join", "reconnect"):
        del getattr(message, kind).ice_servers[:]
    return bytes(message.SerializeToString())


def _to_client(payload: bytes) -> bytes | None:
    from livekit.protocol import rtc

    return _edit(rtc.SignalResponse.FromString(payload))


def _to_server(payload: bytes) -> bytes | None:
    from livekit.protocol import rtc

    return _edit(rtc.SignalRequest.FromString(payload))
