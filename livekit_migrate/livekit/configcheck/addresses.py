"""The addresses that a configuration gives the node."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from typing import Any

from ...core.result import Fix
from . import gonumbers
from .edits import replacing
from .model import Config

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def node_addresses(config: Config) -> list[Address]:
    """The literal addresses of ``rtc.node_ip``; none where the server finds its own."""
    if config.get("rtc.use_external_ip"):
        return []
    value = config.get("rtc.node_ip")
    texts = value if isinstance(value, tuple) else (value,)
    return [address for text in texts if text and (address := gonumbers.ip(text))]


def node_families(config: Config) -> tuple[bool, bool]:
    """Whether the node has an IPv4 and an IPv6 address. One that it finds by itself is taken to be IPv4."""
    value = config.get("rtc.node_ip")
    four, six = value if isinstance(value, tuple) else ("", "")
    found_by_itself = config.get("rtc.use_external_ip") or not (four or six)
    return bool(four) or found_by_itself, bool(six)


def bad_networks(config: Config, keys: Iterable[str]) -> Iterator[tuple[str, str, Fix, dict[str, Any]]]:
    """What is no network in CIDR form in these lists: path, text, mend and the edit that does it."""
    for key in keys:
        for index, value in enumerate(config.get(key) or ()):
            if gonumbers.cidr(value) is None:
                path = f"{key}.{index}"
                yield path, value or "an empty text", *_as_network(config, path, value)


def _as_network(config: Config, path: str, value: str) -> tuple[Fix, dict[str, Any]]:
    """How to write a network that lacks its mask, and the edit that does it."""
    address = gonumbers.ip(value)
    if address is None:
        return Fix("a network such as 10.0.0.0/8"), {}
    network = f"{value}/{address.max_prefixlen}"
    edit = replacing(config.parsed.text, config.entries[path].given, network)
    return Fix(network, safe=bool(edit)), edit
