"""The engine's events of one project, as they come, through a queue that never blocks."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from .containers import PROJECT, SERVICE
from .engine import Client


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a container. ``time`` is Unix seconds of the engine's clock.

    Args:
        action: ``create``, ``start``, ``die``, ``kill``, ``health_status: healthy``, …
        exit_code: of ``die``.
    """

    container: str
    service: str
    action: str
    time: float
    exit_code: int | None = None


class Events:
    """A thread that listens from now on. Use it as a context manager."""

    def __init__(self, client: Client, project: str) -> None:
        """
        Args:
            client: for this alone: the answer to its request never ends.
        """
        self._client = client
        self._queue: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.broken: Exception | None = None
        # Asked for here, not in the thread: what happens after this line is not missed.
        self._stream = client.events(
            filters={"type": "container", "label": f"{PROJECT}={project}"}, decode=True
        )
        self._closed = False
        threading.Thread(target=self._listen, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._closed = True
        with contextlib.suppress(Exception):  # the thread may be in the middle of a read
            self._stream.close()

    def _listen(self) -> None:
        try:
            for raw in self._stream:
                self._queue.put(event_of(raw))
            error: Exception = ConnectionError("the stream of events has ended")
        except Exception as caught:  # any of the layers below: the engine went away
            error = caught
        if not self._closed:
            self.broken = error

    def waiting(self, seconds: float = 0.0) -> Iterator[Event]:
        """What has come; when nothing has, wait for it so long at most."""
        with contextlib.suppress(queue.Empty):
            yield self._queue.get(timeout=seconds) if seconds > 0 else self._queue.get_nowait()
            while True:
                yield self._queue.get_nowait()


def event_of(raw: Mapping[str, Any]) -> Event:
    """The engine's JSON as an Event."""
    attributes = raw.get("Actor", {}).get("Attributes", {})
    code = attributes.get("exitCode")
    return Event(
        str(raw.get("Actor", {}).get("ID", "")),
        str(attributes.get(SERVICE, "")),
        str(raw.get("Action") or raw.get("status") or ""),
        float(raw.get("timeNano") or 0) / 1e9,
        int(code) if code is not None and str(code).lstrip("-").isdigit() else None,
    )
