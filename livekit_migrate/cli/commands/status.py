"""`lkm status`: what runs, who is in it, which files count."""

from __future__ import annotations

from typing import Annotated

import typer

from ...core.durations import parse
from ...core.errors import UsageError
from ...core.result import Result
from ..base import Run, command, single

HELP = "Show what runs, who is in it, and which files count."
ORDER = 23


@command("status")
def show(
    run: Run,
    *,
    runtime: Annotated[
        str | None,
        typer.Option(help="What runs it: auto, compose or native.", show_default="lkm.toml, else auto"),
    ] = None,
    output: Annotated[
        str, typer.Option("--output", "-o", help="table, json or env (LIVEKIT_…=…).")
    ] = "table",
    reveal: Annotated[bool, typer.Option("--reveal", help="With -o env: the secret, too.")] = False,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Look again and again.")] = False,
    interval: Annotated[
        str | None,
        typer.Option(
            "--interval", metavar="TIME", help="With --watch: how often; default 2s.", show_default=False
        ),
    ] = None,
) -> Result:
    """Show what runs, who is in it, and which files count.

    Exits with 0 when it is ready, starting, draining or stopped, with 1 when it crashed or does not answer.

    With --watch until Ctrl-C, which ends it with 130; with --json each look is one document on a line.
    """
    from ...stack.runtime import pick
    from ..stack import status_result

    if interval is not None and not watch:
        raise UsageError("--interval: only with --watch", code="usage", hint="lkm status --watch")
    if watch and output == "env":
        raise UsageError("--watch shows what runs; -o env does not change by itself", code="usage")
    if output not in ("table", "json", "env"):
        raise UsageError(f"-o {output}: there are table, json and env", code="usage")
    if reveal and output != "env":
        raise UsageError("--reveal goes with -o env", code="usage", hint="lkm status -o env --reveal")
    if output == "env":
        return _env(run, reveal=reveal)
    run.as_json = run.as_json or output == "json"
    if watch:
        return _watch(run, runtime, _EVERY if interval is None else parse(interval, "--interval"))
    picked = pick(run.settings, runtime, reporter=run.reporter)
    return status_result(run, picked.status(run.settings))


_EVERY = 2.0


def _watch(run: Run, runtime: str | None, every: float) -> Result:
    """Until Ctrl-C, or until nobody reads any more."""
    from ...core.errors import LkmError
    from ...core.result import failure
    from ...stack.runtime import pick
    from ...ui.watch import clear, wait
    from ..base import interrupted
    from ..base import show as render
    from ..stack import status_result

    try:
        while True:
            try:
                result = status_result(run, pick(run.settings, runtime).status(run.settings))
            except LkmError as error:  # the engine may come back
                result = failure(run.command, error)
            if not run.as_json:
                clear()
            render(result, as_json=run.as_json, verbose=run.verbose)
            wait(every)
    except KeyboardInterrupt:
        return interrupted(run.command)


def _env(run: Run, *, reveal: bool) -> Result:
    """Lines for a shell or an .env; the pair that counts, not the one that the server was started with."""
    import shlex

    from ...core.secret import hide_userinfo, redact
    from ...livekit.keys import find_pair, find_url

    found = find_pair(run.settings)
    url, _ = find_url(run.settings)
    if not reveal:
        url = redact(hide_userinfo(url))
    lines = {"LIVEKIT_URL": url, "LIVEKIT_API_KEY": found.pair.key}
    if reveal:
        lines["LIVEKIT_API_SECRET"] = found.pair.secret.reveal()
    text = "\n".join(f"{name}={shlex.quote(value)}" for name, value in lines.items())
    return Result(
        run.command,
        data={"env": lines},
        payload=text,
        revealed=frozenset({"env"}) if reveal else frozenset(),
    )


app = single(show)
