"""LIVEKIT_KEYS and key files, read as the server reads each; tests/contract asks the server itself."""

from __future__ import annotations

import pytest

from livekit_migrate.livekit.key_pairs import of_file, of_variable


@pytest.mark.parametrize(
    ("text", "pairs", "dropped", "refusal"),
    [
        ("key: secret", {"key": "secret"}, [], ""),
        ("{a: b}", {"a": "b"}, [], ""),
        ("a: b\r\nc: d\r\n", {"a": "b", "c": "d"}, [], ""),
        ("a: 'x: y'", {"a": "x: y"}, [], ""),
        ("a: yes", {"a": "yes"}, [], ""),
        ("a: 12:30", {"a": "12:30"}, [], ""),
        ("a: '12'", {"a": "12"}, [], ""),
        ("a: !!str 12", {"a": "12"}, [], ""),
        ("12: b", {"12": "b"}, [], ""),
        ("a: b\n---\n[}", {"a": "b"}, [], ""),
        ("<<: {a: b}", {"a": "b"}, [], ""),
        ("a: 12", {}, [("a", "a number")], ""),
        ("a: 0o17", {}, [("a", "a number")], ""),
        ("a: true", {}, [("a", "true or false")], ""),
        ("a: 2020-01-01", {}, [("a", "a date")], ""),
        ("a: ~\nb: c", {"b": "c"}, [("a", "nothing")], ""),
        ("a: {b: c}", {}, [("a", "a mapping")], ""),
        ("~: abc", {}, [], ""),
        ("", {}, [], ""),
        ("# nothing", {}, [], ""),
        ("key:secret", {}, [], "not `key: secret`"),
        ("[a]", {}, [], "not `key: secret`"),
        ("a: b\na: c", {}, [], "a stands there twice"),
        ("a: b: c", {}, [], "not YAML"),
        ("[a]: b", {}, [], "a key that is no text"),
    ],
)
def test_livekit_keys(text: str, pairs: dict[str, str], dropped: list[tuple[str, str]], refusal: str) -> None:
    found = of_variable(text)
    assert {pair.key: pair.secret for pair in found.pairs} == pairs
    assert [(one.key, one.read_as) for one in found.dropped] == dropped
    assert found.refusal == refusal


@pytest.mark.parametrize(
    ("text", "pairs", "refusal"),
    [
        ("a: b\n", {"a": "b"}, ""),
        ("a: 12345\nb: true\n", {"a": "12345", "b": "true"}, ""),
        ("a: ~\n", {"a": ""}, ""),
        ("{}\n", {}, ""),
        ("", {}, "empty"),
        ("# nothing\n", {}, "empty"),
        ("a: [b]\n", {}, "the secret of a is a list"),
        ("a:b\n", {}, "not `key: secret`"),
        ("a: b\na: c\n", {}, "a stands there twice"),
    ],
)
def test_a_key_file(text: str, pairs: dict[str, str], refusal: str) -> None:
    found = of_file(text)
    assert {pair.key: pair.secret for pair in found.pairs} == pairs
    assert found.refusal == refusal


def test_lines_count_from_one() -> None:
    (_, second) = of_variable("a: b\n\nc:\n  d\n").pairs
    assert (second.key_line, second.secret_line) == (3, 4)
    assert of_file("a: b\nc: [d]\n").line == 2
