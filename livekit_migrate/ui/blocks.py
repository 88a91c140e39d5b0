"""A document as lines of plain text, at most 80 columns wide: for terminals and for logs."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from ..core.document import Block, Document, FileMap, Grid, Heading, Items, Paragraph

WIDTH = 80

Line = tuple[str, str]
"""The text and its style: ``bold``, ``dim`` or none."""


def lines(it: Document, width: int = WIDTH) -> Iterator[Line]:
    """The document's lines, with a blank one between blocks."""
    yield _plain(it.title), "bold"
    for block in it.blocks:
        yield "", ""
        yield from _block(block, width)


def _block(block: Block, width: int) -> Iterator[Line]:
    match block:
        case Heading():
            yield _plain(block.text), "bold"
        case Paragraph():
            yield from ((line, "bold" if block.strong else "") for line in _wrapped(block.text, width))
        case Items():
            for number, item in enumerate(block.items, 1):
                mark = {"bullet": "- ", "todo": "[ ] ", "number": f"{number}. "}[block.form]
                for index, line in enumerate(_wrapped(item.text, width - len(mark))):
                    yield (mark if not index else " " * len(mark)) + line, ""
                for below in item.below:
                    for line in _wrapped(below, width - 4):
                        yield "    " + line, "dim"
        case Grid():
            yield from ((line, "") for line in _grid(block, width))
        case FileMap():
            rows = [(each.path, str(each.weight)) for each in block.files]
            yield from _block(Grid(("file", block.weight), rows, frozenset({1})), width)


def _grid(block: Grid, width: int) -> Iterator[str]:
    """Columns as wide as they need; the last one wraps, so that the table stays within the width."""
    rows = [tuple(_plain(cell) for cell in row) for row in block.rows]
    heads = tuple(_plain(column) for column in block.columns)
    table = [heads, *rows] if any(heads) else rows
    widths = [max((len(row[index]) for row in table), default=0) for index in range(len(heads) - 1)]
    used = sum(widths) + 2 * len(widths)
    room = max(20, width - used)
    for row in table:
        cells = [
            cell.rjust(widths[index]) if index in block.numbers else cell.ljust(widths[index])
            for index, cell in enumerate(row[:-1])
        ]
        head = "".join(cell + "  " for cell in cells)
        wrapped = _wrapped(row[-1], room) or [""]
        yield (head + wrapped[0]).rstrip()
        yield from (" " * used + line for line in wrapped[1:])


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(_plain(text), width, break_long_words=False, break_on_hyphens=False)


def _plain(text: str) -> str:
    return text.replace("`", "")
