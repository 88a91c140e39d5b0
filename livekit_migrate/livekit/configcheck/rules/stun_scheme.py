"""STUN servers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ....core.result import Finding, Fix, Status
from ..edits import replacing
from ..model import Config, Rule


def _check(config: Config) -> Iterator[Finding]:
    servers = config.get("rtc.stun_servers") or ()
    # With use_external_ip it asks one after the other, and does not start where none can be asked.
    fatal = bool(config.get("rtc.use_external_ip")) and not any(map(_dialable, servers))
    for index, server in enumerate(servers):
        scheme = server.lower().startswith(_SCHEMES)
        if not scheme and not fatal:
            continue
        at = f"rtc.stun_servers.{index}"
        bare = server.partition(":")[2].removeprefix("//") if scheme else server
        bare = bare if _dialable(bare) else f"{bare}:3478"
        edit = replacing(config.parsed.text, config.entries[at].given, bare) if scheme else None
        title = "" if scheme else "A STUN server without a port"
        status: Status = "fail" if fatal else "warn"
        detail = _FATAL if fatal else f"it becomes stun:{server}"
        fix = Fix(bare, safe=bool(edit))
        yield config.found(RULE, at, detail, title=title, fix=fix, edit=edit, status=status)


_SCHEMES = ("stun:", "stuns:", "turn:", "turns:")
_FATAL = "use_external_ip asks them for its address: none of them can be asked, and the server does not start"


def _dialable(server: str) -> bool:
    """Whether Go's ``net.Dial`` takes it as host and port."""
    if server.lower().startswith(_SCHEMES):
        return False
    return re.fullmatch(r"(?:[^\[\]:]*|\[[^\[\]]*\]):[0-9A-Za-z-]+", server) is not None


RULE = Rule(
    "config.stun-scheme",
    "warn",
    "A STUN server with a scheme",
    "rtc.stun_servers with stun: in front, which the server puts there itself",
    "mediatransportutil pkg/rtcconfig: iceServerForStunServers",
    _check,
)
