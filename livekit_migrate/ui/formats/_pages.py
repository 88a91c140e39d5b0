"""What the page formats show of a Result: its own report, or one made of its findings."""

from __future__ import annotations

from ...core.document import Block, Document, Grid, Heading, Paragraph, code
from ...core.result import Result
from . import Roots, error_text, message, reported


def page(result: Result, roots: Roots) -> Document:
    """The document; an error comes first."""
    if result.document is not None:
        return result.document
    blocks: list[Block] = []
    if result.error:
        blocks.append(Paragraph(error_text(result.error), strong=True))
    found = list(reported(result))
    if found:
        rows = [
            (
                finding.status,
                code(str(finding.location)) if finding.location else "",
                message(finding, roots),
                code(finding.id),
            )
            for finding in found
        ]
        blocks += [Heading("Findings"), Grid(("", "where", "what", "rule"), rows)]
    elif not result.error:
        blocks.append(Paragraph("Nothing to report."))
    return Document(f"lkm {result.command}", tuple(blocks))
