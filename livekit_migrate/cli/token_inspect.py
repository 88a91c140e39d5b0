"""`lkm token inspect`: what a token says."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..core.result import Result
from . import token_input
from .base import Run, command
from .token_input import Token

if TYPE_CHECKING:
    from ..livekit.tokencheck.report import Read


@command("token inspect")
def inspect(
    run: Run,
    token: Token = None,
    server_version: Annotated[
        str | None,
        typer.Option(
            "--server-version",
            metavar="V",
            help="Read it as this release does; default: the project's.",
            show_default=False,
        ),
    ] = None,
) -> Result:
    """Say in words what a token says: its claims, its times, what it may do, and what looks wrong.

    Takes any JWT, also with `Bearer`, quotes, or a URL around it. Needs no key and checks no signature:
    that is what lkm token verify does. Exit code 1 when it cannot be read.
    """
    from ..livekit.tokencheck import report
    from ..livekit.tokencheck.facts import finding
    from ..livekit.tokencheck.rules import rules_for

    by = rules_for(server_version or run.settings.text("server.version"))
    pasted = token_input.read(token, "token inspect")
    parts = report.read(pasted.token, by)
    if isinstance(parts, str):
        broken = finding("malformed", "fail", f"it is no token: {parts}")
        return Result(run.command, findings=[*report.stripped(pasted), broken])
    now = time.time()
    findings = report.of_reading(pasted.token, parts, by, now, _own_secrets(run))
    data, text = _told(parts, now)
    return Result(
        run.command, findings=[*report.stripped(pasted), *findings], data=data, payload=text, show_all=True
    )


def _told(parts: Read, now: float) -> tuple[dict[str, Any], str]:
    from ..core.secret import redact
    from ..livekit.tokencheck import report, words

    values = parts.decoded.values
    times, may = words.times(values, now), words.abilities(values)
    data = {
        "header": report.plain(parts.header),
        "claims": report.plain(parts.payload),
        "times": times,
        "may": may,
        "signature_bytes": len(parts.signature),
    }
    lines = ["header"]
    lines += [f"  {name} {value}" for name, value in report.rows(parts.header)]
    lines.append("claims")
    lines += [f"  {name} {value}" for name, value in report.rows(parts.payload)]
    lines += ["times", *(f"  {line}" for line in times), "may", *(f"  {line}" for line in may)]
    lines.append(f"signature\n  {len(parts.signature)} bytes, not checked (lkm token verify does)")
    return data, redact("\n".join(lines))


def _own_secrets(run: Run) -> tuple[str, ...]:
    """The project's own secret, where there is one: a token that carries it must not be shown with it."""
    from ..core.errors import ConfigError
    from ..livekit.keys import find_pair

    try:
        return (find_pair(run.settings).pair.secret.reveal(),)
    except ConfigError:
        return ()
