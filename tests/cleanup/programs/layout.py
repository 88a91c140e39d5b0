"""How a random program is laid out: comments in odd places, and lines broken where a formatter breaks them."""

# ruff: noqa: E501 - the tokens of a language

from __future__ import annotations

import random
import re
from collections.abc import Iterator

_TOKEN = re.compile(
    r"""//[^\n]*|/\*.*?\*/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|/a/|\s+|[\w$#]+|=>|\?\?=|&&=|\|\|=|\?\?|&&|\|\||\?\.|.""",
    re.DOTALL,
)
# A line may not end after these words, nor begin with those signs.
_RESTRICTED = frozenset({"return", "throw", "break", "continue", "yield", "async", "type", "declare", "abstract", "namespace",
                         "interface", "get", "set", "static", "let", "readonly", "private", "public", "protected", "override"})  # fmt: skip
_BREAKS = frozenset({"&&", "||", "??", "?", ":"})


def laid_out(text: str, pick: random.Random) -> str:
    """The same program with comments and line breaks; one with a template, a JSX text or a regex stays."""
    if pick.random() < 0.5 or "`" in text or "</" in text or "/>" in text:
        return text
    return "".join(_pieces(text, pick))


def _pieces(text: str, pick: random.Random) -> Iterator[str]:
    before = ""
    tokens = [match[0] for match in _TOKEN.finditer(text)]
    for number, token in enumerate(tokens):
        following = tokens[number + 1] if number + 1 < len(tokens) else ""
        if token.isspace() and "\n" not in token and following and not following.startswith("/"):
            yield _gap(token, before, following, pick)
        else:
            yield token
        if not token.isspace():
            before = token


def _gap(token: str, before: str, following: str, pick: random.Random) -> str:
    chance = pick.random()
    if chance < 0.03:
        return " /* c */ "
    if before in _RESTRICTED or following in ("=>", "++", "--", "!"):
        return token
    if following in _BREAKS and chance < 0.15:
        return "\n    "
    if before in ("(", ",", "&&", "||") and chance < 0.1:
        return pick.choice([" // c\n", "\n      ", "\n  /* c */ "])
    if before == "else" and chance < 0.1:
        return pick.choice(["\n", " // c\n", " /* c */ "])
    if before == ")" and following == "{" and chance < 0.1:
        return pick.choice(["\n", " // c\n"])
    return token
