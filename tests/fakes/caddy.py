"""Debian's Caddy in front of a real LiveKit server, once for each thing that a proxy can do wrong."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from ..conftest import free_port, need
from .server import TLS

_PASS = "reverse_proxy 127.0.0.1:{livekit}"
_HASH = "$2a$14$Zkx19XLiW6VYouLHR5NmfOFU0z2GTNmpkT/5qqR7hx4IjWJPDhjvG"  # a password that nobody needs
_SITES = {
    "good": _PASS,
    "expired": _PASS,
    "self-signed": _PASS,
    "wrong-name": _PASS,
    "no-intermediate": _PASS,
    "chain": _PASS,
    "server": _PASS,  # signed by another authority than those that the tests trust
    "plain": _PASS,
    "no-upgrade": "reverse_proxy 127.0.0.1:{livekit} {{\n header_up -Connection\n header_up -Upgrade\n }}",
    "no-twirp": "handle /twirp* {{\n respond 404\n }}\n" + _PASS,
    "rtc-alone": "@known path / /rtc /rtc/validate /twirp/*\n handle @known {{\n"
    + _PASS
    + "\n }}\n respond 404",
    "no-rtc": "handle /rtc* {{\n respond 404\n }}\n" + _PASS,
    "other-date": 'header Date "Thu, 01 Jan 2026 00:00:00 GMT"\n'
    "reverse_proxy 127.0.0.1:{livekit} {{\n header_down -Date\n }}",
    "cdn": "header Server cloudflare\n header CF-RAY 8f0d0c1e2a3b4c5d-FRA\n" + _PASS,
    "portal": "redir https://portal.hotel.example/login 302",
    "app-on-root": "redir / /login 302\n" + _PASS,
    "login-on-root": "basicauth / {{\n bob {hash}\n }}\n" + _PASS,
    "to-tls": "redir https://127.0.0.1:8443{{uri}} 308",
    "login": "basicauth {{\n bob {hash}\n }}\n" + _PASS,
    "nobody-behind": "reverse_proxy 127.0.0.1:9",
    "another-site": 'header Content-Type text/html\n respond "<title>Grafana</title>"',
}
"""Name → what it does. A name that is a certificate's is served with that one, the others without TLS."""


class Caddy:
    """``with Caddy(port) as caddy``: one process, a port of its own for each site.

    Args:
        port: where the LiveKit server is.
        folder: for its files.
        sites: only these.
        shown: whose certificate is shown to a client that names nobody, as for an address; empty: nobody's.
    """

    def __init__(
        self, port: int, folder: Path, sites: tuple[str, ...] = tuple(_SITES), *, shown: str = "other.test"
    ) -> None:
        self._folder = folder
        self._ports = {name: free_port() for name in sites}
        blocks = [_site(name, self._ports[name], port) for name in sites]
        default = f" default_sni {shown}\n" if shown else ""
        options = f"{{\n admin off\n auto_https off\n skip_install_trust\n{default}}}\n"
        (folder / "Caddyfile").write_text(options + "".join(blocks))

    def url(self, name: str) -> str:
        return f"{'wss' if _certificate(name).exists() else 'ws'}://127.0.0.1:{self._ports[name]}"

    def __enter__(self) -> Self:
        program = shutil.which("caddy")
        if not program:
            need("caddy", "no caddy on PATH (tools/provision.sh gets one)")
        log = self._folder / "caddy.log"
        with log.open("wb") as sink:
            self._process = subprocess.Popen(
                [str(program), "run", "--config", "Caddyfile", "--adapter", "caddyfile"],
                cwd=self._folder,
                env={**os.environ, "HOME": str(self._folder), "XDG_DATA_HOME": str(self._folder)},
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + 60
        waiting = set(self._ports.values())
        while waiting:
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.__exit__(None, None, None)
                raise AssertionError(log.read_text(errors="replace"))
            waiting = {port for port in waiting if not _answers(port)}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def _certificate(name: str) -> Path:
    return TLS / f"{name}.pem"


def _site(name: str, port: int, livekit: int) -> str:
    tls = _certificate(name).exists()
    lines = [f"{'https' if tls else 'http'}://:{port} {{", " bind 127.0.0.1"]
    if tls:
        lines.append(f" tls {_certificate(name)} {TLS / 'server.key'}")
    return "\n".join([*lines, _SITES[name].format(livekit=livekit, hash=_HASH), "}\n"])


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(5)
        return probe.connect_ex(("127.0.0.1", port)) == 0
