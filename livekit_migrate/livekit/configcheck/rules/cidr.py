"""Networks of rtc.ips."""

from __future__ import annotations

from collections.abc import Iterator

from ....core.result import Finding, Fix
from .. import gonumbers
from ..model import Config, Rule


def _check(config: Config) -> Iterator[Finding]:
    for key in ("rtc.ips.includes", "rtc.ips.excludes"):
        for index, value in enumerate(config.get(key) or ()):
            if gonumbers.cidr(value) is None:
                address = gonumbers.ip(value)
                bits = 128 if address and address.version == 6 else 32
                fix = Fix(f"{value}/{bits}", safe=True) if address else Fix("a network such as 10.0.0.0/8")
                title = f"{value or 'an empty text'} is no network in CIDR form"
                yield config.found(
                    RULE, f"{key}.{index}", "the server says: invalid CIDR address", title=title, fix=fix
                )


RULE = Rule(
    "config.cidr",
    "fail",
    "No network in CIDR form",
    "rtc.ips.includes or excludes with something that is no network such as 10.0.0.0/8",
    "mediatransportutil pkg/rtcconfig: IPFilterFromConf; the server says: invalid CIDR address",
    _check,
)
