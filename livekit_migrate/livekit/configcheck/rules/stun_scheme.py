"""STUN servers."""

from __future__ import annotations

from collections.abc import Iterator

from ....core.result import Finding, Fix
from ..edits import replacing
from ..model import Config, Rule


def _check(config: Config) -> Iterator[Finding]:
    for index, server in enumerate(config.get("rtc.stun_servers") or ()):
        if server.lower().startswith(("stun:", "stuns:", "turn:", "turns:")):
            at = f"rtc.stun_servers.{index}"
            bare = server.partition(":")[2].removeprefix("//")
            edit = replacing(config.parsed.text, config.entries[at].given, bare)
            fix = Fix(bare, safe=bool(edit))
            yield config.found(
                RULE, f"rtc.stun_servers.{index}", f"it becomes stun:{server}", fix=fix, edit=edit
            )


RULE = Rule(
    "config.stun-scheme",
    "warn",
    "A STUN server with a scheme",
    "rtc.stun_servers with stun: in front, which the server puts there itself",
    "mediatransportutil pkg/rtcconfig: iceServerForStunServers",
    _check,
)
