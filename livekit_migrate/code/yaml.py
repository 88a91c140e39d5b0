"""Reading YAML with positions: what is where, as which type, and what comes twice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ..core.errors import ConfigError
from ..core.files import BOM, read_text
from .scalar import Scalar

if TYPE_CHECKING:
    from yaml import Node

_LIMIT = 4 * 1024 * 1024
# libyaml's own bound differs by version, and without one a deep document ends the process.
_DEEPEST = 200


@dataclass(frozen=True, slots=True)
class Place:
    """One node: where it is and what it says.

    Args:
        line: of the value's first character, from 1; of the key where the value is empty.
        value: a scalar as YAML 1.1 reads it; None for a mapping, a sequence and null: see ``kind``.
        raw: a scalar's text without its quotes; empty for the others.
    """

    path: str
    kind: Literal["scalar", "mapping", "sequence"]
    line: int
    column: int
    value: Scalar
    raw: str
    node: Node = field(repr=False)


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A key that its mapping has already; the server's parser refuses such a file."""

    path: str
    line: int
    column: int
    first_line: int


@dataclass(frozen=True)
class Document:
    """One YAML document. ``text`` has no BOM; line ends are kept. ``name`` is for messages."""

    name: str
    text: str
    bom: bool
    root: Node | None = field(repr=False)

    @cached_property
    def aliases(self) -> bool:
        """Whether one node stands in several places: a value of a few lines may then mean gigabytes."""
        import yaml

        return any(isinstance(token, yaml.AliasToken) for token in yaml.scan(self.text, Loader=_loader()))

    @cached_property
    def duplicates(self) -> tuple[Duplicate, ...]:
        """Keys that come twice in one mapping, in the order of the file."""
        found: list[Duplicate] = []
        for path, mapping in mappings(self.root):
            seen: dict[str, int] = {}
            for key, _ in mapping.value:
                text = _key(key)
                if text in seen:
                    mark = key.start_mark
                    found.append(Duplicate(_join(path, text), mark.line + 1, mark.column + 1, seen[text]))
                else:
                    seen[text] = key.start_mark.line + 1
        return tuple(sorted(found, key=lambda duplicate: (duplicate.line, duplicate.column)))

    def find(self, path: str) -> Place | None:
        """The node at ``rtc.udp_port`` or ``webhook.urls.0``; None when there is none.

        Aliases and merge keys (``<<``) are followed; of a key that comes twice the last one is taken.
        """
        node, key = self.root, None
        for part in path.split(".") if path else []:
            if node is None:
                return None
            key, node = child(node, part)
        return None if node is None else _place(path, node, key)

    def value(self, path: str) -> Scalar:
        """The scalar at a path; None when it is null, not there, or not a scalar."""
        place = self.find(path)
        return place.value if place else None

    def keys(self, path: str = "") -> tuple[str, ...]:
        """The keys of the mapping at a path, in order; empty when there is no mapping."""
        place = self.find(path)
        return tuple(_key(key) for key, _ in place.node.value) if place and place.kind == "mapping" else ()

    def set(self, path: str, value: Scalar) -> Document:
        """The document with one scalar changed, or added as the last key of its mapping.

        Raises:
            ConfigError: the place cannot be spliced (an alias, an anchor, a tag, a block scalar, a list):
                with line and column, to be edited by hand.
        """
        from .yaml_edit import with_value

        return with_value(self, path, value)

    def to_bytes(self) -> bytes:
        """What belongs on disk."""
        return ((BOM if self.bom else "") + self.text).encode("utf-8")


def load(path: Path, *, name: str = "", what: str = "YAML file", limit: int = _LIMIT) -> Document:
    """A YAML file.

    Args:
        name: how messages call it; default: the path.
        limit: bytes above which it is refused.

    Raises:
        ConfigError: it cannot be read, is not UTF-8, is too large, or is no YAML (with line and column).
    """
    text = read_text(path, what=what, limit=limit)
    return parse(text.removeprefix(BOM), name or str(path), bom=text.startswith(BOM))


def parse(text: str, name: str, *, bom: bool = False) -> Document:
    """YAML text as a Document.

    Raises:
        ConfigError: it is no YAML, nested too deep, or more than one document; with line and column.
    """
    import yaml

    try:
        depth = 0
        # Events come without recursion: so depth is known before composing recurses.
        for event in yaml.parse(text, Loader=_loader()):
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > _DEEPEST:
                    line = event.start_mark.line + 1 if event.start_mark else 0
                    raise ConfigError(
                        f"{name}:{line}: nested deeper than {_DEEPEST} levels", code="yaml.too-deep"
                    )
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
        return Document(name, text, bom, yaml.compose(text, Loader=_loader()))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise ConfigError(
            f"{name}{where}: not YAML: {error.problem or error.context}",
            code="yaml.syntax",
            detail=error.context if error.problem and error.context else "",
        ) from error
    except yaml.reader.ReaderError as error:
        bad = re.search("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text)
        before = text[: bad.start()] if bad else ""
        line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
        shown = f"character U+{ord(bad[0]):04X} is not allowed" if bad else str(error.reason)
        raise ConfigError(f"{name}:{line}:{column}: not YAML: {shown}", code="yaml.syntax") from error


def _loader() -> Any:
    import yaml

    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def kind_of(node: Node) -> Literal["scalar", "mapping", "sequence"]:
    import yaml

    if isinstance(node, yaml.MappingNode):
        return "mapping"
    return "sequence" if isinstance(node, yaml.SequenceNode) else "scalar"


def _key(node: Node) -> str:
    return node.value if isinstance(node.value, str) else f"<{kind_of(node)}>"


def _join(path: str, part: str) -> str:
    return f"{path}.{part}" if path else part


def child(node: Node, part: str, *, follow: bool = True) -> tuple[Node | None, Node | None]:
    """The key node (None in a sequence) and the value node of one step down."""
    kind = kind_of(node)
    if kind == "sequence":
        index = int(part) if part.isascii() and part.isdecimal() else -1
        return (None, node.value[index]) if 0 <= index < len(node.value) else (None, None)
    if kind == "scalar":
        return None, None
    for key, value in reversed(node.value):
        if _key(key) == part and kind_of(key) == "scalar":
            return key, value
    return _merged(node, part, set()) if follow else (None, None)


def _merged(node: Node, part: str, seen: set[int]) -> tuple[Node | None, Node | None]:
    if id(node) in seen:
        return None, None
    seen.add(id(node))
    for key, value in node.value:
        if key.tag != "tag:yaml.org,2002:merge":
            continue
        for source in value.value if kind_of(value) == "sequence" else [value]:
            if kind_of(source) == "mapping":
                found = next(((k, v) for k, v in reversed(source.value) if _key(k) == part), None)
                found = found or _merged(source, part, seen)
                if found[1] is not None:
                    return found
    return None, None


def mappings(root: Node | None) -> Iterator[tuple[str, Node]]:
    """Every mapping once, with its path; aliases and cycles are not walked twice."""
    waiting = [("", root)] if root is not None else []
    seen: set[int] = set()
    while waiting:
        path, node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        kind = kind_of(node)
        if kind == "mapping":
            yield path, node
            waiting += [(_join(path, _key(key)), value) for key, value in reversed(node.value)]
        elif kind == "sequence":
            waiting += [(_join(path, str(index)), item) for index, item in enumerate(node.value)]


def _place(path: str, node: Node, key: Node | None) -> Place:
    import yaml

    kind = kind_of(node)
    mark = node.start_mark
    value: Scalar = None
    if kind == "scalar":
        if key is not None and node.start_mark.index == node.end_mark.index:
            mark = key.start_mark
        try:
            read = yaml.constructor.SafeConstructor().construct_object(node)
        except (ValueError, OverflowError, yaml.YAMLError):
            read = node.value  # such as the 45th of a 13th month
        value = read if isinstance(read, str | int | float | bool | None) else node.value
    return Place(
        path, kind, mark.line + 1, mark.column + 1, value, node.value if kind == "scalar" else "", node
    )
