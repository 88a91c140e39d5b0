"""A report as blocks: what it says, apart from how a terminal, Markdown or HTML shows it.

In every text, what stands between backticks is code; nothing else is markup. ``code`` makes such a span of
words that came from somebody's files.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Heading:
    """``level`` 2 is a section of the document, whose title is level 1."""

    text: str
    level: int = 2


@dataclass(frozen=True, slots=True)
class Paragraph:
    """``strong`` is for the one sentence that must not be overlooked."""

    text: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """An entry of a list with what belongs below it."""

    text: str
    below: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Items:
    """A list; ``form`` ``todo`` is one to tick off."""

    items: Sequence[Item]
    form: Literal["bullet", "todo", "number"] = "bullet"


@dataclass(frozen=True, slots=True)
class Grid:
    """A table. ``numbers`` are the columns to be set flush right."""

    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    numbers: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class MappedFile:
    """A file on the map.

    Args:
        size: how large it is drawn: its lines.
        weight: how much of it is touched, which gives its shade.
        note: what to say about it.
    """

    path: str
    size: int
    weight: int
    note: str


@dataclass(frozen=True, slots=True)
class FileMap:
    """Files drawn by size and shaded by weight, where something can be drawn; else a table."""

    files: Sequence[MappedFile]
    weight: str
    """What the weight counts: ``sites and calls``."""


Block = Heading | Paragraph | Items | Grid | FileMap


@dataclass(frozen=True, slots=True)
class Document:
    """A report or a plan."""

    title: str
    blocks: tuple[Block, ...]


def code(text: str) -> str:
    """Words from a file as a span of code: no backtick and no line end can leave it."""
    shown = re.sub(r"[\x00-\x1f\x7f-\x9f]", lambda found: f"\\x{ord(found[0]):02x}", text).replace("`", "'")
    shown = shown.encode("utf-8", "backslashreplace").decode("utf-8")
    return f"`{shown}`" if shown.strip() else ""


def spans(text: str) -> list[tuple[str, bool]]:
    """A text as pieces, each with whether it is code."""
    return [(part, bool(index % 2)) for index, part in enumerate(text.split("`")) if part]
