"""Three-way merge of a text by lines: what lkm wrote, what the user made of it, what lkm would write now."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Conflict:
    """A place that both changed.

    Args:
        line: in the user's text, counted from 1.
        base, ours, theirs: the lines of the old template, of the user, of the new template.
    """

    line: int
    base: tuple[str, ...]
    ours: tuple[str, ...]
    theirs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Merged:
    """``text`` is whole where there is no conflict; with one it is not to be used."""

    text: str
    conflicts: tuple[Conflict, ...]


def merge(base: str, ours: str, theirs: str) -> Merged:
    """Both changes together. Line ends that only git changed do not count; those of ``ours`` are kept."""
    newline = "\r\n" if "\r\n" in ours else "\n"
    a, b, c = (text.replace("\r\n", "\n").splitlines(keepends=True) for text in (base, ours, theirs))
    out: list[str] = []
    conflicts: list[Conflict] = []
    for old, mine, new in _regions(a, b, c):
        was, is_mine, is_new = a[slice(*old)], b[slice(*mine)], c[slice(*new)]
        if is_mine in (is_new, was):
            out += is_new
        elif is_new == was:
            out += is_mine
        else:
            conflicts.append(Conflict(mine[0] + 1, tuple(was), tuple(is_mine), tuple(is_new)))
            out += is_mine
    return Merged("".join(out).replace("\n", newline), tuple(conflicts))


Span = tuple[int, int]


def _regions(a: list[str], b: list[str], c: list[str]) -> Iterator[tuple[Span, Span, Span]]:
    """The texts cut into pieces that belong together: what all three have, and what lies between."""
    at_a = at_b = at_c = 0
    for start_a, start_b, start_c, size in _common(a, b, c):
        if (at_a, at_b, at_c) != (start_a, start_b, start_c):
            yield (at_a, start_a), (at_b, start_b), (at_c, start_c)
        at_a, at_b, at_c = start_a + size, start_b + size, start_c + size
        if size:
            yield (start_a, at_a), (start_b, at_b), (start_c, at_c)


def _common(a: list[str], b: list[str], c: list[str]) -> Iterator[tuple[int, int, int, int]]:
    """Runs of lines that all three have, in order; the last is the empty one at the end."""
    mine = difflib.SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks()
    new = difflib.SequenceMatcher(None, a, c, autojunk=False).get_matching_blocks()
    i = j = 0
    while i < len(mine) and j < len(new):
        start = max(mine[i].a, new[j].a)
        end = min(mine[i].a + mine[i].size, new[j].a + new[j].size)
        if start < end:
            yield start, mine[i].b + start - mine[i].a, new[j].b + start - new[j].a, end - start
        if mine[i].a + mine[i].size < new[j].a + new[j].size:
            i += 1
        else:
            j += 1
    yield len(a), len(b), len(c), 0
