"""What a check of an app's code sees: a place, what is wrong there, and the edit that mends it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ...code.js.text import Edit
from ...core.result import Finding, Fix, Location, Status

if TYPE_CHECKING:
    from ...core.changes import ChangeSet, FileChange
    from ..context import Context
    from ..model import Check
    from .sources import Sources


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong.

    Args:
        status: ``fail`` for what is proven and breaks calls or security, ``warn`` for what is proven and
            may be meant, ``info`` for what could not be followed to its end.
        line, column: from 1; None for a file as a whole.
        remedy: what to do about it here.
        edits: of ``file``, where the right edit is provably this one.
        evidence: what was seen, JSON values only.
    """

    status: Status
    title: str
    file: str
    line: int | None = None
    column: int | None = None
    detail: str = ""
    remedy: str = ""
    edits: tuple[Edit, ...] = ()
    evidence: Mapping[str, Any] = field(default_factory=dict)


Analysis = Callable[["Sources"], Iterable[Problem]]


def report(check: Check, context: Context, look: Analysis) -> Iterator[Finding]:
    """The findings of a check: one for each problem, in the order of files and lines."""
    from .sources import of_context

    sources = of_context(context)
    with sources.lock:
        if context.asked.everything:
            sources.deadline = float("inf")
        try:
            problems = sorted(look(sources), key=lambda each: (each.file, each.line or 0, each.column or 0))
        except RecursionError:
            yield check.skip("a file is nested deeper than can be followed")
            return
    if sources.none and not problems:
        yield check.skip("there is no JavaScript or TypeScript in this project")
        return
    for each in problems:
        yield check.found(
            each.status,
            each.title,
            each.detail,
            at=Location(each.file, each.line, each.column),
            fix=Fix(each.remedy, safe=bool(each.edits)) if each.remedy else None,
            **each.evidence,
        )


def mend(context: Context, finding: Finding, title: str, look: Analysis) -> ChangeSet | None:
    """The change that mends one finding: what its problem carries, planned against the files as they are."""
    from ...core.changes import ChangeSet
    from .sources import of_context

    sources = of_context(context)
    with sources.lock:
        for each in look(sources):
            at = finding.location
            if (
                each.edits
                and at == Location(each.file, each.line, each.column)
                and each.title == finding.title
            ):
                return ChangeSet(title, context.root, (_change(sources, each),))
    return None


def _change(sources: Sources, problem: Problem) -> FileChange:
    from ...code.js.text import Text
    from ...core.changes import change

    path = sources.app.root / problem.file
    return change(path, Text(path.read_bytes()).splice(problem.edits))
