"""The configuration as a JSON Schema (draft 7) for editors: what a key takes, its default, its variable.

It says what the server's parser takes, as far as JSON Schema can. Two things it cannot say: that a quoted
``"7880"`` is no number to the server (to an editor it is a text, so it is marked, too), and what only several
keys together make wrong; `lkm config lint` says those.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from . import scalars
from .model import is_secret
from .schema import Schema, Type

DIALECT = "http://json-schema.org/draft-07/schema#"
_DURATION = r"^[-+]?(0|(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+)$"
_BOOL = "^({})$".format("|".join(sorted(scalars.TRUE_WORDS | scalars.FALSE_WORDS)))
_PORTS = r"^(\+?[0-9]+| *\+?[0-9]+ *- *\+?[0-9]+ *)?$"
_ADDRESS = r"([0-9]{1,3}(\.[0-9]{1,3}){3}|[0-9a-fA-F.]*:[0-9a-fA-F:.]*)"
_WHOLE = r"^[-+]?[0-9]+(\.[0-9]+)?([eE]\+?[0-9]+)?[kKMGTPE]?i?$"
_MESSAGE_NUMBERS = {
    "uint32": (0, 2**32 - 1),
    "fixed32": (0, 2**32 - 1),
    "uint64": (0, 2**64 - 1),
    "fixed64": (0, 2**64 - 1),
    **dict.fromkeys(("int32", "sint32", "sfixed32"), (-(2**31), 2**31 - 1)),
    **dict.fromkeys(("int64", "sint64", "sfixed64"), (-(2**63), 2**63 - 1)),
}


def json_schema(schema: Schema) -> dict[str, Any]:
    """The schema of one version, as JSON values."""
    variables = {key: flag.env[0] for flag in schema.flags if flag.env for key in flag.sets}
    root = _struct(schema, schema.types[schema.root], "", variables)
    definitions = {name: _message(schema, name) for name in sorted(schema.messages)}
    return {
        "$schema": DIALECT,
        "title": f"livekit-server {schema.version}",
        "description": f"The configuration of livekit-server {schema.version}: livekit.yaml.",
        **root,
        "definitions": definitions,
    }


def _struct(schema: Schema, kind: Type, path: str, variables: Mapping[str, str]) -> dict[str, Any]:
    properties = {}
    for key, name in sorted((kind.fields or {}).items()):
        where = f"{path}.{key}" if path else key
        properties[key] = _described(
            _value(schema, schema.types[name], where, variables), where, schema, variables
        )
    # YAML's merge key is none of the server's own.
    properties["<<"] = {}
    return {"type": ["object", "null"], "additionalProperties": False, "properties": properties}


def _described(
    said: dict[str, Any], path: str, schema: Schema, variables: Mapping[str, str]
) -> dict[str, Any]:
    words = []
    default = schema.defaults.get(path)
    if path in schema.defaults and default not in ("", None, [], {}) and not is_secret(path):
        words.append(f"Default: {json.dumps(default, ensure_ascii=False)}.")
        said = said | {"default": default}
    if path in variables:
        words.append(f"Variable: {variables[path]}.")
    return said | ({"description": " ".join(words)} if words else {})


def _value(schema: Schema, kind: Type, path: str, variables: Mapping[str, str]) -> dict[str, Any]:
    while kind.kind == "pointer":
        kind = schema.types[kind.of]
    if kind.kind == "message":
        return {"$ref": f"#/definitions/{kind.of}"}
    if kind.name == "rtcconfig.PortRange":
        return {"type": ["integer", "string", "null"], "minimum": 0, "pattern": _PORTS}
    if kind.name == "rtcconfig.NodeIP":
        return {"type": ["string", "null"], "pattern": f"^({_ADDRESS}( *, *{_ADDRESS})?)?$"}
    if kind.kind == "struct":
        return _struct(schema, kind, path, variables)
    if kind.kind == "slice":
        items = _value(schema, schema.types[kind.of], f"{path}.0", variables)
        return {"type": ["array", "null"], "items": items}
    if kind.kind == "map":
        below = _value(schema, schema.types[kind.of], f"{path}.*", variables)
        return {"type": ["object", "null"], "additionalProperties": below}
    return _scalar(kind)


def _scalar(kind: Type) -> dict[str, Any]:
    if kind.kind == "bool":
        return {"type": ["boolean", "string", "null"], "pattern": _BOOL}
    if kind.kind in ("int", "uint"):
        high = 2 ** (kind.bits - (kind.kind == "int")) - 1
        low = -high - 1 if kind.kind == "int" else 0
        return {"type": ["integer", "null"], "minimum": low, "maximum": high}
    if kind.kind == "float":
        return {"type": ["number", "null"]}
    if kind.kind == "duration":
        return {"type": ["string", "null"], "pattern": _DURATION}
    if kind.kind == "string":
        # The server takes whatever scalar it is as the text that it is.
        return {"type": ["string", "number", "boolean", "null"]}
    return {}


def _message(schema: Schema, name: str) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    for snake, field in schema.messages[name].items():
        one = _field(schema, field)
        if field.get("list"):
            one = {"type": "array", "items": one}
        elif "key" in field:
            one = {"type": "object", "additionalProperties": one}
        properties |= {snake: one, field["json"]: one}
    return {"type": ["object", "null"], "additionalProperties": False, "properties": properties}


def _field(schema: Schema, field: Mapping[str, Any]) -> dict[str, Any]:
    kind = field["kind"]
    if kind == "message":
        return {"$ref": f"#/definitions/{field['of']}"}
    if kind == "bool":
        return {"type": "boolean"}
    if kind == "enum":
        return {"anyOf": [{"enum": sorted(schema.enums[field["of"]])}, {"type": "integer"}]}
    if kind in _MESSAGE_NUMBERS:
        low, high = _MESSAGE_NUMBERS[kind]
        return {"type": ["integer", "string"], "minimum": low, "maximum": high, "pattern": _WHOLE}
    if kind in ("float", "double"):
        return {"type": ["number", "string"]}
    return {"type": ["string", "number", "boolean", "null"]}
