"""A host of LiveKit releases for tests: serves what it is told to, and misbehaves when told to.

The archives hold a shell script that answers ``--version`` as livekit-server 1.13.5 does; the real ones
cannot be had on every machine that runs the tests, and installing never starts more of it than that.
"""

from __future__ import annotations

import hashlib
import http.server
import io
import os
import tarfile
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from livekit_migrate.stack.server.sources import release

VERSION = "1.13.5"


def program(version: str = VERSION, padding: int = 0) -> bytes:
    """What stands in for livekit-server; ``padding`` bytes that do not compress make it long."""
    text = f'#!/bin/sh\n[ "$1" = --version ] && echo "livekit-server version {version}"\nexit 0\n'
    return text.encode() + os.urandom(padding)


def archive(
    content: bytes, *, name: str = "livekit-server", before: tuple[tarfile.TarInfo, ...] = ()
) -> bytes:
    """A release archive: LICENSE and the program, with other members ahead of them."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for extra in before:
            tar.addfile(extra, io.BytesIO(b"x" * extra.size))
        for path, data in (("LICENSE", b"text\n"), (name, content)):
            info = tarfile.TarInfo(path)
            info.size, info.mode = len(data), 0o755
            tar.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


class Releases:
    """``with Releases() as host``: ``host.url`` is what LKM_RELEASE_URL wants.

    Args:
        data: the archive.
        checksum: what checksums.txt says; default: the true one.
        send: writes the answer for the archive by itself.
        moved: answer with a redirect to another path first, as GitHub does.
    """

    def __init__(
        self,
        data: bytes | None = None,
        *,
        version: str = VERSION,
        checksum: str | None = None,
        listing: str | None = None,
        send: Callable[[http.server.BaseHTTPRequestHandler, bytes], None] | None = None,
        moved: bool = False,
        status: int = 200,
    ) -> None:
        self.data = archive(program(version)) if data is None else data
        self.name = release.asset(version)
        self.paths: list[str] = []
        self.send = send
        digest = checksum or hashlib.sha256(self.data).hexdigest()
        self.listing = listing if listing is not None else f"{'0' * 64}  other.zip\n{digest}  {self.name}\n"
        host = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                host.paths.append(self.path)
                if status != 200:
                    self.send_error(status)
                elif self.path.endswith("/checksums.txt"):
                    _plain(self, host.listing.encode())
                elif moved and "/moved/" not in self.path:
                    self.send_response(302)
                    self.send_header("Location", f"/moved/{host.name}")
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                elif not self.path.endswith(host.name):
                    self.send_error(404)
                else:
                    (host.send or _plain)(self, host.data)

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: Any) -> None:
                """A client that goes away is what some tests are about."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def downloads(self) -> int:
        """How often the archive was asked for."""
        return sum(path.endswith(self.name) for path in self.paths)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self.close()


def _plain(handler: http.server.BaseHTTPRequestHandler, data: bytes) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(data)))
    handler.end_headers()
    handler.wfile.write(data)


def half(handler: http.server.BaseHTTPRequestHandler, data: bytes) -> None:
    """Announces all, sends half, closes: a download cut off."""
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(data)))
    handler.end_headers()
    handler.wfile.write(data[: len(data) // 2])
    handler.wfile.flush()
    handler.close_connection = True


class Stuck:
    """Sends half of the archive and waits: ``reached`` is set then, ``go_on`` lets it send the rest."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.go_on = threading.Event()

    def __call__(self, handler: http.server.BaseHTTPRequestHandler, data: bytes) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data[: len(data) // 2])
        handler.wfile.flush()
        self.reached.set()
        self.go_on.wait(300)
        handler.wfile.write(data[len(data) // 2 :])


def leftovers(cache: Path) -> list[str]:
    """What an installation left in the cache besides its product, its record and the lock."""
    known = {"install.lock", "livekit-server", "origin.json"}
    return [str(path) for path in cache.rglob("*") if path.is_file() and path.name not in known] + [
        str(path) for path in cache.rglob(".work-*")
    ]
