"""Result, Finding, Step: what every command returns and every renderer renders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from . import exits
from .errors import LkmError

if TYPE_CHECKING:  # `lkm token` has no report, and dataclasses cost time to make
    from .document import Document

SCHEMA = "lkm/1"

Status = Literal["ok", "info", "warn", "fail", "skip"]


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a file. ``file`` is relative to the project, line and column count from 1."""

    file: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)

    def to_dict(self) -> dict[str, Any]:
        return {"file": self.file, "line": self.line, "column": self.column}


@dataclass(frozen=True, slots=True)
class Fix:
    """How to mend it. ``command`` is copyable; ``safe`` means lkm may do it by itself on request."""

    text: str
    command: str | None = None
    safe: bool = False

    def to_dict(self) -> dict[str, Any]:
        return {"text": self.text, "command": self.command, "safe": self.safe}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at, with what was seen.

    Args:
        id: stable, dotted: ``health.ice``.
        status: ``skip`` carries its reason in ``detail``.
        evidence: what was seen, JSON values only: addresses, counts, milliseconds (keys end in ``_ms``).
        seconds: how long looking took.
    """

    id: str
    status: Status
    title: str
    detail: str = ""
    category: str = ""
    location: Location | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)
    fix: Fix | None = None
    seconds: float | None = None

    def to_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "status": self.status,
            "title": self.title,
            "detail": self.detail,
            "category": self.category,
            "location": self.location.to_dict() if self.location else None,
            "evidence": dict(self.evidence),
            "fix": self.fix.to_dict() if self.fix else None,
            "seconds": None if self.seconds is None else round(self.seconds, 4),
        }


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that a running command did. ``seconds`` is wall time."""

    name: str
    status: Status = "ok"
    seconds: float = 0.0
    detail: str = ""

    def to_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "status": self.status,
            "seconds": round(self.seconds, 4),
            "detail": self.detail,
        }


@dataclass(frozen=True, slots=True)
class Table:
    """Rows for people; programs read the same facts in ``Result.data``."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class ErrorInfo:
    """The error of a failed command, as JSON shows it."""

    code: str
    message: str
    detail: str = ""
    hint: str = ""

    def to_dict(self) -> dict[str, str]:
        return {"code": self.code, "message": self.message, "detail": self.detail, "hint": self.hint}

    @classmethod
    def of(cls, error: LkmError) -> ErrorInfo:
        return cls(error.code, error.message, error.detail, error.hint)


@dataclass(frozen=True, slots=True)
class Result:
    """What a command has to say.

    Args:
        data: what the command is about; JSON values only.
        payload: what a person piped the command for (a token, a table's text); goes to stdout as it is,
            unmasked, and is not part of JSON.
        notes: chatter for people: stderr, never JSON.
        tables: for people, stdout.
        summary: for people on a terminal, in place of the findings.
        closing: for people, one paragraph after the findings.
        document: the whole report, for the formats that are pages; not part of JSON.
        revealed: top-level keys of ``data`` that hold a secret the user asked for; all else is masked.
        show_all: people see the findings that are fine too, not only the count of them.
        only_problems: people see what fails or warns alone, and the count of the rest.
        exit_code: left at None it follows from error and findings.
    """

    command: str
    findings: Sequence[Finding] = ()
    steps: Sequence[Step] = ()
    data: Mapping[str, Any] = field(default_factory=dict)
    payload: str | None = None
    notes: Sequence[str] = ()
    tables: Sequence[Table] = ()
    summary: Document | None = None
    closing: str = ""
    document: Document | None = None
    revealed: frozenset[str] = frozenset()
    show_all: bool = False
    only_problems: bool = False
    error: ErrorInfo | None = None
    exit_code: int | None = None

    @property
    def code(self) -> int:
        """The exit code: an explicit one, else 1 for an error or a failed finding, else 0."""
        if self.exit_code is not None:
            return self.exit_code
        failed = self.error is not None or any(f.status == "fail" for f in self.findings)
        return exits.FAILED if failed else exits.OK

    def to_dict(self) -> dict[str, Any]:
        """The machine output contract. Keys are only ever added within ``lkm/1``."""
        return {
            "schema": SCHEMA,
            "command": self.command,
            "ok": self.code == exits.OK,
            "exit_code": self.code,
            "findings": [finding.to_dict() for finding in self.findings],
            "steps": [step.to_dict() for step in self.steps],
            "data": dict(self.data),
            "error": self.error.to_dict() if self.error else None,
        }


def failure(command: str, error: LkmError, *, findings: Sequence[Finding] = ()) -> Result:
    """The Result of a command that ended in a user's error."""
    return Result(command, findings=findings, error=ErrorInfo.of(error), exit_code=error.exit_code)
