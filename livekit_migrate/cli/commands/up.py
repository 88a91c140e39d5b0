"""`lkm up`: start the stack and wait until it is ready."""

from __future__ import annotations

from typing import Annotated

import typer

from ...core.durations import parse
from ...core.result import Result
from ..base import Run, command, single

HELP = "Start LiveKit on this machine and wait until it is ready."
ORDER = 20


@command("up")
def start(
    run: Run,
    runtime: Annotated[
        str | None, typer.Option(help="What runs it: auto or native.", show_default="lkm.toml, else auto")
    ] = None,
    timeout: Annotated[str, typer.Option(help="How long it may take to become ready.")] = "30s",
    media: Annotated[bool, typer.Option(help="Check the way of media after the start.")] = True,
) -> Result:
    """Start LiveKit on this machine and wait until it is ready.

    Makes .env with a key and the server program where they are missing, and says so. It goes on running
    when this terminal is closed; running already is fine. Signalling and UDP media are for this
    machine only; livekit-server listens for media over TCP on every address.
    """
    from ...stack.runtime import UpOptions, pick
    from ..stack import up_result

    options = UpOptions(timeout=parse(timeout, "--timeout"), media=media)
    return up_result(run, pick(run.settings, runtime).up(run.settings, run.reporter, options))


app = single(start)
