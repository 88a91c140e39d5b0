"""Networks of rtc.ips."""

from __future__ import annotations

from collections.abc import Iterator

from ....core.result import Finding
from .. import gonumbers
from ..addresses import as_network
from ..model import Config, Rule


def _check(config: Config) -> Iterator[Finding]:
    for key in ("rtc.ips.includes", "rtc.ips.excludes"):
        for index, value in enumerate(config.get(key) or ()):
            if gonumbers.cidr(value) is None:
                title = f"{value or 'an empty text'} is no network in CIDR form"
                fix, edit = as_network(config, f"{key}.{index}", value)
                detail = "the server says: invalid CIDR address"
                yield config.found(RULE, f"{key}.{index}", detail, title=title, fix=fix, edit=edit)


RULE = Rule(
    "config.cidr",
    "fail",
    "No network in CIDR form",
    "rtc.ips.includes or excludes with something that is no network such as 10.0.0.0/8",
    "mediatransportutil pkg/rtcconfig: IPFilterFromConf; the server says: invalid CIDR address",
    _check,
)
