"""Neither UDP nor TCP."""

from __future__ import annotations

from collections.abc import Iterator

from ....core.result import Finding, Fix
from ..model import Config, Rule


def _check(config: Config) -> Iterator[Finding]:
    if config.get("rtc.force_tcp") and not config.get("rtc.tcp_port"):
        yield config.found(
            RULE, "rtc.force_tcp", "force_tcp needs tcp_port", fix=Fix("tcp_port: 7881, or no force_tcp")
        )


RULE = Rule(
    "config.no-transport",
    "fail",
    "Media has neither UDP nor TCP",
    "rtc.force_tcp with rtc.tcp_port 0",
    "mediatransportutil pkg/rtcconfig; the server says: TCP is forced but not configured",
    _check,
)
