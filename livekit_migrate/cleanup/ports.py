"""Ports that close with the old stack: those that only variables nobody reads any more have named."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..scan.kinds import kind_of
from .work import Work

_PORT = re.compile(r"(?:^|_)PORT(?:S)?(?:_|$)")
_LOW = re.compile(r"(?:MIN|START|FROM|LOW)")
_NUMBER = re.compile(r"(?<!\d)(\d{4,5})(?!\d)")
_RANGE = re.compile(r"(?<!\d)(\d{4,5})\s*-\s*(\d{4,5})(?!\d)")


def closing(work: Work) -> frozenset[str]:
    """The ports and ranges (``40000-49999``) that only variables which go have named."""
    unread = {*work.variables, *work.tested}
    gone = [name for name in sorted(unread) if _PORT.search(name)]
    values = {name: _values(work, name) for name in gone}
    taken = _taken(work, unread)
    found = {value for each in values.values() for value in each} - taken
    for low in (name for name in gone if _LOW.search(name)):
        high = re.sub(
            r"MIN|START|FROM|LOW",
            lambda m: {"MIN": "MAX", "START": "END", "FROM": "TO", "LOW": "HIGH"}[m[0]],
            low,
            count=1,
        )
        found |= {f"{a}-{b}" for a in values.get(low, ()) for b in values.get(high, ()) if int(a) < int(b)}
    return frozenset(found)


def _values(work: Work, name: str) -> set[str]:
    """The port numbers that a variable has anywhere: .env files, Compose files, defaults in code."""
    found: set[str] = set()
    for file in work.env_values:
        read = file.get(name)
        found |= set(_NUMBER.findall(read.value)) if read else set()
    assigned = re.compile(
        rf"(?<![\w]){re.escape(name)}\b[\"']?\s*(?:[=:]|\?\?|\|\||\))?\s*[^\n;{{}}]{{0,120}}?(?<!\d)(\d{{4,5}})(?!\d)"
    )
    needle = name.encode()
    for path in work.app.tree.files:
        if kind_of(path) in ("docs", "lockfile"):
            continue
        data = work.before(path)
        if data and len(data) < 1_000_000 and needle in data:
            found |= {m[1] for m in assigned.finditer(data.decode("utf-8", "replace"))}
    return found


def _taken(work: Work, gone: set[str]) -> set[str]:
    """Ports that variables which stay have in the .env files: theirs stay open."""
    found: set[str] = set()
    for file in work.env_values:
        for value in file.values:
            if value.name not in gone and _PORT.search(value.name):
                found |= set(_NUMBER.findall(value.value))
    return found


def closes(text: str, ports: Iterable[str], variables: Iterable[str]) -> bool:
    """Whether a port mapping (``127.0.0.1:4001:4001/udp``, ``${SFU_PORT:-4001}:4001``) is one of those."""
    if any(re.search(rf"\$\{{?{re.escape(name)}\b", text) for name in variables):
        return True
    plain = re.sub(r"\$\{\w+:?-([^}]*)\}", r"\1", text)
    target = plain.partition("/")[0].rpartition(":")[2].strip()
    return target in set(ports)


def within(text: str, ranges: Iterable[str]) -> bool:
    """Whether a mapping's target is one of the ports or inside one of the ranges."""
    plain = re.sub(r"\$\{\w+:?-([^}]*)\}", r"\1", text)
    target = plain.partition("/")[0].rpartition(":")[2].strip()
    low, _, high = target.partition("-")
    if not low.isdecimal() or (high and not high.isdecimal()):
        return False
    for each in ranges:
        start, _, end = each.partition("-")
        if int(start) <= int(low) and int(high or low) <= int(end or start):
            return True
    return False
