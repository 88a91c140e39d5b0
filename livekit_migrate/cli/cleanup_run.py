"""What `lkm cleanup` and its alias do: plan, show, verify, make the locks, carry out."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.errors import LkmError, UsageError
from ..core.report import Reporter
from ..core.result import Finding, Result, Table
from .base import Run

if TYPE_CHECKING:
    from ..cleanup.plan import Plan
    from ..cleanup.recipe import Recipe


_LINTS = 20  # of the reasons why the new stack cannot work, in an error


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The options of one cleanup, as the command line has them."""

    recipe: str
    folder: Path | None
    apply: bool
    name: Sequence[str]
    value: str
    old: Sequence[str]
    only: Sequence[str]
    skip: Sequence[str]
    unsafe: bool
    cut: bool
    twin: bool
    mark: bool
    env_files: bool
    patch: Path | None
    check: bool
    verify: str
    force: bool
    allow_dirty: bool
    words: str
    """The command that was typed, without its options."""

    @property
    def typed(self) -> str:
        """The command to type again, with all that decides what it does: the title of the change."""
        parts = [self.words]
        for option, values in (
            ("old", self.old),
            ("only", self.only),
            ("skip", self.skip),
            ("name", self.name),
        ):
            parts += [f"--{option} {shlex.quote(value)}" for value in values]
        if self.name and self.value != "true":
            parts.append(f"--value {shlex.quote(self.value)}")
        switches = {
            "unsafe": self.unsafe,
            "cut": self.cut,
            "twin": self.twin,
            "mark": self.mark,
            "env-files": self.env_files,
        }
        parts += [f"--{option}" for option, on in switches.items() if on]
        if self.folder is not None:
            parts.append(shlex.quote(str(self.folder)))
        return " ".join(parts)


def listed(run: Run) -> Result:
    """`lkm cleanup list`."""
    from ..cleanup import recipe

    found = [recipe.load(name) for name in recipe.names()]
    rows = tuple((each.name, each.text) for each in found)
    data = {"recipes": [{"name": each.name, "text": each.text} for each in found]}
    return Result(run.command, data=data, tables=[Table(("recipe", "takes out"), rows)])


def clean(run: Run, wanted: Wanted) -> Result:
    """One cleanup.

    Raises:
        UsageError: options that do not fit together, an unknown recipe or rule.
        LkmError: it was refused: files with changes of their own, something that cannot work yet.
    """
    from ..cleanup import report
    from ..cleanup.marks import plan_marks
    from ..cleanup.plan import make_plan
    from ..cleanup.verify import verify

    recipe = _recipe(run, wanted)
    chosen = _chosen(wanted)
    root = (run.started_in(wanted.folder) if wanted.folder is not None else run.settings.root).absolute()
    reporter = run.reporter if sys.stderr.isatty() else Reporter()
    plan = make_plan(
        root,
        recipe,
        chosen,
        reporter,
        title=wanted.typed,
        real_env=wanted.env_files,
        residual_twin=wanted.twin,
    )
    plan_marks(plan.work, add=wanted.mark)
    if wanted.apply:
        _refuse_lints(plan, wanted)
    if wanted.apply or wanted.check or wanted.patch:
        _plan_locks(plan, reporter)
    seen = plan.fold.references or plan.fold.listed or plan.fold.refusals
    if wanted.name and not seen and chosen.wants("flag"):
        names = ", ".join(dict.fromkeys(wanted.name))
        run.reporter.note(f"{names}: no code here reads it; a typo, or it is gone already")
    extra = verify(plan.work, wanted.verify, reporter)
    found = [*report.findings(plan, forced=wanted.force), *extra]
    if wanted.apply:
        return _applied(run, wanted, plan, found, extra)
    return _shown(run, wanted, plan, found, extra)


def _plan_locks(plan: Plan, reporter: Reporter) -> None:
    from ..cleanup.locks import plan_locks

    with reporter.step("locks"):
        plan_locks(plan.work)


def _recipe(run: Run, wanted: Wanted) -> Recipe:
    from ..cleanup import recipe as recipes

    base = run.root if run.root is not None else None
    recipe = recipes.load(wanted.recipe, base)
    recipe = recipe.with_flags(recipes.Flag(name, wanted.value) for name in wanted.name)
    recipe = recipe.with_files(wanted.old) if wanted.old else recipe
    if recipe.needs_flag and not recipe.flags:
        raise UsageError(
            "which flag? --name is missing",
            code="usage",
            hint=f"lkm cleanup {wanted.recipe} --name NEXT_PUBLIC_NEW_CALL --value true",
        )
    return recipe


def _chosen(wanted: Wanted):  # type: ignore[no-untyped-def]
    from ..cleanup.work import STEPS, Chosen

    for word in (*wanted.only, *wanted.skip):
        if word.partition(".")[0] not in STEPS:
            raise UsageError(
                f"{word}: no such step or rule",
                code="usage",
                detail=f"steps: {', '.join(STEPS)}; a rule is STEP.NAME, as the report has it",
            )
    return Chosen(frozenset(wanted.only), frozenset(wanted.skip), wanted.unsafe, wanted.cut)


def _refuse_lints(plan: Plan, wanted: Wanted) -> None:
    if wanted.force or not plan.lints:
        return
    lines = [
        f"{each.file}:{each.line or 1}: {each.title}" + (f" ({each.reason})" if each.reason else "")
        for each in plan.lints
    ]
    more = len(lines) - _LINTS
    if more > 0:
        lines = [*lines[:_LINTS], f"and {more} more: `{wanted.typed} --format md` has all of them"]
    unbuilt = any(each.rule == "lint.no-new-stack" for each in plan.lints)
    raise LkmError(
        f"{plan.work.recipe.new or 'what stays'} cannot work yet: nothing was changed",
        code="cleanup.not-ready",
        detail="\n".join(lines),
        hint=("bring it in first (`lkm init`)" if unbuilt else "mend that first")
        + "; --force goes ahead all the same",
    )


def _applied(run: Run, wanted: Wanted, plan: Plan, found: list[Finding], extra: list[Finding]) -> Result:
    from ..cleanup import report
    from ..cleanup.repository import check
    from ..core import journal
    from ..core.settings import find_root

    if any(each.status == "fail" for each in extra) and not wanted.force:
        data = {**report.shape(plan), "dry_run": True}
        run.reporter.note("nothing was changed: the app's own tools see new problems; --force goes ahead")
        return Result(
            run.command, findings=found, data=data, document=report.report(plan, extra, applied=False)
        )
    home, _ = find_root(plan.root)
    changes = plan.changes(home)
    notes: list[str] = []
    if not changes.empty:
        notes += check(plan.root, sorted(plan.work.after), allow_dirty=wanted.allow_dirty)
        done = journal.apply(
            changes, tidy=True, on_wait=lambda holder: run.reporter.note(f"waiting for another lkm: {holder}")
        )
        where = "" if home == run.settings.root else f" -C {home}"
        notes += [*done.notes, f"lkm undo{where} takes all of it back"]
        notes.append("install anew, so that what went is gone from node_modules too")
    data = {**report.shape(plan), "dry_run": False, "diff": changes.diff()}
    return Result(
        run.command,
        findings=found,
        data=data,
        notes=notes,
        summary=report.summary(plan, applied=not changes.empty),
        document=report.report(plan, extra, applied=not changes.empty),
    )


def _shown(run: Run, wanted: Wanted, plan: Plan, found: list[Finding], extra: list[Finding]) -> Result:
    from ..cleanup import report
    from ..core.files import write_atomic
    from ..core.settings import find_root

    changes = plan.changes(find_root(plan.root)[0])
    diff = changes.diff()
    notes = []
    if wanted.patch is not None:
        write_atomic(wanted.patch.absolute(), diff.encode("utf-8"))
        notes.append(f"wrote {wanted.patch}: git apply {wanted.patch}")
    elif not plan.empty:
        notes.append(f"nothing was changed; to do it: {wanted.typed} --apply")
    still = report.left(plan)
    code = None
    if wanted.check:
        code = 1 if still or not plan.empty else 0
    data = {**report.shape(plan), "dry_run": True, "diff": diff}
    return Result(
        run.command,
        findings=found,
        data=data,
        payload=diff or None if wanted.patch is None else None,
        notes=notes,
        summary=report.summary(plan, applied=False),
        document=report.report(plan, extra, applied=False),
        exit_code=code,
    )
