"""Every address of a host tried on its own, and what a port says that speaks something unexpected."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass

from .endpoint import Endpoint, Route
from .net import connect, resolve
from .stream import Kind, NetError
from .together import together


@dataclass(frozen=True, slots=True)
class Dial:
    """One attempt to connect.

    Args:
        kind: how it failed; empty when it did not.
        seconds: how long that took.
    """

    address: str
    kind: Kind | str = ""
    text: str = ""
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        return not self.kind

    @property
    def ipv6(self) -> bool:
        return ":" in self.address


def addresses(host: str, port: int, deadline: float) -> tuple[str, ...]:
    """All addresses of a host, as the system's resolver gives them.

    Raises:
        NetError: the name does not resolve, or not in time.
    """
    return tuple(dict.fromkeys(address[0] for _, address in resolve(host, port, deadline)))


def dial_each(found: Sequence[str], port: int, deadline: float) -> tuple[Dial, ...]:
    """Connect to each address, all at once."""
    return tuple(together(*(lambda address=address: _dial(address, port, deadline) for address in found)))


def _dial(address: str, port: int, deadline: float) -> Dial:
    start = time.monotonic()
    try:
        connect(Endpoint(False, address, port), Route(None, "one address"), deadline, tls=False).close()
    except NetError as error:
        return Dial(address, error.kind, error.text, time.monotonic() - start)
    return Dial(address, seconds=time.monotonic() - start)


def routes_to(address: str) -> bool:
    """Whether this machine has a way to an IPv6 address; nothing is sent."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
        probe.connect((address, 9))
        return True
    return False


_BANNERS = {
    "SSH-": "an SSH server",
    "220 ": "a mail or FTP server",
    "+OK": "a POP3 server",
    "* OK": "an IMAP server",
    "-ERR": "a Redis server",
    "HTTP/": "plain HTTP",
}
# How long a port gets to speak first, in seconds: SSH and mail servers do so at once.
_SPEAKS_FIRST = 0.5


def banner(endpoint: Endpoint, route: Route, deadline: float) -> tuple[str, str]:
    """What listens there, and its first words; both empty when it says nothing.

    Args:
        deadline: ``time.monotonic()`` by which it must be over.
    """
    with contextlib.suppress(NetError):
        stream = connect(endpoint, route, deadline, tls=False)
        with contextlib.closing(stream):
            data = b""
            stream.deadline = min(deadline, time.monotonic() + _SPEAKS_FIRST)
            with contextlib.suppress(NetError):
                data = stream.read(200)
            if not data:
                stream.deadline = deadline
                stream.write(
                    f"GET / HTTP/1.1\r\nHost: {endpoint.netloc}\r\nConnection: close\r\n\r\n".encode()
                )
                data = stream.read(200)
        words = ascii(data.split(b"\n")[0][:60].decode("latin-1").strip())[1:-1]
        kind = next((name for begin, name in _BANNERS.items() if words.startswith(begin)), "")
        return kind, words
    return "", ""
