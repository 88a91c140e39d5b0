"""Reads the tables of fixtures: what a project is before, what it is after, and what a person is told."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

FIXTURES = Path(__file__).with_name("fixtures")
FLAG = 'const F = process.env.NEXT_PUBLIC_USE_LIVEKIT === "true";\n'


@dataclass
class Case:
    """One case; ``EXT`` in paths and texts stands for the ending that it is tried with."""

    name: str
    endings: tuple[str, ...]
    unsafe: bool
    before: dict[str, str] = field(default_factory=dict)
    after: dict[str, str | None] = field(default_factory=dict)
    told: list[tuple[str, str, int]] = field(default_factory=list)

    def files(self, ending: str) -> tuple[dict[str, str], dict[str, str | None]]:
        """The files before and after, all of them."""
        before = {path.replace("EXT", ending): text for path, text in self.before.items()}
        after = {path.replace("EXT", ending): text for path, text in self.after.items()}
        return before, {**before, **after}


def cases(name: str) -> list[Case]:
    """The cases of a table."""
    found: list[Case] = []
    lines: list[str] | None = None
    place: tuple[dict[str, str], str, str] | None = None

    def finish() -> None:
        if place is not None and lines is not None:
            texts, path, head = place
            texts[path] = head + "".join(f"{line}\n" for line in lines).rstrip("\n") + "\n"

    for line in (FIXTURES / name).read_text(encoding="utf-8").splitlines():
        if match := re.match(r"=== (\S+) (.*?) \[([\w ]+)\]( unsafe)?$", line):
            finish()
            place, lines = None, None
            found.append(Case(f"{match[1]} {match[2]}", tuple(match[3].split()), bool(match[4])))
        elif line.startswith(("--- ", "+++ ", "!!! ")) or line in ("---", "+++"):
            if not found:
                continue
            finish()
            place, lines = None, None
            sign, words, case = line[:3], line[4:].split(), found[-1]
            if sign == "!!!":
                path, _, number = words[1].rpartition(":")
                case.told.append((words[0], path, int(number)))
            elif words[1:] == ["gone"]:
                case.after[words[0]] = None
            else:
                path = words[0] if words else next(iter(case.before), "case.EXT")
                head = FLAG if sign == "---" and not words else ""
                place = (case.before if sign == "---" else case.after, path, head)  # type: ignore[assignment]
                lines = []
        elif lines is not None:
            lines.append(line)
    finish()
    return found
