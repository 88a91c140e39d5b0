"""Networks of rtc.ips."""

from __future__ import annotations

from collections.abc import Iterator

from ....core.result import Finding
from ..addresses import bad_networks
from ..model import Config, Rule

KEYS = ("rtc.ips.includes", "rtc.ips.excludes")


def _check(config: Config) -> Iterator[Finding]:
    for at, value, fix, edit in bad_networks(config, KEYS):
        title = f"{value} is no network in CIDR form"
        yield config.found(RULE, at, "the server says: invalid CIDR address", title=title, fix=fix, edit=edit)


RULE = Rule(
    "config.cidr",
    "fail",
    "No network in CIDR form",
    "rtc.ips.includes or excludes with something that is no network such as 10.0.0.0/8",
    "mediatransportutil pkg/rtcconfig: IPFilterFromConf; the server says: invalid CIDR address",
    _check,
)
