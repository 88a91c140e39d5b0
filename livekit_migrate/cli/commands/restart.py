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
    services: Annotated[
        list[str] | None, typer.Argument(metavar="[SERVICES]...", help="Only these.", show_default=False)
    ] = None,
    *,
    runtime: Annotated[
        str | None,
        typer.Option(help="What runs it: auto, compose or native.", show_default="lkm.toml, else auto"),
    ] = None,
    now: Annotated[bool, typer.Option("--now", help="End calls at once.")] = False,
    drain_timeout: Annotated[str, typer.Option(help="How long participants may go on.")] = "30s",
    timeout: Annotated[
        str | None,
        typer.Option(
            help="How long it may take to become ready.", show_default="30s; 2m for a stack of containers"
        ),
    ] = None,
    media: Annotated[bool, typer.Option(help="Check the way of media after the start.")] = True,
    lint: Annotated[bool, typer.Option(help="Refuse a livekit.yaml that cannot work.")] = True,
) -> Result:
    """Stop and start: a server reads its keys and livekit.yaml only when it starts.

    A container whose environment or mounted file changed is made anew; an image is built anew where
    NEXT_PUBLIC_ or VITE_ variables are written into it.

    What can be refused (keys, livekit.yaml, a server program that cannot be got) is refused before the stop.
    """
    from ...stack.runtime import DownOptions, UpOptions, pick
    from ..stack import up_result

    up = UpOptions(
        timeout=None if timeout is None else parse(timeout, "--timeout"),
        media=media,
        services=tuple(services or ()),
        lint=lint,
    )
    down = DownOptions(now=now, drain=parse(drain_timeout, "--drain-timeout"))
    picked = pick(run.settings, runtime, reporter=run.reporter)
    return up_result(run, picked.restart(run.settings, run.reporter, up, down))


app = single(again)
