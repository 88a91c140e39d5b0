"""`lkm doctor --report`: what an issue tracker needs, as a page; the mask goes over it when it is written."""

from __future__ import annotations

import platform
from collections.abc import Iterator

from .. import __version__
from ..core.document import Block, Document, Grid, Heading, Paragraph, code
from ..core.result import Finding, Result
from .session import Session


def document(session: Session, result: Result) -> Document:
    """The page: versions, problems with their evidence, then every check in one table."""
    return Document("lkm doctor", tuple(_blocks(session, result)))


def versions(session: Session) -> tuple[tuple[str, str], ...]:
    """What runs here, as far as the checks have seen it."""
    asked = session.context.asked
    seen = {finding.id: finding for one in session.outcomes for finding in one.findings}
    rows = [
        ("lkm", __version__),
        ("Python", platform.python_version()),
        ("system", f"{platform.system()} {platform.release()} {platform.machine()}"),
    ]
    named = ("docker.engine", "docker.compose", "remote.version")
    rows += [(name, seen[name].title) for name in named if name in seen and seen[name].status == "ok"]
    if asked.settings:
        rows.append(("server.version", asked.settings.text("server.version")))
    if asked.url:
        rows.append(("asked about", asked.url))
    return tuple(rows)


def _blocks(session: Session, result: Result) -> Iterator[Block]:
    yield Grid(("", ""), [(name, code(value)) for name, value in versions(session)])
    problems = [finding for finding in result.findings if finding.status in ("fail", "warn")]
    yield Heading("Problems")
    if not problems:
        yield Paragraph("None.")
    for finding in problems:
        yield from _problem(finding)
    if result.closing:
        yield Paragraph(result.closing, strong=True)
    yield Heading("All checks")
    rows = [
        (finding.status, code(finding.id), finding.title, finding.detail if finding.status == "skip" else "")
        for finding in result.findings
    ]
    yield Grid(("", "check", "", ""), rows)


def _problem(finding: Finding) -> Iterator[Block]:
    where = f" ({code(str(finding.location))})" if finding.location else ""
    yield Heading(f"{finding.status}: {finding.title}", 3)
    yield Paragraph(f"{code(finding.id)}{where}" + (f" {finding.detail}" if finding.detail else ""))
    if finding.fix:
        yield Paragraph(
            f"→ {finding.fix.text}" + (f": {code(finding.fix.command)}" if finding.fix.command else "")
        )
    if finding.evidence:
        yield Grid(("evidence", ""), [(key, code(str(value))) for key, value in finding.evidence.items()])
