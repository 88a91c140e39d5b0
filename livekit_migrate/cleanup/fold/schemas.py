"""Variables of the environment that a schema checks: what `env.X` is once zod or t3-env has read it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .reduce import Const, env_name
from .source import Node, Source, bare, field

_CHECKER = re.compile(r"^(?:z|zod|v|t|s|Type|Joi|yup|Yup|str|bool|num|S|makeValidator|envsafe|type)\b")
_TO_BOOLEAN = re.compile(
    r"stringbool\(|coerce\s*\.boolean|\bbool(?:ean)?\(|\.transform\(|\.preprocess\(|\.pipe\("
)
_COMPARES = re.compile(r"""=>\s*!?\s*\(?\s*[\w.?()]+\s*(?:===?)\s*(["'])([\w-]+)\1\s*\)?\s*[,)]""")
_ON = frozenset({"true", "1", "on", "yes", "enabled"})
_OFF = frozenset({"false", "0", "off", "no", "disabled"})


def entries(source: Source, name: str) -> Iterator[Node]:
    """The entries of a variable in the schemas of a file, and where those get its text from."""
    for match in re.finditer(rb"(?<![\w$])" + re.escape(name.encode()) + rb"(?![\w$])", source.code):
        node = source.at(match.start())
        if node.type == "string_fragment":
            node = source.parent(node) or node
        pair = source.parent(node)
        if pair is not None and pair.type == "pair" and field(pair, "key") == node:
            value = field(pair, "value")
            if value is not None and (checks(source, value) or env_name(source, bare(value)) == name):
                yield pair


def checks(source: Source, value: Node) -> bool:
    """Whether a value is a check of some library: ``z.string()``."""
    node = bare(value)
    return node.type == "call_expression" and bool(_CHECKER.match(source.word(node)))


def checked(source: Source, name: str, text: str) -> Const | str | None:
    """What a variable is once it was checked: a constant, why that is open, or None without a schema."""
    for pair in entries(source, name):
        value = field(pair, "value")
        if value is None or not checks(source, value):
            continue
        word = source.word(value)
        if not _TO_BOOLEAN.search(word):
            return Const(text, env=True)
        low = text.lower()
        compared = _COMPARES.search(word)
        if compared is not None:
            if compared[2] == text or (compared[2] in _ON and low in _OFF):
                return Const(compared[2] == text)
            return f"the schema compares it with {compared[2]!r}, its value is {text!r}"
        if low in _ON and ("transform" not in word):
            return Const(True)
        if low in _OFF and re.search(r"stringbool\(|(?<!coerce\.)\bbool\(", word):
            return Const(False)
        return "what the schema makes of its text cannot be told"
    return None


def typed_members(source: Source, name: str) -> Iterator[Node]:
    """The members of types that describe the environment."""
    for match in re.finditer(rb"(?<![\w$])" + re.escape(name.encode()) + rb"(?![\w$])", source.code):
        node = source.at(match.start())
        parent = source.parent(node)
        if parent is not None and parent.type == "property_signature" and field(parent, "name") == node:
            yield parent
