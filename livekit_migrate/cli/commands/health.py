"""`lkm health`: climb from the port up to real media, and name the first rung that does not hold."""

from __future__ import annotations

from typing import Annotated

import typer

from ...core.result import Result
from ..base import Run, command, single

HELP = "Check a LiveKit server, from its port up to real media."
ORDER = 40


@command("health")
def health(  # noqa: PLR0917 - options, all of them named
    run: Run,
    url: Annotated[
        str | None,
        typer.Option(
            "--url", metavar="URL", help="The server: ws, wss, http, https or host:port.", show_default=False
        ),
    ] = None,
    tcp: Annotated[bool, typer.Option("--tcp", help="Also prove media over TCP alone.")] = False,
    relay: Annotated[bool, typer.Option("--relay", help="Also prove media through TURN alone.")] = False,
    until: Annotated[
        str | None,
        typer.Option(
            "--until", metavar="RUNG", help="The last rung to climb, such as ice.", show_default=False
        ),
    ] = None,
    timeout: Annotated[
        float | None,
        typer.Option(
            "--timeout",
            metavar="SECONDS",
            min=0.1,
            max=600,
            help="Limit for each rung; default 4, and 15 for media.",
            show_default=False,
        ),
    ] = None,
) -> Result:
    """Check a LiveKit server rung by rung: process, port, HTTP, API key, token, signalling, ICE, media.

    Stops at the first rung that does not hold, with the reason and the next command.
    Exit code 1 when a rung fails, 4 when it fails for the API key or its secret.
    """
    from ...stack.health import Options, check
    from ...stack.health.report import as_result, find_target

    target = find_target(run.settings, url)
    options = Options(until=until, timeout=timeout, tcp=tcp, relay=relay)
    return as_result(target, check(target, options, run.reporter))


app = single(health)
