"""A LiveKit server as release 1.10.0 was: what one of today says, with that one's TURN addresses in it.

Its module is not to be had everywhere. Recorded from 1.10.0 itself, which formats the address with Go's
``%s``: ``turn:{127.0.0.1 }:3478?transport=udp`` in the first message, and the version beside it.
"""

from __future__ import annotations

import re
import socket
import struct
import threading

from .server import FakeServer, read_head

VERSION = "1.10.0"
_HOST = re.compile(r"^(turns?:)([0-9.]+)(:.*)$")


def release_1_10_0(port: int) -> FakeServer:
    """In front of the server on that port of 127.0.0.1."""

    def handler(client: socket.socket) -> None:
        head, _, rest = read_head(client).partition(b"\r\n\r\n")
        # Without an extension no frame is compressed.
        lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"sec-websocket-ext")]
        with socket.create_connection(("127.0.0.1", port)) as server:
            server.sendall(b"\r\n".join(lines) + b"\r\n\r\n" + rest)
            threading.Thread(target=_copy, args=(client, server), daemon=True).start()
            answer, _, begun = read_head(server).partition(b"\r\n\r\n")
            client.sendall(answer + b"\r\n\r\n")
            if b" 101 " in answer.partition(b"\r\n")[0]:
                begun = _first_frame(server, client, begun)
            client.sendall(begun)
            _copy(server, client)

    return FakeServer(handler)


def _first_frame(server: socket.socket, client: socket.socket, data: bytes) -> bytes:
    """Pass the first message on, changed; what came after it."""

    def upto(count: int) -> None:
        nonlocal data
        while len(data) < count:
            more = server.recv(65536)
            if not more:
                raise ConnectionError
            data += more

    upto(4)
    size, start = data[1] & 0x7F, 2
    if size == 126:
        size, start = struct.unpack(">H", data[2:4])[0], 4
    elif size == 127:
        upto(10)
        size, start = struct.unpack(">Q", data[2:10])[0], 10
    upto(start + size)
    said = _as_it_was(data[start : start + size])
    client.sendall(data[:1] + bytes([126]) + struct.pack(">H", len(said)) + said)
    return data[start + size :]


def _as_it_was(message: bytes) -> bytes:
    from livekit.protocol import rtc

    response = rtc.SignalResponse.FromString(message)
    assert response.WhichOneof("message") == "join"
    for server in response.join.ice_servers:
        urls = [_HOST.sub(r"\1{\2 }\3", url) for url in server.urls]
        del server.urls[:]
        server.urls.extend(urls)
    response.join.server_version = response.join.server_info.version = VERSION
    return response.SerializeToString()


def _copy(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        return
