"""Scalars as YAML text that YAML 1.1, YAML 1.2 and Go's yaml.v3 read alike."""

from __future__ import annotations

import json
import re

Scalar = str | int | float | bool | None


def scalar(value: Scalar) -> str:
    """A scalar as YAML text: plain where every YAML reads it back the same, else double-quoted."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if is_plain(value):
        return value
    # JSON's string is YAML's double-quoted one; what does not print is escaped as YAML has it.
    quoted = json.dumps(value, ensure_ascii=False)
    return "".join(
        char
        if char.isprintable()
        else f"\\u{ord(char):04x}"
        if ord(char) < 0x10000
        else f"\\U{ord(char):08x}"
        for char in quoted
    )


# What YAML 1.1 or Go's yaml.v3 (livekit-server) reads as no string where it stands unquoted.
_NO_STRING = (
    r"[-+]?(?:0[xX][0-9a-fA-F_]+|0[oO]?[0-7_]+|0[bB][01_]+"
    r"|[0-9][0-9_]*(?::[0-9]+)*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?"
    r"|\.[0-9][0-9_]*(?:[eE][-+]?[0-9]+)?|\.(?:inf|Inf|INF))|\.(?:nan|NaN|NAN)"
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*"
)
_WORDS = frozenset({"", "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n", "=", "<<"})


def is_plain(value: str) -> bool:
    """Whether an unquoted value is that very string, in a block and in a flow collection."""
    return not (
        value.lower() in _WORDS
        or re.fullmatch(_NO_STRING, value, re.ASCII)
        or re.match(r"-(?:[\s,\[\]{}]|$)|[?:,\[\]{}#&*!|>'\"%@`]", value)
        or re.match(r"---|\.\.\.", value)
        # `?`: PyYAML ends a plain scalar there inside a flow collection.
        or re.search(r":(?:[\s,\[\]{}]|$)|\s#|[,?\[\]{}]", value)
        or not value.isprintable()
        or value != value.strip()
    )
