"""Reading an HAProxy configuration with positions: sections, and the lines in them."""

from __future__ import annotations

import re

from ..core.errors import ConfigError
from .directives import Directive

_FOREIGN = re.compile(r"\{%|\{\{|<%")
_SECTIONS = frozenset(
    {
        "global", "defaults", "frontend", "backend", "listen", "peers", "resolvers", "userlist", "mailers",
        "cache", "program", "ring", "http-errors", "fcgi-app", "log-forward", "crt-store", "traces",
        "log-profile", "acme",
    }
)  # fmt: skip
_WORD = re.compile(r"""(?:\\.|"(?:\\.|[^"\\])*"|'[^']*'|[^\s#"'\\])+""")


def parse(text: str, name: str = "haproxy.cfg") -> tuple[Directive, ...]:
    """The sections of a file; each has its lines as children.

    Args:
        text: without BOM.
        name: for messages.

    Raises:
        ConfigError: it is no HAProxy configuration, or one that another program fills in first; with line.
    """
    foreign = _FOREIGN.search(text)
    if foreign:
        at = text.count("\n", 0, foreign.start()) + 1
        raise _error(name, at, f"{foreign[0]} is not HAProxy's own syntax")
    found: list[Directive] = []
    head: Directive | None = None
    children: list[Directive] = []
    at = 0
    for number, line in enumerate(text.split("\n"), 1):
        words = list(_words(line.rstrip("\r"), name, number))
        if words:
            texts = tuple(word[0].replace('"', "").replace("'", "") for word in words)
            each = Directive(texts, at + words[0].start(), at + words[-1].end(), number)
            if texts[0] in _SECTIONS:
                found += [_section(head, children)] if head else []
                head, children = each, []
            elif texts[0].startswith("."):
                raise _error(name, number, f"{texts[0]} makes lines conditional")
            elif head is None:
                raise _error(name, number, "a line before the first section")
            else:
                children.append(each)
        at += len(line) + 1
    found += [_section(head, children)] if head else []
    return tuple(found)


def _words(line: str, name: str, number: int) -> list[re.Match[str]]:
    found: list[re.Match[str]] = []
    at = 0
    while True:
        while at < len(line) and line[at] in " \t":
            at += 1
        if at >= len(line) or line[at] == "#":
            return found
        word = _WORD.match(line, at)
        if not word:
            raise _error(name, number, "a quote that nothing ends")
        found.append(word)
        at = word.end()


def _section(head: Directive, children: list[Directive]) -> Directive:
    end = children[-1].end if children else head.end
    return Directive(head.words, head.start, end, head.line, tuple(children))


def _error(name: str, line: int, why: str) -> ConfigError:
    return ConfigError(
        f"{name}:{line}: cannot be read as HAProxy configuration: {why}", code="haproxy.syntax"
    )
