"""An HTTP proxy that knows CONNECT only, on 127.0.0.1; it remembers what it was asked for."""

from __future__ import annotations

import base64
import contextlib
import socket
import threading
from types import TracebackType
from typing import Self


class ConnectProxy:
    """``with ConnectProxy() as proxy``: tunnels to the asked host, or to where ``hosts`` sends it.

    Args:
        hosts: name → (address, port): stands in for a name service that only the proxy has.
        user: ``name:password`` it insists on.
        refuse: status line it refuses every tunnel with: ``403 Forbidden``.
    """

    def __init__(
        self,
        *,
        hosts: dict[str, tuple[str, int]] | None = None,
        user: str | None = None,
        refuse: str | None = None,
    ) -> None:
        self._hosts = hosts or {}
        self._user = user
        self._refuse = refuse
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        self.asked: list[str] = []
        self.bytes_through = 0

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        return f"http://{self._user + '@' if self._user else ''}127.0.0.1:{self.port}"

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
                client, _ = self._listener.accept()
                self._open.add(client)
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError):
            head = b""
            while b"\r\n\r\n" not in head:
                data = client.recv(4096)
                if not data:
                    return
                head += data
            request, _, rest = head.partition(b"\r\n\r\n")
            first = request.split(b"\r\n")[0].decode()
            self.asked.append(first)
            method, target, _ = first.split(" ")
            if self._refuse or method != "CONNECT":
                client.sendall(f"HTTP/1.1 {self._refuse or '405 CONNECT only'}\r\n\r\n".encode())
                client.close()
                return
            if self._user:
                wanted = b"Basic " + base64.b64encode(self._user.encode())
                if wanted not in request:
                    client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
                    client.close()
                    return
            host, _, port = target.rpartition(":")
            address = self._hosts.get(host, (host.strip("[]"), int(port)))
            try:
                server = socket.create_connection(address, timeout=60)
            except OSError:
                client.sendall(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")
                client.close()
                return
            server.settimeout(None)
            self._open.add(server)
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            if rest:
                server.sendall(rest)
            threading.Thread(target=self._pipe, args=(server, client), daemon=True).start()
            self._pipe(client, server)

    def _pipe(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self.bytes_through += len(data)
                sink.sendall(data)
        for sock in (source, sink):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
