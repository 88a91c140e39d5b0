"""What `lkm flag show` shows to people."""

from __future__ import annotations

from collections.abc import Iterator

from ..core.result import Table
from ..flag.model import Site, stack_of
from ..flag.report import Report
from ..flag.settings import merged

_STACKS = {"livekit": "LiveKit", "mediasoup": "Mediasoup"}
_KINDS = {
    "truthy": "asked for any value",
    "schema": "declared",
    "type": "its type",
    "read": "passed on",
}


def tables(found: Report) -> list[Table]:
    """Who has which value, and where the code reads it."""
    who = tuple(_rows(found))
    out = [Table(("for", "", "value", "stack", "from"), who, found.name)] if who else []
    if found.sites:
        rows = tuple((f"{site.file}:{site.line}", _said(site)) for site in found.sites)
        out.append(Table(("read in", ""), rows))
    return out


def notes(found: Report) -> list[str]:
    """The verdict, and what was not looked at."""
    lines = []
    if found.value is None:
        lines.append("not the same everywhere: see the warnings")
    elif found.readers or found.found.services:
        lines.append(f"{found.name} is {found.value}: {_STACKS[stack_of(found.value)]}")
    if found.found.services and found.engine.why_not:
        lines.append(f"images and containers were not looked at: {found.engine.why_not}")
    return lines


def _said(site: Site) -> str:
    if site.kind == "decision":
        return f'{"!==" if site.negated else "==="} "{site.text}"'
    return _KINDS[site.kind]


def _rows(found: Report) -> Iterator[tuple[str, ...]]:
    shown = merged(found.found.packages)
    for reader in found.readers:
        mine = [each for each in shown if each.package == reader.folder]
        who = f"{reader.folder or '.'} ({reader.via})"
        for mode in _unset(found, reader.folder):
            yield who, mode, "–", "Mediasoup", "nobody sets it"
        for each in mine:
            stack = _STACKS[stack_of(each.value)] if each.wins else ""
            origin = found.where(each) + ("" if each.wins else " (another file wins)")
            yield who, each.mode, each.value or "–", stack, origin
    for setting in found.found.services:
        origin = found.where(setting) + (f" from ${{{setting.variable}}}" if setting.variable else "")
        yield setting.package, setting.how, setting.value or "–", _STACKS[stack_of(setting.value)], origin
    for seen in found.engine.services:
        who = f"service {seen.service}"
        if seen.built and not seen.development:
            # Nothing in the image names it where its last stage does not: then nobody can tell.
            known = seen.image is not None
            yield who, "image", seen.image or "?", _STACKS[stack_of(seen.image)] if known else "?", "built"
        if seen.runs and seen.container is not None:
            yield who, "container", seen.container, _STACKS[stack_of(seen.container)], "runs"


def _unset(found: Report, package: str) -> list[str]:
    """The modes in which nobody sets it; an empty one for both."""
    modes = [mode for mode in ("development", "production") if found.found.winner(package, mode) is None]
    return [""] if len(modes) == 2 else modes
