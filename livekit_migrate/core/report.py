"""What a running command tells while it works. The ui shows it; below cli nothing prints."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # `lkm --help` has no result, and its dataclasses cost half an empty Python start
    from .result import Status, Step


class Progress(Protocol):
    """A step that is under way."""

    def update(self, text: str) -> None:
        """Say what is being waited for; replaces the text said before."""

    def amount(self, done: int, total: int | None) -> None:
        """Bytes done, of how many (None: unknown)."""

    def finish(self, detail: str = "", status: Status = "ok") -> None:
        """What came of it, shown when the step ends; a later call replaces it."""


class Listener(Protocol):
    """Who shows steps as they happen."""

    def started(self, name: str) -> None: ...
    def updated(self, text: str) -> None: ...
    def progressed(self, done: int, total: int | None) -> None: ...
    def ended(self, step: Step) -> None: ...
    def happened(self, step: Step) -> None: ...
    def note(self, text: str) -> None: ...


class Silent:
    """Shows nothing: JSON output and tests."""

    def started(self, name: str) -> None:
        """Nothing to show."""

    def updated(self, text: str) -> None:
        """Nothing to show."""

    def progressed(self, done: int, total: int | None) -> None:
        """Nothing to show."""

    def ended(self, step: Step) -> None:
        """Nothing to show."""

    def happened(self, step: Step) -> None:
        """Nothing to show."""

    def note(self, text: str) -> None:
        """Nothing to show."""


class _Running:
    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self.detail = ""
        self.status: Status = "ok"

    def update(self, text: str) -> None:
        self._listener.updated(text)

    def amount(self, done: int, total: int | None) -> None:
        self._listener.progressed(done, total)

    def finish(self, detail: str = "", status: Status = "ok") -> None:
        self.detail, self.status = detail, status


class Reporter:
    """Collects the steps of one command and tells a listener about each as it happens."""

    def __init__(self, listener: Listener | None = None) -> None:
        self._listener: Listener = listener or Silent()
        self.steps: list[Step] = []
        self.notes: list[str] = []

    @contextmanager
    def step(self, name: str) -> Iterator[Progress]:
        """Time a step; an exception that leaves the block ends it with status fail."""
        from .result import Step

        running = _Running(self._listener)
        self._listener.started(name)
        start = time.monotonic()
        try:
            yield running
        except BaseException:
            running.status = "fail"
            raise
        finally:
            step = Step(name, running.status, time.monotonic() - start, running.detail)
            self.steps.append(step)
            self._listener.ended(step)

    def happened(self, name: str, detail: str, seconds: float, status: Status = "ok") -> None:
        """A step that went on beside the others has ended; the one under way goes on.

        Args:
            seconds: how long it took.
        """
        from .result import Step

        step = Step(name, status, seconds, detail)
        self.steps.append(step)
        self._listener.happened(step)

    def note(self, text: str) -> None:
        """Say something that is no step: a warning, where a file went."""
        self.notes.append(text)
        self._listener.note(text)
