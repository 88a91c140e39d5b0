"""Why a server ended instead of becoming ready, in its own words and at the place in the user's file."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path

from ...core.errors import ConfigError, LkmError, NotReadyError
from ...core.secret import redact
from ...core.settings import Settings
from .. import ports as port_checks
from .. import supervise
from .plan import Plan
from .record import Record

_TAIL_LINES = 12


def ended(settings: Settings, folder: Path, record: Record, plan: Plan) -> LkmError:
    """The error for a server that ended instead of becoming ready; with 1.13.5 its exit code is 0 then."""
    lines = last_lines(folder, record)
    # Its last word is the reason; INFO lines before that are of no interest.
    words = [line for line in lines if not re.search(r"\t(INFO|DEBUG|WARN)\t", line)] or lines
    reason = words[-1] if words else ""
    all_said = "\n".join(words)
    detail = "\n".join([*words, f"log: {log_name(settings, folder)}"])
    if re.search(r"address already in use|only one usage of each socket address", all_said):
        troubles = [trouble for port in plan.ports if (trouble := port_checks.examine(port))]
        if troubles:
            return port_checks.refusal(troubles)
        return NotReadyError(
            f"livekit-server could not open a port: {reason}", code="ports.busy", detail=detail
        )
    if record.exit_code == 127:
        return NotReadyError(
            reason or "livekit-server cannot be run",
            code="native.cannot-run",
            detail=detail,
            hint="get it anew: lkm server install --force",
        )
    if record.signal or re.search(r"^(panic:|fatal error:|goroutine )", all_said, re.MULTILINE) or not words:
        return LkmError(
            f"livekit-server {'crashed' if words else 'ended without a word'} at start ({record.ending()})",
            code="native.crashed",
            detail=detail,
            hint="lkm logs shows all of it",
        )
    placed = [_placed(settings, plan, line) for line in words]
    source = plan.config.source
    return ConfigError(
        f"livekit-server refused to start: {_reason(placed)}",
        code="native.refused",
        detail="\n".join([*placed, f"it ended with {record.ending()}; log: {log_name(settings, folder)}"]),
        hint=f"edit {settings.relative(source)}, then: lkm up" if source else "lkm logs shows all of it",
    )


def _reason(words: list[str]) -> str:
    """The server's reason on one line: a YAML error comes as a heading and one line per mistake."""
    for heading, mistake in itertools.pairwise(words):
        if heading.rstrip().endswith(":"):
            return mistake.strip()
    return words[-1].strip()


def _placed(settings: Settings, plan: Plan, text: str) -> str:
    """The server counts the lines of the file that it was given: say where that is in the project's own."""
    source = plan.config.source

    def place(match: re.Match[str]) -> str:
        line = plan.config.source_line(int(match[1]))
        return f"{settings.relative(source)}:{line}" if source and line else match[0]

    return re.sub(r"\bline (\d+)", place, text)


def last_lines(folder: Path, record: Record) -> list[str]:
    """The last lines of this run."""
    return list(run_lines(folder, record.run))[-_TAIL_LINES:]


def run_lines(folder: Path, run: str) -> Iterator[str]:
    """What the server said in one run, without the supervisor's own lines."""
    from ..logs import Query, read

    mine = False
    for line in read(folder / supervise.LOG, Query(last=None)):
        if line.logger == "lkm":
            mine = mine or line.fields.get("run") == run
            if line.fields.get("run") != run:
                mine = False
            continue
        if mine:
            yield redact(line.raw)


def log_name(settings: Settings, folder: Path) -> str:
    return settings.relative(folder / supervise.LOG)
