"""Taking variables out of a .env file: their lines, the comments that are theirs, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Collection

from .env import EnvFile

_COMMENTED = re.compile(r"^\s*#\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=")


def without(file: EnvFile, names: Collection[str], about: re.Pattern[str] | None = None) -> EnvFile:
    """The file without the assignments of these names, those that are commented out included.

    Args:
        about: a comment above a variable whose neighbour below stays may speak of both: it goes only where
            this is found in it.
    """
    lines = re.findall(r"[^\n]*\n|[^\n]+\Z", file.text)
    gone = _lines_of(file, names)
    for number, line in enumerate(lines):
        if (found := _COMMENTED.match(line)) and found[1] in names:
            gone.add(number)
    if not gone:
        return file
    for number in sorted(gone):
        _take_comments(lines, gone, number, about)
    kept: list[str] = []
    cut = False
    for number, line in enumerate(lines):
        if number in gone:
            cut = True
            continue
        # Where a whole paragraph went, one of the two blank lines around it goes too.
        if cut and not line.strip() and (not kept or not kept[-1].strip()):
            continue
        cut = False
        kept.append(line)
    if cut:
        while kept and not kept[-1].strip():
            kept.pop()
    text = "".join(kept)
    if cut and not file.text.endswith("\n"):
        text = text.removesuffix("\n").removesuffix("\r")
    return file.with_text(text)


def _lines_of(file: EnvFile, names: Collection[str]) -> set[int]:
    """The lines of the assignments, from 0; a quoted value may have several."""
    gone: set[int] = set()
    for binding in file.bindings:
        if binding.name in names:
            first = binding.line - 1
            size = binding.raw.lstrip("\r\n \t").rstrip("\r\n").count("\n") + 1
            gone.update(range(first, first + size))
    return gone


def _take_comments(lines: list[str], gone: set[int], number: int, about: re.Pattern[str] | None) -> None:
    above = number - 1
    while above >= 0 and lines[above].lstrip().startswith("#") and not _COMMENTED.match(lines[above]):
        above -= 1
    comment = range(above + 1, number)
    if not comment or any(line in gone for line in comment):
        return
    below = number
    while below in gone:
        below += 1
    shared = below < len(lines) and bool(lines[below].strip()) and not lines[below].lstrip().startswith("#")
    if not shared or (about and about.search("".join(lines[line] for line in comment))):
        gone.update(comment)
