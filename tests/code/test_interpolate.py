"""`${VAR}` as Compose reads it. What is expected was given by compose-go 2.16.2 (`template.Substitute`)."""

from __future__ import annotations

import pytest

from livekit_migrate.code.interpolate import fill

VALUES = {"SET": "s", "EMPTY": ""}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"),
        ("$SET-$EMPTY-", "s--"),
        ("${SET}${NOT}", "s"),
        ("$$SET and $${SET}", "$SET and ${SET}"),
        ("${EMPTY:-d}${EMPTY-d}", "d"),
        ("${NOT:-d}${NOT-d}", "dd"),
        ("${SET:+a}${SET+a}${EMPTY:+a}${EMPTY+a}${NOT+a}", "aaa"),
        ("${NOT:-${SET}x}", "sx"),
        ("${SET:?m}", "s"),
        ("${NOT:-}", ""),
        ("${EMPTY?m}", ""),
        ("${NOT:-${EMPTY:-z}}", "z"),
        ("${NOT:-a}b}", "ab}"),
        ("${NOT:-$$x}", "$x"),
        ("$", "$"),
        ("a $ b $1", "a $ b $1"),
    ],
)
def test_values(text: str, value: str) -> None:
    filled = fill(text, VALUES.get)
    assert (filled.text, filled.refusal) == (value, "")


@pytest.mark.parametrize(
    "text", ["${NOT:?m}", "${EMPTY:?m}", "${NOT?m}", "${NOT:?}", "${", "${SET", "${1}", "${A B}"]
)
def test_what_compose_refuses(text: str) -> None:
    assert fill(text, VALUES.get).refusal


def test_a_value_is_not_filled_in_again() -> None:
    assert fill("$A", {"A": "$B", "B": "x"}.get).text == "$B"


def test_what_was_asked_for_and_what_is_missing() -> None:
    filled = fill("$SET ${NOT} ${GONE:-d}", VALUES.get)
    assert (filled.names, filled.missing) == (("SET", "NOT", "GONE"), ("NOT",))
