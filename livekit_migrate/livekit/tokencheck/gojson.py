"""JSON as Go's decoders see it: every pair of an object, numbers as written, the server's own strictness.

Python's json would not do: it takes NaN, keeps one of two equal keys, and gives up at a thousand levels.
Source: `encoding/json` of Go 1.26 and the copy of it in go-jose 3.0.5.
"""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

MAX_DEPTH = 10_000
"""Levels that Go's encoding/json takes; go-jose's older copy has no such bound."""


class NotJsonError(ValueError):
    """It is no JSON; the message says where."""


class Number(str):
    """A number, as it is written."""

    __slots__ = ()


class Lossy(str):
    """A string in which bytes that are no UTF-8, or half a surrogate pair, became U+FFFD."""

    __slots__ = ()


class Object(tuple[tuple[str, Any], ...]):
    """An object: all its pairs, in order."""

    __slots__ = ()

    def last(self, name: str) -> Any:
        """The value of the last pair of that name, None without one."""
        for key, value in reversed(self):
            if key == name:
                return value
        return None


def _refuse(word: str) -> NoReturn:
    raise ValueError(word)  # NaN, Infinity


_QUICK = json.JSONDecoder(
    object_pairs_hook=Object, parse_float=Number, parse_int=Number, parse_constant=_refuse
)


def parse(data: bytes, *, max_depth: int | None = MAX_DEPTH) -> Any:
    """The value: ``Object``, list, str (``Lossy``), ``Number``, bool or None.

    Raises:
        NotJsonError: it is no JSON, or nested deeper than ``max_depth``.
    """
    try:
        text = data.decode("utf-8")
        if "\\ud" not in text and "\\uD" not in text:  # half a surrogate pair is for `walk`
            # Ten times as fast, and the same in all that it takes; what it does not take is judged below.
            return _QUICK.decode(text)
    except (ValueError, RecursionError):
        pass
    from .gojson_walk import walk

    # Each bad byte alone, as Go replaces them.
    return walk(data.decode("utf-8", "surrogateescape"), max_depth=max_depth)


def to_float(number: str) -> float | None:
    """The number as float64; None where Go's ParseFloat has a range error."""
    value = float(number)
    return None if value in (float("inf"), float("-inf")) else value


NUMBER = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
"""JSON's, as a regular expression."""


def is_number(text: str) -> bool:
    """Whether the text is a number as JSON writes it."""
    return re.fullmatch(NUMBER, text) is not None


def in_range(value: Any) -> bool:
    """Whether Go can make an ``any`` of it: every number within float64."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, Number):
            if to_float(item) is None:
                return False
        elif isinstance(item, Object):
            waiting.extend(inner for _, inner in item)
        elif isinstance(item, list):
            waiting.extend(item)
    return True


def doubled(value: Any, *, deep: bool = True) -> str | None:
    """A name that an object has twice, None without one."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, Object):
            seen: set[str] = set()
            for key, inner in item:
                if key in seen:
                    return key
                seen.add(key)
                if deep:
                    waiting.append(inner)
        elif isinstance(item, list) and deep:
            waiting.extend(item)
    return None


def plain(value: Any, *, depth: int = 0) -> Any:
    """As JSON output shows it: the last of equal names, numbers as numbers, below 40 levels only dots."""
    if isinstance(value, Object):
        return {key: plain(inner, depth=depth + 1) for key, inner in value} if depth < 40 else "…"
    if isinstance(value, list):
        return [plain(inner, depth=depth + 1) for inner in value] if depth < 40 else "…"
    if isinstance(value, Number):
        if len(value) <= 20 and value.lstrip("-").isdigit():
            return int(value)
        number = to_float(value)
        return str(value) if number is None else number
    return str(value) if isinstance(value, str) else value
