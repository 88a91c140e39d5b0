"""Placeholders of templates that were not filled in: the server takes them as they stand."""

from __future__ import annotations

import re

from ...core.result import Finding, Fix, Location
from .model import CATEGORY

# Helm, Jinja, Go templates; shells, Compose and envsubst; ERB; Make and Kubernetes.
PLACEHOLDER = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\$\{[A-Za-z_][^}\n]*\}|<%.*?%>|\$\([A-Za-z_]\w*\)")

_NAME = re.compile(r"((?:\{\{|\{%|<%|\$\{|\$\()[-=\s]*[.\w]*)(.*?)(\s*-?(?:\}\}|%\}|%>|\}|\)))", re.DOTALL)
_LONGEST = 32


def in_line(text: str, line: int) -> tuple[str, int] | None:
    """The first placeholder of a line (from 1), and its column."""
    lines = text.split("\n")
    match = PLACEHOLDER.search(lines[line - 1]) if 0 < line <= len(lines) else None
    return (match[0], match.start() + 1) if match else None


def nearest(text: str, line: int) -> tuple[str, int, int] | None:
    """The placeholder that most likely made a line no YAML: in it, before it, or the first of all."""
    for number in (line, line - 1):
        if found := in_line(text, number):
            return found[0], number, found[1]
    match = re.search(r"\{\{.*?\}\}|\{%.*?%\}|<%.*?%>", text)
    if match is None:
        return None
    before = text[: match.start()]
    return match[0], before.count("\n") + 1, len(before) - before.rfind("\n")


def _named(placeholder: str) -> str:
    """Its name, without what more there is: in `${NAME:-default}` that may be a secret."""
    match = _NAME.fullmatch(placeholder)
    head, more, end = match.groups() if match else ("", placeholder, "")
    if len(head) > _LONGEST:  # hardly a name
        head, more = head[:2], "…"
    return f"{head}{'…' if more else ''}{end}"


def finding(name: str, placeholder: str, line: int, column: int, *, refused: bool) -> Finding:
    shown = _named(placeholder)
    return Finding(
        "config.template",
        "fail" if refused else "warn",
        f"{shown} was not filled in",
        "this is a template, not yet a configuration: the server fills nothing in",
        CATEGORY,
        Location(name, line, column),
        {"placeholder": shown, "source": "livekit-server cmd/server: getConfigString"},
        Fix("lint what comes out of the template, or fill it in"),
    )
