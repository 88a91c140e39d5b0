"""Scripts inside HTML, Vue and Svelte: everything else becomes blanks, so that offsets stay the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from .endings import GRAMMAR_OF_ENDING, Grammar

# Each search starts where the last one ended, so that no page takes more than one walk from end to end.
START = re.compile(rb"<script\b", re.IGNORECASE)
STOP = re.compile(rb"[>\"']")
CLOSE = re.compile(rb"</script\s*>", re.IGNORECASE)
ATTRIBUTE = re.compile(rb"([\w:@.-]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+)))?")
NOT_NEWLINE = re.compile(rb"[^\r\n]")
SCRIPT_TYPES = (
    "",
    "module",
    "text/javascript",
    "application/javascript",
    "text/babel",
    "text/typescript",
    "ts",
)


@dataclass(frozen=True, slots=True)
class Tag:
    """A ``<script>`` with a ``src``; ``start`` is the byte offset of its ``<``."""

    start: int
    src: str


@dataclass(frozen=True, slots=True)
class Scripts:
    """Args: ``code`` is the scripts with all else blanked; ``grammar`` fits the strictest of them."""

    code: bytes
    grammar: Grammar
    tags: tuple[Tag, ...]
    empty: bool


def _blank(code: bytes) -> bytes:
    return NOT_NEWLINE.sub(b" ", code)


def _without_comments(code: bytes) -> bytes:
    parts: list[bytes] = []
    at = 0
    while (start := code.find(b"<!--", at)) >= 0 and (end := code.find(b"-->", start + 4)) >= 0:
        parts += code[at:start], _blank(code[start : end + 3])
        at = end + 3
    return b"".join([*parts, code[at:]])


def _tags(code: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Where each script's tag starts, its attributes start, its body starts, and its body ends."""
    at = 0
    while start := START.search(code, at):
        end, at = _end_of_tag(code, start.end())
        if not end:
            continue
        close = CLOSE.search(code, at)
        if close is None:
            return  # nor does any later one have an end
        yield start.start(), start.end(), at, close.start()
        at = close.end()


def _end_of_tag(code: bytes, at: int) -> tuple[bool, int]:
    """Whether a tag has a ``>`` outside of quotes, and what comes after it, or after what hides it."""
    while stop := STOP.search(code, at):
        at = stop.end()
        if stop[0] == b">":
            return True, at
        closing = code.find(stop[0], at)
        if closing < 0:
            return False, at
        at = closing + 1
    return False, len(code)


def scripts(code: bytes, *, markup: bool) -> Scripts:
    """The scripts of a page or component.

    Args:
        markup: HTML, whose comments hide scripts and whose ``type`` may say that a script is data.
    """
    if markup:
        code = _without_comments(code)
    parts: list[bytes] = []
    tags: list[Tag] = []
    grammar: Grammar = "javascript"
    at = 0
    for tag, inner, start, end in _tags(code):
        attributes = {
            name.lower().decode("utf-8", "replace"): (a or b or c).decode("utf-8", "replace")
            for name, a, b, c in ATTRIBUTE.findall(code[inner : start - 1])
        }
        if src := attributes.get("src", ""):
            tags.append(Tag(tag, src))
        if attributes.get("lang", "") in ("ts", "tsx", "typescript") or "typescript" in attributes.get(
            "type", ""
        ):
            grammar = "tsx" if attributes.get("lang") == "tsx" else "typescript"
        if markup and attributes.get("type", "").lower() not in SCRIPT_TYPES:
            continue
        # A semicolon where the tag was keeps two scripts apart; there are always bytes enough.
        parts += _blank(code[at : start - 1]), b";", code[start:end]
        at = end
    empty = not any(part.strip(b" ;\r\n\t") for part in parts)
    return Scripts(b"".join([*parts, _blank(code[at:])]), grammar, tuple(tags), empty)


def of_file(path: str, code: bytes) -> Scripts:
    """What of a file is program: all of JavaScript and TypeScript, of a component or page its scripts."""
    ending = PurePosixPath(path).suffix.lower()
    grammar = GRAMMAR_OF_ENDING.get(ending)
    if grammar is not None:
        return Scripts(code, grammar, (), empty=False)
    return scripts(code, markup=ending in (".html", ".htm"))
