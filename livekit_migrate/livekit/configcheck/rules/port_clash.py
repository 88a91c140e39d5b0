"""One port twice."""

from __future__ import annotations

from collections.abc import Iterator

from ....core.result import Finding
from ..model import Config, Rule
from ..sockets import sockets


def _check(config: Config) -> Iterator[Finding]:
    found = list(sockets(config))
    seen: set[tuple[str, str]] = set()
    for index, socket in enumerate(found):
        for other in found[:index]:
            if not socket.clashes(other) or (other.key, socket.key) in seen:
                continue
            seen.add((other.key, socket.key))
            if other.key == socket.key:
                at = "turn.bind_addresses" if socket.key.startswith("turn.") else "bind_addresses"
                shown = f"{other.address or 'everywhere'} and {socket.address or 'everywhere'}"
                yield config.found(RULE, at, f"{shown} overlap on port {socket.port}")
                continue
            at = socket.key if config.sets(socket.key) else other.key
            both = f"{other.key} and {socket.key}"
            detail = (
                f"{both} are both {socket.port}/{socket.protocol}; the server says: address already in use"
            )
            yield config.found(RULE, at, detail, title=f"{both} are the same port")


RULE = Rule(
    "config.port-clash",
    "fail",
    "Two things listen on one port",
    "two of port, rtc.tcp_port, prometheus.port, debug_handler.port and the TURN ports are the same",
    "livekit-server pkg/service: Start; the server says: address already in use",
    _check,
)
