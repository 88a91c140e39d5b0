"""A run of the checks as a Result: findings, counts, what came of each check, exit code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ..core import exits
from ..core.result import Finding, Result
from .context import Context
from .diagnosis import GRAVITY, Diagnosis, diagnose
from .model import Check
from .runner import Outcome
from .summary import paragraph


def as_result(
    command: str,
    context: Context,
    outcomes: Sequence[Outcome],
    *,
    asked: frozenset[str],
    strict: bool = False,
) -> Result:
    """What a run of the checks has to say.

    Args:
        asked: the ids of the checks that the user means; of the others only problems are told.
        strict: warnings fail, too.
    """
    shown = [_mendable(one) for one in outcomes if one.check.id in asked or not one.holds]
    found = diagnose(shown)
    said = paragraph(context, found)
    counts = Counter(finding.status for finding in found.findings)
    data: dict[str, Any] = {
        "mode": "url" if context.asked.url else "project",
        "checks": [_told(one) for one in shown],
        "causes": [
            {"id": cause.finding.id, "title": cause.finding.title, "symptoms": [s.id for s in cause.symptoms]}
            for cause in found.problems
        ],
        "counts": {status: counts[status] for status in GRAVITY},
        "summary": said,
    }
    return Result(
        command,
        findings=found.findings,
        data=data,
        closing=said,
        only_problems=True,
        exit_code=exit_code(found, strict=strict, of_server=context.asked.url is not None),
    )


def exit_code(found: Diagnosis, *, strict: bool, of_server: bool) -> int:
    """3 where the machine or the folder is not ready, else 1 for failures (with ``strict`` for warnings).

    Args:
        of_server: asked with ``--url``: then 5 where nothing fails, but the time was over before all was
            tried. Who sees 0 takes it that calls connect.
    """
    failed = [finding for finding in found.findings if finding.status == "fail"]
    if any(finding.evidence.get("not_ready") for finding in failed):
        return exits.NOT_READY
    warned = strict and any(finding.status == "warn" for finding in found.findings)
    if failed or warned:
        return exits.FAILED
    late = any(finding.evidence.get("late") for finding in found.findings)
    return exits.TIMEOUT if of_server and late else exits.OK


def _mendable(outcome: Outcome) -> Outcome:
    """With the command that mends what lkm mends by itself, where a finding has none of its own."""
    if outcome.check.fix is None:
        return outcome
    return replace(outcome, findings=tuple(map(_commanded, outcome.findings)))


def _commanded(finding: Finding) -> Finding:
    it = finding.fix
    if it is None or not it.safe or it.command or finding.status not in ("fail", "warn"):
        return finding
    return replace(finding, fix=replace(it, command="lkm doctor --fix"))


def _told(outcome: Outcome) -> dict[str, Any]:
    status = min((finding.status for finding in outcome.findings), key=GRAVITY.__getitem__)
    return {"id": outcome.check.id, "status": status, "seconds": round(outcome.seconds, 4)}


def described(check: Check) -> dict[str, Any]:
    """A check as JSON and `explain` show it."""
    return {
        "id": check.id,
        "title": check.title,
        "category": check.category,
        "modes": sorted(check.modes),
        "needs": list(check.needs),
        "network": check.network,
        "bound": check.seconds,
        "why": check.why,
        "source": check.source,
        "evidence": check.evidence,
        "remedy": check.remedy,
        "fixes": check.fix is not None,
        "faults": [{"fault": one.fault, "says": one.says, "plainly": one.plainly} for one in check.faults],
    }
