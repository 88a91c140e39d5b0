"""Reading JSON step by step: for what Python's json refuses, and to say where it ends to be JSON."""

from __future__ import annotations

import re
from typing import Any

from .gojson import MAX_DEPTH, NUMBER, Lossy, NotJsonError, Number, Object

_SPACE = re.compile(r"[ \t\r\n]*")
_STRING = re.compile(r'"([^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*)"')
_NUMBER = re.compile(NUMBER)
_ODD = re.compile(
    r"\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|\\u([0-9a-fA-F]{4})|\\(.)|([\udc80-\udcff])"
)
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_LITERALS = (("true", True), ("false", False), ("null", None))
_CLOSED = object()


def walk(text: str, *, max_depth: int | None = MAX_DEPTH) -> Any:
    """``parse``, step by step; without recursion, so that no nesting can exhaust the stack."""
    open_lists: list[tuple[str, list[Any]]] = []
    keys: list[str] = []
    at = _skip(text, 0)
    while True:
        # A value begins here.
        value: Any = _CLOSED
        mark = text[at : at + 1]
        if mark and mark in "{[":
            if max_depth is not None and len(open_lists) >= max_depth:
                raise NotJsonError(f"nested deeper than {max_depth} levels")
            open_lists.append((mark, []))
            at = _skip(text, at + 1)
            if text[at : at + 1] == ("}" if mark == "{" else "]"):
                value, at = _close(open_lists), at + 1
            elif mark == "{":
                at = _key(text, at, keys)
        elif mark == '"':
            value, at = _string(text, at)
        else:
            value, at = _scalar(text, at)
        # A value has ended: what follows it closes or goes on.
        while value is not _CLOSED:
            at = _skip(text, at)
            if not open_lists:
                if at != len(text):
                    raise _unexpected(text, at, "after the value")
                return value
            kind, items = open_lists[-1]
            items.append((keys.pop(), value) if kind == "{" else value)
            mark = text[at : at + 1]
            if mark == ",":
                at = _skip(text, at + 1)
                if kind == "{":
                    at = _key(text, at, keys)
                break
            if mark != ("}" if kind == "{" else "]"):
                raise _unexpected(text, at, "in an object" if kind == "{" else "in an array")
            value, at = _close(open_lists), at + 1


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _close(open_lists: list[tuple[str, list[Any]]]) -> Any:
    kind, items = open_lists.pop()
    return Object(items) if kind == "{" else items


def _key(text: str, at: int, keys: list[str]) -> int:
    """Read ``"name":``; gives where its value begins."""
    if text[at : at + 1] != '"':
        raise _unexpected(text, at, "where a name should begin")
    key, at = _string(text, at)
    keys.append(key)
    at = _skip(text, at)
    if text[at : at + 1] != ":":
        raise _unexpected(text, at, "after a name")
    return _skip(text, at + 1)


def _string(text: str, at: int) -> tuple[str, int]:
    match = _STRING.match(text, at)
    if match is None:
        raise NotJsonError(f"the string at character {at + 1} does not end, or holds what no string may")
    return unescape(match[1]), match.end()


def _scalar(text: str, at: int) -> tuple[Any, int]:
    for word, value in _LITERALS:
        if text.startswith(word, at):
            return value, at + len(word)
    match = _NUMBER.match(text, at)
    if match is None:
        raise _unexpected(text, at, "where a value should begin")
    return Number(match[0]), match.end()


def unescape(raw: str) -> str:
    """The text of a string between its quotes, bad bytes as lone low surrogates."""
    if "\\" not in raw and raw.isascii():
        return raw
    lossy = False

    def replace(match: re.Match[str]) -> str:
        nonlocal lossy
        if match[1]:
            return chr(0x10000 + ((int(match[1], 16) - 0xD800) << 10) + int(match[2], 16) - 0xDC00)
        if match[4]:
            return _ESCAPES.get(match[4], match[4])
        code = int(match[3], 16) if match[3] else 0xDFFF
        if 0xD800 <= code <= 0xDFFF:
            lossy = True
            return "\ufffd"
        return chr(code)

    text = _ODD.sub(replace, raw)
    return Lossy(text) if lossy else text


def _unexpected(text: str, at: int, where: str) -> NotJsonError:
    if at >= len(text):
        return NotJsonError("it ends too early")
    return NotJsonError(f"{text[at]!a} at character {at + 1}, {where}")
