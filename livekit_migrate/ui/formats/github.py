"""GitHub Actions: workflow commands that show each finding as an annotation of its line."""

from __future__ import annotations

from ...core.result import Result
from ...core.secret import redact
from ..text import visible
from . import Roots, message, reported

_WORDS = {"fail": "error", "warn": "warning", "info": "notice"}


def render(result: Result, roots: Roots) -> str:
    """One line per finding, and one for the error that ended the command."""
    lines = []
    for finding in reported(result):
        path = roots.path(finding.location)
        place: dict[str, object] = {"file": path}
        if path is not None and finding.location is not None:
            place |= {"line": finding.location.line, "col": finding.location.column}
        lines.append(_line(_WORDS[finding.status], place | {"title": finding.id}, message(finding, roots)))
    if result.error:
        error = result.error
        text = "\n".join(
            part for part in (error.message, error.detail, error.hint and f"→ {error.hint}") if part
        )
        lines.append(_line("error", {"title": f"lkm {result.command}"}, text))
    return "".join(f"{line}\n" for line in lines)


def _line(word: str, properties: dict[str, object], text: str) -> str:
    """One workflow command, escaped as the runner takes it apart again."""
    said = ",".join(
        f"{name}={_property(str(value))}" for name, value in properties.items() if value is not None
    )
    return f"::{word} {said}::{_data(text)}"


def _data(text: str) -> str:
    text = redact(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return visible(text)


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
