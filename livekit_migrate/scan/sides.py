"""Which side an inferred call is on: a name says Producer, the package around it says whose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from ..app.look import App
from .api import APIS, method_row
from .facts import Call, Site

Side = Literal["server", "client"]


def settled(app: App, sites: Sequence[Site], calls: Sequence[Call]) -> tuple[Call, ...]:
    """The calls; one that is only inferred takes the side that its file, else its package, imports.

    Both sides have a Transport, a Producer and a Consumer, and a field of that name elsewhere in the
    repository may be the other side's.
    """
    by_file: dict[str, set[str]] = {}
    by_package: dict[str, set[str]] = {}
    for site in sites:
        by_file.setdefault(site.file, set()).add(site.side)
        owner = app.package_of(site.file)
        by_package.setdefault(owner.folder if owner else "", set()).add(site.side)

    def side_of(call: Call) -> Side | None:
        owner = app.package_of(call.file)
        for sides in (by_file.get(call.file), by_package.get(owner.folder if owner else "")):
            if sides == {"client"}:
                return "client"
            if sides == {"server"}:
                return "server"
        return None

    return tuple(_moved(call, side_of(call)) if call.confidence == "inferred" else call for call in calls)


def _moved(call: Call, side: Side | None) -> Call:
    if side is None or call.side in (side, "signalling") or call.type not in APIS[side]:
        return call
    return replace(call, side=side, row=method_row(side, call.type, call.method, call.event))
