"""Editing JSON by position: members and items taken out with their comma, all else byte for byte as it was.

Comments and trailing commas are understood (`tsconfig.json`, `turbo.json`), so that what is written as JSON
with comments stays so; numbers, escapes, key order, indentation and line ends are never rewritten.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ..core.errors import ConfigError
from ..core.files import BOM

Path = tuple[str | int, ...]

_SPACE = re.compile(r"(?:[ \t\r\n]+|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"')
_ATOM = re.compile(r"-?\d[\d.eE+-]*|true|false|null")
_DEEPEST = 200


@dataclass(frozen=True, slots=True)
class Value:
    """A value and where it stands. ``parts`` are an object's or an array's: key (or index), start, value.

    ``start`` of a part is where its key begins, in an array the item itself.
    """

    start: int
    end: int
    kind: str
    parts: tuple[tuple[str | int, int, Value], ...] = ()
    scalar: Any = field(default=None)

    def get(self, *path: str | int) -> Value | None:
        """The value at a path; of a key that comes twice the last one, as every reader takes it."""
        found: Value | None = self
        for step in path:
            if found is None:
                return None
            found = next((value for key, _, value in reversed(found.parts) if key == step), None)
        return found

    def plain(self) -> Any:
        """The value as Python has it."""
        if self.kind == "object":
            return {key: value.plain() for key, _, value in self.parts}
        if self.kind == "array":
            return [value.plain() for _, _, value in self.parts]
        return self.scalar

    def walk(self, path: Path = ()) -> Iterator[tuple[Path, int, Value]]:
        """Every part below, outermost first: its path, where it starts, its value."""
        for key, start, value in self.parts:
            below = (*path, key)
            yield below, start, value
            yield from value.walk(below)


@dataclass(frozen=True, slots=True)
class Json:
    """A JSON document over its text. ``text`` has no BOM."""

    name: str
    text: str
    bom: bool
    root: Value

    def line(self, at: int) -> int:
        """The line of an offset, from 1."""
        return self.text.count("\n", 0, at) + 1

    def without(self, gone: Iterable[Path]) -> Json:
        """The document without the members and items at these paths.

        Raises:
            ConfigError: what is left is not what it should be (a bug, or text that no reader takes).
        """
        paths = set(gone)
        return self._checked(_spliced(self.text, _cuts(self, paths)), _pruned(self.root, (), paths))

    def with_text_at(self, path: Path, text: str) -> Json:
        """The document with one string changed."""
        value = self.root.get(*path)
        if value is None or value.kind != "scalar" or not isinstance(value.scalar, str):
            raise ConfigError(f"{self.name}: no text at {'.'.join(map(str, path))}", code="json.by-hand")
        written = json.dumps(text, ensure_ascii=False)
        return self._checked(
            _spliced(self.text, [(value.start, value.end, written)]), _changed(self.root, path, text)
        )

    def _checked(self, text: str, expected: Any) -> Json:
        changed = parse(text, self.name, bom=self.bom)
        if changed.root.plain() != expected:
            raise ConfigError(f"{self.name}: must be edited by hand: it is unusual", code="json.by-hand")
        return changed

    def to_bytes(self) -> bytes:
        """What belongs on disk."""
        return ((BOM if self.bom else "") + self.text).encode("utf-8")


def read(data: bytes, name: str) -> Json:
    """The document of a file's bytes.

    Raises:
        ConfigError: it is not UTF-8 or no JSON; with line and column.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{name}:{line}: not UTF-8", code="file.not-utf8") from error
    return parse(text.removeprefix(BOM), name, bom=text.startswith(BOM))


def parse(text: str, name: str, *, bom: bool = False) -> Json:
    """JSON text, comments and trailing commas allowed.

    Raises:
        ConfigError: it is no JSON; with line and column.
    """
    return Json(name, text, bom, _Scanner(text, name).document())


class _Scanner:
    def __init__(self, text: str, name: str) -> None:
        self.text, self.name = text, name

    def document(self) -> Value:
        value = self.value(self.skip(0), 0)
        if self.skip(value.end) != len(self.text):
            raise self.error(self.skip(value.end), "something follows the document")
        return value

    def skip(self, at: int) -> int:
        found = _SPACE.match(self.text, at)
        return found.end() if found else at

    def value(self, at: int, depth: int) -> Value:
        if depth > _DEEPEST:
            raise self.error(at, f"nested deeper than {_DEEPEST} levels")
        char = self.text[at : at + 1]
        if char == "{":
            return self.collection(at, depth, "object", "}", self.member)
        if char == "[":
            return self.collection(at, depth, "array", "]", self.value)
        if char == '"':
            text, end = self.string(at)
            return Value(at, end, "scalar", scalar=text)
        found = _ATOM.match(self.text, at)
        if not found:
            raise self.error(at, "a value was expected")
        try:
            return Value(at, found.end(), "scalar", scalar=json.loads(found[0]))
        except ValueError:
            raise self.error(at, "not a number") from None

    def member(self, at: int, depth: int) -> Value:
        """Only the value; the caller has read the key."""
        colon = self.skip(at)
        if self.text[colon : colon + 1] != ":":
            raise self.error(colon, "a colon was expected")
        return self.value(self.skip(colon + 1), depth)

    def collection(
        self, at: int, depth: int, kind: str, close: str, item: Callable[[int, int], Value]
    ) -> Value:
        parts: list[tuple[str | int, int, Value]] = []
        here = self.skip(at + 1)
        while self.text[here : here + 1] != close:
            key: str | int = len(parts)
            after = here
            if kind == "object":
                if self.text[here : here + 1] != '"':
                    raise self.error(here, "a key in double quotes was expected")
                key, after = self.string(here)
            value = item(after, depth + 1)
            parts.append((key, here, value))
            here = self.skip(value.end)
            if self.text[here : here + 1] == ",":
                here = self.skip(here + 1)
            elif self.text[here : here + 1] != close:
                raise self.error(here, f"a comma or {close} was expected")
        return Value(at, here + 1, kind, tuple(parts))

    def string(self, at: int) -> tuple[str, int]:
        found = _STRING.match(self.text, at)
        if not found:
            raise self.error(at, "the string is not closed")
        try:
            return str(json.loads(found[0])), found.end()
        except ValueError:
            raise self.error(at, "an escape that JSON does not have") from None

    def error(self, at: int, why: str) -> ConfigError:
        line = self.text.count("\n", 0, at) + 1
        column = at - (self.text.rfind("\n", 0, at) + 1) + 1
        return ConfigError(f"{self.name}:{line}:{column}: not JSON: {why}", code="json.syntax")


def _pruned(value: Value, path: Path, gone: set[Path]) -> Any:
    if value.kind == "object":
        return {k: _pruned(v, (*path, k), gone) for k, _, v in value.parts if (*path, k) not in gone}
    if value.kind == "array":
        return [_pruned(v, (*path, k), gone) for k, _, v in value.parts if (*path, k) not in gone]
    return value.scalar


def _changed(value: Value, path: Path, text: str) -> Any:
    if not path:
        return text
    plain = value.plain()
    inner = value.get(path[0])
    if inner is not None:
        plain[path[0]] = _changed(inner, path[1:], text)
    return plain


def _cuts(document: Json, gone: set[Path]) -> list[tuple[int, int, str]]:
    cuts: list[tuple[int, int, str]] = []
    waiting: list[tuple[Path, Value]] = [((), document.root)]
    while waiting:
        path, value = waiting.pop()
        flags = [(*path, key) in gone for key, _, _ in value.parts]
        if any(flags):
            cuts += _cuts_of(document.text, value, flags)
        waiting += [
            ((*path, key), below)
            for (key, _, below), out in zip(value.parts, flags, strict=True)
            if not out and below.parts
        ]
    return cuts


def _cuts_of(text: str, value: Value, gone: list[bool]) -> Iterator[tuple[int, int, str]]:
    if all(gone):
        yield value.start + 1, value.end - 1, ""
        return
    index = 0
    while index < len(gone):
        if not gone[index]:
            index += 1
            continue
        last = index
        while last + 1 < len(gone) and gone[last + 1]:
            last += 1
        if last + 1 < len(gone):
            yield _up_to_next(text, value, index, last)
        else:
            # From behind the one that stays: its comma goes, what closes the collection stays where it is.
            start, end = value.parts[index - 1][2].end, value.parts[last][2].end
            yield start, _behind_comma(text, end) if _trailing(text, end) else end, ""
            if _trailing(text, end):
                yield start, start, ","
        index = last + 1


def _up_to_next(text: str, value: Value, first: int, last: int) -> tuple[int, int, str]:
    """From the first that goes to the next that stays, a comment above that one kept."""
    start, end = value.parts[first][1], value.parts[last + 1][1]
    line_end = text.find("\n", _behind_comma(text, value.parts[last][2].end), end)
    comment = re.search(r"//|/\*", text[line_end:end]) if line_end >= 0 else None
    if comment:
        end = line_end + comment.start()
    return start, end, ""


def _trailing(text: str, end: int) -> bool:
    found = _SPACE.match(text, end)
    return text[found.end() : found.end() + 1] == "," if found else False


def _behind_comma(text: str, end: int) -> int:
    found = _SPACE.match(text, end)
    at = found.end() if found else end
    return at + 1 if text[at : at + 1] == "," else end


def _spliced(text: str, cuts: list[tuple[int, int, str]]) -> str:
    parts: list[str] = []
    at = 0
    for start, end, new in sorted(cuts):
        parts += text[at:start], new
        at = end
    return "".join([*parts, text[at:]])
