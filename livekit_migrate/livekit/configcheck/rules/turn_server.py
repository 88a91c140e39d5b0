"""Other TURN servers."""

from __future__ import annotations

from collections.abc import Iterator

from ....core.result import Finding
from ..model import Config, Rule


def _check(config: Config) -> Iterator[Finding]:
    for index, server in enumerate(config.get("rtc.turn_servers") or ()):
        at = f"rtc.turn_servers.{index}"
        if not server.get("host") or not server.get("port"):
            lacking = "host" if not server.get("host") else "port"
            yield config.found(RULE, at, f"it has no {lacking}")
        protocol = server.get("protocol", "")
        if protocol not in ("", "udp", "tcp", "tls"):
            detail = f"{protocol} is taken for tcp; known are udp, tcp and tls"
            yield config.found(RULE, f"{at}.protocol", detail)


RULE = Rule(
    "config.turn-server",
    "warn",
    "A TURN server that clients cannot use",
    "rtc.turn_servers without host or port, or with a protocol that is none of udp, tcp, tls",
    "livekit-server pkg/service: iceServersForParticipant",
    _check,
)
