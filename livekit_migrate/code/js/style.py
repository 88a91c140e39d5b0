"""How an app writes its code: quotes, semicolons, indent, trailing commas, line ends, import endings.

Measured on the code itself: a formatter's configuration says what is wanted, the files what is so.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeVar

from .nodes import walk
from .parse import Parsed

_INDENT = re.compile(rb"^([ \t]+)\S", re.MULTILINE)
_STATEMENTS = frozenset(
    {
        "expression_statement",
        "lexical_declaration",
        "variable_declaration",
        "return_statement",
        "import_statement",
        "throw_statement",
    }
)
_LISTS = frozenset({"object", "array", "named_imports", "object_pattern"})
_CALLS = frozenset({"arguments", "formal_parameters"})

Commas = Literal["all", "es5", "none"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Style:
    """How code is written.

    Args:
        quote: the character that strings stand in.
        indent: one level: blanks, or a tab.
        commas: after the last of several lines: ``all``, ``es5`` (not in calls and parameters), ``none``.
        newline: what ends a line.
        ending: what a relative import of a file of the app's own ends in: ``""``, ``.js`` or ``.ts``.
    """

    quote: str = '"'
    semicolons: bool = True
    indent: str = "  "
    commas: Commas = "all"
    newline: str = "\n"
    ending: str = ""


CANONICAL = Style()
"""How the templates are written."""


@dataclass(slots=True)
class _Counts:
    quotes: Counter[str]
    semicolons: Counter[bool]
    indents: Counter[str]
    lists: Counter[bool]
    calls: Counter[bool]
    newlines: Counter[str]
    endings: Counter[str]


def measure(files: Iterable[Parsed], default: Style = CANONICAL) -> Style:
    """The style of files: what most of their code does; ``default`` where they say nothing."""
    counts = _Counts(Counter(), Counter(), Counter(), Counter(), Counter(), Counter(), Counter())
    for parsed in files:
        _count(parsed, counts)
    commas: Commas = default.commas
    if counts.lists:
        calls = counts.calls[True] > counts.calls[False]
        commas = "none" if counts.lists[False] > counts.lists[True] else "all" if calls else "es5"
    return Style(
        _most(counts.quotes, default.quote),
        _most(counts.semicolons, default.semicolons),
        _most(counts.indents, default.indent),
        commas,
        _most(counts.newlines, default.newline),
        _most(counts.endings, default.ending),
    )


def _most(counter: Counter[T], default: T) -> T:
    return counter.most_common(1)[0][0] if counter else default


def _count(parsed: Parsed, counts: _Counts) -> None:
    code = parsed.code
    crlf = code.count(b"\r\n")
    counts.newlines.update({"\r\n": crlf, "\n": code.count(b"\n") - crlf})
    counts.indents.update(_indents(code))
    for node in walk(parsed.root):
        kind = node.type
        if kind == "string" and (node.parent is None or node.parent.type != "jsx_attribute"):
            text = code[node.start_byte : node.end_byte]
            if b"'" not in text[1:-1] and b'"' not in text[1:-1]:
                counts.quotes[chr(text[0])] += 1
            if node.parent is not None and node.parent.type in ("import_statement", "export_statement"):
                _count_ending(text[1:-1], counts)
        elif kind in _STATEMENTS:
            counts.semicolons[code[node.end_byte - 1 : node.end_byte] == b";"] += 1
        elif kind in _LISTS or kind in _CALLS:
            children = node.children
            if len(children) > 2 and children[-1].start_point[0] > children[-2].end_point[0]:
                into = counts.lists if kind in _LISTS else counts.calls
                into[children[-2].type == ","] += 1


def _count_ending(text: bytes, counts: _Counts) -> None:
    if not text.startswith((b"./", b"../")):
        return
    name = text.rpartition(b"/")[2].decode("utf-8", "replace")
    stem, dot, end = name.rpartition(".")
    if dot and stem and end in ("js", "ts", "tsx", "jsx", "mjs"):
        counts.endings[".js" if end in ("js", "jsx", "mjs") else ".ts"] += 1
    elif name not in ("", ".", "..") and end not in ("css", "scss", "json", "svg", "png", "less"):
        counts.endings[""] += 1


def _indents(code: bytes) -> Counter[str]:
    """The steps from one line to a deeper next one."""
    found: Counter[str] = Counter()
    before = b""
    for line in code.split(b"\n")[:2000]:
        body = line.strip()
        if not body or body.startswith((b"*", b"//")):
            continue
        lead = line[: len(line) - len(line.lstrip())].rstrip(b"\r")
        if len(lead) > len(before) and lead.startswith(before):
            step = lead[len(before) :]
            if step in (b"  ", b"    ", b"\t", b"   "):
                found[step.decode()] += 1
        before = lead
    return found
