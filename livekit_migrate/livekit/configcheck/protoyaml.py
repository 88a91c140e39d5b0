"""Protobuf messages in YAML (``room.room_configurations``), as buf's protoyaml reads them.

Stricter and laxer than the rest of the file: ``yes`` is no bool, ``1k`` is a number, a field may be written
in three ways, and an alias to something outside of the message is unknown: only its own text is handed on.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Mapping
from typing import Any

from . import gonumbers
from .problems import Problem, StopError
from .schema import Schema
from .tree import Node

_BYTES: dict[str, int] = {
    unit: size**power
    for power, letters in enumerate(("k", "M", "G", "T", "P", "E"), 1)
    for unit, size in ((letters, 1000), (f"{'K' if letters == 'k' else letters}i", 1024))
}
_BYTES_TEXT = re.compile(r"([0-9]*)(?:\.([0-9]*))?([^0-9.\-]*)", re.ASCII)

# 1.8.4 is built with protoyaml 0.3, 1.11.0 with 0.6, which takes units.
UNITS_SINCE = (1, 9, 0)

Field = Mapping[str, Any]


class _RefusedError(Exception):
    def __init__(self, node: Node, path: str, message: str, kind: str = "bad-value") -> None:
        super().__init__(message)
        self.problem = Problem(kind, message, node, path)


def read_message(schema: Schema, message: str, node: Node, path: str) -> dict[str, Any]:
    """A message as a dict of its set fields.

    Raises:
        StopError: it is refused.
    """
    try:
        if (alias := _alias_in(node)) is not None:
            raise _RefusedError(alias, path, "unknown anchor referenced", "alias")
        return _message(schema, message, node, path)
    except _RefusedError as refused:
        raise StopError(refused.problem) from None


def _alias_in(node: Node) -> Node | None:
    """An alias in a message: refused as unknown, or, its anchor being inside too, as no value of a field."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if one.kind == "alias":
            return one
        waiting += one.content
    return None


def _message(schema: Schema, message: str, node: Node, path: str) -> dict[str, Any]:
    if node.tag == "!!null":
        return {}
    if node.kind != "mapping":
        raise _RefusedError(node, path, f"expected fields for {message}, got {node.kind}", "wrong-type")
    fields = schema.messages[message]
    values: dict[str, Any] = {}
    chosen: dict[str, str] = {}
    for key, below in node.pairs():
        if key.kind != "scalar":
            raise _RefusedError(key, path, f"expected scalar, got {key.kind}", "wrong-type")
        name = _field(fields, key.value)
        where = f"{path}.{name or key.value}"
        if name is None:
            problem = Problem("unknown-key", f'unknown field "{key.value}"', key, where, message)
            raise StopError(problem)
        oneof = fields[name].get("oneof")
        if oneof in chosen:
            raise _RefusedError(key, where, f"field {chosen[oneof]} is already set for oneof {oneof}")
        if oneof:
            chosen[oneof] = name
        values[name] = _value(schema, fields[name], below, where)
    return values


def _field(fields: Mapping[str, Field], key: str) -> str | None:
    for name, field in fields.items():
        if key == field["json"]:
            return name
    if key in fields:
        return key
    number = gonumbers.atoi(key)
    return next((name for name, field in fields.items() if field["number"] == number), None)


def _value(schema: Schema, field: Field, node: Node, path: str) -> Any:
    if field.get("list"):
        if node.kind != "sequence":
            raise _RefusedError(node, path, f"expected sequence, got {node.kind}", "wrong-type")
        return [_single(schema, field, item, path) for item in node.content]
    if "key" in field:
        if node.kind != "mapping":
            raise _RefusedError(node, path, f"expected mapping, got {node.kind}", "wrong-type")
        key_field = {"kind": field["key"]}
        return {
            _single(schema, key_field, key, path, as_key=True): _single(schema, field, below, path)
            for key, below in node.pairs()
        }
    return _single(schema, field, node, path)


def _single(schema: Schema, field: Field, node: Node, path: str, *, as_key: bool = False) -> Any:
    kind = field["kind"]
    if kind == "message":
        return _message(schema, field["of"], node, path)
    if node.kind != "scalar":
        raise _RefusedError(node, path, f"expected scalar, got {node.kind}", "wrong-type")
    try:
        return _scalar(schema, field, node, as_key=as_key)
    except ValueError as error:
        raise _RefusedError(node, path, str(error)) from None


def _scalar(schema: Schema, field: Field, node: Node, *, as_key: bool) -> Any:
    kind, text = field["kind"], node.value
    units = schema.release >= UNITS_SINCE
    if kind == "string":
        return text
    if kind == "bool":
        if text not in ("true", "false"):
            raise ValueError(f'expected bool, got "{text}"')
        if not as_key and node.tag != "!!bool":
            raise ValueError(f"expected tag !!bool, got {node.tag}")
        return text == "true"
    if kind in ("uint32", "uint64", "fixed32", "fixed64"):
        value = _unsigned(text, with_units=units)
        if value >= 1 << (32 if kind.endswith("32") else 64):
            raise ValueError("integer is too large")
        return value
    if kind in ("int32", "int64", "sint32", "sint64", "sfixed32", "sfixed64"):
        return _signed(text, 32 if kind.endswith("32") else 64, with_units=units)
    if kind in ("float", "double"):
        read = gonumbers.parse_float(text)
        if read is None or (kind == "float" and abs(read) > 3.4028235677973366e38 and not math.isinf(read)):
            raise ValueError(f'invalid float: parsing "{text}"')
        return read
    if kind == "enum":
        values = schema.enums[field["of"]]
        return values.get(text) if text in values else _signed(text, 32, with_units=False)
    return _bytes(text)


def _bytes(text: str) -> bytes:
    alphabet = b"-_" if re.search("[-_]", text) else b"+/"
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=alphabet, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"invalid base64: {error}") from None


def _signed(text: str, bits: int, *, with_units: bool) -> int:
    negative = text.startswith("-")
    value = _unsigned(text[1:] if negative else text, with_units=with_units)
    value = -value if negative else value
    if not -(1 << (bits - 1)) <= value < 1 << (bits - 1):
        raise ValueError("integer is too large")
    return value


def _unsigned(text: str, *, with_units: bool) -> int:
    base, digits = 10, text
    if len(text) >= 2 and text[:2].lower() in ("0x", "0o", "0b"):
        base, digits = {"x": 16, "o": 8, "b": 2}[text[1].lower()], text[2:]
    value = gonumbers.uint64(digits, base)
    if value is not None:
        return value
    wrong = ValueError(f'invalid integer: parsing "{text}"')
    read = gonumbers.parse_float(text)
    if read is not None:
        if read < 0 or math.isinf(read) or math.isnan(read):
            raise wrong
        if read != math.floor(read) or read >= 1 << 53:
            raise ValueError("invalid integer: precision loss")
        return int(read)
    match = _BYTES_TEXT.fullmatch(text)
    if not with_units or match is None or not (match[1] or match[2]) or match[3] not in _BYTES:
        raise wrong
    unit = _BYTES[match[3]]
    total = int(match[1] or 0) * unit
    if match[2]:
        total += int(match[2]) * unit // 10 ** len(match[2])
    if total >= 1 << 64:
        raise ValueError("integer is too large")
    return total
