"""An address inside Docker."""

from __future__ import annotations

from collections.abc import Iterator

from ....core.result import Finding, Fix
from ..addresses import node_addresses
from ..model import Config, Rule


def _check(config: Config) -> Iterator[Finding]:
    for address in node_addresses(config):
        if (
            address.version == 4
            and str(address).startswith("172.")
            and 17 <= int(str(address).split(".")[1]) <= 31
        ):
            detail = f"{address} is reached from inside the machine only, if it is a container's"
            yield config.found(
                RULE, "rtc.node_ip", detail, fix=Fix("the address of the machine that clients reach")
            )


RULE = Rule(
    "config.docker-node-ip",
    "warn",
    "rtc.node_ip lies in Docker's own networks",
    "rtc.node_ip is in 172.17.0.0/16 to 172.31.0.0/16, which Docker hands out inside the machine",
    "livekit/livekit #3747, #3219",
    _check,
)
