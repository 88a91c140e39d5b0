"""A connected socket with one deadline, HTTP answers read off it, and what can go wrong in plain words."""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import h11

Kind = Literal[
    "dns",
    "refused",
    "timeout",
    "unreachable",
    "reset",
    "closed",
    "garbage",
    "proxy",
    "tls-plain",
    "tls-cert",
    "tls",
]


class NetError(Exception):
    """A connection that could not be made or broke.

    Args:
        kind: what happened, for whoever explains it.
        text: one clause in plain words.
    """

    def __init__(self, kind: Kind, text: str) -> None:
        super().__init__(text)
        self.kind = kind
        self.text = text


class Stream:
    """A connected socket with one deadline for all that is read from and written to it."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self.sock = sock
        self.deadline = deadline

    def _arm(self) -> None:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise NetError("timeout", "it did not answer in time")
        self.sock.settimeout(left)

    def read(self, limit: int = 65536) -> bytes:
        """What there is, at least one byte; empty at the end of the stream."""
        self._arm()
        try:
            return self.sock.recv(limit)
        except OSError as error:
            raise explain(error) from error

    def write(self, data: bytes) -> None:
        self._arm()
        try:
            self.sock.sendall(data)
        except OSError as error:
            raise explain(error) from error

    @property
    def peer(self) -> str:
        """The address at the other end (of a proxy: the proxy's)."""
        with contextlib.suppress(OSError):
            name = self.sock.getpeername()
            return f"[{name[0]}]:{name[1]}" if ":" in name[0] else f"{name[0]}:{name[1]}"
        return ""

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.sock.close()


def explain(error: OSError) -> NetError:
    """An operating system's error as one of ours."""
    import errno

    if isinstance(error, ssl.SSLCertVerificationError):
        return NetError("tls-cert", f"its certificate is not trusted: {error.verify_message}")
    if isinstance(error, ssl.SSLError):
        return _tls_error(error)
    if isinstance(error, socket.gaierror):
        return NetError("dns", f"the name does not resolve ({(error.strerror or str(error)).lower()})")
    if isinstance(error, TimeoutError):
        return NetError("timeout", "it did not answer in time")
    if isinstance(error, ConnectionRefusedError):
        return NetError("refused", "nothing listens there (connection refused)")
    if isinstance(error, ConnectionError):
        return NetError("reset", "it broke the connection off")
    if error.errno in (errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
        return NetError("unreachable", f"there is no route to it ({(error.strerror or '').lower()})")
    return NetError("unreachable", (error.strerror or str(error)).lower())


def _tls_error(error: ssl.SSLError) -> NetError:
    reason = error.reason or str(error)
    if reason in ("WRONG_VERSION_NUMBER", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE", "HTTP_REQUEST"):
        return NetError("tls-plain", "it does not speak TLS")
    if isinstance(error, ssl.SSLZeroReturnError | ssl.SSLEOFError) or "EOF" in reason:
        return NetError("closed", "it closed the connection during the TLS handshake")
    return NetError("tls", f"the TLS handshake failed: {reason.replace('_', ' ').lower()}")


def next_event(stream: Stream, http: h11.Connection, size: int = 65536) -> h11.Event | type[h11.PAUSED]:
    """What h11 makes next of the answer that comes in.

    Args:
        size: bytes to read at once; 1 where what follows the head is none of h11's business.

    Raises:
        NetError: kind ``garbage`` when it is not HTTP, ``closed`` when it ends too early.
    """
    import h11

    try:
        while (event := http.next_event()) is h11.NEED_DATA:
            http.receive_data(stream.read(size))
            if http.their_state is h11.SEND_RESPONSE:
                must_be_http(*http.trailing_data)
    except h11.RemoteProtocolError as error:
        raise not_http(error, ended=http.trailing_data[1]) from error
    return event  # type: ignore[return-value]  # mypy cannot take NEED_DATA out of the union


def must_be_http(data: bytes, ended: bool) -> None:
    """Refuse the beginning of an answer that is none: h11 would wait for the end of what never was HTTP.

    Args:
        ended: nothing more will come.
    """
    if not data and ended:
        raise NetError("closed", "it closed the connection without an answer")
    if not data.startswith(b"HTTP/"[: len(data)]):
        shown = ascii(data.split(b"\n")[0][:40].decode("latin-1").strip())[1:-1][:40]
        raise NetError("garbage", f"what it answers is not HTTP: {shown}")


def not_http(error: Exception, *, ended: bool) -> NetError:
    """What h11 or wsproto cannot read, as one of ours."""
    if ended:
        return NetError("closed", "it closed the connection in the middle of its answer")
    return NetError("garbage", f"what it answers is not HTTP: {str(error).partition(':')[0]}")
