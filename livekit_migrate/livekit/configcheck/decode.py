"""Decoding a tree into the server's configuration, as yaml.v3 does it in strict mode.

The order of things is the server's, and it counts what it decodes as the server does, so that a small file
cannot grow without limit through aliases. Where the server gives up at the first bad value of a type that
reads itself, this goes on: whoever mends the file wants all of it. Read in yaml.v3 3.0.1, decode.go.
"""

from __future__ import annotations

import base64
import binascii
import math
from dataclasses import dataclass
from typing import Any

from . import gonumbers, scalars
from .problems import Problem, StopError
from .schema import Schema, Type
from .special import read_itself
from .tree import Node

_UNSET = object()  # the value stays what it was


@dataclass(frozen=True, slots=True)
class Entry:
    """A key that the text sets.

    Args:
        value: as the server has it: durations in nanoseconds, a struct as a dict of what is set in it.
        key: its node; None for an item of a list.
        node: the value's node, behind an alias.
        given: the value's node as it stands in the text: an alias where there is one.
    """

    path: str
    value: Any
    key: Node | None
    node: Node
    given: Node


class Decoder:
    """Decodes one document. ``entries`` and ``problems`` hold what came of it."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.entries: dict[str, Entry] = {}
        self.problems: list[Problem] = []
        self._count = self._aliased = self._depth = 0
        self._open_aliases: set[int] = set()
        self._merged: set[Any] | None = None

    def decode(self, root: Node) -> None:
        """Decode; a parser that gives up leaves exactly one problem."""
        top = self.schema.types[self.schema.root]
        try:
            self._value(root, top, "", {})
        except StopError as stop:
            self.problems = [stop.problem]

    def decode_as(self, root: Node, name: str) -> Any:
        """Decode as another type than the whole configuration; None where the parser gives up."""
        try:
            value = self._value(root, self.schema.types[name], "", None)
        except StopError as stop:
            self.problems = [stop.problem]
            return None
        return None if value is _UNSET else value

    def _value(self, node: Node, kind: Type, path: str, into: Any) -> Any:
        """Decode a node; ``into`` is the struct or map that is there already. Returns _UNSET for no value."""
        self._count += 1
        if self._depth:
            self._aliased += 1
            if (
                self._aliased > 100
                and self._count > 1000
                and self._aliased / self._count > _ratio(self._count)
            ):
                raise StopError(Problem("alias", "document contains excessive aliasing", node, path))
        if node.kind == "alias":
            return self._alias(node, kind, path, into)
        null = node.tag == "!!null"
        if not null:
            while kind.kind == "pointer":
                kind = self.schema.types[kind.of]
            if kind.unmarshal:
                try:
                    return read_itself(self.schema, kind, node, path)
                except StopError as stop:
                    return self._no(stop.problem)
        if node.kind == "scalar":
            return self._scalar(node, kind, path)
        if node.kind == "sequence":
            return self._sequence(node, kind, path)
        return self._mapping(node, kind, path, into)

    def _alias(self, node: Node, kind: Type, path: str, into: Any) -> Any:
        if id(node) in self._open_aliases or node.alias is None:
            raise StopError(Problem("alias", "anchor value contains itself", node, path))
        self._open_aliases.add(id(node))
        self._depth += 1
        value = self._value(node.alias, kind, path, into)
        self._depth -= 1
        self._open_aliases.discard(id(node))
        return value

    def _no(self, problem: Problem) -> Any:
        """Where the server stops at once; what comes behind it is still worth saying."""
        self.problems.append(problem)
        return _UNSET

    def _wrong(self, node: Node, kind: Type, path: str, tag: str) -> Any:
        tag = node.tag or tag
        shown = ""
        if tag not in ("!!seq", "!!map"):
            encoded = node.value.encode("utf-8", "replace")
            cut = encoded[:7].decode("utf-8", "replace") + "..." if len(encoded) > 10 else node.value
            shown = f" `{cut}`"
        message = f"line {node.line}: cannot unmarshal {scalars.short(tag)}{shown} into {kind.name}"
        self.problems.append(Problem("wrong-type", message, node, path, kind.name))
        return _UNSET

    # Scalars

    def _scalar(self, node: Node, kind: Type, path: str) -> Any:
        if node.indicates_string:
            tag: str = "!!str"
            value: Any = node.value
        else:
            try:
                tag, value = scalars.resolve(node.tag if node.tagged else "", node.value)
            except scalars.UnresolvableError as error:
                return self._no(Problem("bad-value", str(error), node, path, kind.name))
            if tag == "!!binary":
                value = _binary(node, path)
        if value is None:
            return None if kind.kind in ("interface", "pointer", "map", "slice") else _UNSET
        found = _read(kind, node, tag, value)
        return self._wrong(node, kind, path, tag) if found is _UNSET else found

    # Collections

    def _sequence(self, node: Node, kind: Type, path: str) -> Any:
        if kind.kind == "interface":
            return [self._value(item, kind, path, None) for item in node.content]
        if kind.kind != "slice":
            return self._wrong(node, kind, path, "!!seq")
        item_kind = self.schema.types[kind.of]
        items: list[Any] = []
        for item in node.content:
            where = f"{path}.{len(items)}"
            value = self._value(item, item_kind, where, {})
            if value is not _UNSET:
                self._enter(where, value, None, item)
                items.append(value)
        return items

    def _mapping(self, node: Node, kind: Type, path: str, into: Any) -> Any:
        pairs = self._once(node, path)
        if kind.kind == "struct":
            return self._struct(node, pairs, kind, path, into)
        if kind.kind == "interface":
            kind = Type("map[interface {}]interface {}", "map", of=kind.name, key=kind.name)
        elif kind.kind != "map":
            return self._wrong(node, kind, path, "!!map")
        return self._map(node, pairs, kind, path, into)

    def _once(self, node: Node, path: str) -> list[tuple[Node, Node]]:
        """The pairs of a mapping, without keys that stood there before: by their text, whatever they mean.

        The server gives up such a mapping; what else is in it is worth saying all the same.
        """
        first: dict[tuple[str, str], Node] = {}
        pairs: list[tuple[Node, Node]] = []
        for key, below in node.pairs():
            before = first.setdefault((key.kind, key.value), key)
            if before is key:
                pairs.append((key, below))
            else:
                message = f'line {key.line}: mapping key "{key.value}" already defined at line {before.line}'
                facts = (("first_line", before.line),)
                where = f"{path}.{key.value}" if path else key.value
                self.problems.append(Problem("duplicate-key", message, key, where, facts=facts))
        return pairs

    def _struct(self, node: Node, pairs: list[tuple[Node, Node]], kind: Type, path: str, into: Any) -> Any:
        values = into if isinstance(into, dict) else {}
        merged, self._merged = self._merged, None
        merge: Node | None = None
        done: set[str] = set()
        fields = kind.fields or {}
        for key, below in pairs:
            if key.is_merge:
                merge = below
                continue
            name = self._value(key, _STRING, path, None)
            if name is _UNSET:
                continue  # a null key is passed over in silence
            if merged is not None:
                if name in merged:
                    continue
                merged.add(name)
            where = f"{path}.{name}" if path else name
            if name not in fields:
                message = f"line {key.line}: field {name} not found in type {kind.name}"
                self.problems.append(Problem("unknown-key", message, key, where, kind.name))
                continue
            if name in done:
                message = f"line {key.line}: field {name} already set in type {kind.name}"
                self.problems.append(Problem("duplicate-key", message, key, where, kind.name))
                continue
            done.add(name)
            value = self._value(below, self.schema.types[fields[name]], where, values.get(name))
            if value is not _UNSET:
                values[name] = value
                self._enter(where, value, key, below)
        self._merged = merged
        if merge is not None:
            self._merge(node, merge, kind, path, values)
        return values

    def _map(self, node: Node, pairs: list[tuple[Node, Node]], kind: Type, path: str, into: Any) -> Any:
        new = not isinstance(into, dict)
        values: dict[Any, Any] = {} if new else into
        merged, self._merged = self._merged, None
        merge: Node | None = None
        key_kind, item_kind = self.schema.types.get(kind.key, _ANY), self.schema.types.get(kind.of, _ANY)
        for key, below in pairs:
            if key.is_merge:
                merge = below
                continue
            name = self._value(key, key_kind, path, None)
            if name is _UNSET or (name is None and key_kind is not _ANY):
                continue
            if isinstance(name, list | dict):
                raise StopError(Problem("bad-value", "invalid map key", key, path))
            if merged is not None:
                if name in merged:
                    continue
                merged.add(name)
            where = f"{path}.{name}"
            value = self._value(below, item_kind, where, None)
            if value is _UNSET and below.short_tag == "!!null" and (new or name not in values):
                value = _ZEROS.get(item_kind.kind)
            if value is not _UNSET:
                values[name] = value
                self._enter(where, value, key, below)
        self._merged = merged
        if merge is not None:
            self._merge(node, merge, kind, path, values)
        return values

    def _merge(self, parent: Node, merge: Node, kind: Type, path: str, into: Any) -> None:
        before = self._merged
        if before is None:
            self._merged = set()
            for key, _ in parent.pairs():
                name = self._value(key, _ANY, path, None)
                if isinstance(name, list | dict):
                    raise StopError(Problem("bad-value", "a collection as a key beside <<", key, path))
                if name is not _UNSET:
                    self._merged.add(name)
        sources = merge.content if merge.kind == "sequence" else [merge]
        for source in sources:
            target = source.alias if source.kind == "alias" else source
            if target is None or target.kind != "mapping":
                words = "map merge requires map or sequence of maps as the value"
                raise StopError(Problem("merge", words, source, path))
            self._value(source, kind, path, into)
        self._merged = before

    def _enter(self, path: str, value: Any, key: Node | None, given: Node) -> None:
        node = given
        while node.kind == "alias" and node.alias is not None:
            node = node.alias
        self.entries[path] = Entry(path, value, key, node, given)


_STRING = Type("string", "string")
_ANY = Type("interface {}", "interface")
_ZEROS: dict[str, Any] = {
    "string": "",
    "bool": False,
    "int": 0,
    "uint": 0,
    "float": 0.0,
    "duration": 0,
    "struct": {},
}


def _ratio(count: int) -> float:
    """How much of what is decoded may come from aliases, from 99 % falling to 10 %."""
    low, high = 400_000, 4_000_000
    if count <= low:
        return 0.99
    return 0.10 if count >= high else 0.99 - 0.89 * ((count - low) / (high - low))


def _binary(node: Node, path: str) -> str:
    try:
        text = node.value.replace("\n", "").replace("\r", "")
        return base64.b64decode(text, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        raise StopError(
            Problem("bad-value", "!!binary value contains invalid base64 data", node, path)
        ) from None


def _read(kind: Type, node: Node, tag: str, value: Any) -> Any:
    """A resolved scalar as a Go type; _UNSET where it is of another one."""
    if kind.kind == "string":
        return value if tag == "!!binary" else node.value
    if kind.kind == "interface":
        return value
    if kind.kind == "bool":
        return _bool(tag, value)
    if kind.kind == "duration":
        read = gonumbers.duration(value) if isinstance(value, str) and tag != "!!timestamp" else None
        return _UNSET if read is None else read
    if isinstance(value, bool) or not isinstance(value, int | float):
        return _UNSET
    if kind.kind == "float":
        return float(value)
    return _whole(kind, value) if kind.kind in ("int", "uint") else _UNSET


def _bool(tag: str, value: Any) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and tag != "!!timestamp" and value in scalars.TRUE_WORDS | scalars.FALSE_WORDS:
        return value in scalars.TRUE_WORDS
    return _UNSET


def _whole(kind: Type, value: float) -> Any:
    """A whole number of a width; a float loses its fraction in silence."""
    signed = kind.kind == "int"
    if isinstance(value, float):
        if math.isnan(value) or value > (2.0**63 if signed else 2.0**64):
            return _UNSET
        # What amd64 makes of a float that does not fit 64 bits.
        if signed:
            value = int(value) if -(2.0**63) <= value < 2.0**63 else -(2**63)
        else:
            value = int(value) % 2**64 if -(2.0**63) <= value < 2.0**64 else 2**63
    high = 2 ** (kind.bits - signed) - 1
    low = -high - 1 if signed else 0
    return value if low <= value <= high else _UNSET
