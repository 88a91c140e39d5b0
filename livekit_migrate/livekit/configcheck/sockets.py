"""The sockets that a configuration makes the server open, in the order in which it opens them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from . import gonumbers
from .model import Config

WILDCARDS = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - names, nothing binds here
HIGHEST = 65535


@dataclass(frozen=True, slots=True)
class Socket:
    """A socket: ``key`` says which key its port comes from, ``address`` where it listens."""

    key: str
    protocol: str
    address: str
    port: int

    @property
    def wildcard(self) -> bool:
        # Go listens on all addresses of both families for each of the three.
        return self.address in WILDCARDS

    def clashes(self, other: Socket) -> bool:
        if (self.protocol, self.port) != (other.protocol, other.port) or not self.port:
            return False
        return self.wildcard or other.wildcard or canonical(self.address) == canonical(other.address)


def canonical(address: str) -> str:
    """An address as it is compared: ``::0001`` is ``::1``; a name is itself, and localhost 127.0.0.1."""
    if address == "localhost":
        return "127.0.0.1"
    found = gonumbers.ip(address)
    return str(found) if found else address


def sockets(config: Config) -> Iterator[Socket]:
    """All sockets with a fixed port."""
    yield from _media(config)
    yield from _turn(config)
    prometheus = "prometheus_port" if config.get("prometheus_port") else "prometheus.port"
    for address in bind_addresses(config):
        yield Socket("port", "tcp", address, config.get("port"))
        if config.get(prometheus):
            yield Socket(prometheus, "tcp", address, config.get(prometheus))
        if config.get("debug_handler.port"):
            yield Socket("debug_handler.port", "tcp", address, config.get("debug_handler.port"))


def bind_addresses(config: Config) -> list[str]:
    """Where signalling listens; [""] for everywhere."""
    if config.sets("bind_addresses") and config.get("bind_addresses") is not None:
        return list(config.get("bind_addresses"))
    no_keys = not config.get("keys") and not config.facts.keys
    return ["127.0.0.1", "::1"] if config.development and no_keys else [""]


def udp_ports(config: Config) -> tuple[int, int] | None:
    """The UDP ports of media that are opened at start: (first, last); None where none is."""
    if config.get("rtc.force_tcp"):
        return None
    start, end = config.get("rtc.port_range_start"), config.get("rtc.port_range_end")
    udp = config.get("rtc.udp_port") or (0, 0)
    if not udp[0] and not start:
        return (7882, 7882) if config.development else None
    if (start and end) or not udp[0]:
        return None
    return udp[0], max(udp)


def _media(config: Config) -> Iterator[Socket]:
    ports = udp_ports(config)
    if ports:
        yield Socket("rtc.udp_port", "udp", "", ports[0])
    if config.get("rtc.tcp_port"):
        yield Socket("rtc.tcp_port", "tcp", "", config.get("rtc.tcp_port"))


def _turn(config: Config) -> Iterator[Socket]:
    if not config.get("turn.enabled"):
        return
    addresses = config.get("turn.bind_addresses") if config.knows("turn.bind_addresses") else ["0.0.0.0"]  # noqa: S104
    for address in addresses or ():
        for key, protocol in (("turn.tls_port", "tcp"), ("turn.udp_port", "udp")):
            if config.get(key) > 0:
                yield Socket(key, protocol, address, config.get(key))
