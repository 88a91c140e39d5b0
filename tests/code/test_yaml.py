"""code/yaml: where things are in YAML, and edits that leave the rest of the file alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml as pyyaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from livekit_migrate.code import yaml
from livekit_migrate.code.scalar import is_plain, scalar
from livekit_migrate.core.errors import ConfigError
from tests.conftest import ROOT

TEXT = """\
# top
port: 7880
rtc:
  # media
  tcp_port: 7881   # over TCP
  udp_port: 50000-60000
  ips: {includes: [10.0.0.0/8]}
keys:
    'APIone': "a secret"
webhook:
  urls:
    - https://example.com/hook
empty:
"""


def doc(text: str) -> yaml.Document:
    return yaml.parse(text, "livekit.yaml")


@pytest.mark.parametrize(
    ("path", "value", "line", "column"),
    [
        ("port", 7880, 2, 7),
        ("rtc.tcp_port", 7881, 5, 13),
        ("rtc.udp_port", "50000-60000", 6, 13),
        ("rtc.ips.includes.0", "10.0.0.0/8", 7, 20),
        ("keys.APIone", "a secret", 9, 15),
        ("webhook.urls.0", "https://example.com/hook", 12, 7),
        ("empty", None, 13, 1),
    ],
)
def test_find_gives_value_and_place(path: str, value: object, line: int, column: int) -> None:
    place = doc(TEXT).find(path)
    assert place is not None
    assert (place.value, place.line, place.column) == (value, line, column)


@pytest.mark.parametrize(
    "path", ["nothing", "rtc.nothing", "port.deeper", "webhook.urls.1", "webhook.urls.x"]
)
def test_what_is_not_there_is_none(path: str) -> None:
    assert doc(TEXT).find(path) is None


def test_places_count_characters_not_bytes() -> None:
    place = doc("a: 😀é # 😀\nb: {c: '😀', d: 1}\n").find("b.d")
    assert place is not None
    assert (place.line, place.column, place.value) == (2, 16, 1)


def test_aliases_and_merge_keys_are_followed() -> None:
    read = doc("base: &b {x: 1, y: 2}\nrtc:\n  <<: *b\n  y: 3\nother: *b\n")
    assert (read.value("rtc.x"), read.value("rtc.y"), read.value("other.y")) == (1, 3, 2)
    assert read.aliases
    assert not doc(TEXT).aliases


def test_duplicate_keys_are_named_with_both_lines() -> None:
    (first, second) = doc("a: 1\nrtc:\n  b: 1\n  b: 2\na: 3\n").duplicates
    assert (first.path, first.line, first.column, first.first_line) == ("rtc.b", 4, 3, 3)
    assert (second.path, second.line, second.first_line) == ("a", 5, 1)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("a: 1\nb: [1, 2\nc: 3\n", ":3:2: "),
        ("a: 1\n\tb: 2\n", ":2:1: "),
        ("a: 'x\n", ":2:1: "),
        ("a: 1\n---\nb: 2\n", ":2:1: "),
        ("a: *nobody\n", ":1:4: "),
        ("a: 1\nb: \x07\n", ":2:4: .*U\\+0007"),
    ],
)
def test_what_is_no_yaml_is_named_with_line_and_column(text: str, where: str) -> None:
    with pytest.raises(ConfigError, match=f"^livekit.yaml{where}"):
        doc(text)


def test_alias_bombs_are_read_at_once() -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60)]
    read = doc("\n".join(lines) + "\nport: 1\n")
    assert read.value("port") == 1
    assert read.duplicates == ()


def test_a_node_that_holds_itself_is_no_endless_loop() -> None:
    assert doc("a: &a {b: *a, c: 1}\n").value("a.b.b.b.c") == 1
    assert doc("a: &a {b: *a, c: 1}\n").duplicates == ()
    assert doc("a: &a {<<: *a, c: 1}\n").find("a.nothing") is None


@pytest.mark.parametrize("text", ["[" * 5000, "a: " + "{a: " * 100_000, "- " * 5000])
def test_deep_nesting_is_an_error_not_a_crash(text: str) -> None:
    with pytest.raises(ConfigError):
        doc(text)


def test_too_large_a_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "livekit.yaml"
    with path.open("wb") as out:
        out.truncate(50 * 1024 * 1024)
    with pytest.raises(ConfigError, match="too many"):
        yaml.load(path)


@pytest.mark.parametrize(
    ("before", "path", "value", "after"),
    [
        ("port: 7880 # c\n", "port", 7890, "port: 7890 # c\n"),
        ("a: 'x'\nb: 1", "a", "zz", "a: zz\nb: 1"),
        ("a: x\r\nb: 1\r\n", "a", "yes", 'a: "yes"\r\nb: 1\r\n'),
        ("a: x\n", "b", True, "a: x\nb: true\n"),
        ("a: x", "b", 1, "a: x\nb: 1"),
        ("a: x\r\n# end\r\n", "b", 1, "a: x\r\nb: 1\r\n# end\r\n"),
        ("", "a.b", 1, "a:\n  b: 1\n"),
        ("# only this\n", "a", 1, "# only this\na: 1\n"),
        ("rtc:\n    x: 1  # c\n\nport: 1\n", "rtc.z", 2, "rtc:\n    x: 1  # c\n    z: 2\n\nport: 1\n"),
        ("rtc:\n    x: 1\n", "turn.udp.port", 2, "rtc:\n    x: 1\nturn:\n    udp:\n        port: 2\n"),
        ("rtc:\nport: 1\n", "rtc.x", 2, "rtc:\n  x: 2\nport: 1\n"),
        ("rtc: # none\nport: 1\n", "rtc.x", 2, "rtc: # none\n  x: 2\nport: 1\n"),
        ("rtc: ~\nport: 1\n", "rtc.x", 2, "rtc: \n  x: 2\nport: 1\n"),
        ("rtc: {x: 1} # c\n", "rtc.z", "a b", "rtc: {x: 1, z: a b} # c\n"),
        ("rtc: {x: 1,}\n", "rtc.z", 2, "rtc: {x: 1, z: 2,}\n"),
        ("rtc: {}\n", "rtc.z.z", 2, "rtc: {z: {z: 2}}\n"),
        ("rtc:\n  l:\n  - 1\n  - 2\nport: 1\n", "rtc.z", 2, "rtc:\n  l:\n  - 1\n  - 2\n  z: 2\nport: 1\n"),
        (
            "rtc:\n  t: |\n    a\n    b\nport: 1\n",
            "rtc.z",
            2,
            "rtc:\n  t: |\n    a\n    b\n  z: 2\nport: 1\n",
        ),
        ("rtc:\n  a:\n\n\nport: 1\n", "rtc.z", 2, "rtc:\n  a:\n  z: 2\n\n\nport: 1\n"),
        ("a:\nb: 1\n", "a", 5, "a: 5\nb: 1\n"),
        ("x: &x 1\nrtc:\n  a: *x\nport: 1\n", "rtc.b", 2, "x: &x 1\nrtc:\n  a: *x\n  b: 2\nport: 1\n"),
        ("- a: 1\n- a: 2\n", "1.a", 3, "- a: 1\n- a: 3\n"),
        ("a: 😀\nb: é\n", "b", "ü", "a: 😀\nb: ü\n"),
    ],
)
def test_set_is_a_splice(before: str, path: str, value: yaml.Scalar, after: str) -> None:
    assert doc(before).set(path, value).text == after


@pytest.mark.parametrize(
    ("text", "path", "where"),
    [
        ("a: &x 1\nb: *x\n", "b", ":2:1: "),
        ("a: &x 1\n", "a", ":1:4: .*anchor"),
        ("a: !!str 1\n", "a", ":1:4: .*tag"),
        ("a: |\n  x\n", "a", ":1:4: .*block"),
        ("a: [1]\n", "a", ":1:4: .*sequence"),
        ("a: 1\n", "a.b", ":1:4: .*scalar"),
        ("[1]\n", "b", ":1:1: .*sequence"),
    ],
)
def test_what_cannot_be_spliced_is_left_to_the_user(text: str, path: str, where: str) -> None:
    with pytest.raises(ConfigError, match=f"^livekit.yaml{where}") as caught:
        doc(text).set(path, 2)
    assert caught.value.code == "yaml.by-hand"


def test_bom_and_crlf_stay(tmp_path: Path) -> None:
    path = tmp_path / "livekit.yaml"
    path.write_bytes(b"\xef\xbb\xbfport: 1\r\nrtc:\r\n  x: 1\r\n")
    read = yaml.load(path)
    assert read.value("port") == 1
    assert read.set("rtc.z", 2).to_bytes() == b"\xef\xbb\xbfport: 1\r\nrtc:\r\n  x: 1\r\n  z: 2\r\n"


def test_the_default_configuration_can_be_read_and_edited() -> None:
    read = yaml.load(ROOT / "livekit.yaml")
    assert read.value("rtc.udp_port") == 7882
    changed = read.set("rtc.udp_port", 9999).set("rtc.enable_loopback_candidate", True)
    plain = pyyaml.safe_load(changed.text)
    assert plain["rtc"] == pyyaml.safe_load(read.text)["rtc"] | {
        "udp_port": 9999,
        "enable_loopback_candidate": True,
    }
    assert [line for line in changed.text.split("\n") if "#" in line] == [
        line for line in read.text.split("\n") if "#" in line
    ]


VALUES = st.one_of(
    st.integers(), st.booleans(), st.text(max_size=12), st.sampled_from(["yes", "1e5", "~", "-"])
)
KEYS = st.sampled_from(["a", "b", "c d", "port", "yes"])
TREES = st.recursive(
    st.one_of(st.integers(), st.text(max_size=5), st.none()),
    lambda inner: st.one_of(st.dictionaries(KEYS, inner, max_size=3), st.lists(inner, max_size=2)),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(KEYS, TREES, min_size=1, max_size=4),
    st.lists(KEYS, min_size=1, max_size=3),
    VALUES,
    st.data(),
)
def test_setting_changes_that_value_only(
    tree: dict[str, object], parts: list[str], value: yaml.Scalar, data: st.DataObject
) -> None:
    flow = data.draw(st.sampled_from([None, False, True]))
    text = pyyaml.safe_dump(
        tree, default_flow_style=flow, indent=data.draw(st.sampled_from([2, 4])), width=20
    )
    try:
        changed = doc(text).set(".".join(parts), value)
    except ConfigError:  # something else stands there: see the test of that
        return
    expected = tree = pyyaml.safe_load(text)
    for part in parts[:-1]:
        if not isinstance(expected.get(part), dict):
            expected[part] = {}
        expected = expected[part]
    expected[parts[-1]] = value
    assert pyyaml.safe_load(changed.text) == tree


@example("0?")
@settings(max_examples=500, deadline=None)
@given(st.one_of(st.text(max_size=12), st.from_regex(r"[-+0-9.eExXobn_:~ #a-f]{1,10}", fullmatch=True)))
def test_a_written_scalar_is_read_back(value: str) -> None:
    for text in (f"a: {scalar(value)}\n", f"a: {{b: [{scalar(value)}]}}\n"):
        read = pyyaml.safe_load(text)["a"]
        assert (read if isinstance(read, str) else read["b"][0]) == value


@pytest.mark.parametrize(
    "value", ["1e5", "0x1F", "0o17", "1_000", ".inf", "~", "Null", "yes", "Off", "2024-01-02"]
)
def test_what_some_yaml_reads_as_no_string_is_quoted(value: str) -> None:
    assert not is_plain(value)
    assert scalar(value) == json.dumps(value)
