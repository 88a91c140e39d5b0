"""`lkm scan`: what of Mediasoup is in a repository, and what it takes to move to LiveKit."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ...core.errors import UsageError
from ...core.report import Reporter
from ...core.result import Result
from ..base import Run, command, single

if TYPE_CHECKING:
    from ...scan.inventory import Scan

HELP = "Find Mediasoup in a repository, and what it takes to move to LiveKit."
ORDER = 5

FailOn = Literal["any", "sites", "questions"]


@command("scan", formats=True)
def take_stock(
    run: Run,
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", help="The folder to scan.", show_default="the project's"),
    ] = None,
    *,
    plan: Annotated[
        bool, typer.Option("--plan", help="Write MIGRATION_PLAN.md (lkm undo takes it back).")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="With --plan: replace a plan that was edited since.")
    ] = False,
    fail_on: Annotated[
        FailOn | None,
        typer.Option(
            "--fail-on",
            help="Exit 1 when there is any trace, an import, or an open question.",
            show_default=False,
        ),
    ] = None,
    cache: Annotated[
        bool, typer.Option("--cache/--no-cache", help="Use what is known of files that did not change.")
    ] = True,
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", min=1, max=256, help="Read with so many processes.", show_default="all cores"),
    ] = None,
) -> Result:
    """Find all of Mediasoup in a repository and map it to LiveKit; nothing is changed without --plan.

    Reads JavaScript, TypeScript, Vue, Svelte and HTML, and what goes with them: manifests, lockfiles, Docker,
    Compose, Kubernetes, variables, proxies, CI, docs. What git ignores is left out. Exit code 0 whatever is
    found, unless --fail-on says otherwise.
    """
    from ...scan.findings import findings
    from ...scan.inventory import scan
    from ...scan.report import report
    from ...scan.summary import summary

    if force and not plan:
        raise UsageError("--force goes with --plan", code="usage", hint="lkm scan --plan --force")
    root = (run.started_in(folder) if folder is not None else run.settings.root).absolute()
    # Steps that nobody watches are noise in a log: on a terminal alone.
    reporter = run.reporter if sys.stderr.isatty() else Reporter()
    found = scan(root, reporter, cache=cache, jobs=jobs)
    whole = report(found)
    data = found.to_dict()
    notes = []
    if plan:
        from ..scan_plan import write_plan

        written = write_plan(run, root, whole, force=force)
        data["plan"] = {"file": written.file, "changed": written.changed, "diff": written.diff}
        notes.append(written.note)
    elif found.used:
        notes.append("lkm scan --plan writes what to do, place by place, to MIGRATION_PLAN.md")
    return Result(
        run.command,
        findings=findings(found),
        steps=reporter.steps,
        data=data,
        notes=notes,
        summary=summary(found),
        document=whole,
        exit_code=1 if fail_on and _fails(found, fail_on) else 0,
    )


def _fails(found: Scan, on: FailOn) -> bool:
    if on == "sites":
        return bool(found.sites)
    if on == "questions":
        return bool(found.questions)
    return bool(found.used or found.protoo or any(each.names_it for each in found.artefacts))


app = single(take_stock)
