"""`lkm down`: stop the stack; calls may end first."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from ...core.durations import parse
from ...core.errors import UsageError
from ...core.result import Result
from ..base import Run, command, single

if TYPE_CHECKING:
    from ...stack.runtime import Outcome

HELP = "Stop LiveKit; calls may end first."
ORDER = 21


@command("down")
def stop(
    run: Run,
    *,
    runtime: Annotated[
        str | None,
        typer.Option(help="What runs it: auto, compose or native.", show_default="lkm.toml, else auto"),
    ] = None,
    now: Annotated[bool, typer.Option("--now", help="End calls at once.")] = False,
    drain_timeout: Annotated[str, typer.Option(help="How long participants may go on.")] = "30s",
    volumes: Annotated[
        bool, typer.Option("--volumes", help="Remove the data of the containers, too.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --volumes: do not ask.")] = False,
    stack: Annotated[
        str,
        typer.Option(metavar="NAME", help="A Compose project whose folder is gone.", show_default=False),
    ] = "",
) -> Result:
    """Stop LiveKit: participants get time to leave, then who is left is named and it stops.

    Also clears away what an lkm that was killed left behind. Log and configuration stay in .lkm/native.
    Containers are found by their labels, so the Compose files need not be there; their data stays in its
    volumes.
    """
    from ...stack.runtime import DownOptions, pick
    from ..stack import data_of

    options = DownOptions(
        now=now,
        drain=parse(drain_timeout, "--drain-timeout"),
        volumes=volumes,
        confirm=_confirm(run, yes=yes),
        stack=stack,
    )
    picked = pick(run.settings, "compose" if stack else runtime, reporter=run.reporter)
    outcome = picked.down(run.settings, run.reporter, options)
    return Result(run.command, data=data_of(run.settings, outcome), notes=_notes(outcome, volumes=volumes))


def _notes(outcome: Outcome, *, volumes: bool) -> list[str]:
    notes = [] if outcome.changed else ["nothing was running"]
    notes += [f"its log stays in {service.log}" for service in outcome.services if service.log]
    kept = outcome.facts.get("volumes_kept")
    if kept and not volumes:
        notes.append(f"the data stays in volumes: {', '.join(kept)} (lkm down --volumes removes them)")
    if removed := outcome.facts.get("volumes_removed"):
        notes.append(f"removed with all data: {', '.join(removed)}")
    return notes


def _confirm(run: Run, *, yes: bool) -> Callable[[Sequence[str]], bool]:
    def confirm(names: Sequence[str]) -> bool:
        if yes:
            return True
        if run.as_json or not sys.stdin.isatty() or not sys.stderr.isatty():
            raise UsageError(
                f"--volumes would remove {', '.join(names)}, and there is nobody to ask",
                code="down.unasked",
                hint="lkm down --volumes --yes",
            )
        sys.stderr.write("these volumes and all data in them would be gone for good:\n")
        sys.stderr.writelines(f"  {name}\n" for name in names)
        return typer.confirm("remove them?", err=True)

    return confirm


app = single(stop)
