"""Three texts into one: nothing of the user's is lost, and nobody's change is guessed."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from livekit_migrate.scaffold.merge import merge

BASE = "a\nb\nc\nd\ne\n"
lines = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "d\n", "\n"]), max_size=8).map("".join)


def test_changes_at_different_places_come_together() -> None:
    assert merge(BASE, "a\nB\nc\nd\ne\n", "a\nb\nc\nd\nE\nf\n").text == "a\nB\nc\nd\nE\nf\n"


def test_the_same_place_is_a_conflict_with_its_line() -> None:
    found = merge(BASE, "a\nb\nmine\nd\ne\n", "a\nb\ntheirs\nd\ne\n")
    assert [(each.line, each.ours, each.theirs) for each in found.conflicts] == [
        (3, ("mine\n",), ("theirs\n",))
    ]


def test_line_ends_that_git_made_are_no_change() -> None:
    found = merge(BASE, BASE.replace("\n", "\r\n"), BASE.replace("c\n", "C\n"))
    assert not found.conflicts
    assert found.text == "a\r\nb\r\nC\r\nd\r\ne\r\n"


@given(lines, lines)
@settings(max_examples=150, deadline=None)
def test_who_changed_nothing_gets_the_other_s(base: str, other: str) -> None:
    assert merge(base, base, other).text == other
    assert merge(base, other, base).text == other
    assert merge(base, other, other).text == other


@given(lines, lines, lines)
@settings(max_examples=150, deadline=None)
def test_a_merge_is_settled(base: str, ours: str, theirs: str) -> None:
    """Merged once, the new template is the base and nothing is left to do."""
    found = merge(base, ours, theirs)
    if not found.conflicts:
        assert merge(theirs, found.text, theirs).text == found.text
