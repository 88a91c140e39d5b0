"""Scripts inside HTML, Vue and Svelte: everything else becomes blanks, so that offsets stay the same."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .parse import Grammar

COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
SCRIPT = re.compile(
    rb"<script\b((?:[^>\"']|\"[^\"]*\"|'[^']*')*)>(.*?)</script\s*>", re.DOTALL | re.IGNORECASE
)
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


def scripts(code: bytes, *, markup: bool) -> Scripts:
    """The scripts of a page or component.

    Args:
        markup: HTML, whose comments hide scripts and whose ``type`` may say that a script is data.
    """
    if markup:
        code = COMMENT.sub(lambda match: _blank(match[0]), code)
    parts: list[bytes] = []
    tags: list[Tag] = []
    grammar: Grammar = "javascript"
    at = 0
    for match in SCRIPT.finditer(code):
        attributes = {
            name.lower().decode("utf-8", "replace"): (a or b or c).decode("utf-8", "replace")
            for name, a, b, c in ATTRIBUTE.findall(match[1])
        }
        if src := attributes.get("src", ""):
            tags.append(Tag(match.start(), src))
        if attributes.get("lang", "") in ("ts", "tsx", "typescript") or "typescript" in attributes.get(
            "type", ""
        ):
            grammar = "tsx" if attributes.get("lang") == "tsx" else "typescript"
        if markup and attributes.get("type", "").lower() not in SCRIPT_TYPES:
            continue
        start, end = match.span(2)
        # A semicolon where the tag was keeps two scripts apart; there are always bytes enough.
        parts += _blank(code[at : start - 1]), b";", code[start:end]
        at = end
    empty = not any(part.strip(b" ;\r\n\t") for part in parts)
    return Scripts(b"".join([*parts, _blank(code[at:])]), grammar, tuple(tags), empty)
