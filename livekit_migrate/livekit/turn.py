"""TURN: does a relay that the server advertises let a client reach the server's media port?

Allocate, ask permission for the server's address, and send one STUN check through the relay: what comes
back has gone the whole way. LiveKit since 1.12 refuses private peers unless
``turn.allow_restricted_peer_cidrs`` names them.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from ..core.endpoint import Endpoint, Route
from ..core.net import connect, resolve
from ..core.stream import NetError, Stream, explain
from .candidates import Candidate
from .signal import IceServer
from .stun import Credentials, binding_request

_UDP_TRANSPORT = 0x11000000
_RESEND = 0.3


@dataclass(frozen=True, slots=True)
class TurnReach:
    """What came of one TURN URL.

    Args:
        ok: a check went through the relay to the server's media port and back.
        reason: why not; empty when it did.
        rtt_ms: of that check, milliseconds.
    """

    url: str
    ok: bool
    reason: str = ""
    rtt_ms: float | None = None


@dataclass(frozen=True, slots=True)
class _Url:
    secure: bool
    host: str
    port: int
    tcp: bool


def check(
    servers: Sequence[IceServer], peer: Candidate | None, credentials: Credentials, deadline: float
) -> Callable[[], list[TurnReach]]:
    """Check every TURN URL, all at once, in threads of their own.

    Args:
        peer: the server's advertised UDP address, which the relay is asked to reach.

    Returns:
        A function that waits (until the deadline) and gives one result per URL.
    """
    urls = [(url, server) for server in servers for url in server.urls if url.startswith("turn")]
    results: dict[str, TurnReach] = {}

    def work(url: str, server: IceServer) -> None:
        try:
            rtt = _Relay(url, server, deadline).check(peer, credentials)
            results[url] = TurnReach(url, True, rtt_ms=rtt)
        except NetError as error:
            results[url] = TurnReach(url, False, error.text)

    threads = [threading.Thread(target=work, args=pair, daemon=True) for pair in urls]
    for thread in threads:
        thread.start()

    def wait() -> list[TurnReach]:
        for thread in threads:
            thread.join(max(deadline - time.monotonic(), 0) + 0.1)
        return [results.get(url, TurnReach(url, False, "it did not answer in time")) for url, _ in urls]

    return wait


def parse_url(text: str) -> _Url:
    """Read ``turn:host:port?transport=udp`` (RFC 7065).

    Raises:
        NetError: it is none.
    """
    match = re.fullmatch(r"(turns?):(\[[^\]]+\]|[^:?]+)(?::(\d+))?(?:\?(.*))?", text)
    if not match:
        raise NetError("garbage", "it is no TURN URL")
    secure = match[1] == "turns"
    transport = parse_qs(match[4] or "").get("transport", ["tcp" if secure else "udp"])[0]
    port = int(match[3]) if match[3] else (5349 if secure else 3478)
    return _Url(secure, match[2].strip("[]"), port, secure or transport == "tcp")


class _Relay:
    def __init__(self, url: str, server: IceServer, deadline: float) -> None:
        self._url = parse_url(url)
        self._server = server
        self._deadline = deadline
        self._key = b""
        self._realm = ""
        self._nonce = b""
        self._buffer = b""

    def check(self, peer: Candidate | None, credentials: Credentials) -> float | None:
        """Go the whole way; milliseconds of the check through the relay."""
        from aioice import stun

        with contextlib.closing(self._connect()) as self._stream:
            self._request(
                stun.Method.ALLOCATE, {"LIFETIME": 60, "REQUESTED-TRANSPORT": _UDP_TRANSPORT}, "to relay"
            )
            try:
                if peer is None:
                    raise NetError("unreachable", "the server advertises no UDP address to relay to")
                return self._through(peer, credentials)
            finally:
                with contextlib.suppress(NetError):
                    self._request(stun.Method.REFRESH, {"LIFETIME": 0}, "to end the relay")

    def _connect(self) -> Stream:
        url = self._url
        if url.tcp:
            # Straight to its server: the WebRTC stack of a client does not use an HTTP proxy either.
            return connect(Endpoint(url.secure, url.host, url.port), Route(None, "TURN"), self._deadline)
        family, address = resolve(url.host, url.port, self._deadline)[0]
        sock = socket.socket(family, socket.SOCK_DGRAM)
        try:
            sock.connect(address)
        except OSError as error:
            sock.close()
            raise explain(error) from error
        return Stream(sock, self._deadline)

    def _through(self, peer: Candidate, credentials: Credentials) -> float:
        from aioice import stun

        address = (peer.address, peer.port)
        self._request(
            stun.Method.CREATE_PERMISSION, {"XOR-PEER-ADDRESS": address}, f"to relay to {peer.address}"
        )
        sent: dict[bytes, float] = {}

        def send() -> None:
            request = binding_request(credentials)
            sent[request.transaction_id] = time.monotonic()
            indication = stun.Message(
                stun.Method.SEND,
                stun.Class.INDICATION,
                attributes={"XOR-PEER-ADDRESS": address, "DATA": bytes(request)},
            )
            self._stream.write(bytes(indication))

        def answer(message: Any) -> float | None:
            if message.message_method != stun.Method.DATA:
                return None
            try:
                inner = stun.parse_message(message.attributes.get("DATA", b""))
            except ValueError:
                return None
            if inner.message_class != stun.Class.RESPONSE or inner.transaction_id not in sent:
                return None
            return round((time.monotonic() - sent[inner.transaction_id]) * 1000, 2)

        try:
            return float(self._converse(send, answer))
        except NetError as error:
            if error.kind == "timeout":
                raise NetError("timeout", f"it relays, but {peer} does not answer through it") from error
            raise

    def _request(self, method: Any, attributes: dict[str, Any], purpose: str) -> None:
        """One authenticated transaction; a first refusal gives realm and nonce.

        Raises:
            NetError: no answer, or a refusal, with the server's reason.
        """
        from aioice import stun

        for attempt in range(3):
            message = self._transaction(method, attributes)
            if message.message_class == stun.Class.RESPONSE:
                return
            code, reason = message.attributes.get("ERROR-CODE", (0, "unknown error"))
            if (
                attempt < 2
                and code in (401, 438)
                and "NONCE" in message.attributes
                and not (code == 401 and self._key)
            ):
                self._nonce = message.attributes["NONCE"]
                self._realm = message.attributes.get("REALM", self._realm)
                plain = f"{self._server.username}:{self._realm}:{self._server.credential}"
                self._key = hashlib.md5(plain.encode()).digest()  # noqa: S324 - RFC 8489 says so
                continue
            raise NetError("reset", f"it refuses {purpose}: {code} {reason.strip(chr(0))}".strip())

    def _transaction(self, method: Any, attributes: dict[str, Any]) -> Any:
        from aioice import stun

        ids: set[bytes] = set()

        def send() -> None:
            message = stun.Message(method, stun.Class.REQUEST, attributes=dict(attributes))
            ids.add(message.transaction_id)
            if self._key:
                message.attributes |= {
                    "USERNAME": self._server.username,
                    "REALM": self._realm,
                    "NONCE": self._nonce,
                }
                message.add_message_integrity(self._key)
            self._stream.write(bytes(message))

        return self._converse(send, lambda message: message if message.transaction_id in ids else None)

    def _converse(self, send: Callable[[], None], wanted: Callable[[Any], Any]) -> Any:
        """Send (over UDP again and again) until what is wanted comes."""
        while True:
            send()
            until = self._deadline if self._url.tcp else min(self._deadline, time.monotonic() + _RESEND)
            self._stream.deadline = until
            try:
                while True:
                    message = self._receive()
                    if message is not None and (found := wanted(message)) is not None:
                        return found
            except NetError as error:
                if error.kind != "timeout" or time.monotonic() >= self._deadline:
                    raise
            finally:
                self._stream.deadline = self._deadline

    def _receive(self) -> Any:
        from aioice import stun

        data = self._stream.read()
        if not self._url.tcp:
            with contextlib.suppress(ValueError):
                return stun.parse_message(data)
            return None
        self._buffer += data
        if not data:
            raise NetError("closed", "it closed the connection")
        length = 20 + int.from_bytes(self._buffer[2:4], "big") if len(self._buffer) >= 4 else 20
        if len(self._buffer) < length:
            return None
        message, self._buffer = self._buffer[:length], self._buffer[length:]
        with contextlib.suppress(ValueError):
            return stun.parse_message(message)
        return None
