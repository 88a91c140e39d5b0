"""docs/checks.md is made of the checks; docs/doctor.md names every option."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from livekit_migrate.doctor.explain import page
from livekit_migrate.doctor.registry import all_checks
from livekit_migrate.ui.formats.md import document
from tests.conftest import ROOT


def test_the_page_is_what_the_checks_say(golden: Callable[[str, str], None]) -> None:
    golden("../../docs/checks.md", document(page(all_checks())))


def test_the_guide_names_every_option(lkm: Any) -> None:
    guide = (ROOT / "docs" / "doctor.md").read_text(encoding="utf-8")
    text = lkm("doctor", "--help").out
    options = {word.rstrip(":,.;") for word in text.split() if word.startswith("--")}
    options -= {"--project", "--verbose", "--help"}
    assert len(options) > 12
    assert [option for option in sorted(options) if option not in guide] == []
