"""A check in words: for `lkm doctor explain` and for docs/checks.md, which is made of all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..core.document import Block, Document, Grid, Heading, Item, Items, Paragraph, code
from .model import CATEGORIES, Check


def blocks(check: Check, level: int = 2) -> tuple[Block, ...]:
    """Why it matters, what to look for, how it is mended, where that is from."""
    found: list[Block] = [
        Paragraph(check.why),
        Heading("What to look for", level),
        Paragraph(check.evidence),
        Heading("How it is mended", level),
        Paragraph(check.remedy),
        Heading("Where this is from", level),
        Paragraph(check.source),
    ]
    if check.needs:
        found += [Heading("Needs", level), Paragraph(", ".join(code(name) for name in check.needs))]
    if check.faults:
        rows = [
            Item(one.fault, (f"lkm doctor says: {one.says}", f"with plain tools: {one.plainly}"))
            for one in check.faults
        ]
        found += [Heading("Faults", level), Items(rows)]
    return tuple(found)


def _rows(checks: Sequence[Check]) -> list[tuple[str, str, str]]:
    return [
        (f"{one.fault} (recorded)" if one.recorded else one.fault, one.says, one.plainly)
        for check in checks
        for one in check.faults
    ]


def page(checks: Sequence[Check]) -> Document:
    """docs/checks.md: every check by category, then the table of faults."""
    return Document("Checks of lkm doctor", tuple(_page(checks)))


_NOTE = (
    'Made of the checks themselves: `make test ARGS="tests/docs --update-golden"` writes it anew. '
    "How `lkm doctor` is used stands in [doctor.md](doctor.md)."
)


def _page(checks: Sequence[Check]) -> Iterator[Block]:
    yield Paragraph("Each check of `lkm doctor`, as `lkm doctor explain ID` tells it.")
    for category in CATEGORIES:
        here = [check for check in checks if check.category == category]
        if not here:
            continue
        yield Heading(category)
        for check in here:
            yield Heading(f"{code(check.id)}: {check.title}", 3)
            yield Paragraph(check.why)
            ways = ("look by hand: " + check.evidence, "mend: " + check.remedy, "source: " + check.source)
            needs = [f"needs: {', '.join(code(name) for name in check.needs)}"] if check.needs else []
            yield Items([Item(text) for text in (*ways, *needs)])
    rows = _rows(checks)
    if rows:
        yield Heading("Faults and what they look like")
        yield Paragraph(
            "Tests make each of these faults and look at what is said: in files and code, and with real "
            "servers, networks, proxies and engines where something has to run. For those marked as recorded "
            "they judge what another system, place, clock or network said."
        )
        yield Grid(("fault", "lkm doctor says", "the same with plain tools"), rows)
