"""Reading a Caddyfile with positions, as Caddy reads it.

The rules are those of Caddy 2 (caddyconfig/caddyfile/lexer.go and parse.go): tokens are parted by white
space; ``{`` is a block's beginning only as a token of its own at the end of a line, ``}`` its end only on a
line of its own; quotes, backticks and here-documents count at the beginning of a token.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..core.errors import ConfigError
from .directives import Directive

_FOREIGN = re.compile(r"\{%|\{\{|<%")
_SPACE = re.compile(r"(?:[ \t\r]+|\\\r?\n|#[^\n]*)+")
_QUOTED = re.compile(r'"((?:\\.|[^"\\])*)"|`([^`]*)`', re.DOTALL)
_HEREDOC = re.compile(r"<<([A-Za-z0-9_-]+)\r?\n(.*?)\r?\n[ \t]*\1(?=\s|\Z)", re.DOTALL)

_Token = tuple[str, int, int, bool]  # text, start, end, whether it was quoted


def parse(text: str, name: str = "Caddyfile") -> tuple[Directive, ...]:
    """The sites, snippets and global options of a file; a site without braces is ``loose``.

    Args:
        text: without BOM.
        name: for messages.

    Raises:
        ConfigError: it is no Caddyfile, or one that another program fills in first; with its line.
    """
    foreign = _FOREIGN.search(text)
    if foreign:
        raise _error(name, text, foreign.start(), f"{foreign[0]} is not Caddy's own syntax")
    lines = list(_lines(text, name))
    found: list[Directive] = []
    index = 0
    while index < len(lines):
        line = lines[index]
        # Addresses go on in the next line behind a comma.
        while not _opens(line) and line[-1][0].endswith(",") and index + 1 < len(lines):
            index += 1
            line = [*line, *lines[index]]
        if _opens(line):
            children, last = _level(lines, index + 1, name, text)
            if last == len(lines):
                raise _error(name, text, line[0][1], "a { without its }")
            found.append(_directive(text, line[:-1], line[-1], lines[last][0][2], children))
            index = last + 1
        elif line[0][0] == "import":
            found.append(_directive(text, line, line[0], line[-1][2], None))
            index += 1
        else:
            children, last = _level(lines, index + 1, name, text)
            if last < len(lines):
                raise _error(name, text, lines[last][0][1], "a } without its {")
            end = children[-1].end if children else line[-1][2]
            site = _directive(text, line, line[0], end, children)
            found.append(Directive(site.words, site.start, site.end, site.line, children, loose=True))
            index = last
    return tuple(found)


def _lines(text: str, name: str) -> Iterator[list[_Token]]:
    """The tokens of each line that has some."""
    line: list[_Token] = []
    at = 0
    while True:
        space = _SPACE.match(text, at)
        at = space.end() if space else at
        if at >= len(text):
            break
        if text[at] == "\n":
            if line:
                yield line
            line = []
            at += 1
            continue
        found: re.Match[str] | None
        if text[at] in '"`':
            found = _QUOTED.match(text, at)
            if not found:
                raise _error(name, text, at, "a quote that nothing ends")
            token = (found[1] if found[1] is not None else found[2], at, found.end(), True)
        elif found := _HEREDOC.match(text, at):
            token = (found[2], at, found.end(), True)
        else:
            end = at
            while end < len(text) and not text[end].isspace():
                end += 1
            token = (text[at:end], at, end, False)
        line.append(token)
        at = token[2]
    if line:
        yield line


def _opens(line: list[_Token]) -> bool:
    return line[-1][0] == "{" and not line[-1][3]


def _closes(line: list[_Token]) -> bool:
    return line[0][0] == "}" and not line[0][3]


def _level(lines: list[list[_Token]], index: int, name: str, text: str) -> tuple[tuple[Directive, ...], int]:
    """The directives up to the line that closes the block, and that line's index."""
    found: list[Directive] = []
    while index < len(lines) and not _closes(lines[index]):
        line = lines[index]
        if any(token in ("{", "}") and not quoted for token, _, _, quoted in line[:-1]) or _closes(line[-1:]):
            raise _error(name, text, line[0][1], "a brace in the middle of a line")
        if not _opens(line):
            found.append(_directive(text, line, line[0], line[-1][2], None))
            index += 1
            continue
        children, last = _level(lines, index + 1, name, text)
        if last == len(lines):
            raise _error(name, text, line[0][1], "a { without its }")
        found.append(_directive(text, line[:-1], line[-1], lines[last][0][2], children))
        index = last + 1
    if index < len(lines) and len(lines[index]) > 1:
        raise _error(name, text, lines[index][0][1], "something behind a }")
    return tuple(found), index


def _directive(
    text: str, words: list[_Token], first: _Token, end: int, children: tuple[Directive, ...] | None
) -> Directive:
    start = words[0][1] if words else first[1]
    line = text.count("\n", 0, start) + 1
    return Directive(tuple(word[0] for word in words), start, end, line, children)


def _error(name: str, text: str, at: int, why: str) -> ConfigError:
    line = text.count("\n", 0, at) + 1
    return ConfigError(f"{name}:{line}: cannot be read as a Caddyfile: {why}", code="caddyfile.syntax")
