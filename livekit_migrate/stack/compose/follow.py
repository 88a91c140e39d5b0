"""Logs of a stack from now on: every container that is there, and those that come."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Sequence

from ...core.errors import LkmError
from ..logs import Line, Query, wanted
from . import containers, engine
from .containers import Row
from .events import Events
from .job import Job
from .says import learn, lines_of, select, until_now

_WAKE_SECONDS = 0.1


class _Listeners:
    """A thread for each container. By the engine's stamps no line comes twice, and none is left out."""

    def __init__(self) -> None:
        self.lines: queue.SimpleQueue[Line | LkmError] = queue.SimpleQueue()
        self._last: dict[str, str] = {}
        self._lock = threading.Lock()

    def saw(self, container: str, stamp: str) -> bool:
        """Whether this line comes after all that was seen of the container."""
        with self._lock:
            if stamp and stamp <= self._last.get(container, ""):
                return False
            self._last[container] = max(stamp, self._last.get(container, ""))
            return True

    def listen(self, row: Row, since: float | None) -> None:
        threading.Thread(target=self._run, args=(row, since), daemon=True).start()

    def _run(self, row: Row, since: float | None) -> None:
        try:
            client = engine.connect()
            for stamp, line in lines_of(client, row, since=since, tail="all", follow=True):
                if self.saw(row.id, stamp):
                    self.lines.put(line)
        except LkmError as error:
            self.lines.put(error)


def follow(job: Job, rows: Sequence[Row], query: Query) -> Iterator[Line]:
    """What was said, then what is said from now on, also by containers that are started later."""
    listeners = _Listeners()
    project = job.stack.name
    with Events(engine.connect(), project) as events:
        past: list[Line] = []
        latest: dict[str, float] = {}
        by_title = {row.title: row.id for row in rows}
        for stamp, line in until_now(job.client, rows, query):
            listeners.saw(by_title[line.service], stamp)
            latest[by_title[line.service]] = line.time or 0.0
            past.append(line)
        yield from select(iter(past), query)
        for row in rows:
            # A second earlier: what was seen is known by its stamp.
            listeners.listen(row, latest[row.id] - 1 if row.id in latest else query.since)
        while True:
            yield from (line for line in _next(listeners) if wanted(line, query))
            for event in events.waiting():
                if event.action == "start" and (not query.services or event.service in query.services):
                    for row in containers.of_project(containers.listed(job.client), project):
                        if row.id == event.container:
                            learn(job.client, row)
                            listeners.listen(row, event.time - 1)
            if events.broken is not None:
                raise engine.gone(events.broken)


def _next(listeners: _Listeners) -> Iterator[Line]:
    try:
        line = listeners.lines.get(timeout=_WAKE_SECONDS)
    except queue.Empty:
        return
    if isinstance(line, LkmError):
        raise line
    yield line
