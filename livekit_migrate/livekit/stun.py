"""STUN checks on each advertised candidate: does the server's media port answer from here?

The server offers, so it controls: a check carries ICE-CONTROLLED (ICE-CONTROLLING is answered with 487).
Over UDP the message goes as it is, over TCP with the two-byte length of RFC 4571. Seen with
livekit-server 1.13.5: it answers in 0.2 to 0.7 ms once it has our answer to its offer.
"""

from __future__ import annotations

import contextlib
import errno
import selectors
import socket
import struct
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from ..core.net import resolve
from ..core.stream import NetError
from .candidates import Candidate, classify

Outcome = Literal["answers", "silent", "refused", "no-route", "closed", "wrong-answer"]

# When a check is sent again, in seconds after the first; the last interval repeats.
_RESEND = (0.05, 0.15, 0.35, 0.7, 1.1, 1.6, 2.1)
# Once one address of a protocol answers, the others of it get only this long, in seconds.
_OTHERS = 1.0
# How long the server gets to come to us by itself when no address of its own answers, in seconds.
_REACH_BACK = 1.0
# A look that comes later than it was due by more than this, in seconds: this process or machine stalled.
_STALL = 0.25
# How long a name in the place of an address may take to look up, in seconds.
_LOOK_UP = 0.5
_PRFLX_PRIORITY = 1862270975


@dataclass(frozen=True, slots=True)
class Credentials:
    """The ICE users and passwords of both sides."""

    own_ufrag: str
    own_password: str
    server_ufrag: str
    server_password: str


@dataclass(frozen=True, slots=True)
class Reach:
    """What a check of one candidate found.

    Args:
        rtt_ms: from the check that was answered to its answer, milliseconds.
        by_server: the server came to us from here; it does not advertise this address.
    """

    candidate: Candidate
    outcome: Outcome
    rtt_ms: float | None = None
    by_server: bool = False

    @property
    def ok(self) -> bool:
        return self.outcome == "answers"


@dataclass
class _Check:
    candidate: Candidate
    sock: socket.socket | None = None
    address: tuple[str, int] = ("", 0)
    by_server: bool = False
    connecting: bool = False
    sent: dict[bytes, float] = field(default_factory=dict)
    due: float = 0.0
    resent: int = 0
    outcome: Outcome | None = None
    rtt_ms: float | None = None
    buffer: bytes = b""


def binding_request(credentials: Credentials) -> Any:
    """One check, as the side that is controlled sends it."""
    from aioice import stun

    message = stun.Message(
        stun.Method.BINDING,
        stun.Class.REQUEST,
        attributes={
            "USERNAME": f"{credentials.server_ufrag}:{credentials.own_ufrag}",
            "PRIORITY": _PRFLX_PRIORITY,
            "ICE-CONTROLLED": 2**64 - 1,
        },
    )
    message.add_message_integrity(credentials.server_password.encode())
    return message


@contextmanager
def own_sockets(host: str) -> Iterator[list[socket.socket]]:
    """UDP sockets on this machine's own addresses, for the server to come to by itself.

    Args:
        host: the server's address: the way to it decides which of ours is meant; empty when a proxy hides it.
    """
    found: dict[str, socket.socket] = {}
    try:
        # The second is a documentation address: it leads to the default route's interface.
        for target in filter(None, (host, "192.0.2.1")):
            with (
                contextlib.suppress(OSError),
                socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe,
            ):
                probe.connect((target, 9))
                address = probe.getsockname()[0]
                if address in found or address.startswith("127."):
                    continue
                sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                try:
                    sock.bind((address, 0))
                except OSError:
                    sock.close()
                    raise
                sock.setblocking(False)
                found[address] = sock
        yield list(found.values())
    finally:
        for sock in found.values():
            sock.close()


def check(
    candidates: Sequence[Candidate],
    credentials: Credentials,
    own: Sequence[socket.socket],
    deadline: float,
) -> list[Reach]:
    """Check all candidates at once.

    Args:
        own: sockets whose addresses the server was told; it may come to us on them.
        deadline: ``time.monotonic()`` after which silence counts.
    """
    return _Checks(credentials, own, deadline).run(candidates)


class _Checks:
    def __init__(self, credentials: Credentials, own: Sequence[socket.socket], deadline: float) -> None:
        self._credentials = credentials
        self._deadline = deadline
        self._start = time.monotonic()
        self._selector = selectors.DefaultSelector()
        self._checks: list[_Check] = []
        self._own = own
        self._by_address: dict[tuple[str, int], _Check] = {}

    def run(self, candidates: Sequence[Candidate]) -> list[Reach]:
        try:
            for sock in self._own:
                self._selector.register(sock, selectors.EVENT_READ, None)
            for candidate in candidates:
                check = _Check(candidate)
                self._checks.append(check)
                self._open(check)
            self._loop()
        finally:
            self._selector.close()
            for check in self._checks:
                if check.sock and not check.by_server:
                    check.sock.close()
        return [
            Reach(check.candidate, check.outcome or "silent", check.rtt_ms, check.by_server)
            for check in self._checks
        ]

    def _loop(self) -> None:
        while not self._done():
            now = time.monotonic()
            for check in self._checks:
                if check.outcome is None and now >= check.due:
                    self._send(check, now)
            pending = [check.due for check in self._checks if check.outcome is None]
            wake = min([*pending, self._deadline, now + 0.2])
            self._look(max(wake - now, 0.001))
            # Time in which nobody here listened (a machine that sleeps, or is busy) is no silence of theirs.
            if (stalled := time.monotonic() - max(wake, now)) > _STALL:
                self._start += stalled
                self._deadline += stalled
        self._look(0.0)  # what came while this machine stood still was no silence

    def _look(self, seconds: float) -> None:
        for key, _ in self._selector.select(seconds):
            if key.data is None:
                self._on_own(key.fileobj)
            else:
                self._on_ready(key.data)

    def _done(self) -> bool:
        now = time.monotonic()
        if now >= self._deadline:
            return True
        for protocol in ("udp", "tcp"):
            checks = [check for check in self._checks if check.candidate.protocol == protocol]
            answered = any(check.outcome == "answers" for check in checks)
            if any(check.outcome is None for check in checks) and not (
                answered and now - self._start > _OTHERS
            ):
                return False
        udp = any(c.outcome == "answers" for c in self._checks if c.candidate.protocol == "udp")
        return udp or not self._own or now - self._start > _REACH_BACK

    def _open(self, check: _Check) -> None:
        candidate = check.candidate
        udp = candidate.protocol == "udp"
        family = socket.AF_INET6 if candidate.ipv6 else socket.AF_INET
        place: tuple[str, int] = (candidate.address, candidate.port)
        try:
            if classify(candidate.address) == "name":
                number, place = resolve(*place, min(self._deadline, self._start + _LOOK_UP))[0]
                family = socket.AddressFamily(number)
            sock = socket.socket(family, socket.SOCK_DGRAM if udp else socket.SOCK_STREAM)
        except (OSError, NetError):
            check.outcome = "no-route"
            return
        sock.setblocking(False)
        check.sock = sock
        code = sock.connect_ex(place)
        if code not in (0, errno.EINPROGRESS, errno.EWOULDBLOCK):
            self._fail(check, code)
            return
        check.connecting = not udp
        check.due = float("inf") if check.connecting else 0.0
        self._selector.register(sock, selectors.EVENT_READ if udp else selectors.EVENT_WRITE, check)

    def _fail(self, check: _Check, code: int | None) -> None:
        refused = code in (errno.ECONNREFUSED, errno.ECONNRESET)
        check.outcome = "refused" if refused else "no-route"
        self._forget(check)

    def _forget(self, check: _Check) -> None:
        if check.sock and not check.by_server:
            with contextlib.suppress(KeyError, ValueError):
                self._selector.unregister(check.sock)
            check.sock.close()
            check.sock = None

    def _send(self, check: _Check, now: float) -> None:
        message = binding_request(self._credentials)
        data = bytes(message)
        check.sent[message.transaction_id] = time.monotonic()
        step = min(check.resent, len(_RESEND) - 1)
        check.due = max(self._start + _RESEND[step], now + 0.05) if check.resent < len(_RESEND) else now + 0.5
        check.resent += 1
        assert check.sock is not None  # noqa: S101 - a check without outcome has one
        try:
            if check.by_server:
                check.sock.sendto(data, check.address)
            elif check.candidate.protocol == "udp":
                check.sock.send(data)
            else:
                check.sock.send(struct.pack("!H", len(data)) + data)
        except BlockingIOError:
            pass
        except OSError as error:
            self._fail(check, error.errno)

    def _on_ready(self, check: _Check) -> None:
        if check.outcome is not None or check.sock is None:
            return
        if check.connecting:
            code = check.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if code:
                self._fail(check, code)
                return
            check.connecting = False
            check.due = 0.0
            self._selector.modify(check.sock, selectors.EVENT_READ, check)
            return
        try:
            data = check.sock.recv(65536)
        except BlockingIOError:
            return
        except OSError as error:
            self._fail(check, error.errno)
            return
        if check.candidate.protocol == "udp":
            self._take(check, data)
            return
        if not data:
            check.outcome = "closed"
            self._forget(check)
            return
        check.buffer += data
        while len(check.buffer) >= 2 and check.outcome is None:
            length = 2 + int.from_bytes(check.buffer[:2], "big")
            if len(check.buffer) < length:
                return
            message, check.buffer = check.buffer[2:length], check.buffer[length:]
            self._take(check, message)

    def _take(self, check: _Check, data: bytes) -> None:
        from aioice import stun

        message = _parse(data)
        if message is None or message.transaction_id not in check.sent:
            return  # the server's own check, or noise
        if message.message_class == stun.Class.RESPONSE:
            check.outcome = "answers"
            check.rtt_ms = round((time.monotonic() - check.sent[message.transaction_id]) * 1000, 2)
        elif message.message_class == stun.Class.ERROR:
            check.outcome = "wrong-answer"
        if check.outcome:
            self._forget(check)

    def _on_own(self, sock: Any) -> None:
        from aioice import stun

        try:
            data, address = sock.recvfrom(65536)
        except OSError:
            return
        message = _parse(data)
        if message is None:
            return
        check = self._by_address.get(address)
        if message.message_class == stun.Class.REQUEST:
            self._respond(sock, message, address)
            known = any(
                c.candidate.protocol == "udp" and (c.candidate.address, c.candidate.port) == address
                for c in self._checks
            )
            if check is None and not known and self._for_us(message):
                found = _Check(
                    Candidate("udp", address[0], address[1], "prflx"),
                    sock=sock,
                    address=address,
                    by_server=True,
                )
                self._by_address[address] = found
                self._checks.append(found)
        elif check is not None and check.outcome is None:
            self._take(check, data)

    def _for_us(self, message: Any) -> bool:
        name = f"{self._credentials.own_ufrag}:{self._credentials.server_ufrag}"
        return bool(message.attributes.get("USERNAME") == name)

    def _respond(self, sock: socket.socket, request: Any, address: tuple[str, int]) -> None:
        from aioice import stun

        response = stun.Message(
            stun.Method.BINDING,
            stun.Class.RESPONSE,
            transaction_id=request.transaction_id,
            attributes={"XOR-MAPPED-ADDRESS": address},
        )
        response.add_message_integrity(self._credentials.own_password.encode())
        with contextlib.suppress(OSError):
            sock.sendto(bytes(response), address)


def _parse(data: bytes) -> Any:
    from aioice import stun

    try:
        return stun.parse_message(data)
    except (ValueError, struct.error, KeyError):
        return None
