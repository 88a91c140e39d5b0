"""`lkm undo`: take back what lkm changed in the project's files."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...core import exits
from ...core.errors import UsageError
from ...core.result import ErrorInfo, Finding, Fix, Location, Result, Table
from ..base import Run, command, single

if TYPE_CHECKING:
    from ...core.entries import Entry
    from ...core.journal import ChangedSinceError, Past
    from ...core.lock import Holder

HELP = "Take back the latest change that lkm made to files."
ORDER = 70


@command("undo")
def take_back(
    run: Run,
    show_list: Annotated[bool, typer.Option("--list", help="Show the changes lkm made here.")] = False,
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="ID",
            help="Take back the change ID and everything after it (an unambiguous end of ID will do).",
            show_default=False,
        ),
    ] = None,
    diff: Annotated[bool, typer.Option("--diff", help="Only show what would be taken back.")] = False,
) -> Result:
    """Take back the latest change that lkm made to this project's files; again: the one before.

    All of it or nothing: if one of its files was changed since, nothing is taken back and each such file
    is named. The last 20 changes of the last 30 days are remembered.
    """
    from ...core import journal

    root = run.settings.root
    if show_list:
        if to is not None or diff:
            raise UsageError("--list goes alone", code="usage", hint="lkm undo --list")
        return _listed(run, journal.history(root))

    def waiting(holder: Holder | None) -> None:
        run.reporter.note(f"waiting for another lkm: {holder or 'holder unknown'}")

    try:
        plan = journal.plan_undo(root, to) if diff else journal.undo(root, to, on_wait=waiting)
    except journal.ChangedSinceError as error:
        return _refused(run, error)
    text = plan.changes.diff()
    data = {"dry_run": diff, "undone": [_described(entry) for entry in plan.undoes], "diff": text}
    said = "would take back" if diff else "took back"
    notes = [
        f"{said} `{entry.title}` of {_when(entry.time)}: {', '.join(entry.files)}" for entry in plan.undoes
    ]
    if diff:
        notes.append("nothing was changed; without --diff it is done")
    return Result(run.command, data=data, payload=text or None, notes=notes)


def _listed(run: Run, past: list[Past]) -> Result:
    rows = tuple(
        (
            each.id,
            _when(each.entry.time),
            each.entry.title,
            ", ".join(each.entry.files),
            f"taken back {_when(each.undone_at)}" if each.undone_at is not None else "",
        )
        for each in past
    )
    data = {
        "entries": [
            _described(each.entry)
            | {"undone": each.undone_at is not None, "undone_at": _stamp(each.undone_at)}
            for each in past
        ]
    }
    if not rows:
        return Result(run.command, data=data, notes=["lkm has changed no file here"])
    return Result(run.command, data=data, tables=[Table(("id", "when", "command", "files", ""), rows)])


def _refused(run: Run, error: ChangedSinceError) -> Result:
    findings = [
        Finding(
            "undo.changed",
            "fail",
            conflict.why,
            f"to take back lkm's part alone: {conflict.merge}" if conflict.merge else "",
            category="undo",
            location=Location(conflict.file),
            fix=Fix("see what changed", conflict.compare) if conflict.compare else None,
        )
        for conflict in error.conflicts
    ]
    info = ErrorInfo(error.code, error.message, hint=error.hint)
    return Result(run.command, findings=findings, error=info, exit_code=exits.FAILED)


def _described(entry: Entry) -> dict[str, Any]:
    return {"id": entry.id, "title": entry.title, "time": _stamp(entry.time), "files": list(entry.files)}


def _when(seconds: float | None) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))


def _stamp(seconds: float | None) -> str | None:
    return None if seconds is None else time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


app = single(take_back)
