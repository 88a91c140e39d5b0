"""`lkm init`: bring LiveKit into an app: its code, its routes, its settings, as one change."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...core.errors import LkmError, UsageError
from ...core.result import Result, Table
from ..base import Run, command, single

if TYPE_CHECKING:
    from ...scaffold.model import Ask, Plan
    from ...scaffold.sides import Side

HELP = "Bring LiveKit into an app: code, routes, settings, containers."
ORDER = 6


@command("init")
def bring(
    run: Run,
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", help="The app's folder.", show_default="the project's"),
    ] = None,
    *,
    web: Annotated[
        str | None,
        typer.Option(
            "--web",
            metavar="PACKAGE",
            help="The web app: a folder or a package's name, or none.",
            show_default=False,
        ),
    ] = None,
    server: Annotated[
        str | None,
        typer.Option(
            "--server",
            metavar="PACKAGE",
            help="The server: a folder or a package's name, or none.",
            show_default=False,
        ),
    ] = None,
    seam: Annotated[
        list[str] | None,
        typer.Option(
            "--seam",
            metavar="FILE#EXPORT",
            help="The hook that is to choose between Mediasoup and LiveKit.",
            show_default=False,
        ),
    ] = None,
    authorize: Annotated[
        str,
        typer.Option(
            "--authorize",
            metavar="FILE#EXPRESSION",
            help="The app's own decision who may join a room, as the routes are given it.",
            show_default=False,
        ),
    ] = "",
    edit_compose: Annotated[
        bool, typer.Option("--edit-compose", help="Let a Compose file of yours include LiveKit's services.")
    ] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Only show what would be changed.")] = False,
    no_input: Annotated[
        bool, typer.Option("--no-input", help="Ask nothing: of several packages take the first that fits.")
    ] = False,
    allow_dirty: Annotated[
        bool, typer.Option("--allow-dirty", help="Also change files that have changes git does not know yet.")
    ] = False,
) -> Result:
    """Bring LiveKit into an app: its code, routes, settings and containers, as one change.

    Done in full for Next.js and Vite with React, and for Hono, Express and Fastify, in one
    package or in a workspace. What lkm is not sure of it leaves alone and says what to write where. A second
    run changes nothing; what you edited is merged, never overwritten; lkm undo takes it all back.
    """
    from ...scaffold.model import Options
    from ...scaffold.plan import plan

    root = (run.started_in(folder) if folder is not None else run.settings.root).absolute()
    options = Options(web, server, tuple(seam or ()), authorize, edit_compose)
    planned = plan(root, options, _asker(run, no_input=no_input))
    if not allow_dirty and not diff:
        _refuse_dirty(planned)
    text = planned.changes.diff()
    data = _data(planned) | {"dry_run": diff, "diff": text}
    if not diff and not planned.changes.empty:
        from ...core import journal

        journal.apply(
            planned.changes, on_wait=lambda holder: run.reporter.note(f"waiting for another lkm: {holder}")
        )
    return Result(
        run.command,
        findings=planned.findings,
        data=data,
        payload=text if diff and text else None,
        tables=[] if diff or planned.changes.empty else [_table(planned)],
        notes=_notes(planned, diff=diff),
        show_all=True,
    )


def _asker(run: Run, *, no_input: bool) -> Ask:
    def ask(name: str, sides: Sequence[Side], option: str) -> Side:
        if no_input:
            run.reporter.note(f"{option}: several packages could be it; took {sides[0].shown}")
            return sides[0]
        names = ", ".join(side.shown for side in sides)
        what = {"web": "web app"}.get(name, name)
        if run.as_json or not sys.stdin.isatty() or not sys.stderr.isatty():
            raise UsageError(
                f"which package is the {what}? There are {names}, and there is nobody to ask",
                code="init.unasked",
                hint=f"lkm init {option} {sides[0].shown}",
            )
        sys.stderr.write(f"which package is the {what}?\n")
        sys.stderr.writelines(
            f"  {number}  {side.shown} ({side.found})\n" for number, side in enumerate(sides, 1)
        )
        while not 1 <= (number := int(typer.prompt("number", type=int, default=1, err=True))) <= len(sides):
            sys.stderr.write(f"there is no {number}\n")
        return sides[number - 1]

    return ask


def _refuse_dirty(planned: Plan) -> None:
    """Refuse files with changes that git does not have: an undo of git's could not bring them back.

    Raises:
        LkmError: with their names.
    """
    from ...code.git import changed

    there = [item.path for item in planned.changes.changes if item.before is not None]
    dirty = changed(planned.app.root, there)
    if dirty:
        raise LkmError(
            f"{', '.join(dirty)}: changed since the last commit, and lkm init would change "
            f"{'them' if len(dirty) > 1 else 'it'}, too",
            code="init.dirty",
            hint="commit first, or: lkm init --allow-dirty (lkm undo takes back only what lkm did)",
        )


def _data(planned: Plan) -> dict[str, Any]:
    return {
        "web": _side(planned.web),
        "server": _side(planned.server),
        "answers": dict(planned.answers),
        "files": list(planned.changes.files),
        "states": {each.path: each.state for each in planned.settled},
        "edits": [
            {"id": each.id, "what": each.what, "file": each.file, "state": each.state}
            for each in planned.outcomes
        ],
        "complete": planned.complete,
    }


def _side(side: Side | None) -> dict[str, Any] | None:
    if side is None:
        return None
    return {
        "folder": side.shown,
        "framework": side.found,
        "supported": bool(side.kind),
        "source": side.source or ".",
        "language": side.language,
        "module": side.module,
    }


def _table(planned: Plan) -> Table:
    rows = [
        ("new" if item.before is None else "changed", name)
        for item, name in zip(planned.changes.changes, planned.changes.files, strict=True)
    ]
    return Table(("", "file"), tuple(rows))


def _notes(planned: Plan, *, diff: bool) -> list[str]:
    if planned.changes.empty:
        return ["nothing to change: LiveKit is in this app as far as lkm init brings it"]
    if diff:
        return ["nothing was changed; without --diff it is done"]
    manager = planned.app.manager.name or "npm"
    return [f"next: {manager} install; then lkm keys new and lkm up", "lkm undo takes it all back"]


app = single(bring)
