"""docs/config.md lists the rules that there are."""

from __future__ import annotations

import re

from livekit_migrate.livekit.configcheck import schema as schemas
from livekit_migrate.livekit.configcheck.explain import IDS
from livekit_migrate.livekit.configcheck.rules import all_rules
from tests.conftest import ROOT

PAGE = ROOT / "docs" / "config.md"


def rows(page: str) -> list[str]:
    return [line for line in page.splitlines() if line.startswith("| `config.")]


def test_the_page_lists_every_finding() -> None:
    wanted = [f"| `config.{kind}` | {about} |" for kind, about in IDS.items()]
    wanted += [f"| `{rule.id}` | {rule.status} | {rule.about} |" for rule in all_rules()]
    assert rows(PAGE.read_text(encoding="utf-8")) == wanted


def test_the_page_names_the_versions() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert [version for version in schemas.versions() if version not in page] == []


def test_the_page_lists_what_is_said_of_starts_and_upgrades() -> None:
    page = PAGE.read_text(encoding="utf-8")
    sources = [*(ROOT / "livekit_migrate/livekit/serverstart").glob("*.py")]
    sources += [ROOT / "livekit_migrate/livekit/configcheck/upgrade.py"]
    texts = [path.read_text(encoding="utf-8") for path in sources]
    said = {name for text in texts for name in re.findall(r'"config\.([a-z-]+)"', text)}
    said -= {"none"}  # an error's
    assert len(said) > 20
    assert [name for name in sorted(said) if f"`{name}`" not in page and f"`config.{name}`" not in page] == []
