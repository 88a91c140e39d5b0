"""A token's ``roomConfig``, judged as the server's protojson does.

livekit-api's own descriptors say which fields there are; Python's json_format is not asked, because it takes
and refuses other things than Go's (numbers as text, unknown names, doubled fields).
Source: google.golang.org/protobuf 1.36.11, encoding/protojson/decode.go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from . import gojson
from .gojson import Lossy, Number, Object
from .rules import ROOM_FIELDS_SINCE, Rules


def fault(value: Any, rules: Rules) -> str | None:
    """Why the server refuses this room configuration; None when it takes it."""
    from livekit.protocol.room import RoomConfiguration

    if _lossy(value):
        return "it holds text that is not UTF-8"
    return next(_message(value, RoomConfiguration.DESCRIPTOR, rules, ""), None)


def credentials(value: Any) -> str | None:
    """The path of a storage password or a stream key in it, None without one.

    Anybody who is handed the token can read it; servers since 1.9.1 log a warning.
    """
    waiting = [("roomConfig", value)]
    secret = {"secret", "credentials", "accountkey"}
    while waiting:
        path, item = waiting.pop()
        if isinstance(item, Object):
            for name, inner in item:
                plain = name.replace("_", "").lower()
                if inner and (plain in secret or (plain == "streamoutputs" and isinstance(inner, list))):
                    return f"{path}.{name}"
                waiting.append((f"{path}.{name}", inner))
        elif isinstance(item, list):
            waiting.extend((path, inner) for inner in item)
    return None


def _message(value: Any, descriptor: Any, rules: Rules, path: str) -> Iterator[str]:
    if not isinstance(value, Object):
        yield f"{path or 'it'} is no object"
        return
    seen: set[str] = set()
    for name, inner in value:
        field = next((f for f in descriptor.fields if name in (f.json_name, f.name)), None)
        if field is not None:
            since = ROOM_FIELDS_SINCE.get(f"{descriptor.full_name}.{field.name}")
            field = None if since and rules.release < since else field
        here = f"{path}.{name}" if path else name
        if field is None:
            if not rules.lenient_room:
                yield f"unknown field {here}"
            continue
        if field.name in seen:
            yield f"{here} is there twice"
        seen.add(field.name)
        if inner is None:
            continue
        oneof = field.containing_oneof
        if oneof is not None:
            mark = f"oneof {oneof.name}"
            if mark in seen:
                yield f"{here}: another of {oneof.name} is set already"
            seen.add(mark)
        yield from _field(inner, field, rules, here)


def _field(value: Any, field: Any, rules: Rules, path: str) -> Iterator[str]:
    kind = field.message_type
    if kind is not None and kind.GetOptions().map_entry:
        yield from _map(value, kind.fields_by_name["value"], rules, path)
    elif _repeated(field):
        if not isinstance(value, list):
            yield f"{path} is no list"
            return
        for item in value:
            yield from _single(item, field, rules, path)
    else:
        yield from _single(value, field, rules, path)


def _repeated(field: Any) -> bool:
    # `label` is deprecated in protobuf 6 and `is_repeated` missing in protobuf 5.
    is_repeated = getattr(field, "is_repeated", None)
    return bool(field.label == field.LABEL_REPEATED if is_repeated is None else is_repeated)


def _map(value: Any, element: Any, rules: Rules, path: str) -> Iterator[str]:
    if not isinstance(value, Object):
        yield f"{path} is no object"
        return
    if (twice := gojson.doubled(value, deep=False)) is not None:
        yield f"{path}.{twice} is there twice"
    for name, inner in value:
        yield from _single(inner, element, rules, f"{path}.{name}")


def _single(value: Any, field: Any, rules: Rules, path: str) -> Iterator[str]:
    if field.message_type is not None:
        yield from _message(value, field.message_type, rules, path)
    elif not _scalar(value, field, rules):
        yield f"{path}: wrong value"


def _scalar(value: Any, field: Any, rules: Rules) -> bool:
    kind = field.type
    if kind == field.TYPE_BOOL:
        return isinstance(value, bool)
    if kind == field.TYPE_STRING:
        return isinstance(value, str) and not isinstance(value, Number)
    if kind == field.TYPE_BYTES:
        return isinstance(value, str) and not isinstance(value, Number) and _base64(value)
    if kind == field.TYPE_ENUM:
        if isinstance(value, Number):
            return _whole(value, -(1 << 31), 1 << 31)
        return isinstance(value, str) and (rules.lenient_room or value in field.enum_type.values_by_name)
    if not isinstance(value, str) or not gojson.is_number(value):
        return (
            isinstance(value, str)
            and kind in (field.TYPE_FLOAT, field.TYPE_DOUBLE)
            and (value in ("NaN", "Infinity", "-Infinity"))
        )
    if kind in (field.TYPE_FLOAT, field.TYPE_DOUBLE):
        return gojson.to_float(value) is not None
    bits = 32 if kind in _FOUR_BYTES else 64
    if kind in _UNSIGNED:
        return _whole(value, 0, 1 << bits)
    return _whole(value, -(1 << (bits - 1)), 1 << (bits - 1))


# FieldDescriptor's numbers: int32, fixed32, uint32, sfixed32, sint32; uint64, fixed64, fixed32, uint32.
_FOUR_BYTES = frozenset({5, 7, 13, 15, 17})
_UNSIGNED = frozenset({4, 6, 7, 13})


def _whole(number: str, low: int, high: int) -> bool:
    """Whether the number, in whatever notation (``1e2``, ``5.0``), is whole and in the range."""
    match = re.fullmatch(r"(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?", number, re.ASCII)
    if match is None:
        return False
    digits, exponent = match[2] + (match[3] or ""), int((match[4] or "0")[:6]) - len(match[3] or "")
    digits = digits.lstrip("0")
    if not digits:
        return low <= 0
    if exponent < 0:
        if digits[exponent:].strip("0") or -exponent > len(digits):
            return False
        digits, exponent = digits[:exponent], 0
    if len(digits) + exponent > 20:
        return False
    return low <= int(f"{match[1]}{digits}{'0' * exponent}") < high


def _base64(text: str) -> bool:
    body = text.rstrip("=") if len(text) % 4 == 0 else text
    alphabet = r"[A-Za-z0-9_-]*" if re.search("[-_]", text) else r"[A-Za-z0-9+/]*"
    return re.fullmatch(alphabet, body) is not None and len(body) % 4 != 1


def _lossy(value: Any) -> bool:
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, Lossy):
            return True
        if isinstance(item, Object):
            waiting.extend(inner for pair in item for inner in pair)
        elif isinstance(item, list):
            waiting.extend(item)
    return False
