"""`lkm restart`: stop and start, with keys and configuration read anew."""

from __future__ import annotations

from typing import Annotated

import typer

from ...core.durations import parse
from ...core.result import Result
from ..base import Run, command, single

HELP = "Stop and start LiveKit; keys and configuration are read anew."
ORDER = 22


@command("restart")
def again(
    run: Run,
    *,
    runtime: Annotated[
        str | None, typer.Option(help="What runs it: auto or native.", show_default="lkm.toml, else auto")
    ] = None,
    now: Annotated[bool, typer.Option("--now", help="End calls at once.")] = False,
    drain_timeout: Annotated[str, typer.Option(help="How long participants may go on.")] = "30s",
    timeout: Annotated[str, typer.Option(help="How long it may take to become ready.")] = "30s",
    media: Annotated[bool, typer.Option(help="Check the way of media after the start.")] = True,
) -> Result:
    """Stop and start LiveKit: the server reads its keys and livekit.yaml only when it starts.

    What can be refused (keys, livekit.yaml, a server program that cannot be got) is refused before the stop.
    """
    from ...stack.runtime import DownOptions, UpOptions, pick
    from ..stack import up_result

    up = UpOptions(timeout=parse(timeout, "--timeout"), media=media)
    down = DownOptions(now=now, drain=parse(drain_timeout, "--drain-timeout"))
    return up_result(run, pick(run.settings, runtime).restart(run.settings, run.reporter, up, down))


app = single(again)
