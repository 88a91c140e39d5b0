"""`lkm down`: stop the stack; calls may end first."""

from __future__ import annotations

from typing import Annotated

import typer

from ...core.durations import parse
from ...core.result import Result
from ..base import Run, command, single

HELP = "Stop LiveKit; calls may end first."
ORDER = 21


@command("down")
def stop(
    run: Run,
    runtime: Annotated[
        str | None, typer.Option(help="What runs it: auto or native.", show_default="lkm.toml, else auto")
    ] = None,
    now: Annotated[bool, typer.Option("--now", help="End calls at once.")] = False,
    drain_timeout: Annotated[str, typer.Option(help="How long participants may go on.")] = "30s",
) -> Result:
    """Stop LiveKit: participants get time to leave, then who is left is named and it stops.

    Also clears away what an lkm that was killed left behind. Log and configuration stay in .lkm/native.
    """
    from ...stack.runtime import DownOptions, pick
    from ..stack import data_of

    options = DownOptions(now=now, drain=parse(drain_timeout, "--drain-timeout"))
    outcome = pick(run.settings, runtime).down(run.settings, run.reporter, options)
    notes = [] if outcome.changed else ["nothing was running"]
    if log := outcome.services[0].log:
        notes.append(f"its log stays in {log}")
    return Result(run.command, data=data_of(run.settings, outcome), notes=notes)


app = single(stop)
