"""Scripts inside HTML, Vue and Svelte."""

from __future__ import annotations

from livekit_migrate.code.js.embed import scripts
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
