"""`lkm status`: what runs, who is in it, which files count."""

from __future__ import annotations

from typing import Annotated

import typer

from ...core.errors import UsageError
from ...core.result import Result
from ..base import Run, command, single

HELP = "Show what runs, who is in it, and which files count."
ORDER = 23


@command("status")
def show(
    run: Run,
    runtime: Annotated[
        str | None,
        typer.Option(help="What runs it: auto, compose or native.", show_default="lkm.toml, else auto"),
    ] = None,
    output: Annotated[
        str, typer.Option("--output", "-o", help="table, json or env (LIVEKIT_…=…).")
    ] = "table",
    reveal: Annotated[bool, typer.Option("--reveal", help="With -o env: the secret, too.")] = False,
) -> Result:
    """Show what runs, who is in it, and which files count.

    Exits with 0 when it is ready, starting, draining or stopped, with 1 when it crashed or does not answer.
    """
    from ...stack.runtime import pick
    from ..stack import status_result

    if output not in ("table", "json", "env"):
        raise UsageError(f"-o {output}: there are table, json and env", code="usage")
    if reveal and output != "env":
        raise UsageError("--reveal goes with -o env", code="usage", hint="lkm status -o env --reveal")
    if output == "env":
        return _env(run, reveal=reveal)
    run.as_json = run.as_json or output == "json"
    return status_result(run, pick(run.settings, runtime).status(run.settings))


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
