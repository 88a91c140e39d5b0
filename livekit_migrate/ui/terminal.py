"""What people see: steps while they happen, then findings, tables and the error."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Iterable, Iterator
from typing import IO, TYPE_CHECKING

from ..core.report import Silent
from ..core.result import ErrorInfo, Finding, Fix, Result, Status, Step, Table
from ..core.secret import redact
from .text import encodable, fitted, write

if TYPE_CHECKING:
    from rich.console import Console
    from rich.status import Status as Spinner
    from rich.table import Table as RichTable
    from rich.text import Text

    from ..core.document import Document

MARKS: dict[Status, tuple[str, str, str]] = {
    # status: mark, mark where the stream cannot encode it, style
    "ok": ("✓", "+", "green"),
    "info": ("·", "-", "cyan"),
    "warn": ("!", "!", "yellow"),
    "fail": ("✗", "x", "red"),
    "skip": ("–", "~", "dim"),
}
# Of more checks than these, which were skipped for one cause, only their number is told.
_FEW = 6
_WORDS: dict[Status, str] = {"ok": "ok", "info": "info", "warn": "warn", "fail": "fail", "skip": "skip"}


def console(stream: IO[str]) -> Console:
    """A console for one stream. NO_COLOR, FORCE_COLOR, TERM=dumb and COLUMNS are honoured per stream."""
    from rich.console import Console

    terminal = stream.isatty()
    # Off a terminal lines are left long: whoever reads a pipe or a log wraps by themselves.
    width = None if terminal or os.environ.get("COLUMNS") else 10_000
    return Console(file=stream, highlight=False, soft_wrap=not terminal, width=width, emoji=False)


class Unstyled:
    """A stream for lines as they are: off a terminal rich has nothing to add, and takes long to load."""

    is_terminal = False

    def __init__(self, file: IO[str]) -> None:
        self.file = file

    def line(self, text: str) -> None:
        self.file.write(text + "\n")


def output(stream: IO[str], *, tables: bool = False) -> Console | Unstyled:
    """What writes to a stream: rich where there is a terminal, colour was asked for, or a table comes."""
    if tables or stream.isatty() or os.environ.get("FORCE_COLOR"):
        return console(stream)
    return Unstyled(stream)


class Terminal(Silent):
    """Shows steps on stderr: a spinner on a terminal, one finished line per step elsewhere."""

    def __init__(self) -> None:
        self._out = console(sys.stderr)
        self._spinner: Spinner | None = None
        self._name = ""
        self._animate = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"

    def started(self, name: str) -> None:
        self._name = name
        if self._animate:
            from rich.markup import escape

            self._stop()
            self._spinner = self._out.status(f"{escape(writable(self._out, name))} …", spinner="dots")
            self._spinner.start()

    def updated(self, text: str) -> None:
        if self._spinner:
            from rich.markup import escape

            name, said = (escape(writable(self._out, each)) for each in (self._name, text))
            self._spinner.update(f"{name} … [dim]{said}[/]")

    def progressed(self, done: int, total: int | None) -> None:
        share = f"{_bytes(done)} of {_bytes(total)} ({100 * done // total} %)" if total else _bytes(done)
        bar = f"{_bar(self._out, done / total)} " if total and self._out.width >= _TABLE_WIDTH else ""
        self.updated(bar + share)

    def ended(self, step: Step) -> None:
        self._stop()
        self._show(step)

    def happened(self, step: Step) -> None:
        with self._aside():
            self._show(step)

    def note(self, text: str) -> None:
        with self._aside():
            plain(self._out, text)

    def _show(self, step: Step) -> None:
        detail = f"  {step.detail}" if step.detail else ""
        _line(self._out, step.status, f"{step.name}{detail}", f"{_seconds(step.seconds)}")

    @contextlib.contextmanager
    def _aside(self) -> Iterator[None]:
        """For a line above the spinner."""
        if self._spinner:
            self._spinner.stop()
        yield
        if self._spinner:
            self._spinner.start()

    def _stop(self) -> None:
        if self._spinner:
            self._spinner.stop()
            self._spinner = None


def render(result: Result, *, verbose: bool = False) -> None:
    """A finished Result: data on stdout, chatter and errors on stderr."""
    if result.payload is not None:
        write(sys.stdout, result.payload)
    if result.summary is not None:
        show_document(result.summary)
    shown = result.findings if result.summary is None or verbose else ()
    if shown or result.tables:
        out = output(sys.stdout, tables=bool(result.tables))
        hidden: frozenset[Status] = frozenset(
            ("ok", "skip", "info") if result.only_problems else ("ok", "skip")
        )
        hidden = frozenset() if verbose or result.show_all else hidden
        show_findings(out, shown, hidden=hidden, verbose=verbose)
        for table in result.tables:
            _table(console(sys.stdout), table)
    if result.closing:
        plain(output(sys.stdout), f"\n{result.closing}")
    sys.stdout.flush()
    if result.notes:
        err = output(sys.stderr)
        for note in result.notes:
            plain(err, note)
    if result.error:
        show_error(result.error)


def show_document(it: Document) -> None:
    """A summary on stdout, as wide as a page whatever the terminal's width."""
    from .blocks import lines

    out = output(sys.stdout)
    for text, style in lines(it):
        plain(out, text, style=style, whole=True)


def show_error(error: ErrorInfo) -> None:
    """What ended a command, why, and what to do about it, on stderr."""
    err = output(sys.stderr)
    _line(err, "fail", error.message)
    for line in error.detail.splitlines():
        plain(err, f"  {line}")
    for line in (error.hint and f"→ {error.hint}").splitlines():
        plain(err, f"  {line}", whole=True)


def show_findings(
    out: Console | Unstyled, findings: Iterable[Finding], *, hidden: frozenset[Status], verbose: bool
) -> None:
    """One line per finding, what explains it below, and one line that counts."""
    findings = list(findings)
    if not findings:
        return
    category = ""
    # What was not looked at is a symptom of nothing that is shown where that was not looked at, either.
    unseen = {f.id for f in findings if f.status == "skip" and f.status in hidden and not _folded(f)}
    for finding in _joined(findings, everything="skip" not in hidden):
        if _folded(finding) in unseen:
            continue
        if _folded(finding):
            _symptom(out, finding)
            continue
        if finding.status in hidden:
            continue
        if finding.category and finding.category != category:
            category = finding.category
            plain(out, category, style="bold")
        where = f"{finding.location}: " if finding.location else ""
        time = _seconds(finding.seconds) if finding.seconds is not None else ""
        _line(out, finding.status, f"{where}{finding.title}", time)
        for line in finding.detail.splitlines():
            if line not in finding.title:  # a skipped rung says its reason once
                plain(out, f"    {line}")
        if verbose:
            for key, value in finding.evidence.items():
                plain(out, f"    {key}: {value}", style="dim")
        if finding.fix and finding.status in ("warn", "fail", "skip", "info"):
            _fix(out, finding.fix)
    counts = {status: sum(f.status == status for f in findings) for status in MARKS}
    said = ", ".join(f"{count} {_WORDS[status]}" for status, count in counts.items() if count)
    plain(out, said)


def _folded(finding: Finding) -> str:
    """The id of the finding of which it is a symptom; empty where it stands on its own."""
    return str(finding.evidence.get("folded_under") or "")


def _joined(findings: list[Finding], *, everything: bool) -> Iterator[Finding]:
    """The findings; what was skipped for one cause as one, where not everything is to be seen."""
    from dataclasses import replace

    skipped: dict[str, list[str]] = {}
    for finding in findings:
        under = finding.evidence.get("folded_under")
        if under and finding.status == "skip" and not everything:
            skipped.setdefault(under, []).append(finding.id)
    for finding in findings:
        under = finding.evidence.get("folded_under")
        if under and finding.status == "skip" and not everything:
            if ids := skipped.pop(under, []):
                yield replace(finding, title="not looked at", detail=_few(list(dict.fromkeys(ids))))
        else:
            yield finding


def _few(ids: list[str]) -> str:
    return ", ".join(ids) if len(ids) <= _FEW else f"{len(ids)} checks; -v lists them"


def _symptom(out: Console | Unstyled, finding: Finding) -> None:
    """A finding that comes of the one above it: one line, since mending that mends this."""
    mark, simple, _ = MARKS[finding.status]
    mark = mark if encodable(out.file, mark) else simple
    where = f"{finding.location}: " if finding.location else ""
    said = finding.title if finding.status != "skip" else f"{finding.title} ({finding.detail})"
    plain(out, f"    {mark} {_WORDS[finding.status]} so also: {where}{said}", style="dim")


def _fix(out: Console | Unstyled, fix: Fix) -> None:
    plain(out, f"    → {fix.text}")
    if fix.command:
        plain(out, f"      {fix.command}", style="bold", whole=True)


def _table(out: Console, table: Table) -> None:
    from rich import box
    from rich.table import Table as Columns
    from rich.text import Text

    shown = Columns(
        title=writable(out, table.title) or None,
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    rows = [tuple(writable(out, cell) for cell in row) for row in table.rows]
    longest = max((len(row[0]) for row in rows), default=0)
    for number, column in enumerate(table.columns):
        # The first column is what a row is called by, and often what is copied: in one piece if it can be.
        whole = number == 0 and longest <= out.width // 2
        shown.add_column(Text(column), overflow="fold", no_wrap=whole)
    for row in rows:
        shown.add_row(*map(Text, row))
    if not out.is_terminal:
        # Columns for awk and eyes alike: as wide as they need, no frame, nothing folded.
        shown.box = None
        shown.padding = (0, 1)
    elif out.width < _TABLE_WIDTH and _width(out, shown) > out.width:
        _records(out, table, rows)
        return
    out.print(shown)


_TABLE_WIDTH = 72
"""Columns of a terminal below which a table that does not fit would be folded beyond reading."""


def _width(out: Console, table: RichTable) -> int:
    """Columns that it takes when nothing is folded."""
    from rich.measure import Measurement

    return Measurement.get(out, out.options.update(max_width=10_000), table).maximum


def _records(out: Console, table: Table, rows: Iterable[tuple[str, ...]]) -> None:
    """A table where there is no room for one: each cell on a line of its own.

    A cell of one word, a path or a URL, stays in one piece, to be copied.
    """
    out.print()
    if table.title:
        plain(out, table.title)
    pairs = len(table.columns) == 2
    if pairs:
        plain(out, " ".join(filter(None, table.columns)), style="bold")
    for first, *rest in rows:
        if pairs:
            plain(out, f"{first}: {rest[0]}", whole=" " not in rest[0])
            continue
        plain(out, first, style="bold", whole=True)
        for column, cell in zip(table.columns[1:], rest, strict=True):
            if cell:
                plain(out, f"  {column}: {cell}" if column else f"  {cell}", whole=" " not in cell)
    out.print()


def _line(out: Console | Unstyled, status: Status, text: str, time: str = "") -> None:
    mark, simple, style = MARKS[status]
    if not encodable(out.file, mark):
        mark = simple
    word = f"{_WORDS[status]:<4}"
    if isinstance(out, Unstyled):
        out.line(f"{mark} {word} {writable(out, text)}" + (f"  {time}" if time else ""))
        return
    from rich.text import Text

    line = Text.assemble((f"{mark} {word} ", style), writable(out, text))
    if time:
        line.append(f"  {time}", style="dim")
    _hanging(out, line, len(f"{mark} {word} "))


def plain(out: Console | Unstyled, text: str, style: str = "", *, whole: bool = False) -> None:
    """Text as it is: no markup, secrets masked.

    Args:
        whole: one line however narrow the terminal is: what is copied from it must not be cut in two.
    """
    if isinstance(out, Unstyled):
        out.line(writable(out, text))
        return
    from rich.text import Text

    line = Text(writable(out, text), style=style)
    if whole or not (match := _HEAD.match(line.plain)):
        out.print(line, soft_wrap=whole or None)
    else:
        _hanging(out, line, match.end())


_HEAD = re.compile(r" {2,}(?:[^\w\s] )?")
"""What a line begins with below which its next lines do not go: spaces, and a mark or an arrow."""


def _hanging(out: Console, line: Text, head: int) -> None:
    """A line whose next lines stand under its text: what belongs together is seen in a narrow terminal, too.

    Args:
        head: characters before the text.
    """
    from rich.text import Text

    room = out.width - head
    if out.soft_wrap or len(line) <= out.width or room < _NARROW:
        out.print(line)
        return
    first, *rest = line[head:].wrap(out, room)
    out.print(line[:head] + first)
    for each in rest:
        out.print(Text(" " * head) + each)


_NARROW = 30
"""Columns for text below which an indent costs more than it shows."""


def writable(out: Console | Unstyled, text: str) -> str:
    """The text as this stream can show it, secrets masked."""
    return fitted(out.file, redact(text))


def _seconds(value: float) -> str:
    return f"{value * 1000:.0f} ms" if value < 0.1 else f"{value:.1f} s"


_BAR_WIDTH = 20


def _bar(out: Console, share: float) -> str:
    """How much is done, of a bar."""
    full, empty = ("━", "─") if encodable(out.file, "━─") else ("#", "-")
    done = int(_BAR_WIDTH * min(share, 1.0))
    return full * done + empty * (_BAR_WIDTH - done)


def _bytes(count: int | None) -> str:
    if count is None:
        return "?"
    return f"{count / 1_000_000:.1f} MB" if count >= 100_000 else f"{count / 1000:.0f} kB"
