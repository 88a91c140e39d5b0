"""Scripts inside HTML, Vue and Svelte."""

from __future__ import annotations

import pytest

from livekit_migrate.code.js.embed import of_file, scripts
from livekit_migrate.code.js.parse import parse


def test_two_scripts_of_a_component_stay_where_they_were() -> None:
    page = b"""<script lang="ts">
export default {}
</script>
<template>{{ a }}</template>
<script setup lang='ts'>let b: C = 1</script>"""
    found = scripts(page, markup=False)
    assert len(found.code) == len(page)
    assert found.grammar == "typescript"
    assert found.code.index(b"let b") == page.index(b"let b")
    assert parse(found.code, found.grammar).sound


def test_tags_are_found_and_comments_and_data_are_not() -> None:
    page = b"""<!-- <script src="/old.js"></script> -->
<script src="/new.js" defer></script><script type='application/json'>{"a": 1}</script>
<SCRIPT SRC=/third.js></SCRIPT>"""
    found = scripts(page, markup=True)
    assert [tag.src for tag in found.tags] == ["/new.js", "/third.js"]
    assert found.empty


def test_a_script_may_say_script_in_a_string_attribute() -> None:
    found = scripts(b"<script data-a='<b>'>c()</script>", markup=True)
    assert found.code.strip(b" ;") == b"c()"


@pytest.mark.parametrize(
    ("page", "code"),
    [
        (b"<script it's><script>a()</script>", b"a()"),
        (b"<script>a()</script><script>b()", b"a()"),
        (b"<!-- <script>a()</script> --><script>b()</script><!-- <script>", b"b()"),
        (b"<script>a()</script\n>", b"a()"),
    ],
)
def test_what_is_not_closed_hides_nothing_else(page: bytes, code: bytes) -> None:
    assert scripts(page, markup=True).code.strip(b" ;\n") == code


# A search that starts anew at every mark takes half an hour and more for each of these.
@pytest.mark.parametrize(
    "page",
    [
        b"<!--" * 250_000,
        b"<script " * 125_000,
        b"<script>" * 125_000,
        b"<script '" * 100_001,
        b"<script '\"" * 100_001,
        b"<script a=" + b" " * 1_000_000 + b">",
    ],
    ids=["comments", "tags", "bodies", "quotes", "both quotes", "blanks"],
)
def test_marks_without_an_end_are_read_in_one_go(page: bytes) -> None:
    found = scripts(page, markup=True)
    assert found.empty
    assert len(found.code) == len(page)


HIDDEN = b'<!-- <script>a()</script> --><script lang="ts">b()</script>'


@pytest.mark.parametrize(
    ("path", "program"),
    [
        ("page.html", ["b()"]),
        ("PAGE.HTM", ["b()"]),
        ("page.vue", ["a()", "b()"]),  # a component's compiler reads what a browser would not
    ],
)
def test_a_comment_hides_scripts_of_a_page_only(path: str, program: list[str]) -> None:
    script = of_file(path, HIDDEN)
    assert script.code.decode().replace(";", " ").split() == program
    assert script.grammar == "typescript"
    assert len(script.code) == len(HIDDEN)


def test_all_of_a_program_is_program() -> None:
    script = of_file("src/call.tsx", HIDDEN)
    assert (script.code, script.grammar, script.empty) == (HIDDEN, "tsx", False)
