"""One bounded connection that all probes share: TCP, the proxy's tunnel, TLS with the same trust everywhere.

Everything that talks to a LiveKit server over TCP goes through ``connect``, so that the proxy, the
trusted certificates and the time limit are the same for HTTP, Twirp, the WebSocket and the media probe.
"""

from __future__ import annotations

import contextlib
import os
import re
import socket
import ssl
import time
from pathlib import Path
from typing import Literal

from .endpoint import Endpoint, Proxy, Route
from .errors import ConfigError

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


def tls_context() -> ssl.SSLContext:
    """The trust that every probe shares: SSL_CERT_FILE and SSL_CERT_DIR, else the system's, else certifi's.

    Raises:
        ConfigError: SSL_CERT_FILE names a file that cannot be used.
    """
    file = os.environ.get("SSL_CERT_FILE")
    if file:
        try:
            Path(file).open("rb").close()
            context = ssl.create_default_context(cafile=file)
        except (OSError, ssl.SSLError) as error:
            why = (
                "holds no certificate" if isinstance(error, ssl.SSLError) else (error.strerror or "").lower()
            )
            raise ConfigError(f"SSL_CERT_FILE: {file}: {why}", code="tls.cert-file") from error
        if folder := os.environ.get("SSL_CERT_DIR"):
            context.load_verify_locations(capath=folder)
        return context
    context = ssl.create_default_context()
    paths = ssl.get_default_verify_paths()
    if not context.cert_store_stats()["x509_ca"] and not (paths.cafile or paths.capath):
        import certifi  # python.org's Python on macOS has no certificates of its own

        context.load_verify_locations(certifi.where())
    return context


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


def connect(endpoint: Endpoint, route: Route, deadline: float, *, tls: bool | None = None) -> Stream:
    """A stream to the server: TCP, the proxy's tunnel where there is one, TLS where the URL says so.

    Args:
        deadline: ``time.monotonic()`` by which everything on this stream must be over.
        tls: None: as the URL says; False: stop below TLS (the port alone).

    Raises:
        NetError: it could not be made, or not in time.
    """
    proxy = route.proxy
    if proxy is None:
        stream = Stream(_dial(endpoint.host, endpoint.port, deadline), deadline)
    else:
        stream = _tunnel(endpoint, proxy, deadline)
    if tls is False or (tls is None and not endpoint.secure):
        return stream
    return _wrap(stream, endpoint.host, tls_context())


def speaks_tls(endpoint: Endpoint, route: Route, deadline: float) -> bool:
    """Whether a TLS handshake succeeds there, whatever the certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        _wrap(connect(endpoint, route, deadline, tls=False), endpoint.host, context).close()
    except NetError:
        return False
    return True


def _wrap(stream: Stream, host: str, context: ssl.SSLContext) -> Stream:
    left = stream.deadline - time.monotonic()
    stream.sock.settimeout(max(left, 0.001))
    try:
        return Stream(context.wrap_socket(stream.sock, server_hostname=host), stream.deadline)
    except OSError as error:
        stream.close()
        raise explain(error) from error
    except ValueError as error:  # a host name that cannot stand in a certificate
        stream.close()
        raise NetError("tls", str(error)) from error


def _tunnel(endpoint: Endpoint, proxy: Proxy, deadline: float) -> Stream:
    try:
        stream = Stream(_dial(proxy.host, proxy.port, deadline), deadline)
        if proxy.secure:
            stream = _wrap(stream, proxy.host, tls_context())
    except NetError as error:
        raise NetError("proxy", f"the proxy {proxy} ({proxy.variable}) fails: {error.text}") from error
    host = f"[{endpoint.host}]" if ":" in endpoint.host else endpoint.host
    target = f"{host}:{endpoint.port}"
    head = f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n"
    if proxy.authorization:
        head += f"Proxy-Authorization: {proxy.authorization}\r\n"
    try:
        stream.write(f"{head}\r\n".encode())
        answer = _head(stream)
    except NetError as error:
        stream.close()
        raise NetError("proxy", f"the proxy {proxy} ({proxy.variable}) fails: {error.text}") from error
    status = re.match(rb"HTTP/1\.[01] (\d{3})[ ]?([^\r\n]*)", answer)
    if not status or status[1] != b"200":
        stream.close()
        said = status[0].split(b" ", 1)[1].decode("latin-1") if status else "no HTTP answer"
        hint = "; it wants a user and password" if status and status[1] == b"407" else ""
        raise NetError(
            "proxy", f"the proxy {proxy} ({proxy.variable}) refuses CONNECT {target}: {said}{hint}"
        )
    return stream


def _head(stream: Stream) -> bytes:
    # Byte by byte: what follows the head belongs to the tunnel.
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = stream.read(1)
        if not byte or len(head) > 16384:
            raise NetError("closed", "it closed the connection without an answer")
        head += byte
    return head


def resolve(host: str, port: int, deadline: float) -> list[tuple[int, tuple[str, int]]]:
    """Family and address of each way to a host; the system's resolver has no time limit of its own.

    Raises:
        NetError: the name does not resolve, or not in time.
    """
    import threading

    found: list[tuple[int, tuple[str, int]]] = []
    failed: list[OSError] = []

    def look() -> None:
        try:
            infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.extend((int(info[0]), info[4]) for info in infos)  # type: ignore[misc]
        except UnicodeError:
            failed.append(socket.gaierror(socket.EAI_NONAME, "not a host name"))
        except OSError as error:
            failed.append(error)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    thread.join(max(deadline - time.monotonic(), 0))
    if failed:
        raise explain(failed[0]) from failed[0]
    if not found:
        raise NetError("dns", "the name server did not answer in time")
    return found


# How long one address may keep the next one waiting (RFC 8305 recommends 250 ms).
_STAGGER = 0.25


def _dial(host: str, port: int, deadline: float) -> socket.socket:
    """Connect to the first address that answers; each gets a head start of a quarter of a second."""
    import errno
    import selectors

    waiting = resolve(host, port, deadline)
    last: OSError | None = None
    selector = selectors.DefaultSelector()
    pending: set[socket.socket] = set()
    try:
        while waiting or pending:
            if waiting:
                family, address = waiting.pop(0)
                sock = socket.socket(family, socket.SOCK_STREAM)
                sock.setblocking(False)
                code = sock.connect_ex(address)
                if code not in (0, errno.EINPROGRESS, errno.EWOULDBLOCK):
                    sock.close()
                    last = OSError(code, os.strerror(code))
                    continue
                pending.add(sock)
                selector.register(sock, selectors.EVENT_WRITE)
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            for key, _ in selector.select(min(left, _STAGGER) if waiting else left):
                sock = key.fileobj  # type: ignore[assignment]
                selector.unregister(sock)
                pending.discard(sock)
                code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if not code:
                    sock.setblocking(True)
                    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    return sock
                sock.close()
                last = OSError(code, os.strerror(code))
        raise last or TimeoutError
    except OSError as error:
        raise explain(error) from error
    finally:
        selector.close()
        for sock in pending:
            sock.close()


def clock_skew(date: str | None, now: float) -> float | None:
    """Seconds by which a server's Date header is ahead of this machine's clock; None without one."""
    from email.utils import parsedate_to_datetime

    try:
        return parsedate_to_datetime(date).timestamp() - now if date else None
    except (TypeError, ValueError):
        return None
