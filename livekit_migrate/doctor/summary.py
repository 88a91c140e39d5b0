"""The sentence at the end: what works, what does not, why most likely, and what to change where."""

from __future__ import annotations

from .context import Context
from .diagnosis import Diagnosis


def paragraph(context: Context, diagnosis: Diagnosis) -> str:
    """One paragraph that a person can act on; empty where there is nothing to say beyond the findings."""
    if context.asked.url is not None:
        from .remote_summary import paragraph as of_server

        return of_server(context, diagnosis)
    problems = [cause for cause in diagnosis.problems if cause.finding.status == "fail"]
    if len(problems) < 2:
        return ""
    return f"{len(problems)} causes of failures; begin with the first: {problems[0].finding.title}"
