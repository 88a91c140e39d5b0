"""Markdown: a command's report as a page, or its findings as a table where it has none."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...core.document import Block, Document, FileMap, Grid, Heading, Items, Paragraph, code, spans
from ...core.result import Result
from ...core.secret import redact
from ..text import visible
from . import Roots
from ._pages import page

_SPECIAL = re.compile(r"([\\*_{}\[\]<>#|~&])")
# At the beginning of a line these would begin a list, a heading or a rule.
_LEADING = re.compile(r"^(\s*)([-+]|\d+[.)])(?=\s)")


def render(result: Result, roots: Roots) -> str:
    """The whole page."""
    return redact(document(page(result, roots)))


def document(it: Document) -> str:
    """A document as Markdown; every line of a table stays one."""
    parts = [f"# {_inline(it.title)}", *("\n".join(_block(block)) for block in it.blocks)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _block(block: Block) -> Iterator[str]:
    match block:
        case Heading():
            yield f"{'#' * block.level} {_inline(block.text)}"
        case Paragraph():
            text = _LEADING.sub(r"\1\\\2", _inline(block.text))
            yield f"**{text}**" if block.strong else text
        case Items():
            for number, item in enumerate(block.items, 1):
                mark = {"bullet": "-", "todo": "- [ ]", "number": f"{number}."}[block.form]
                yield f"{mark} {_inline(item.text)}"
                yield from (f"  - {_inline(line)}" for line in item.below)
        case Grid():
            yield from _table(block.columns, block.rows, block.numbers)
        case FileMap():
            rows = [(code(f.path), str(f.size), str(f.weight), f.note) for f in block.files]
            yield from _table(("file", "lines", block.weight, ""), rows, frozenset({1, 2}))


def _table(columns: tuple[str, ...], rows: object, numbers: frozenset[int]) -> Iterator[str]:
    yield "| " + " | ".join(_cell(column) for column in columns) + " |"
    yield "|" + "|".join("--:" if index in numbers else "---" for index in range(len(columns))) + "|"
    for row in rows:  # type: ignore[attr-defined]
        yield "| " + " | ".join(_cell(cell) for cell in row) + " |"


def _cell(text: str) -> str:
    # GitHub splits cells before it reads code, so a bar needs its backslash inside of backticks too.
    return _inline(text, bar="\\|")


def _inline(text: str, *, bar: str = "|") -> str:
    out = []
    for part, is_code in spans(visible(text).replace("\n", " ")):
        if is_code:
            out.append(f"`{part.replace('|', bar)}`")
        else:
            out.append(_SPECIAL.sub(r"\\\1", part))
    return "".join(out)
