"""What a cleanup says: findings for programs, one screen for the terminal, a page for a reviewer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from ..core.counting import count
from ..core.document import Block, Document, Grid, Heading, Item, Items, Paragraph, code
from ..core.result import Finding, Fix, Location, Status
from .plan import Plan
from .work import STEPS, Decision

_FILES = 12
_OPEN = 15
# What ends in exit code 1 whatever else happens: something was not looked at, or is wrong now.
_FAILS = ("flag.unread", "locks.stale", "code.dangling")
_WORDS = {"safe": "safe", "unsafe": "unsafe", "refuse": "yours"}


def findings(plan: Plan, *, forced: bool = False) -> list[Finding]:
    """A finding for each decision, in the order of the steps.

    Args:
        forced: what cannot work yet is a warning, no failure.
    """
    order = {step: number for number, step in enumerate(("lint", *STEPS))}
    ranked = sorted(plan.decisions, key=lambda d: (order.get(d.step, 99), d.file, d.line or 0))
    return [_finding(each, forced=forced) for each in ranked]


def _finding(each: Decision, *, forced: bool) -> Finding:
    evidence: dict[str, Any] = {"grade": each.grade, "planned": each.done}
    texts = {"before": each.before, "after": each.after, "equivalent": each.equivalent}
    evidence.update({key: value for key, value in texts.items() if value})
    fix = Fix(each.after) if each.rule == "locks.stale" and each.after else None
    fix = fix or (Fix(f"use {each.equivalent}") if each.equivalent else None)
    return Finding(
        f"cleanup.{each.rule}",
        _status(each, forced=forced),
        each.title,
        each.reason,
        category=each.step,
        location=Location(each.file, each.line),
        evidence=evidence,
        fix=fix,
    )


def _status(each: Decision, *, forced: bool) -> Status:
    if each.rule in _FAILS:
        return "fail"
    if each.step == "lint":
        return "warn" if forced else "fail"
    if each.done:
        return "info" if each.grade == "safe" else "warn"
    return "info" if each.step == "texts" else "warn"


def left(plan: Plan) -> list[Decision]:
    """What a person must decide: everything that stays but text, which is only listed."""
    return [each for each in plan.decisions if not each.done and each.step not in ("texts", "lint")]


def shape(plan: Plan) -> dict[str, Any]:
    """``data`` of the JSON document."""
    work = plan.work
    rules: dict[str, list[str]] = {}
    for each in plan.decisions:
        if each.done and each.rule not in rules.setdefault(each.file, []):
            rules[each.file].append(each.rule)
    return {
        "recipe": work.recipe.name,
        "flags": [{"name": flag.name, "value": flag.value} for flag in work.recipe.flags],
        "references": plan.fold.references,
        "folded": plan.fold.folded,
        "files": [
            {
                "path": path,
                "action": _action(plan, path),
                "rules": rules.get(path, []),
            }
            for path in sorted(work.after)
        ],
        "packages": work.packages,
        "variables": work.variables,
        "services": list(dict.fromkeys(work.services)),
        "decisions": [
            {
                "rule": each.rule,
                "grade": each.grade,
                "planned": each.done,
                "file": each.file,
                "line": each.line,
                "title": each.title,
                "reason": each.reason,
            }
            for each in plan.decisions
        ],
    }


def _action(plan: Plan, path: str) -> str:
    if plan.work.after[path] is None:
        return "delete"
    return "edit" if path in plan.work.app.files else "create"


def headline(plan: Plan, *, applied: bool) -> str:
    """One sentence on how much there is."""
    work = plan.work
    gone = len(work.removed)
    edited = len(work.after) - gone
    stays = len(left(plan))
    if plan.empty:
        return "Nothing to clean up" + (f"; {count(stays, 'place')} for a person" if stays else "")
    parts = [f"{count(edited, 'file')} to edit"] if edited else []
    parts += [f"{count(gone, 'file')} to delete"] if gone else []
    if applied:
        parts = [f"edited {count(edited, 'file')}"] if edited else []
        parts += [f"deleted {count(gone, 'file')}"] if gone else []
    said = " and ".join(parts)
    return f"{'Applied' if applied else 'Dry run'}: {said}" + (
        f"; {count(stays, 'place')} for a person" if stays else ""
    )


def summary(plan: Plan, *, applied: bool) -> Document:
    """One screen."""
    blocks: list[Block] = [Grid(("step", "planned" if not applied else "carried out", "left"), _steps(plan))]
    if plan.lints:
        what = plan.work.recipe.new or "what stays"
        blocks.append(Heading(f"{what} cannot work yet"))
        shown = [_item(each) for each in plan.lints[:_OPEN]]
        rest = len(plan.lints) - _OPEN
        shown += [Item(f"and {rest} more: `--format md` or `html` has all of them")] if rest > 0 else []
        blocks.append(Items(shown))
    if plan.work.removed:
        shown = [Item(code(path)) for path in plan.work.removed[:_FILES]]
        rest = len(plan.work.removed) - _FILES
        shown += [Item(f"and {count(rest, 'more file')}")] if rest > 0 else []
        blocks += [Heading("Files that go"), Items(shown)]
    still = left(plan)
    if still:
        shown = [_item(each) for each in still[:_OPEN]]
        rest = len(still) - _OPEN
        shown += [Item(f"and {rest} more: `--format md` or `html` has all of them")] if rest > 0 else []
        blocks += [Heading("For a person to decide"), Items(shown)]
    return Document(headline(plan, applied=applied), tuple(blocks))


def _steps(plan: Plan) -> list[tuple[str, str, str]]:
    planned: Counter[str] = Counter(each.step for each in plan.decisions if each.done)
    stays: Counter[str] = Counter(each.step for each in plan.decisions if not each.done)
    rows = []
    for step, what in STEPS.items():
        if planned[step] or stays[step]:
            rows.append((f"{step}: {what}", str(planned[step] or "–"), str(stays[step] or "–")))
    return rows or [("nothing", "–", "–")]


def _item(each: Decision) -> Item:
    where = code(f"{each.file}:{each.line}" if each.line else each.file)
    below = tuple(filter(None, (each.reason, each.equivalent and f"{each.equivalent} has it")))
    return Item(f"{where} {each.title}", below)


def report(plan: Plan, extra: Sequence[Finding] = (), *, applied: bool) -> Document:
    """The page for a reviewer: file by file what, why, by which rule and how sure."""
    blocks: list[Block] = [
        Paragraph(headline(plan, applied=applied) + ".", strong=True),
        Grid(("step", "planned", "left"), _steps(plan)),
    ]
    blocks += _verified(extra)
    if plan.lints:
        blocks += [Heading("Why what stays cannot work yet"), Items([_item(each) for each in plan.lints])]
    still = left(plan)
    if still:
        blocks += [
            Heading("For a person to decide"),
            Grid(
                ("where", "what", "why", "rule"),
                [(_where(each), each.title, each.reason, code(each.rule)) for each in still],
            ),
        ]
    blocks += _files(plan)
    texts = [each for each in plan.decisions if not each.done and each.step == "texts"]
    if texts:
        blocks += [
            Heading(f"Text that still speaks of {plan.work.recipe.old}"),
            Grid(("where", "lines"), [(_where(each), each.reason) for each in texts]),
        ]
    return Document(f"lkm cleanup {plan.work.recipe.name}", tuple(blocks))


def _where(each: Decision) -> str:
    return code(f"{each.file}:{each.line}" if each.line else each.file)


def _verified(extra: Sequence[Finding]) -> Iterator[Block]:
    if extra:
        yield Heading("Looked at by the app's own tools")
        yield Grid(("", "what"), [(each.status, f"{each.title} {each.detail}".strip()) for each in extra])


def _files(plan: Plan) -> Iterator[Block]:
    if not plan.work.after:
        return
    yield Heading("File by file")
    for path in sorted(plan.work.after):
        told = [each for each in plan.decisions if each.file == path and each.done]
        yield Heading(f"{code(path)}: {_action(plan, path)}", 3)
        rows = [
            (
                str(each.line or ""),
                code(each.before),
                code(each.after),
                f"{each.title}. {each.reason}".strip(". "),
                code(each.rule),
                _WORDS[each.grade],
            )
            for each in sorted(told, key=lambda d: d.line or 0)
        ]
        if rows:
            yield Grid(("line", "before", "after", "what and why", "rule", "grade"), rows)
