"""`lkm flag`: which stack the app uses, everywhere, and how to turn it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ...core.result import Result
from ..base import Run, command, group

if TYPE_CHECKING:
    from ...flag.report import Report

HELP = "Switch the app between Mediasoup and LiveKit, and see where it is which."
ORDER = 7

app = group(HELP)

Name = Annotated[
    str | None,
    typer.Option(
        "--name", metavar="VARIABLE", help="The flag's variable.", show_default="the one that the code reads"
    ),
]
Diff = Annotated[bool, typer.Option("--diff", help="Only show what would be written.")]
Restart = Annotated[
    bool, typer.Option("--restart", help="Build and start anew what has to be, for it to count now.")
]


@app.command("show")
@command("flag show", formats=True)
def show(run: Run, *, name: Name = None) -> Result:
    """Show the flag in every file, in Compose, in images, in containers and in the code.

    Of each package it says which file wins there: Next.js and Vite read the files of their own folder alone.
    Where two places disagree there is a warning.
    """
    from ...flag.report import findings, report, to_dict
    from ..flag_tables import notes, tables

    found = report(run.settings, name)
    return Result(
        run.command,
        findings=findings(found),
        data=to_dict(found),
        tables=tables(found),
        notes=notes(found),
        show_all=True,
    )


@app.command("on")
@command("flag on")
def on(
    run: Run,
    *,
    name: Name = None,
    restart: Restart = False,
    diff: Diff = False,
    force: Annotated[
        bool, typer.Option("--force", help="With --restart: also while LiveKit does not answer.")
    ] = False,
) -> Result:
    """Turn to LiveKit: write true wherever the flag is read from, and say what makes it count."""
    return _turn(run, name, on=True, restart=restart, diff=diff, force=force)


@app.command("off")
@command("flag off")
def off(
    run: Run,
    *,
    name: Name = None,
    restart: Restart = False,
    diff: Diff = False,
) -> Result:
    """Turn back to Mediasoup: write false wherever the flag is read from, and say what makes it count."""
    return _turn(run, name, on=False, restart=restart, diff=diff, force=True)


def _turn(run: Run, name: str | None, *, on: bool, restart: bool, diff: bool, force: bool) -> Result:
    from ...core.journal import apply
    from ...flag.report import report
    from ...flag.running import server
    from ...flag.turn import plan

    found = report(run.settings, name)
    turn = plan(found, on=on)
    livekit = server(run.settings)
    if on and restart and not diff and not force:
        _refuse_without_livekit(livekit.ready, livekit.said)
    text = turn.diff()
    data: dict[str, object] = {
        "name": found.name,
        "value": "true" if on else "false",
        "stack": "livekit" if on else "mediasoup",
        "changed": not turn.changes.empty,
        "files": list(turn.changes.files),
        "services": list(turn.services),
        "diff": text,
        "dry_run": diff,
        "livekit": {"ready": livekit.ready, "participants": livekit.people},
    }
    if diff:
        return Result(run.command, data=data, payload=text or None, notes=["nothing was changed"])
    apply(turn.changes)
    from ..flag_words import after

    for line in after(found, turn, livekit, on=on, restart=restart):
        run.reporter.note(line)
    if not restart:
        return Result(run.command, data=data)
    return _restarted(run, found, turn.services, data)


def _refuse_without_livekit(ready: bool, said: str) -> None:
    from ...core.errors import LkmError

    if not ready:
        raise LkmError(
            "LiveKit does not answer: whoever opens the app after this could not call; nothing was changed",
            code="flag.livekit-down",
            detail=said,
            hint="start it: lkm up, prove it: lkm health\nor turn the flag all the same: "
            "lkm flag on --restart --force",
        )


def _restarted(run: Run, found: Report, services: tuple[str, ...], data: dict[str, object]) -> Result:
    """Make it count: the services that are to have another flag, or still have the old one."""
    from ...flag.model import is_on
    from ...stack.runtime import DownOptions, UpOptions, pick
    from ..stack import up_result

    wanted = data["value"] == "true"
    stale = [
        each.service
        for each in found.engine.services
        if (each.runs or each.built) and each.value is not None and is_on(each.value) != wanted
    ]
    running = {each.service for each in found.engine.services if each.runs}
    again = [name for name in dict.fromkeys((*services, *stale)) if name in running]
    if not again:
        run.reporter.note("no container that has the flag runs: lkm up starts them with it")
        return Result(run.command, data=data)
    picked = pick(run.settings, "compose", reporter=run.reporter)
    outcome = picked.restart(
        run.settings, run.reporter, UpOptions(services=tuple(again), media=False), DownOptions()
    )
    result = up_result(run, outcome)
    return Result(
        run.command,
        findings=result.findings,
        data={**result.data, **data},
        tables=result.tables[:1],
        notes=result.notes,
    )
