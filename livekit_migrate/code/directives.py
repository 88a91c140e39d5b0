"""Configuration made of directives, some with blocks of others: what is where, and text without some.

nginx, Caddy and HAProxy files are read into these by their own modules.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, eq=False)
class Directive:
    """One directive; two are the same only where they are the same place.

    Args:
        words: its name and arguments, without quotes.
        start, end: offsets in the text, from the first word to behind the last (``;`` and ``}`` included).
        line: of its first word, from 1.
        children: what is in its block; None where it has none.
        loose: its block has no braces: it reaches to the end of the file.
    """

    words: tuple[str, ...]
    start: int
    end: int
    line: int
    children: tuple[Directive, ...] | None = None
    loose: bool = field(default=False)

    @property
    def name(self) -> str:
        return self.words[0] if self.words else ""

    @property
    def block(self) -> tuple[Directive, ...]:
        """What is in its block; nothing where it has none."""
        return self.children or ()

    def walk(self) -> Iterator[Directive]:
        """Itself and everything inside of it."""
        yield self
        for child in self.block:
            yield from child.walk()


def walk(tree: Sequence[Directive]) -> Iterator[Directive]:
    """Every directive of a file."""
    for each in tree:
        yield from each.walk()


def shape(tree: Sequence[Directive], gone: Collection[Directive] = ()) -> Any:
    """What a file says, without its layout, and without some directives."""
    return [
        (each.words, None if each.children is None else shape(each.children, gone))
        for each in tree
        if each not in gone
    ]


def without(text: str, tree: Sequence[Directive], gone: Collection[Directive], about: re.Pattern[str]) -> str:
    """The text without some directives: their lines, the comments that are theirs, one of two blank lines.

    Args:
        tree: all of the file; one inside of another that goes need not be named.
        about: a comment above a directive whose neighbour follows at once may speak of both: it goes only
            where this is found in it.
    """
    cuts: list[tuple[int, int]] = []
    for start, end in sorted(_cuts(text, tree, gone, about)):
        if cuts and start <= cuts[-1][1]:
            cuts[-1] = (cuts[-1][0], max(end, cuts[-1][1]))
        else:
            cuts.append((start, end))
    parts: list[str] = []
    at = 0
    for start, end in cuts:
        parts.append(text[at : _without_blanks_above(text, start, end)])
        at = end
    return "".join([*parts, text[at:]])


def _without_blanks_above(text: str, start: int, end: int) -> int:
    """Where a cut begins: blank lines above the last of a block, or of the file, parted it from the rest."""
    rest = text[end:].lstrip(" \t")
    if rest and not rest.startswith("}"):
        return start
    found = re.search(r"(?:\n|\A)((?:[ \t]*\r?\n)+)\Z", text[:start])
    return found.start(1) if found else start


def _cuts(
    text: str, level: Sequence[Directive], gone: Collection[Directive], about: re.Pattern[str]
) -> Iterator[tuple[int, int]]:
    for each in level:
        if each in gone:
            yield _cut(text, each, about)
        else:
            yield from _cuts(text, each.block, gone, about)


def _cut(text: str, each: Directive, about: re.Pattern[str]) -> tuple[int, int]:
    line = text.rfind("\n", 0, each.start) + 1
    end = _line_end(text, each.end)
    behind = text[each.end : end].strip()
    if each.children is not None and not text[: each.end].endswith("}"):
        end = _comments_below(text, end, each.start - line)
    if text[line : each.start].strip() or (behind and not behind.startswith("#")):
        spaces = re.compile(r"[ \t]*").match(text, each.end)
        return each.start, spaces.end() if spaces else each.end
    top = _comment_above(text, line, each.start - line)
    if _neighbour_follows(text, end) and not about.search(text[top:line]):
        top = line
    blank_below = re.compile(r"(?:[ \t]*\r?\n)+").match(text, end)
    above = text[:top].rstrip(" \t\r\n")
    opens = not above or above.endswith("{")
    blank_above = opens or bool(re.search(r"\n[ \t]*\r?\n[ \t]*\Z", text[:top]))
    if blank_below and blank_above:
        end = blank_below.end()
    return top, end


def _line_end(text: str, at: int) -> int:
    found = text.find("\n", at)
    return len(text) if found < 0 else found + 1


def _comment_above(text: str, line: int, column: int) -> int:
    """The start of the comment lines that stand directly above a line, at its own indentation."""
    top = line
    while top:
        above = text.rfind("\n", 0, top - 1) + 1
        said = text[above:top]
        if not said.lstrip().startswith("#") or len(said) - len(said.lstrip()) != column:
            break
        top = above
    return top


def _comments_below(text: str, at: int, column: int) -> int:
    """Behind the comment lines that follow at once and are indented deeper than a column."""
    while True:
        end = _line_end(text, at)
        said = text[at:end]
        if not said.lstrip().startswith("#") or len(said) - len(said.lstrip()) <= column:
            return at
        at = end


def _neighbour_follows(text: str, at: int) -> bool:
    following = text[at : _line_end(text, at)].strip()
    return bool(following) and not following.startswith(("#", "}"))
