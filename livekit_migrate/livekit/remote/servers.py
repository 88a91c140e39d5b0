"""The STUN and TURN servers that a LiveKit server tells its clients to use: read, and asked one by one."""

from __future__ import annotations

import contextlib
import ipaddress
import re
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass

from ...core.net import resolve
from ...core.stream import NetError, explain
from ...core.together import together
from ..signal import IceServer

_RESEND = 0.2


def misread(url: str) -> str:
    """Why a browser refuses an advertised URL (RFC 7064, RFC 7065); empty when it takes it.

    livekit-server 1.10.0 writes ``turn:{93.184.216.34 }:3478?transport=udp``: a struct, not an address.
    """
    match = re.fullmatch(r"(stuns?|turns?):(\[[^\]]*\]|[^:?]*)(?::([^?]*))?(?:\?(.*))?", url)
    if not match:
        return "it is neither stun: nor turn:"
    host, port, query = match[2], match[3], match[4]
    if host.startswith("["):
        with contextlib.suppress(ValueError):
            ipaddress.IPv6Address(host[1:-1])
            host = "v6"
    if not re.fullmatch(r"(?!-)[A-Za-z0-9._-]{1,253}", host):
        return "it has no host name" if not host else f"{host!r} is no host name"
    if port is not None and not (re.fullmatch(r"[0-9]{1,5}", port) and 0 < int(port) < 65_536):
        return f"{port!r} is no port"
    if query and query not in ("transport=udp", "transport=tcp"):
        return f"?{query} is not known"
    return ""


@dataclass(frozen=True, slots=True)
class StunReach:
    """What came of one STUN server.

    Args:
        mapped: this machine's address as that server sees it; empty: no answer.
        reason: why there is none.
    """

    url: str
    mapped: str = ""
    reason: str = ""


def ask_stun(servers: Sequence[IceServer], deadline: float) -> tuple[StunReach, ...]:
    """Ask every advertised STUN server over UDP, all at once.

    Args:
        deadline: ``time.monotonic()`` after which silence counts.
    """
    urls = [url for server in servers for url in server.urls if url.startswith("stun:") and not misread(url)]
    return tuple(together(*(lambda url=url: _ask(url, deadline) for url in dict.fromkeys(urls))))


def _ask(url: str, deadline: float) -> StunReach:
    host, port = _place(url)
    try:
        family, address = resolve(host, port, deadline)[0]
        with contextlib.closing(socket.socket(family, socket.SOCK_DGRAM)) as sock:
            sock.connect(address)
            return StunReach(url, _binding(sock, deadline))
    except OSError as error:
        return StunReach(url, reason=explain(error).text)
    except NetError as error:
        return StunReach(url, reason=error.text)


def _binding(sock: socket.socket, deadline: float) -> str:
    """The address that the server sees; sent again and again, since UDP may lose it."""
    from aioice import stun

    request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    while (left := deadline - time.monotonic()) > 0:
        sock.send(bytes(request))
        sock.settimeout(min(_RESEND, left))
        with contextlib.suppress(TimeoutError, ValueError, KeyError):
            answer = stun.parse_message(sock.recv(2048))
            if answer.transaction_id == request.transaction_id:
                mapped = answer.attributes.get("XOR-MAPPED-ADDRESS") or answer.attributes.get(
                    "MAPPED-ADDRESS"
                )
                return f"{mapped[0]}:{mapped[1]}" if mapped else "an address"
    raise TimeoutError


def _place(url: str) -> tuple[str, int]:
    match = re.fullmatch(r"stun:(\[[^\]]+\]|[^:?]+)(?::(\d+))?(?:\?.*)?", url)
    return (match[1].strip("[]"), int(match[2] or 3478)) if match else ("", 0)
