"""What people see: steps while they happen, then findings, tables and the error."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import IO, TYPE_CHECKING

from ..core.report import Silent
from ..core.result import Finding, Fix, Result, Status, Step, Table
from ..core.secret import redact

if TYPE_CHECKING:
    from rich.console import Console
    from rich.status import Status as Spinner

_MARKS: dict[Status, tuple[str, str, str]] = {
    # status: mark, mark where the stream cannot encode it, style
    "ok": ("✓", "+", "green"),
    "info": ("·", "-", "cyan"),
    "warn": ("!", "!", "yellow"),
    "fail": ("✗", "x", "red"),
    "skip": ("–", "~", "dim"),
}
_WORDS: dict[Status, str] = {"ok": "ok", "info": "info", "warn": "warn", "fail": "fail", "skip": "skip"}


def console(stream: IO[str]) -> Console:
    """A console for one stream. NO_COLOR, FORCE_COLOR, TERM=dumb and COLUMNS are honoured per stream."""
    from rich.console import Console

    terminal = stream.isatty()
    # Off a terminal lines are left long: whoever reads a pipe or a log wraps by themselves.
    width = None if terminal or os.environ.get("COLUMNS") else 10_000
    return Console(file=stream, highlight=False, soft_wrap=not terminal, width=width, emoji=False)


def _encodable(stream: IO[str], text: str) -> bool:
    try:
        text.encode(getattr(stream, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


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
            self._spinner = self._out.status(f"{escape(redact(name))} …", spinner="dots")
            self._spinner.start()

    def updated(self, text: str) -> None:
        if self._spinner:
            from rich.markup import escape

            self._spinner.update(f"{escape(redact(self._name))} … [dim]{escape(redact(text))}[/]")

    def progressed(self, done: int, total: int | None) -> None:
        share = f"{_bytes(done)} of {_bytes(total)} ({100 * done // total} %)" if total else _bytes(done)
        self.updated(share)

    def ended(self, step: Step) -> None:
        self._stop()
        detail = f"  {step.detail}" if step.detail else ""
        _line(self._out, step.status, f"{step.name}{detail}", f"{_seconds(step.seconds)}")

    def note(self, text: str) -> None:
        if self._spinner:
            self._spinner.stop()
        _plain(self._out, text)
        if self._spinner:
            self._spinner.start()

    def _stop(self) -> None:
        if self._spinner:
            self._spinner.stop()
            self._spinner = None


def render(result: Result, *, verbose: bool = False) -> None:
    """A finished Result: data on stdout, chatter and errors on stderr."""
    if result.payload is not None:
        sys.stdout.write(result.payload if result.payload.endswith("\n") else result.payload + "\n")
    if result.findings or result.tables:
        out = console(sys.stdout)
        _findings(out, result.findings, everything=verbose or result.show_all, verbose=verbose)
        for table in result.tables:
            _table(out, table)
    sys.stdout.flush()
    if result.notes or result.error:
        err = console(sys.stderr)
        for note in result.notes:
            _plain(err, note)
        if result.error:
            _line(err, "fail", result.error.message)
            for text in (result.error.detail, result.error.hint and f"→ {result.error.hint}"):
                for line in text.splitlines():
                    _plain(err, f"  {line}")


def _findings(out: Console, findings: Iterable[Finding], *, everything: bool, verbose: bool) -> None:
    findings = list(findings)
    if not findings:
        return
    category = ""
    for finding in findings:
        if not everything and finding.status in ("ok", "skip"):
            continue
        if finding.category and finding.category != category:
            category = finding.category
            _plain(out, category, style="bold")
        where = f"{finding.location}: " if finding.location else ""
        time = _seconds(finding.seconds) if finding.seconds is not None else ""
        _line(out, finding.status, f"{where}{finding.title}", time)
        for line in finding.detail.splitlines():
            if line not in finding.title:  # a skipped rung says its reason once
                _plain(out, f"    {line}")
        if verbose:
            for key, value in finding.evidence.items():
                _plain(out, f"    {key}: {value}", style="dim")
        if finding.fix and finding.status in ("warn", "fail", "skip", "info"):
            _fix(out, finding.fix)
    counts = {status: sum(f.status == status for f in findings) for status in _MARKS}
    said = ", ".join(f"{count} {_WORDS[status]}" for status, count in counts.items() if count)
    _plain(out, said)


def _fix(out: Console, fix: Fix) -> None:
    _plain(out, f"    → {fix.text}")
    if fix.command:
        _plain(out, f"      {fix.command}", style="bold")


def _table(out: Console, table: Table) -> None:
    from rich import box
    from rich.table import Table as RichTable
    from rich.text import Text

    shown = RichTable(
        title=_writable(out, table.title) or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False
    )
    for column in table.columns:
        shown.add_column(Text(column), overflow="fold")
    for row in table.rows:
        shown.add_row(*(Text(_writable(out, cell)) for cell in row))
    if not out.is_terminal:
        # Columns for awk and eyes alike: as wide as they need, no frame, nothing folded.
        shown.box = None
    out.print(shown)


def _line(out: Console, status: Status, text: str, time: str = "") -> None:
    from rich.text import Text

    mark, plain, style = _MARKS[status]
    if not _encodable(out.file, mark):
        mark = plain
    word = f"{_WORDS[status]:<4}"
    line = Text.assemble((f"{mark} {word} ", style), _writable(out, text))
    if time:
        line.append(f"  {time}", style="dim")
    out.print(line)


def _plain(out: Console, text: str, style: str = "") -> None:
    from rich.text import Text

    out.print(Text(_writable(out, text), style=style))


# For streams that are not Unicode: what we use in sentences, in letters that every stream has.
_ASCII = str.maketrans({"→": "->", "…": "...", "–": "-", "—": "-", "•": "*", "≤": "<=", "≥": ">=", "×": "x"})


def _writable(out: Console, text: str) -> str:
    """The text as this stream can show it, secrets masked."""
    text = redact(text)
    if _encodable(out.file, text):
        return text
    encoding = getattr(out.file, "encoding", None) or "ascii"
    return text.translate(_ASCII).encode(encoding, "replace").decode(encoding)


def _seconds(value: float) -> str:
    return f"{value * 1000:.0f} ms" if value < 0.1 else f"{value:.1f} s"


def _bytes(count: int | None) -> str:
    if count is None:
        return "?"
    return f"{count / 1_000_000:.1f} MB" if count >= 100_000 else f"{count / 1000:.0f} kB"
