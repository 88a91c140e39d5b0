"""The scan as findings: one rule id for each sort of thing, for code scanning and annotations."""

from __future__ import annotations

from collections.abc import Iterator

from ..core.result import Finding, Fix, Location, Status
from .artefacts import WHAT
from .facts import Call, Site, called
from .inventory import Scan, Unread
from .rows import WORDS, row
from .words import flavour

_STATUS: dict[str, Status] = {"ask": "warn", "none": "warn", "unknown": "warn"}


def findings(scan: Scan) -> list[Finding]:
    """All findings, the most general first."""
    return [
        *_general(scan),
        *_questions(scan),
        *(_site(each) for each in scan.sites),
        *(_call(each) for each in scan.calls),
        *_messages(scan),
        *_artefacts(scan),
        *(_unread(each) for each in scan.unread),
    ]


def _general(scan: Scan) -> Iterator[Finding]:
    which = scan.version
    if which.flavour in ("v2", "library", "native", "leftover"):
        yield Finding(f"scan.flavour.{which.flavour}", "warn", flavour(scan), category="version")
    elif which.flavour == "none":
        yield Finding("scan.none", "ok", "no Mediasoup here", category="version")
    for each in which.unused:
        yield Finding(
            "scan.unused-dependency",
            "info",
            f"{each.name} is asked for and no file of this package imports it",
            category="version",
            location=Location(each.file, each.line),
            evidence={"name": each.name, "version": each.version},
        )


def _questions(scan: Scan) -> Iterator[Finding]:
    for each in scan.questions:
        first = each.places[0]
        yield Finding(
            f"scan.question.{each.id}",
            "warn",
            each.ask,
            each.why,
            category="questions",
            location=Location(first.file, first.line),
            evidence={"places": [place.to_dict() for place in each.places]},
        )


def _site(site: Site) -> Finding:
    names = f": {', '.join(site.names)}" if site.names else ""
    return Finding(
        "scan.import",
        "info",
        f"{site.kind} of {site.specifier}{names}",
        category="imports",
        location=Location(site.file, site.line, site.column),
        evidence={"kind": site.kind, "specifier": site.specifier, "names": list(site.names)},
    )


def _call(call: Call) -> Finding:
    found = row(call.row)
    action = found.action if found else "unknown"
    said = WORDS[found.action] if found else "unknown to the mapping"
    return Finding(
        f"scan.call.{action}",
        _STATUS.get(action, "info"),
        f"{called(call)}: {said}",
        call.why,
        category="calls",
        location=Location(call.file, call.line, call.column),
        evidence={"row": call.row, "confidence": call.confidence},
        fix=Fix(found.livekit) if found else None,
    )


def _messages(scan: Scan) -> Iterator[Finding]:
    for each in scan.messages:
        ends = each.answered or each.sent
        found = row(each.row)
        if found is None:
            continue
        yield Finding(
            "scan.message",
            "info",
            f'signalling message "{each.name}" ({each.direction.replace("-", " ")}): {found.topic.lower()}',
            category="messages",
            location=Location(ends[0].file, ends[0].line),
            evidence={"row": each.row},
            fix=Fix(each.livekit),
        )


def _artefacts(scan: Scan) -> Iterator[Finding]:
    for each in scan.artefacts:
        words = ", ".join(dict.fromkeys(hit.word for hit in each.hits))
        yield Finding(
            f"scan.artefact.{each.kind}",
            "info",
            f"{WHAT[each.kind]}: {words[:200]}",
            category="artefacts",
            location=Location(each.file, each.lines[0] if each.lines else None),
            evidence={"lines": each.lines},
        )


def _unread(each: Unread) -> Finding:
    return Finding(
        f"scan.unread.{each.kind}",
        "warn",
        f"not read, or not all of it: {each.why}",
        category="unread",
        location=Location(each.file, each.line),
    )
