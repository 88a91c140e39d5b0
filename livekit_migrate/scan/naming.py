"""Calls whose receiver nothing was found out about, by what it and the method are called."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from . import api
from .facts import Call

if TYPE_CHECKING:
    from .solve import Solver

TRAIL = re.compile(r"(?:\??\.?\[[^\]]*\]|!|\)|\??\.get\([^()]*\)|\??\.(?:current|value|find)(?:\(.*)?)+$")
LAST = re.compile(r"(\w+)\W*$")
# Web workers, HTTP routers and hardware have these too.
SIDES: tuple[api.Side, ...] = ("server", "client")
COMMON = ("Router", "Worker", "Device")


def inferred(solver: Solver, found: list[Call]) -> list[Call]:
    """The calls that only their names speak for, in files that have to do with Mediasoup."""
    sides = _sides(solver)
    known = {(call.file, call.line, call.column, call.method) for call in found}
    calls: list[Call] = []
    for (path, place), node in sorted(solver.receivers.items()):
        if (path, place) in solver.found or solver.held[node] or path not in sides:
            continue
        line, column, receiver, method, event, hint = solver.files[path].unit.places[place]
        if (path, line, column, method) in known or receiver in ("", "this", "super"):
            continue
        guess = _guess(receiver, method, event, sides[path])
        if guess is None:
            continue
        side, kind = guess
        row = 45 if hint == "encodings" and side == "client" else api.method_row(side, kind, method, event)
        why = f"named like a {kind}, in a file that has to do with Mediasoup"
        calls.append(Call(path, line, column, receiver, method, kind, side, row, "inferred", event, why))
    return calls


def _guess(receiver: str, method: str, event: str, sides: set[str]) -> tuple[api.Side, str] | None:
    if method in api.UNIQUE:
        return api.UNIQUE[method]
    plain = TRAIL.sub("", receiver)
    last = LAST.search(plain)
    if last is None:
        return None
    name = last[1].lower().replace("_", "").rstrip("s0123456789")
    for ending, kind in api.NAMED:
        if not name.endswith(ending):
            continue
        for side in SIDES:
            if side not in sides or kind not in api.APIS[side]:
                continue
            if method in api.EVENTS:
                if kind not in COMMON and event in api.EVENT_ROWS[side]:
                    return side, kind
            elif method in api.APIS[side][kind].methods:
                return side, kind
        return None
    return None


def _sides(solver: Solver) -> dict[str, set[str]]:
    """For each file that has to do with Mediasoup, the sides that it has to do with.

    A file has to do with it when it has a site, or when it and a file that has are connected by imports, at
    most three steps apart. A script that imports nothing shares a page with others, so it always may.
    """
    direct: dict[str, set[str]] = {}
    links: dict[str, set[str]] = defaultdict(set)
    everywhere: set[str] = set()
    for path, facts in solver.files.items():
        here = {site.side for site in facts.sites if site.family == "mediasoup"}
        if here:
            direct[path] = set(here)
            everywhere |= here
        for specifier in facts.imports:
            target = solver.resolve(path, specifier)
            if target is not None and target in solver.files:
                links[path].add(target)
                links[target].add(path)
    reached = {path: set(sides) for path, sides in direct.items()}
    edge = dict(direct)
    for _ in range(3):
        following: dict[str, set[str]] = {}
        for path, sides in edge.items():
            for other in links[path]:
                new = sides - reached.get(other, set())
                if new:
                    reached.setdefault(other, set()).update(new)
                    following.setdefault(other, set()).update(new)
        edge = following
    for path, facts in solver.files.items():
        if path not in reached and not facts.imports and not links[path] and facts.unit.globals:
            reached[path] = set(everywhere)
    return reached
