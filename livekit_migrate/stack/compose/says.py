"""What the services of a stack said: their logs as one, each line with its service."""

from __future__ import annotations

import heapq
import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ...core.errors import UsageError
from ...core.secret import remember
from ...core.settings import Settings
from ..logs import Line, Query, parse, wanted
from . import containers
from .containers import Row, when
from .engine import Client, talking
from .job import Job
from .look import by_label
from .model import secrets_of

_POSTGRES = re.compile(r"\b(?P<level>DEBUG\d?|LOG|INFO|NOTICE|WARNING|ERROR|FATAL|PANIC):\s")
_REDIS = re.compile(r"^\d+:[A-Z] .{20,26} (?P<level>[.\-*#]) ")
_WORD = re.compile(r"\b(?P<level>TRACE|DEBUG|INFO|WARN(?:ING)?|ERROR|FATAL|CRITICAL)\b", re.IGNORECASE)
_LEVELS = {
    "trace": "debug", "log": "info", "notice": "info", "warning": "warn", "fatal": "error", "panic": "error",
    "critical": "error", ".": "debug", "-": "debug", "*": "info", "#": "warn",
}  # fmt: skip
# pino and bunyan, in Node: a number for a level.
_NUMBER = re.compile(r'"level":\s*(?P<level>[1-6]0)\b')
_NUMBERS = {"10": "debug", "20": "debug", "30": "info", "40": "warn", "50": "error", "60": "error"}


def read(settings: Settings, query: Query) -> Iterator[Line]:
    """The lines that a query asks for, oldest first; with ``query.follow`` without end.

    Raises:
        NotReadyError: the engine does not answer.
        UsageError: there is no such service.
    """
    job = by_label(settings)
    rows = _chosen(job, query.services)
    for row in rows:
        learn(job.client, row)
    if query.follow:
        from .follow import follow

        return follow(job, rows, query)
    return select((line for _, line in until_now(job.client, rows, query)), query)


def learn(client: Client, row: Row) -> None:
    """Know a container's secrets before a line of it is read: from then on they are masked."""
    found = containers.detail(client, row)
    for value in secrets_of(found.environment) if found else ():
        remember(value)


def _chosen(job: Job, names: Sequence[str]) -> tuple[Row, ...]:
    known = {row.service for row in job.rows}
    for name in names:
        if name not in known:
            raise UsageError(
                f"there is no container of a service {name}",
                code="compose.no-service",
                detail=f"there are: {', '.join(sorted(known)) or 'none'}",
                hint="lkm status shows them",
            )
    return tuple(row for row in job.rows if not names or row.service in names)


def until_now(client: Client, rows: Sequence[Row], query: Query) -> Iterator[tuple[str, Line]]:
    """What was said so far, merged by time; each line with the stamp that the engine gave it."""
    # Of each so many: which of them are the newest of all is only known then.
    tail: int | str = "all" if query.last is None or query.level != "debug" else query.last
    streams = [lines_of(client, row, since=query.since, tail=tail) for row in rows]
    return heapq.merge(*streams, key=lambda each: each[1].time or 0.0)


def select(lines: Iterator[Line], query: Query) -> Iterator[Line]:
    """Those that are wanted, and of these the last."""
    kept = (line for line in lines if wanted(line, query))
    return kept if query.last is None else iter(deque(kept, maxlen=query.last))


def lines_of(
    client: Client, row: Row, *, since: float | None, tail: int | str, follow: bool = False
) -> Iterator[tuple[str, Line]]:
    """The lines of one container, as they come, each with the engine's stamp.

    Args:
        since: Unix seconds.
        tail: so many of the last, or ``all``.
    """
    import docker.errors

    more = {} if not since or since <= 0 else {"since": since}
    try:
        with talking():
            chunks = client.logs(row.id, stream=True, follow=follow, timestamps=True, tail=tail, **more)
            rest = b""
            for chunk in chunks:
                *whole, rest = (rest + chunk).split(b"\n")
                yield from (line_of(row.title, each) for each in whole)
            if rest:
                yield line_of(row.title, rest)
    except docker.errors.NotFound:
        return


def line_of(service: str, raw: bytes) -> tuple[str, Line]:
    """A line of the engine: its stamp, then what the program said."""
    whole = raw.decode("utf-8", "replace").rstrip("\r\n")
    stamp, _, text = whole.partition(" ")
    at = when(stamp)
    if at is None:
        stamp, text = "", whole
    line = parse(text, at)
    if line.level:
        # The engine's time orders all of them; a program's own lines may be a little out of order.
        return stamp, replace(line, service=service, time=line.time if at is None else at)
    return stamp, replace(line, service=service, time=at, level=level_of(line), message=line.message or text)


def level_of(line: Line) -> str:
    """The level of a line that is not LiveKit's: Redis, PostgreSQL, Node; info where none is recognised."""
    if number := _NUMBER.search(line.raw[:200]):
        return _NUMBERS[number["level"]]
    for pattern in (_REDIS, _POSTGRES, _WORD):
        if match := pattern.search(line.raw[:120]):
            word = match["level"].lower()
            return _LEVELS.get(word, "debug" if word.startswith("debug") else word)
    return "info"
