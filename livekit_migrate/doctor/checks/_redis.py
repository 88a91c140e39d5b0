"""A few words of Redis' protocol: enough to ask it what LiveKit asks of it."""

from __future__ import annotations

import contextlib
import secrets
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self

Reply = str | int | None | list["Reply"]


class RedisError(Exception):
    """What Redis answered instead: ``NOPERM …``, ``WRONGPASS …``; or that it did not answer."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where Redis is, and as whom LiveKit logs in.

    Args:
        password: never shown: ``repr`` leaves it out.
    """

    host: str
    port: int
    user: str = ""
    password: str = ""
    db: int = 0
    tls: bool = False

    def __repr__(self) -> str:
        return f"{self.host}:{self.port}"


class Connection:
    """One connection, logged in."""

    def __init__(self, address: Address, seconds: float) -> None:
        """Connect and log in.

        Args:
            seconds: for each answer.

        Raises:
            RedisError: nobody answers, or the user or password is refused.
        """
        try:
            raw = socket.create_connection((address.host, address.port), timeout=max(seconds, 0.05))
        except OSError as error:
            raise RedisError(f"no connection: {(error.strerror or str(error)).lower()}") from error
        if address.tls:
            import ssl

            try:
                raw = ssl.create_default_context().wrap_socket(raw, server_hostname=address.host)
            except (OSError, ssl.SSLError) as error:
                raw.close()
                raise RedisError(f"TLS: {error}") from error
        self._socket = raw
        self._file = raw.makefile("rb")
        try:
            if address.password:
                words = [address.user, address.password] if address.user else [address.password]
                self.ask("AUTH", *words)
            if address.db:
                self.ask("SELECT", str(address.db))
        except RedisError:
            self.close()
            raise

    def ask(self, *words: str) -> Reply:
        """Send a command and read its answer.

        Raises:
            RedisError: the answer is an error, or does not come.
        """
        data = b"".join(b"$%d\r\n%s\r\n" % (len(raw), raw) for raw in (word.encode() for word in words))
        try:
            self._socket.sendall(b"*%d\r\n%s" % (len(words), data))
        except OSError as error:
            raise RedisError(f"it broke the connection off: {error}") from error
        return self.read()

    def read(self) -> Reply:
        """The next answer, or message of a subscription."""
        try:
            line = self._file.readline().rstrip(b"\r\n")
        except OSError as error:
            raise RedisError(
                "no answer in time" if isinstance(error, TimeoutError) else str(error)
            ) from error
        if not line:
            raise RedisError("it broke the connection off")
        kind, rest = line[:1], line[1:].decode("utf-8", "replace")
        if kind == b"-":
            raise RedisError(rest)
        if kind == b"+":
            return rest
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == "-1" else self._file.read(int(rest) + 2)[:-2].decode("utf-8", "replace")
        if kind == b"*":
            return [self.read() for _ in range(max(0, int(rest)))]
        raise RedisError(f"it does not speak Redis' protocol: {line[:40]!r}")

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._file.close()
            self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def round_trip(address: Address, seconds: float) -> Iterator[str]:
    """PING, then a message that is published and arrives: yields what has worked so far.

    Args:
        seconds: for each answer.

    Raises:
        RedisError: with what Redis said.
    """
    channel = f"lkm-doctor-{secrets.token_hex(4)}"
    with Connection(address, seconds) as listener, Connection(address, seconds) as speaker:
        if listener.ask("PING") != "PONG":
            raise RedisError("it does not answer PING with PONG")
        yield "PING"
        # Subscribed first: Redis delivers to whoever listens then, and to nobody later.
        listener.ask("SUBSCRIBE", channel)
        yield "SUBSCRIBE"
        speaker.ask("PUBLISH", channel, "hello")
        yield "PUBLISH"
        deadline = time.monotonic() + seconds
        while True:
            # Before the clock is asked: it finds what came while this process stood still.
            message = listener.read()
            if isinstance(message, list) and message[:1] == ["message"] and message[-1] == "hello":
                yield "message"
                return
            if time.monotonic() >= deadline:
                raise RedisError("a message that was published did not arrive")
