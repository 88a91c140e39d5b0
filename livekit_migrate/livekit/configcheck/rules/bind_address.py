"""Addresses that are none."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ....core.result import Finding, Fix
from .. import gonumbers
from ..model import Config, Rule

_NAME = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*\.?")


def _check(config: Config) -> Iterator[Finding]:
    for index, address in enumerate(config.get("bind_addresses") or ()):
        if address in ("", "localhost") or gonumbers.ip(address.partition("%")[0]):
            continue
        at = f"bind_addresses.{index}"
        # Go asks nobody for a name of digits and dots: 999.1.1.1, 127.1 (run).
        if re.search(r"[^0-9.]", address) and _NAME.fullmatch(address):
            detail = "a name is looked up at start; the server ends where it has no such address"
            title = f"{address} is a name, not an address"
            yield config.found(RULE, at, detail, title=title, status="warn", fix=Fix("write the address"))
        else:
            fix = Fix("an address of this machine without port and mask, such as 10.0.0.5")
            yield config.found(
                RULE, at, "nothing can listen there", title=f"{address} is no address", fix=fix
            )


RULE = Rule(
    "config.bind-address",
    "fail",
    "Not an address to listen on",
    "bind_addresses with a network, a port or a URL in it",
    "livekit-server pkg/service: Start; net.Listen",
    _check,
)
