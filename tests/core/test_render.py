"""Templates: what is missing or broken is named with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from livekit_migrate.core.errors import ConfigError
from livekit_migrate.core.render import render, render_file


def test_text_of_other_languages_passes_through() -> None:
    text = (
        "const a = {{ b: `${c}` }};\n{% raw %} <% if on %>\nyes <%= name %>\n<% endif %>\n<%# gone %>\nend\n"
    )
    assert render(text, {"on": True, "name": "x<y"}) == "const a = {{ b: `${c}` }};\n{% raw %} yes x<y\nend\n"
    assert render("no end", {}) == "no end"


def test_a_missing_value_is_named_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "page.tsx"
    file.write_text("one\ntwo\n<%= nope %>\n")
    with pytest.raises(ConfigError, match=r"^page\.tsx:3: 'nope' is undefined") as error:
        render_file(file, {})
    assert error.value.code == "template.missing-value"


def test_a_broken_template_is_named_with_its_line() -> None:
    with pytest.raises(ConfigError, match=r"^t:2: ") as error:
        render("a\n<% if %>\n", {}, name="t")
    assert error.value.code == "template.syntax"


def test_a_template_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot read the template"):
        render_file(tmp_path / "none", {})
