"""Output formats beside the terminal and JSON: each file here is one, its name is what ``--format`` takes.

A format is a function ``render(result, roots) -> str``; it masks secrets, and gives findings of status
``fail``, ``warn`` and ``info``: what is fine is for people.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from ...core.result import ErrorInfo, Finding, Location, Result


def names() -> list[str]:
    """Every format, by listing the folder."""
    files = (file for folder in __path__ for file in os.listdir(folder))  # noqa: PTH208 - as for the commands
    return sorted(file[:-3] for file in files if file.endswith(".py") and not file.startswith("_"))


def render(name: str, result: Result, roots: Roots) -> str:
    """The Result in this format, with its last line end where it has one."""
    text: str = import_module(f"{__name__}.{name}").render(result, roots)
    return text


@dataclass(frozen=True, slots=True)
class Roots:
    """What file names are relative to: in findings the project, in these formats the repository.

    They differ where a project is one folder of a repository; both are absolute.
    """

    project: Path
    repository: Path

    @classmethod
    def of(cls, project: Path) -> Roots:
        """The repository is the nearest folder upwards under version control, else the project itself."""
        for folder in (project, *project.parents):
            if os.path.lexists(folder / ".git"):
                return cls(project, folder)
        return cls(project, project)

    def path(self, location: Location | None) -> str | None:
        """The file relative to the repository, absolute outside of it; None where it is no file.

        A location may also name a variable of the environment or standard input.
        """
        if location is None or not os.path.isfile(self.project / location.file):  # noqa: PTH113 - never raises
            return None
        whole = os.path.normpath(self.project / location.file)
        inside = os.path.relpath(whole, self.repository)
        return whole if inside.startswith(os.pardir + os.sep) else inside.replace(os.sep, "/")


def reported(result: Result) -> Iterator[Finding]:
    """The findings that somebody may have to do something about."""
    return (finding for finding in result.findings if finding.status in ("fail", "warn", "info"))


def message(finding: Finding, roots: Roots) -> str:
    """All that a finding says, in lines: a place that is no file, the title, why, and how to mend it."""
    placed = finding.location is None or roots.path(finding.location) is not None
    lines = [finding.title if placed else f"{finding.location}: {finding.title}"]
    lines += [line for line in finding.detail.splitlines() if line not in finding.title]
    if finding.fix:
        lines.append(f"→ {finding.fix.text}")
        lines += [finding.fix.command] if finding.fix.command else []
    return "\n".join(lines)


def error_text(error: ErrorInfo) -> str:
    """All that an error says, in lines."""
    return "\n".join(part for part in (error.message, error.detail, error.hint and f"→ {error.hint}") if part)
