"""What a STUN server says of this machine's address, asked as livekit-server does with use_external_ip."""

from __future__ import annotations

import contextlib
import ipaddress
import secrets
import select
import socket
import struct
import time
from collections.abc import Mapping, Sequence

_GOOGLE = ("stun.l.google.com:19302", "stun1.l.google.com:19302")
DEFAULT_SERVERS = ("global.stun.twilio.com:3478", *_GOOGLE)
"""Those that livekit-server 1.13.5 asks where rtc.stun_servers is empty (read in its program)."""
_COOKIE = 0x2112A442
_RESEND_SECONDS = 0.25


def ask(servers: Sequence[str], seconds: float) -> Mapping[str, str]:
    """Ask every server at once, and again until all have answered or the time is over.

    Args:
        servers: ``host:port``, without ``stun:``.
        seconds: for all of them together, without the time in which this machine stalls; at least a quarter.

    Returns:
        Server → the IPv4 address that it sees. One that does not answer, or whose name is none, is missing.
    """
    found: dict[str, str] = {}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mine:
        mine.setblocking(False)
        asked: dict[bytes, tuple[str, tuple[str, int]]] = {}
        for server in servers:
            host, _, port = server.rpartition(":")
            with contextlib.suppress(OSError, ValueError):
                to = socket.getaddrinfo(host, int(port), socket.AF_INET, socket.SOCK_DGRAM)[0][4]
                asked[secrets.token_bytes(12)] = server, (str(to[0]), int(to[1]))
        # Rounds are counted, and not the time: a machine that sleeps or stalls loses one of them by that.
        for _ in range(max(1, round(seconds / _RESEND_SECONDS))):
            for transaction, (server, address) in asked.items():
                if server not in found:
                    with contextlib.suppress(OSError):
                        mine.sendto(struct.pack("!HHI", 0x0001, 0, _COOKIE) + transaction, address)
            due = time.monotonic() + _RESEND_SECONDS
            while len(found) < len(asked) and _readable(mine, due):
                with contextlib.suppress(OSError):
                    data = mine.recv(2048)
                    server, _ = asked.get(data[8:20], ("", None))
                    if server and (seen := mapped_address(data)):
                        found[server] = seen
            if len(found) == len(asked):
                break
    return found


def _readable(sock: socket.socket, due: float) -> bool:
    """Whether something came, at the latest when it is ``due``."""
    return bool(select.select([sock], [], [], max(0.0, due - time.monotonic()))[0])


def mapped_address(data: bytes) -> str:
    """The IPv4 address in a binding response (RFC 8489, XOR-MAPPED-ADDRESS or MAPPED-ADDRESS); else empty."""
    if len(data) < 20 or data[:2] != b"\x01\x01":
        return ""
    at = 20
    while at + 4 <= len(data):
        kind, length = struct.unpack_from("!HH", data, at)
        value = data[at + 4 : at + 4 + length]
        if kind in (0x0020, 0x0001) and len(value) >= 8 and value[1] == 1:
            number = int.from_bytes(value[4:8], "big")
            return str(ipaddress.IPv4Address(number ^ _COOKIE if kind == 0x0020 else number))
        at += 4 + length + (-length % 4)
    return ""
