"""Ports that are none."""

from __future__ import annotations

from collections.abc import Iterator

from ....core.result import Finding
from ..model import Config, Rule
from ..sockets import HIGHEST, sockets, udp_ports


def _check(config: Config) -> Iterator[Finding]:
    seen: set[str] = set()
    for socket in sockets(config):
        if socket.port > HIGHEST and socket.key not in seen:
            seen.add(socket.key)
            title = f"{socket.key}: {socket.port} is no port"
            yield config.found(RULE, socket.key, f"ports go up to {HIGHEST}", title=title)
    ports = udp_ports(config)
    if ports and "rtc.udp_port" not in seen and ports[1] > HIGHEST:
        # As many are opened as there are processors: with two of them the second counts already.
        sure = ports[0] + 1 > HIGHEST or ports[1] - ports[0] > 2**32
        title = f"rtc.udp_port: {ports[1]} is no port"
        detail = f"ports go up to {HIGHEST}"
        yield config.found(RULE, "rtc.udp_port", detail, title=title, status="fail" if sure else "warn")


RULE = Rule(
    "config.port-number",
    "fail",
    "No port number",
    "a port above 65535 that the server would listen on",
    "net.Listen; the server says: invalid port",
    _check,
)
