"""The pairs in LIVEKIT_KEYS and in a key file, as livekit-server reads each of the two (run with 1.13.5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from .configcheck import scalars
from .configcheck.tree import Node, NotYamlError, parse


@dataclass(frozen=True, slots=True)
class Line:
    """A pair. Lines count from 1, in the text."""

    key: str
    secret: str = field(repr=False)
    key_line: int
    secret_line: int


@dataclass(frozen=True, slots=True)
class Dropped:
    """A key that the server drops without a word, and what YAML takes its secret for."""

    key: str
    line: int
    read_as: str


@dataclass(frozen=True, slots=True)
class Pairs:
    """What became of a text. ``refusal`` is why the server does not start with it, with ``line``."""

    pairs: tuple[Line, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    refusal: str = ""
    line: int = 1


_KINDS = {
    "!!int": "a number",
    "!!float": "a number",
    "!!bool": "true or false",
    "!!null": "nothing",
    "!!timestamp": "a date",
    "!!map": "a mapping",
    "!!seq": "a list",
}


def of_variable(text: str) -> Pairs:
    """LIVEKIT_KEYS, or --keys: only what YAML reads as text is a secret."""
    try:
        root = parse(text).root
    except NotYamlError as problem:
        return Pairs(refusal="not YAML", line=problem.line)
    if root is None or (root.kind == "scalar" and root.tag == "!!null"):
        return Pairs()
    pairs: dict[str, Line] = {}
    dropped = []
    try:
        for key, given in _entries(root):
            value = given.alias if given.alias is not None else given
            if value.tag in ("!!str", "!!binary"):
                pairs[key.value] = Line(key.value, value.value, key.line, given.line)
            else:
                read_as = _KINDS.get(value.tag, "of another type")
                dropped.append(Dropped(key.value, key.line, read_as))
    except _RefusedError as refused:
        return Pairs(refusal=refused.why, line=refused.line)
    return Pairs(tuple(pairs.values()), tuple(dropped))


def of_file(text: str) -> Pairs:
    """A key file: a number is taken as it is written; an empty file is refused."""
    try:
        root = parse(text).root
    except NotYamlError as problem:
        return Pairs(refusal="not YAML", line=problem.line)
    if root is None:
        return Pairs(refusal="empty")
    pairs: dict[str, Line] = {}
    try:
        for key, given in _entries(root):
            value = given.alias if given.alias is not None else given
            if value.kind != "scalar":
                raise _RefusedError(
                    f"the secret of {key.value} is {_KINDS.get(value.tag, 'of another type')}", given.line
                )
            text = "" if value.tag == "!!null" else value.value
            pairs[key.value] = Line(key.value, text, key.line, given.line)
    except _RefusedError as refused:
        return Pairs(refusal=refused.why, line=refused.line)
    return Pairs(tuple(pairs.values()))


class _RefusedError(Exception):
    def __init__(self, why: str, line: int) -> None:
        super().__init__(why)
        self.why = why
        self.line = line


def _entries(root: Node) -> Iterator[tuple[Node, Node]]:
    """The keys and values of the top mapping; a merge key's mapping counts as its own."""
    if root.kind != "mapping":
        raise _RefusedError("not `key: secret`", root.line)
    seen: set[str] = set()
    for key, value in root.pairs():
        if key.is_merge:
            source = value.alias if value.alias is not None else value
            if source.kind == "mapping" and source is not root:
                yield from (pair for pair in source.pairs() if pair[0].kind == "scalar")
            continue
        if key.kind != "scalar":
            raise _RefusedError("a key that is no text", key.line)
        if key.value in seen:
            raise _RefusedError(f"{key.value} stands there twice", key.line)
        seen.add(key.value)
        if key.tagged or scalars.plain(key.value)[0] != "!!null" or key.style:
            yield key, value
