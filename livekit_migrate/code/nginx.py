"""Reading nginx configuration with positions, as nginx reads it.

The rules are those of ``ngx_conf_read_token`` (nginx 1.28, src/core/ngx_conf_file.c): a word ends at white
space, ``;`` or ``{``, except in ``${name}``; quotes count at the beginning of a word; ``#`` begins a comment
only where a word could begin.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..core.errors import ConfigError
from .directives import Directive

_FOREIGN = re.compile(r"\{%|\{\{|<%|_by_lua_block\b|\bnjs_block\b")
_SPACE = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)+")
_WORD = re.compile(r"""(?:\\.|\$\{|[^\s;{\\])+""", re.DOTALL)
_QUOTED = re.compile(r""""((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'""", re.DOTALL)

_Token = tuple[str, str, int, int]  # kind (``word`` or the character), text, start, end


def parse(text: str, name: str = "nginx.conf") -> tuple[Directive, ...]:
    """The directives of a file.

    Args:
        text: without BOM.
        name: for messages.

    Raises:
        ConfigError: it is no nginx configuration, or one that another program fills in first (templates with
            ``{{``, ``{%`` or ``<%``), or holds code of another language; with its line.
    """
    foreign = _FOREIGN.search(text)
    if foreign:
        raise _error(name, text, foreign.start(), f"{foreign[0]} is not nginx's own syntax")
    tokens = list(_tokens(text, name))
    found, index = _level(tokens, 0, name, text)
    if index < len(tokens):
        raise _error(name, text, tokens[index][2], "a } without its {")
    return found


def _tokens(text: str, name: str) -> Iterator[_Token]:
    at = 0
    while True:
        space = _SPACE.match(text, at)
        at = space.end() if space else at
        if at >= len(text):
            return
        sign = text[at]
        if sign in ";{}":
            yield sign, sign, at, at + 1
            at += 1
            continue
        if sign in "\"'":
            found = _QUOTED.match(text, at)
            if not found:
                raise _error(name, text, at, "a quote that nothing ends")
            value = found[1] if found[1] is not None else found[2]
        else:
            found = _WORD.match(text, at)
            if not found:
                raise _error(name, text, at, f"{sign} stands where a word should")
            value = found[0]
        yield "word", value, at, found.end()
        at = found.end()


def _level(tokens: list[_Token], index: int, name: str, text: str) -> tuple[tuple[Directive, ...], int]:
    found: list[Directive] = []
    while index < len(tokens) and tokens[index][0] != "}":
        first = index
        while index < len(tokens) and tokens[index][0] == "word":
            index += 1
        start = tokens[first][2]
        if index == first or index == len(tokens) or tokens[index][0] == "}":
            raise _error(name, text, start, "a directive without ; at its end")
        words = tuple(token[1] for token in tokens[first:index])
        children = None
        if tokens[index][0] == "{":
            children, index = _level(tokens, index + 1, name, text)
            if index == len(tokens):
                raise _error(name, text, start, "a { without its }")
        found.append(Directive(words, start, tokens[index][3], text.count("\n", 0, start) + 1, children))
        index += 1
    return tuple(found), index


def _error(name: str, text: str, at: int, why: str) -> ConfigError:
    line = text.count("\n", 0, at) + 1
    return ConfigError(f"{name}:{line}: cannot be read as nginx configuration: {why}", code="nginx.syntax")
