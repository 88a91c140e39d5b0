"""Types that read themselves from YAML: port ranges, node addresses, protobuf messages."""

from __future__ import annotations

import ipaddress
from typing import Any, NoReturn

from . import gonumbers
from .problems import Problem, StopError
from .schema import Schema, Type
from .tree import Node


def read_itself(schema: Schema, kind: Type, node: Node, path: str) -> Any:
    """The value of a type with an UnmarshalYAML of its own.

    Raises:
        StopError: it says no, which ends the parsing.
    """
    if kind.kind == "message":
        from .protoyaml import read_message

        return read_message(schema, kind.of, node, path)
    if kind.name == "rtcconfig.PortRange":
        return _port_range(kind, node, path)
    if kind.name == "rtcconfig.NodeIP":
        return _node_ip(kind, node, path)
    raise AssertionError(f"{kind.name} of {schema.version} reads itself in a way that is not known here")


def _no(kind: Type, node: Node, path: str, message: str) -> NoReturn:
    raise StopError(Problem("bad-value", message, node, path, kind.name))


def _port_range(kind: Type, node: Node, path: str) -> tuple[int, int]:
    """(start, end): 0 for what is not set. A collection has no text and is passed over in silence."""
    text = node.value
    if not text:
        return 0, 0
    if "-" in text:
        parts = text.split("-")
        if len(parts) != 2:
            _no(kind, node, path, f"invalid port range {text}, should be <start>-<end>")
        start, end = (gonumbers.atoi(part.strip(" ")) for part in parts)
        if start is None:
            _no(kind, node, path, f"invalid start port {parts[0]}")
        if end is None:
            _no(kind, node, path, f"invalid end port {parts[1]}")
        if end <= start:
            _no(kind, node, path, f"end port {end} must be greater than start port {start}")
        return start, end
    port = gonumbers.atoi(text)
    if port is None:
        _no(kind, node, path, f"invalid port {text}")
    return port, 0


def _node_ip(kind: Type, node: Node, path: str) -> tuple[str, str]:
    """(IPv4, IPv6): empty for what is not set."""
    if not node.value:
        return "", ""
    parts = node.value.split(",")
    if len(parts) > 2:
        _no(kind, node, path, f"invalid node ip {node.value}, should be <ipv4>,<ipv6>")
    four = six = ""
    for part in parts:
        address = gonumbers.ip(part.strip(" "))
        if address is None:
            _no(kind, node, path, f"invalid ip {part}")
        if isinstance(address, ipaddress.IPv4Address):
            if four:
                _no(kind, node, path, f"multiple ipv4 addresses provided: {four} and {address}")
            four = str(address)
        else:
            if six:
                _no(kind, node, path, f"multiple ipv6 addresses provided: {six} and {address}")
            six = str(address)
    return four, six
