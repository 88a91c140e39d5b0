"""Members into a JSON file: nothing else of it changes."""

from __future__ import annotations

import json

import pytest

from livekit_migrate.code.json_edit import with_members
from livekit_migrate.core.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            '{\n  "d": {\n    "a": "1",\n    "z": "2"\n  }\n}\n',
            '{\n  "d": {\n    "a": "1",\n    "m": "3",\n    "z": "2"\n  }\n}\n',
        ),
        ('{\n  "d": {\n    "z": "2"\n  }\n}', '{\n  "d": {\n    "m": "3",\n    "z": "2"\n  }\n}'),
        (
            '{\n\t"d": {\n\t\t"z": "2",\n\t\t"a": "1"\n\t}\n}\n',
            '{\n\t"d": {\n\t\t"z": "2",\n\t\t"a": "1",\n\t\t"m": "3"\n\t}\n}\n',
        ),
        ('{ "d": { "a": "1" } }\n', '{ "d": { "a": "1", "m": "3" } }\n'),
        ('{\n  "d": {}\n}\n', '{\n  "d": {\n    "m": "3"\n  }\n}\n'),
        ('{\r\n  "n": "x"\r\n}\r\n', '{\r\n  "n": "x",\r\n  "d": {\r\n    "m": "3"\r\n  }\r\n}\r\n'),
        ("{}\n", '{\n  "d": {\n    "m": "3"\n  }\n}\n'),
        (
            '\ufeff{\n  "ü": "é",\n  "d": {"a": "1"}\n}\n',
            '\ufeff{\n  "ü": "é",\n  "d": {"a": "1", "m": "3"}\n}\n',
        ),
    ],
)
def test_added(text: str, wanted: str) -> None:
    changed = with_members(text, "d", {"m": "3"})
    assert changed == wanted
    assert json.loads(changed.removeprefix("\ufeff"))["d"]["m"] == "3"
    assert with_members(changed, "d", {"m": "4"}) == changed


def test_a_new_section_goes_behind_its_neighbour() -> None:
    text = '{\n  "name": "x",\n  "scripts": {\n    "a": "b"\n  },\n  "license": "MIT"\n}\n'
    changed = with_members(text, "dependencies", {"m": "1"}, after=("scripts", "name"))
    assert list(json.loads(changed)) == ["name", "scripts", "dependencies", "license"]


@pytest.mark.parametrize("text", ["[]", "{", '{"d": []}', '{"d": {"a": 1,}} x'])
def test_what_is_no_such_object_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        with_members(text, "d", {"m": "3"})
