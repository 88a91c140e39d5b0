"""The sentence at the end: what works, what does not, why most likely, and what to change where."""

from __future__ import annotations

from collections.abc import Iterator

from .context import Context
from .diagnosis import Diagnosis


def paragraph(context: Context, diagnosis: Diagnosis) -> str:
    """One paragraph that a person can act on; empty where there is nothing to say beyond the findings."""
    if context.asked.url is not None:
        from .remote_summary import paragraph as of_server

        return of_server(context, diagnosis)
    return "\n".join((*_begin(diagnosis), *_late(diagnosis)))


def _begin(diagnosis: Diagnosis) -> Iterator[str]:
    problems = [cause for cause in diagnosis.problems if cause.finding.status == "fail"]
    if len(problems) > 1:
        yield f"{len(problems)} causes of failures; begin with the first: {problems[0].finding.title}"


def _late(diagnosis: Diagnosis) -> Iterator[str]:
    """What was not looked at although it applies: a count of skips alone would pass for all being well."""
    late = [finding for finding in diagnosis.findings if finding.evidence.get("late")]
    if late:
        ids = list(dict.fromkeys(finding.id for finding in late))
        what = ids[0] if len(ids) == 1 else f"{len(ids)} checks"
        local = any("--all" in finding.detail for finding in late)
        more = "lkm doctor --all waits" if local else "--timeout gives more"
        yield f"There was no time for {what} (-v says which): {more}"
