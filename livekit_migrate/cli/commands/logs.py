"""`lkm logs`: what the server said."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from ...core.durations import parse
from ...core.errors import UsageError
from ...core.result import Result
from ..base import Run, command, single

if TYPE_CHECKING:
    from ...stack.logs import Line

HELP = "Show what the server said."
ORDER = 24


@command("logs")
def show_lines(
    run: Run,
    services: Annotated[
        list[str] | None, typer.Argument(metavar="[SERVICES]...", help="Only these.", show_default=False)
    ] = None,
    *,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on with what is said from now on.")
    ] = False,
    last: Annotated[int, typer.Option("-n", "--last", min=0, help="The last so many lines; 0: all.")] = 100,
    since: Annotated[
        str | None, typer.Option(help="10m, 2h, or a time such as 2026-01-31T14:30.", show_default=False)
    ] = None,
    level: Annotated[str, typer.Option(help="At least: debug, info, warn or error.")] = "debug",
    raw: Annotated[bool, typer.Option("--raw", help="Lines as the server wrote them.")] = False,
    runtime: Annotated[
        str | None,
        typer.Option(help="What runs it: auto, compose or native.", show_default="lkm.toml, else auto"),
    ] = None,
) -> Result:
    """Show what the server said, also before the last start: rotated files are read as one.

    Of containers, what all of them said, merged by time; a line without a level counts as info.

    With --json one document; with --json -f one document per line.
    """
    from ...stack.logs import LEVELS, Query
    from ...stack.runtime import pick

    if level not in LEVELS:
        raise UsageError(f"--level {level}: there are {', '.join(LEVELS)}", code="usage")
    query = Query(last or None, _since(since) if since else None, level, follow, tuple(services or ()))
    _learn_secret(run)
    lines = pick(run.settings, runtime, reporter=run.reporter).logs(run.settings, query)
    if run.as_json and not follow:
        return Result(run.command, data={"lines": [line.to_dict() for line in lines]})
    count = _print(run, lines, raw=raw, follow=follow)
    return Result(run.command, notes=[] if count else ["there is no such line in the log"])


def _print(run: Run, lines: Iterator[Line], *, raw: bool, follow: bool) -> int:
    """Line by line as they come; --json gives each a document of its own."""
    from ...core.secret import redact
    from ...ui.json import dumps
    from ...ui.services import Labels
    from ...ui.text import write

    labels = Labels(sys.stdout)
    utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    count = 0
    for count, line in enumerate(lines, 1):  # noqa: B007 - the count is the result
        if run.as_json:
            text = dumps(Result(run.command, data={"line": line.to_dict()}), ascii_only=not utf8)
        else:
            text = redact(line.raw if raw else str(line))
        if not run.as_json and line.service and not raw:
            labels.write(line.service, text)
        else:
            write(sys.stdout, text)
        if follow:
            sys.stdout.flush()
    return count


def _learn_secret(run: Run) -> None:
    """The mask knows the project's secret only once it was read."""
    from ...core.errors import LkmError
    from ...livekit.keys import find_pair

    with contextlib.suppress(LkmError):
        find_pair(run.settings)


def _since(text: str) -> float:
    with contextlib.suppress(ValueError):
        return datetime.fromisoformat(text).timestamp()
    return time.time() - parse(text, "--since")


app = single(show_lines)
