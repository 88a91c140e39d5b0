"""A server's rotated log files as one stream of lines, filtered, and followed across rotations."""

from __future__ import annotations

import contextlib
import json
import math
import re
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

LEVELS = ("debug", "info", "warn", "error")
_POLL_SECONDS = 0.1
_LAST_TIME = 253_370_764_800  # Unix time of 9999-01-01: no later one has a date everywhere
_DEEPEST = 50


@dataclass(frozen=True, slots=True)
class Query:
    """Which lines.

    Args:
        last: at most so many, the newest; None: all.
        since: Unix time in seconds; older ones are left out.
        level: the least important level that is shown. Lines without a level (a panic, a start-up error)
            count as errors.
        follow: go on with what is written from now on.
        services: only these; empty: all.
    """

    last: int | None = 100
    since: float | None = None
    level: str = "debug"
    follow: bool = False
    services: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a log. ``time`` is Unix time in seconds, of the line before where it has none itself.

    Args:
        service: who said it, where several do.
    """

    raw: str
    time: float | None = None
    level: str = ""
    logger: str = ""
    caller: str = ""
    message: str = ""
    fields: dict[str, Any] = field(default_factory=dict)
    service: str = ""

    def __str__(self) -> str:
        """For people: local time, level, message, fields; what is no log line stays as it is."""
        if not self.level or self.time is None:
            return self.raw
        clock = datetime.fromtimestamp(self.time).astimezone().strftime("%H:%M:%S.%f")[:-3]
        where = "" if self.logger in ("", "livekit") else f"[{self.logger.removeprefix('livekit.')}] "
        facts = "".join(f"  {name}={_plain(value)}" for name, value in self.fields.items())
        return f"{clock} {self.level.upper():<5} {where}{self.message}{facts}"

    def to_dict(self) -> dict[str, Any]:
        stamp = None if self.time is None else datetime.fromtimestamp(self.time, UTC).isoformat()
        return {
            "time": stamp,
            "level": self.level or None,
            "logger": self.logger or None,
            "caller": self.caller or None,
            "message": self.message or self.raw,
            "fields": self.fields,
            "service": self.service or None,
        }


def _plain(value: Any) -> str:
    if isinstance(value, str):
        plain = re.fullmatch(r"[^\s\"=]+", value) and value.isprintable()
        return value if plain else json.dumps(value, ensure_ascii=False)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def parse(raw: str, before: float | None = None) -> Line:
    """One line in either form of livekit-server 1.13.5: tab-separated, or JSON (``logging.json``).

    Args:
        before: the time of the line before, for one that has none.
    """
    if raw.startswith("{") and (data := _object(raw)):
        with contextlib.suppress(ValueError, TypeError, OverflowError):
            stamp = data.pop("ts", None)
            return Line(
                raw,
                _possible(float(stamp)) if stamp is not None else before,
                _level(str(data.pop("level", ""))),
                str(data.pop("logger", "")),
                str(data.pop("caller", "")),
                str(data.pop("msg", "")),
                data,
            )
    parts = raw.split("\t")
    if len(parts) < 4 or (stamp := _time(parts[0])) is None:
        return Line(raw, before)
    # time, level, logger, caller, message, fields; the logger's name or the fields may be absent.
    facts: dict[str, Any] = {}
    rest = parts[2:]
    if rest[-1].startswith("{"):
        facts = _object(rest[-1])
        rest = rest[:-1] if facts or rest[-1].strip() == "{}" else rest
    named = bool(re.fullmatch(r"[\w.\-]+", rest[0])) and len(rest) > 1
    logger = rest.pop(0) if named else ""
    caller = rest.pop(0) if len(rest) > 1 else ""
    return Line(raw, stamp, _level(parts[1]), logger, caller, "\t".join(rest), facts)


def _time(text: str) -> float | None:
    if not re.match(r"\d{4}-\d\d-\d\dT", text):
        return None
    try:
        return _possible(datetime.fromisoformat(text).timestamp())
    except (ValueError, OverflowError):
        return None


def _possible(stamp: float) -> float:
    if not 0 <= stamp < _LAST_TIME:
        raise ValueError
    return stamp


def _object(text: str) -> dict[str, Any]:
    """A JSON object; empty for what is none, or is nested deeper than any server logs.

    Numbers that JSON does not have (NaN, 1e400) stay the text that they are.
    """

    def number(digits: str) -> float | str:
        return value if math.isfinite(value := float(digits)) else digits

    try:
        found = json.loads(text, parse_float=number, parse_constant=str)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) and _shallow(found) else {}


def _shallow(value: Any, depth: int = 0) -> bool:
    if depth > _DEEPEST:
        return False
    if isinstance(value, dict | list):
        return all(
            _shallow(each, depth + 1) for each in (value.values() if isinstance(value, dict) else value)
        )
    return True


def _level(text: str) -> str:
    level = text.strip().lower()
    level = {"warning": "warn", "fatal": "error", "panic": "error", "dpanic": "error"}.get(level, level)
    return level if level in LEVELS else ""


def files_of(path: Path) -> list[Path]:
    """The log and what was put aside of it, oldest first."""
    rotated: list[tuple[int, Path]] = []
    with contextlib.suppress(OSError):
        for file in path.parent.iterdir():
            number = file.name.removeprefix(f"{path.name}.")
            if file.name.startswith(f"{path.name}.") and number.isdigit():
                rotated.append((int(number), file))
    found = [file for _, file in sorted(rotated, reverse=True)]
    return [*found, path] if path.exists() else found


def read(path: Path, query: Query) -> Iterator[Line]:
    """The lines that a query asks for, oldest first.

    Args:
        path: the newest file; it may not be there yet when following.
    """
    if query.follow:
        tail = _Tail(path)
        yield from _select(tail.until_now(), query)
        for line in _parsed(tail.from_now()):
            if wanted(line, query):
                yield line
        return
    yield from _select(_all_lines(path), query)


def _select(raws: Iterator[str], query: Query) -> Iterator[Line]:
    chosen = (line for line in _parsed(raws) if wanted(line, query))
    return chosen if query.last is None else iter(deque(chosen, maxlen=query.last))


def _parsed(raws: Iterator[str]) -> Iterator[Line]:
    before: float | None = None
    for raw in raws:
        line = parse(raw, before)
        before = line.time
        yield line


def wanted(line: Line, query: Query) -> bool:
    """Whether a query asks for this line."""
    if query.since is not None and (line.time is None or line.time < query.since):
        return False
    return LEVELS.index(line.level or "error") >= LEVELS.index(query.level)


def _open(path: Path) -> IO[str]:
    return path.open(encoding="utf-8", errors="replace", newline="\n")


def _all_lines(path: Path) -> Iterator[str]:
    # Opened newest first: what is rotated while we open is then missed by none and seen once.
    seen: set[tuple[int, int]] = set()
    opened: list[IO[str]] = []
    try:
        for file in reversed(files_of(path)):
            with contextlib.suppress(OSError):
                handle = _open(file)
                opened.append(handle)
        for handle in reversed(opened):
            if (key := _identity(handle)) not in seen:
                seen.add(key)
                yield from (line.rstrip("\n") for line in handle)
    finally:
        for handle in opened:
            handle.close()


def _identity(file: IO[str] | Path) -> tuple[int, int]:
    import os

    info = os.fstat(file.fileno()) if not isinstance(file, Path) else file.stat()
    return info.st_dev, info.st_ino


class _Tail:
    """Follows a log by its open file; when that was put aside, reads on in what came after it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None
        self._rest = ""

    def until_now(self) -> Iterator[str]:
        files = files_of(self._path)
        for file in files[:-1] if files and files[-1] == self._path else files:
            with contextlib.suppress(OSError), _open(file) as handle:
                yield from (line.rstrip("\n") for line in handle)
        with contextlib.suppress(OSError):
            self._file = _open(self._path)
        yield from self._new()

    def from_now(self) -> Iterator[str]:
        try:
            while True:
                if self._file is None:
                    with contextlib.suppress(OSError):
                        self._file = _open(self._path)
                yield from self._new()
                if (later := self._later()) is None:
                    time.sleep(_POLL_SECONDS)
                    continue
                yield from self._new()  # what was written between the last look and the rotation
                if self._file is not None:
                    self._file.close()
                self._file = later
        finally:
            if self._file is not None:
                self._file.close()

    def _new(self) -> Iterator[str]:
        """Whole lines only: the last one may still be in the making."""
        if self._file is None:
            return
        while data := self._file.read(65536):
            *whole, self._rest = (self._rest + data).split("\n")
            yield from whole

    def _later(self) -> IO[str] | None:
        """The file after the open one, when that is no longer the newest."""
        if self._file is None:
            return None
        ours = _identity(self._file)
        later: IO[str] | None = None
        for file in reversed(files_of(self._path)):  # newest first
            try:
                handle = _open(file)
            except OSError:
                continue
            if _identity(handle) == ours:
                handle.close()
                return later
            if later is not None:
                later.close()
            later = handle
        return later  # ours was deleted: go on with the oldest there is
