"""What a scalar is to Go's yaml.v3, with which the server reads its configuration.

It is neither YAML 1.1 nor 1.2: ``0777`` and ``0o777`` are octal, ``7_880`` is a number, ``yes`` a string
(which a bool takes nevertheless). Read in yaml.v3 3.0.1, resolve.go and decode.go; all versions of the server
use it.
"""

from __future__ import annotations

import re
from functools import lru_cache

from . import gonumbers

Scalar = str | int | float | bool | None

_LONG = "tag:yaml.org,2002:"
_WORDS: dict[str, tuple[str, Scalar]] = {
    **dict.fromkeys(("true", "True", "TRUE"), ("!!bool", True)),
    **dict.fromkeys(("false", "False", "FALSE"), ("!!bool", False)),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), ("!!null", None)),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), ("!!float", float("nan"))),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), ("!!float", float("inf"))),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), ("!!float", float("-inf"))),
    "<<": ("!!merge", "<<"),
}
_RESOLVED_TAGS = frozenset({"", "!!str", "!!bool", "!!int", "!!float", "!!null", "!!timestamp"})
_PLAIN_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", re.ASCII)
_TIMESTAMP = re.compile(
    r"[0-9]{4}-(?:1[0-2]|0?[1-9])-(?:3[01]|[12][0-9]|0?[1-9])"
    r"(?:(?:[Tt](?:[01]?[0-9]|2[0-3]):[0-5]?[0-9]:[0-5]?[0-9](?:\.[0-9]+)?(?:Z|[-+][0-9]{2}:[0-9]{2}))"
    r"|(?: (?:[01]?[0-9]|2[0-3]):[0-5]?[0-9]:[0-5]?[0-9](?:\.[0-9]+)?))?",
    re.ASCII,
)
TRUE_WORDS = frozenset({"y", "Y", "yes", "Yes", "YES", "on", "On", "ON"})
FALSE_WORDS = frozenset({"n", "N", "no", "No", "NO", "off", "Off", "OFF"})


class UnresolvableError(Exception):
    """A tag that its text does not fit: ``!!int abc``; the message is the server's."""


def short(tag: str) -> str:
    return f"!!{tag[len(_LONG) :]}" if tag.startswith(_LONG) else tag


@lru_cache(maxsize=4096)
def plain(text: str) -> tuple[str, Scalar]:
    """The tag and the value of an unquoted scalar without a tag."""
    head = text[:1]
    if head and head not in "+-0123456789yYnNtTfFoO~.":
        return ("!!merge", text) if text == "<<" else ("!!str", text)
    if text in _WORDS:
        return _WORDS[text]
    if head == ".":
        value = gonumbers.parse_float(text)
        return ("!!str", text) if value is None else ("!!float", value)
    if head and head in "+-0123456789":
        if _TIMESTAMP.fullmatch(text):
            return "!!timestamp", text
        return _number(text)
    return "!!str", text


def _number(text: str) -> tuple[str, Scalar]:
    digits = text.replace("_", "")
    whole = gonumbers.int64(digits)
    if whole is None:
        whole = gonumbers.uint64(digits)
    if whole is not None:
        return "!!int", whole
    if _PLAIN_FLOAT.fullmatch(digits):
        value = gonumbers.parse_float(digits)
        if value is not None:
            return "!!float", value
    for prefix, base in (("0b", 2), ("0o", 8)):
        # Only spellings such as 0b-1 get here.
        if digits.startswith(prefix):
            whole = gonumbers.int64(digits[2:], base)
            if whole is not None:
                return "!!int", whole
    return "!!str", text


def resolve(tag: str, text: str) -> tuple[str, Scalar]:
    """The tag and the value of a scalar with a tag of its own (short form), or none.

    Raises:
        UnresolvableError: the text is not what the tag says.
    """
    if tag not in _RESOLVED_TAGS:
        return tag, text
    if tag == "!!str":
        return tag, text
    found, value = plain(text)
    if tag in ("", found):
        return found, value
    if tag == "!!float" and found == "!!int" and isinstance(value, int) and value < 2**63:
        return tag, float(value)
    if found == "!!timestamp":  # only looked for without a tag, or with its own
        found, value = _number(text)
    raise UnresolvableError(f"cannot decode {found} `{text}` as a {tag}")
