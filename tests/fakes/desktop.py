"""A Docker engine, as far as it says what it is: Docker Desktop, whose virtual machine no server has."""

from __future__ import annotations

import http.server
import json
import socketserver
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

_VERSION = {
    "Platform": {"Name": "Docker Desktop 4.52.0 (210994)"},
    "Version": "28.5.2",
    "ApiVersion": "1.51",
    "MinAPIVersion": "1.24",
    "Os": "linux",
    "Arch": "arm64",
    "KernelVersion": "6.10.14-linuxkit",
}


class _Answers(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._say({})

    def do_GET(self) -> None:
        self._say(_VERSION if self.path.endswith("/version") else [])

    def _say(self, document: Any) -> None:
        body = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("Api-Version", "1.51")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def address_string(self) -> str:
        return "the docker command"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
        pass


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


class DockerDesktop:
    """``with DockerDesktop(folder) as host``: what DOCKER_HOST is for the docker command."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "engine.sock"

    def __enter__(self) -> Self:
        self._server = _Server(str(self._path), _Answers)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def host(self) -> str:
        return f"unix://{self._path}"
