"""One bounded connection that all probes share: TCP, the proxy's tunnel, TLS with the same trust everywhere.

Everything that talks to a LiveKit server over TCP goes through ``connect``, so that the proxy, the
trusted certificates and the time limit are the same for HTTP, Twirp, the WebSocket and the media probe.
"""

from __future__ import annotations

import os
import socket
import ssl
import time
from pathlib import Path

from .endpoint import Endpoint, Proxy, Route
from .errors import ConfigError
from .stream import NetError, Stream, explain, next_event


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
    try:
        untrusting(endpoint, route, deadline).close()
    except NetError:
        return False
    return True


def untrusting(endpoint: Endpoint, route: Route, deadline: float) -> Stream:
    """A TLS connection that takes any certificate: to look at one, never to send anything.

    Raises:
        NetError: as ``connect``.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return _wrap(connect(endpoint, route, deadline, tls=False), endpoint.host, context)


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
    # Before there is a connection: Python loses a Ctrl-C that comes at certain moments of an import.
    import h11  # noqa: F401

    try:
        stream = Stream(_dial(proxy.host, proxy.port, deadline), deadline)
        if proxy.secure:
            stream = _wrap(stream, proxy.host, tls_context())
    except NetError as error:
        raise NetError("proxy", f"the proxy {proxy} ({proxy.variable}) fails: {error.text}") from error
    host = f"[{endpoint.host}]" if ":" in endpoint.host else endpoint.host
    target = f"{host}:{endpoint.port}"
    try:
        status, said = _ask_for_tunnel(stream, target, proxy)
    except NetError as error:
        stream.close()
        raise NetError("proxy", f"the proxy {proxy} ({proxy.variable}) fails: {error.text}") from error
    if not 200 <= status < 300:
        stream.close()
        hint = "; it wants a user and password" if status == 407 else ""
        raise NetError(
            "proxy", f"the proxy {proxy} ({proxy.variable}) refuses CONNECT {target}: {said}{hint}"
        )
    return stream


def _ask_for_tunnel(stream: Stream, target: str, proxy: Proxy) -> tuple[int, str]:
    """Status and status line of a proxy's answer to CONNECT."""
    import h11

    http = h11.Connection(h11.CLIENT)
    headers = [("Host", target)]
    if proxy.authorization:
        headers.append(("Proxy-Authorization", proxy.authorization))
    request = h11.Request(method="CONNECT", target=target, headers=headers)
    stream.write(http.send(request) + http.send(h11.EndOfMessage()))
    # Byte by byte: what follows the head belongs to the tunnel.
    while not isinstance(answer := next_event(stream, http, 1), h11.Response):
        pass
    return answer.status_code, f"{answer.status_code} {answer.reason.decode('latin-1')}".rstrip()


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
