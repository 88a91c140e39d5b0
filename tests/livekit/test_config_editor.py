"""The JSON Schema for editors: it takes and marks what the server's parser takes and refuses."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from livekit_migrate.livekit.configcheck import scalars
from livekit_migrate.livekit.configcheck import schema as schemas
from livekit_migrate.livekit.configcheck.decode import Decoder
from livekit_migrate.livekit.configcheck.editor import json_schema
from livekit_migrate.livekit.configcheck.schema import Schema
from livekit_migrate.livekit.configcheck.tree import Node, parse
from tests.conftest import ROOT

TYPES: dict[str, Any] = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}
KEYWORDS = {
    *("$schema", "title", "description", "default", "definitions", "$ref", "type", "properties"),
    *("additionalProperties", "items", "pattern", "minimum", "maximum", "enum", "anyOf"),
}


def is_type(value: Any, name: str) -> bool:
    if name in ("integer", "number"):
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return number and (name == "number" or float(value).is_integer())
    return isinstance(value, TYPES[name])


def valid(value: Any, rule: dict[str, Any], whole: dict[str, Any]) -> bool:
    """Draft 7, as far as the schema uses it."""
    assert set(rule) <= KEYWORDS, rule
    if "$ref" in rule:
        return valid(value, whole["definitions"][rule["$ref"].removeprefix("#/definitions/")], whole)
    kinds = rule.get("type", [])
    if kinds and not any(is_type(value, kind) for kind in ([kinds] if isinstance(kinds, str) else kinds)):
        return False
    if "enum" in rule and value not in rule["enum"]:
        return False
    if "anyOf" in rule and not any(valid(value, one, whole) for one in rule["anyOf"]):
        return False
    if isinstance(value, str) and "pattern" in rule and not re.search(rule["pattern"], value):
        return False
    if is_type(value, "number") and not rule.get("minimum", value) <= value <= rule.get("maximum", value):
        return False
    if isinstance(value, list) and "items" in rule:
        return all(valid(item, rule["items"], whole) for item in value)
    if isinstance(value, dict):
        named, more = rule.get("properties", {}), rule.get("additionalProperties", True)
        return all(
            valid(item, named[key], whole) if key in named else more is not False
            and (more is True or valid(item, more, whole))
            for key, item in value.items()
        )  # fmt: skip
    return True


def plain(node: Node) -> Any:
    """YAML as an editor hands it to the validator."""
    if node.kind == "mapping":
        return {key.value: plain(value) for key, value in node.pairs()}
    if node.kind == "sequence":
        return [plain(item) for item in node.content]
    return node.value if node.style else scalars.plain(node.value)[1]


def takes(schema: Schema, text: str) -> bool:
    root = parse(text).root
    assert root is not None
    decoder = Decoder(schema)
    decoder.decode(root)
    return not decoder.problems


VALUES = (
    *("1", "0", "-1", "70000", "4294967296", "1.0", "true", "yes", "off", "'1'", "abc", "''", "5s", "1h30m"),
    *("5 s", "1.5s", "-2ms", "0x10", "~", "[]", "[abc]", "[1]", "[[a]]", "{}", "{abc: def}", "{abc: [1]}"),
    *("7882-7892", "1.2.3.4", "host.example", "2001:db8::1", "'1.2.3.4,2001:db8::1'", "[{abc: 1}]", "1e3"),
    "2020-01-01",
)


def nested(path: str, value: str) -> str:
    parts = path.split(".")
    return "".join(f"{'  ' * depth}{part}:\n" for depth, part in enumerate(parts))[:-1] + f" {value}\n"


def documents(schema: Schema) -> Iterator[tuple[str, str, str]]:
    for path, kind in schema.leaves():
        for value in VALUES:
            yield kind.name, value, nested(path, value)


@pytest.mark.parametrize("version", schemas.versions())
def test_it_agrees_with_the_servers_parser_on_every_leaf(version: str) -> None:
    schema = schemas.load(version)
    made = json_schema(schema)
    laxer, stricter, count = set(), set(), 0
    for kind, value, text in documents(schema):
        by_parser, root = takes(schema, text), parse(text).root
        assert root is not None
        by_editor = valid(plain(root), made, made)
        count += 1
        if by_editor and not by_parser:
            laxer.add((kind, value))
        elif by_parser and not by_editor:
            stricter.add((kind, value))
    assert count > 5000
    # To an editor these are the whole numbers 1000, 1 and 16; the server reads a port as a text.
    assert laxer <= {("rtcconfig.PortRange", spelled) for spelled in ("1e3", "1.0", "0x10")}
    # The server passes over a collection here, in silence: good to be marked.
    silent = ("rtcconfig.PortRange", "rtcconfig.NodeIP")
    assert {kind for kind, _ in stricter} <= set(silent)
    assert {value[0] for _, value in stricter} <= {"[", "{"}


@pytest.mark.parametrize("version", schemas.versions())
def test_unknown_keys_are_marked_at_every_level(version: str) -> None:
    schema = schemas.load(version)
    made = json_schema(schema)
    for path, _ in schema.sections():
        text = nested(f"{path}.no_such_key" if path else "no_such_key", "1")
        root = parse(text).root
        assert root is not None
        assert not valid(plain(root), made, made), path


def test_the_projects_own_configuration_is_valid() -> None:
    made = json_schema(schemas.load("1.13.5"))
    root = parse((ROOT / "livekit.yaml").read_text(encoding="utf-8")).root
    assert root is not None
    assert valid(plain(root), made, made)


def test_room_configurations_are_described_in_both_spellings() -> None:
    made = json_schema(schemas.load("1.13.5"))
    room = made["definitions"]["livekit.RoomConfiguration"]["properties"]
    assert {"empty_timeout", "emptyTimeout"} <= set(room)
    text = {"room": {"room_configurations": {"call": {"emptyTimeout": 5, "agents": [{"agent_name": "a"}]}}}}
    assert valid(text, made, made)
    text["room"]["room_configurations"]["call"]["agents"] = [{"agent": "a"}]
    assert not valid(text, made, made)


def test_the_command_prints_it_alone(lkm: Any) -> None:
    ran = lkm("config", "schema")
    assert ran.code == 0
    assert ran.err == ""
    made = json.loads(ran.out)
    assert made["properties"]["port"] == {
        "type": ["integer", "null"],
        "minimum": 0,
        "maximum": 4294967295,
        "default": 7880,
        "description": "Default: 7880. Variable: LIVEKIT_PORT.",
    }
    older = lkm("config", "schema", "--server-version", "1.8.4", "--json")
    assert older.json["data"]["judged_as"] == "1.8.4"
    assert older.json["data"]["schema"]["properties"]["port"]["default"] == 7880
    assert "enable_data_tracks" not in older.json["data"]["schema"]["properties"]
    near = lkm("config", "schema", "--server-version", "1.12.0")
    assert "nothing is known of livekit-server 1.12.0" in near.err
