"""`lkm health`: climb from the port up to real media, and name the first rung that does not hold."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Annotated

import typer

from ...core.durations import parse
from ...core.errors import UsageError
from ...core.result import Result
from ..base import Run, command, single
from ..limits import timeout as limit_of

if TYPE_CHECKING:
    from ...stack.health import Options, Target

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
        str | None,
        typer.Option(
            "--timeout",
            metavar="TIME",
            help="Limit for each rung, 100ms to 10m; default 4s, and 15s for media.",
            show_default=False,
        ),
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Look again and again.")] = False,
    interval: Annotated[
        str | None,
        typer.Option(
            "--interval", metavar="TIME", help="With --watch: how often; default 5s.", show_default=False
        ),
    ] = None,
    limit: Annotated[
        str | None,
        typer.Option(
            "--for", metavar="TIME", help="With --watch: how long; default until Ctrl-C.", show_default=False
        ),
    ] = None,
) -> Result:
    """Check a LiveKit server rung by rung: process, port, HTTP, API key, token, signalling, ICE, media.

    Stops at the first rung that does not hold, with the reason and the next command.
    Exit code 1 when a rung fails, 4 when it fails for the API key or its secret.

    With --watch --for 60s the exit code is that of the worst look; Ctrl-C ends a watch with 130.
    With --json each look is one document on a line of its own, and so is the end.
    """
    from ...stack.health import Options, check
    from ...stack.health.report import as_result, find_target

    every, seconds = _times(interval, limit, url, watch=watch)
    bound = None if timeout is None else limit_of(timeout)
    target = find_target(run.settings, url)
    options = Options(until=until, timeout=bound, tcp=tcp, relay=relay)
    if watch:
        return _watch(run, target, options, every, seconds)
    return as_result(target, check(target, options, run.reporter))


_EVERY = 5.0
_OFTEN = 0.5
"""Seconds; more often would be load, not a look."""


def _times(
    interval: str | None, limit: str | None, url: str | None, *, watch: bool
) -> tuple[float, float | None]:
    """Seconds of --interval and --for."""
    for option, text in (("--interval", interval), ("--for", limit)):
        if text is not None and not watch:
            raise UsageError(
                f"{option} {text}: only with --watch",
                code="usage",
                hint=shlex.join(["lkm", "health", *(["--url", url] if url else []), "--watch", option, text]),
            )
    every = _EVERY if interval is None else parse(interval, "--interval")
    if every < _OFTEN:
        raise UsageError(f"--interval {interval}: at least 500ms", code="usage.time", hint="--interval 1s")
    return every, None if limit is None else parse(limit, "--for")


def _watch(run: Run, target: Target, options: Options, every: float, limit: float | None) -> Result:
    from contextlib import closing
    from dataclasses import replace

    from ...core import exits
    from ...core.endpoint import parse_url
    from ...core.looks import History
    from ...core.result import ErrorInfo
    from ...stack.health.report import as_result
    from ...stack.health.watch import FIGURES
    from ...stack.health.watch import watch as looks_at
    from ...ui.watch import view, wait

    history, latest, interrupted = History(), as_result(target, []), False
    title = f"{parse_url(target.url).ws}, every {every:g} s"
    with view(title, FIGURES, as_json=run.as_json, verbose=run.verbose) as shown:
        looks = looks_at(target, options, every=every, limit=limit, reporter=shown.reporter, wait=wait)
        try:
            with closing(looks):
                for look, findings, reporter in looks:
                    history.add(look)
                    result = as_result(target, findings)
                    data = {**result.data, "watch": history.to_dict(final=False)}
                    latest = replace(result, steps=tuple(reporter.steps), data=data)
                    shown.show(history, latest)
        except KeyboardInterrupt:
            interrupted = True
            shown.interrupted()
    return Result(
        run.command,
        data={**latest.data, "watch": history.to_dict(final=True)},
        notes=[history.summary],
        # For people it is the usual way to end a watch, and no error.
        error=ErrorInfo("interrupted", "stopped by Ctrl-C") if interrupted and run.as_json else None,
        exit_code=exits.INTERRUPTED if interrupted else history.exit_code,
    )


app = single(health)
