"""Calls whose receiver nothing was found out about, by what it and the method are called."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from . import api
from .facts import Call
from .reach import Links, sides

if TYPE_CHECKING:
    from .solve import Solver

TRAIL = re.compile(r"(?:\??\.?\[[^\]]*\]|!|\)|\??\.get\([^()]*\)|\??\.(?:current|value|find)(?:\(.*)?)+$")
LAST = re.compile(r"(\w+)\W*$")
# Web workers, HTTP routers and hardware have these too.
# How far a file may be, by imports, from one that imports Mediasoup.
STEPS = 3
SIDES: tuple[api.Side, ...] = ("server", "client")
COMMON = ("Router", "Worker", "Device")


def inferred(solver: Solver, links: Links, found: list[Call]) -> list[Call]:
    """The calls that only their names speak for, in files that have to do with Mediasoup."""
    near = sides(solver.files, links, STEPS)
    known = {(call.file, call.line, call.column, call.method) for call in found}
    calls: list[Call] = []
    for (path, place), node in sorted(solver.receivers.items()):
        if (path, place) in solver.found or solver.held[node] or path not in near:
            continue
        line, column, receiver, method, event, hint = solver.files[path].unit.places[place]
        if (path, line, column, method) in known or receiver in ("", "this", "super"):
            continue
        guess = _guess(receiver, method, event, near[path])
        if guess is None:
            continue
        side, kind = guess
        row = 45 if hint == "encodings" and side == "client" else api.method_row(side, kind, method, event)
        why = f"named like a {kind}, in a file that has to do with Mediasoup"
        calls.append(Call(path, line, column, receiver, method, kind, side, row, "inferred", event, why))
    return calls


def _guess(receiver: str, method: str, event: str, here: set[str]) -> tuple[api.Side, str] | None:
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
            if side not in here or kind not in api.APIS[side]:
                continue
            if method in api.EVENTS:
                if kind not in COMMON and event in api.EVENT_ROWS[side]:
                    return side, kind
            elif method in api.APIS[side][kind].methods:
                return side, kind
        return None
    return None
