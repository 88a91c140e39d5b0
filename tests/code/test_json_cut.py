"""JSON without some members: the comma mended, every other byte as it was."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livekit_migrate.code.json_cut import Path, parse, read
from livekit_migrate.core.errors import ConfigError

MANIFEST = """{
  "name": "app",
  "size": 1E3,
  "dependencies": {
    "a": "1",
    "b": "2",
    "c": "\\u00e9"
  },
  "files": ["x", "y", "z"]
}
"""


@pytest.mark.parametrize(
    ("gone", "expected"),
    [
        ([("dependencies", "a")], '    "b": "2",\n    "c": "\\u00e9"\n'),
        ([("dependencies", "b")], '    "a": "1",\n    "c": "\\u00e9"\n'),
        ([("dependencies", "c")], '    "a": "1",\n    "b": "2"\n'),
        ([("dependencies", "b"), ("dependencies", "c")], '    "a": "1"\n'),
        ([("dependencies", "a"), ("dependencies", "c")], '    "b": "2"\n'),
    ],
)
def test_a_member_goes_with_its_comma(gone: list[Path], expected: str) -> None:
    after = parse(MANIFEST, "package.json").without(gone).text
    head, _, rest = after.partition('"dependencies": {\n')
    assert rest.startswith(expected + "  },\n")
    assert head == MANIFEST.partition('"dependencies"')[0]
    assert "1E3" in after  # a number is never written anew


def test_all_members_leave_an_empty_object_and_a_section_goes_whole() -> None:
    document = parse(MANIFEST, "p")
    emptied = document.without([("dependencies", key) for key in "abc"]).text
    assert '"dependencies": {},\n' in emptied
    assert '"dependencies"' not in document.without([("dependencies",)]).text


def test_the_last_section_takes_the_comma_of_the_one_before() -> None:
    after = parse(MANIFEST, "p").without([("files",)]).text
    assert after.endswith("  }\n}\n")
    json.loads(after)


def test_items_on_one_line() -> None:
    document = parse(MANIFEST, "p")
    assert '["y", "z"]' in document.without([("files", 0)]).text
    assert '["x", "y"]' in document.without([("files", 2)]).text
    assert '["y"]' in document.without([("files", 0), ("files", 2)]).text


def test_comments_and_trailing_commas_stay() -> None:
    text = '{\n  // what is built\n  "include": [\n    "a", // first\n    // second\n    "b",\n  ],\n}\n'
    after = parse(text, "tsconfig.json").without([("include", 0)]).text
    assert after == '{\n  // what is built\n  "include": [\n    // second\n    "b",\n  ],\n}\n'
    assert parse(text, "t").without([("include", 1)]).text.count(",") == 2


def test_windows_lines_byte_order_mark_and_tabs_stay() -> None:
    raw = b'\xef\xbb\xbf{\r\n\t"a": 1,\r\n\t"b": 2\r\n}'
    assert read(raw, "p").without([("b",)]).to_bytes() == b'\xef\xbb\xbf{\r\n\t"a": 1\r\n}'


def test_a_key_that_comes_twice_goes_twice() -> None:
    assert parse('{"a": 1, "b": 2, "a": 3}', "p").without([("a",)]).text == '{"b": 2}'


def test_one_text_is_changed_in_its_place() -> None:
    after = parse('{"scripts": {"a":  "x" , "b": "y"}}', "p").with_text_at(("scripts", "a"), 'say "é"')
    assert after.text == '{"scripts": {"a":  "say \\"é\\"" , "b": "y"}}'


@pytest.mark.parametrize(
    ("text", "where"),
    [('{"a": }', "1:7"), ('{\n"a" 1}', "2:5"), ('{"a": "x', "1:7"), ("{} x", "1:4"), ("[1 2]", "1:4")],
)
def test_what_is_no_json_is_said_with_its_place(text: str, where: str) -> None:
    with pytest.raises(ConfigError, match=f"package.json:{where}: not JSON"):
        parse(text, "package.json")


def test_a_document_nested_too_deep_is_refused_and_not_walked() -> None:
    with pytest.raises(ConfigError, match="nested deeper"):
        parse("[" * 5000, "p")


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


@given(values, st.data(), st.sampled_from([None, 1, 2, "\t"]))
def test_any_document_loses_exactly_what_was_asked(
    value: object, data: st.DataObject, indent: int | str | None
) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    document = parse(text, "any")
    assert document.root.plain() == value
    paths = [path for path, _, _ in document.root.walk()]
    gone = set(data.draw(st.lists(st.sampled_from(paths), max_size=3))) if paths else set()

    def expected(node: object, path: Path = ()) -> object:
        if isinstance(node, dict):
            return {k: expected(v, (*path, k)) for k, v in node.items() if (*path, k) not in gone}
        if isinstance(node, list):
            return [expected(v, (*path, i)) for i, v in enumerate(node) if (*path, i) not in gone]
        return node

    assert json.loads(document.without(gone).text) == expected(value)
