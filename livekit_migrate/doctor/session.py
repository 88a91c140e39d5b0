"""One whole `lkm doctor`: run the checks, mend what may be mended, look again."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ..core.changes import ChangeSet
from ..core.errors import ConfigError
from ..core.report import Reporter
from ..core.result import Finding
from . import registry
from .context import Asked, Context
from .model import Check, Mode
from .runner import Outcome, run

_ROUNDS = 4
"""Two mends of one file are made one after the other, each with a look in between."""


@dataclass(frozen=True, slots=True)
class Mended:
    """What was changed. ``changes``: the journal's ids, in their order."""

    changes: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    diff: str = ""
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Session:
    """What came of it: the last look, and what was mended before it."""

    context: Context
    outcomes: tuple[Outcome, ...]
    asked: frozenset[str]
    mended: Mended = field(default_factory=Mended)


def examine(
    asked: Asked,
    reporter: Reporter,
    *,
    only: Sequence[str] = (),
    skip: Sequence[str] = (),
    fix: bool = False,
    unsafe: bool = False,
) -> Session:
    """Run the checks that are meant.

    Args:
        fix: carry out the safe fixes, then look again.
        unsafe: with it all fixes.

    Raises:
        UsageError: a name in ``only`` or ``skip`` is no check and no category.
        ConfigError: a file that is to be mended changed meanwhile, or cannot be written.
    """
    mode: Mode = "project" if asked.url is None else "url"
    if asked.url is not None:
        from .checks._remote import prepare

        prepare(asked)
    checks, wanted = registry.select(registry.all_checks(), mode, only, skip)
    context = Context(asked)
    outcomes = _look(checks, context, reporter)
    mended = Mended()
    for _ in range(_ROUNDS if fix else 0):
        plan, findings = planned(context, outcomes, unsafe=unsafe)
        if plan.empty:
            break
        mended = _carry_out(plan, findings, mended, reporter)
        context = Context(asked)
        outcomes = _look(checks, context, reporter)
    return Session(context, outcomes, wanted, mended)


def _look(checks: Sequence[Check], context: Context, reporter: Reporter) -> tuple[Outcome, ...]:
    with reporter.step(f"{len(checks)} checks") as step:
        outcomes = run(checks, context, step)
        step.finish(status="info")  # they were done; what they found is said below
    return outcomes


def planned(
    context: Context, outcomes: Sequence[Outcome], *, unsafe: bool
) -> tuple[ChangeSet, tuple[Finding, ...]]:
    """What would mend the findings, each file at most once."""
    plan = ChangeSet("lkm doctor --fix", context.root)
    used: list[Finding] = []
    for finding, change in _changes(context, outcomes, unsafe=unsafe):
        taken = {one.path for one in plan.changes}
        if not change.empty and not any(one.path in taken for one in change.changes):
            plan += change
            used.append(finding)
    return plan, tuple(used)


def _changes(
    context: Context, outcomes: Sequence[Outcome], *, unsafe: bool
) -> Iterator[tuple[Finding, ChangeSet]]:
    for outcome in outcomes:
        for finding in outcome.findings:
            if outcome.check.fix is None or finding.status not in ("fail", "warn"):
                continue
            if not unsafe and not (finding.fix and finding.fix.safe):
                continue
            with contextlib.suppress(ConfigError):  # a file that must be edited by hand stays a finding
                change = outcome.check.fix(context, finding)
                if change is None:
                    continue
                yield finding, change


def _carry_out(plan: ChangeSet, findings: Sequence[Finding], before: Mended, reporter: Reporter) -> Mended:
    from ..core.journal import apply

    diff = plan.diff()
    applied = apply(plan, on_wait=lambda who: reporter.note(f"waiting for another lkm: {who}"))
    for line in (*applied.notes, *diff.splitlines()):
        reporter.note(line)
    for finding in findings:
        reporter.note(f"mended: {finding.title}")
    reporter.note("undo: lkm undo")
    return Mended(
        (*before.changes, applied.id),
        tuple(dict.fromkeys((*before.files, *applied.files))),
        before.diff + diff,
        (*before.findings, *(finding.id for finding in findings)),
    )
