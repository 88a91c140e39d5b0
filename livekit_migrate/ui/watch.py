"""A command that looks again and again: redrawn on a terminal, elsewhere a line or JSON document per look."""

from __future__ import annotations

import contextlib
import os
import select
import sys
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, Self

from ..core.looks import History
from ..core.report import Reporter, Silent
from ..core.result import Result, Step
from ..core.secret import redact
from .text import encodable, write

if TYPE_CHECKING:
    from rich.console import Console
    from rich.live import Live

_BARS = ("▁▂▃▄▅▆▇█", "_.-:=+*#")  # the second where a stream is not Unicode
_UNITS = {"ms": "ms", "percent": "%"}


class View(Protocol):
    """How looks are shown."""

    def __enter__(self) -> Self: ...
    def __exit__(self, *error: object) -> None: ...
    def reporter(self) -> Reporter:
        """One for the next look."""

    def show(self, history: History, result: Result) -> None:
        """The look that has just ended.

        Raises:
            BrokenPipeError: nobody reads any more.
        """

    def interrupted(self) -> None:
        """Ctrl-C was pressed, and somebody has said so on the terminal."""


def view(title: str, labels: Mapping[str, str], *, as_json: bool, verbose: bool = False) -> View:
    """The view that fits stdout.

    Args:
        title: what is looked at, and how often.
        labels: what people call each of ``Look.figures``.
    """
    if as_json:
        return _Documents()
    if sys.stdout.isatty() and os.environ.get("TERM") != "dumb":
        return _Screen(title, labels, verbose=verbose)
    return _Lines(labels)


def wait(seconds: float) -> None:
    """Sleep.

    Raises:
        BrokenPipeError: the reader of stdout went away meanwhile (``| head -1``).
    """
    poll = getattr(select, "poll", None)  # Windows has none
    number = -1
    with contextlib.suppress(OSError, ValueError):
        number = sys.stdout.fileno()
    if poll is None or number < 0:
        time.sleep(seconds)
        return
    poller = poll()
    poller.register(number, 0)
    if poller.poll(seconds * 1000):
        raise BrokenPipeError


def clear() -> None:
    """Empty the terminal for the next look; nothing where stdout is none."""
    if sys.stdout.isatty() and os.environ.get("TERM") != "dumb":
        sys.stdout.write("\x1b[H\x1b[2J")


class _Documents:
    """One JSON document per line."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """Nothing to end."""

    def reporter(self) -> Reporter:
        return Reporter()

    def show(self, history: History, result: Result) -> None:  # noqa: ARG002 - the data has it already
        from .json import dumps

        utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
        sys.stdout.write(dumps(result, ascii_only=not utf8) + "\n")
        sys.stdout.flush()

    def interrupted(self) -> None:
        """Nothing is drawn that this could disturb."""


class _Lines(_Documents):
    """One line per look, for a log or a pipe."""

    def __init__(self, labels: Mapping[str, str]) -> None:
        self._labels = labels

    def show(self, history: History, result: Result) -> None:  # noqa: ARG002 - one line, no findings
        look = history.last[-1]
        values = [
            f"{label} {_value(name, look.figures[name])}"
            for name, label in self._labels.items()
            if look.figures.get(name) is not None
        ]
        text = "  ".join([f"{look.at:%Y-%m-%d %H:%M:%S}", f"{look.status:<4}", look.text, *values])
        write(sys.stdout, redact(text))
        sys.stdout.flush()


class _Screen(Silent):
    """Redrawn in place: what was measured lately, then the latest findings; the last one stays."""

    def __init__(self, title: str, labels: Mapping[str, str], *, verbose: bool) -> None:
        from .terminal import console

        self._title = title
        self._labels = labels
        self._verbose = verbose
        self._out = console(sys.stdout)
        # Drawn on first, never written: what comes of it is what the terminal shows in one go.
        self._paper = console(sys.stdout)
        self._history = History()
        self._result: Result | None = None
        self._now = ""
        self._ended = False
        self._live: Live | None = None

    def __enter__(self) -> Self:
        from rich.live import Live

        self._live = Live(console=self._out, auto_refresh=False, redirect_stdout=False, redirect_stderr=False)
        self._live.start()
        self._out.show_cursor(True)  # whatever ends us, the cursor is not lost
        self._draw()
        return self

    def __exit__(self, *error: object) -> None:
        self._now, self._ended = "", True
        self._draw()
        if self._live:
            self._live.stop()
            self._live = None

    def reporter(self) -> Reporter:
        return Reporter(self)

    def updated(self, text: str) -> None:
        self._now = text
        self._draw()

    def ended(self, step: Step) -> None:  # noqa: ARG002 - its findings come right after
        self._now = ""

    def show(self, history: History, result: Result) -> None:
        self._history, self._result = history, result
        self._draw()

    def interrupted(self) -> None:
        from rich.control import Control
        from rich.segment import ControlType

        # Back over the empty line's end and the line that answered Ctrl-C, to where the drawing ends.
        up = ((ControlType.CURSOR_UP, 1), (ControlType.ERASE_IN_LINE, 2))
        self._out.control(Control(*up, *up))

    def _draw(self) -> None:
        from rich.text import Text

        if self._live is None:
            return
        with self._paper.capture() as drawn:
            self._draw_on(self._paper)
        self._live.update(Text.from_ansi(drawn.get().rstrip("\n")), refresh=True)

    def _draw_on(self, out: Console) -> None:
        from .terminal import plain, show_findings

        plain(out, self._title, style="bold")
        look = self._history.last[-1] if self._history.last else None
        said = [f"look {look.number} at {look.clock}"] if look else []
        if not self._ended:
            said.append(f"now: {self._now}" if self._now else "Ctrl-C ends")
        plain(out, "; ".join(said), style="dim")
        if look:
            self._draw_history(out)
        if self._result:
            show_findings(out, self._result.findings, hidden=frozenset(), verbose=self._verbose)

    def _draw_history(self, out: Console) -> None:
        from .terminal import MARKS, plain

        labels = max(map(len, ["looks", *self._labels.values()]))
        width = max(out.width - labels - 14, 5)
        looks = list(self._history.last)[-width:]
        fits = encodable(out.file, "".join(_BARS[0]) + "".join(mark[0] for mark in MARKS.values()))
        counts = f"{self._history.counts['ok']}/{self._history.looks} ok"
        rows = [("looks", counts, "".join(MARKS[look.status][0 if fits else 1] for look in looks))]
        for name, label in self._labels.items():
            values = [look.figures.get(name) for look in looks]
            if any(value is not None for value in values):
                rows.append((label, _value(name, values[-1]), spark(values, _BARS[0 if fits else 1])))
        for label, value, line in rows:
            plain(out, f"{label:<{labels}} {value:>11}  {line}")
        if self._history.worst and not self._ended:  # at the end it is said below
            plain(out, self._history.summary)
        plain(out, "")


def spark(values: Sequence[float | None], bars: str) -> str:
    """Values as a row of bars from zero to the greatest; a gap where nothing was measured."""
    top = max((value for value in values if value is not None), default=0.0)
    return "".join(
        " " if value is None else bars[round(value / top * (len(bars) - 1))] if top > 0 else bars[0]
        for value in values
    )


def _value(name: str, value: float | None) -> str:
    unit = _UNITS[name.rpartition("_")[2]]
    return "-" if value is None else f"{value:.1f} {unit}" if unit == "ms" else f"{value:g} {unit}"
