"""docs/stack.md: its numbers are those of the settings."""

from __future__ import annotations

import re

from livekit_migrate.core import settings
from tests.conftest import ROOT

TEXT = (ROOT / "docs" / "stack.md").read_text(encoding="utf-8")


def test_every_port_is_in_the_table_with_its_default() -> None:
    rows = re.findall(r"^\| `(ports\.\w+)` \| (\d+) ", TEXT, re.MULTILINE)
    assert [(name, int(port)) for name, port in rows] == [
        (key.name, key.default) for key in settings.KEYS if key.name.startswith("ports.")
    ]


def test_the_files_are_those_of_the_template() -> None:
    import yaml

    named = set(re.findall(r"^\| `([\w.-]+)` \|", TEXT, re.MULTILINE)) - {".env"}
    template = yaml.safe_load((ROOT / "templates" / "stack" / "template.yaml").read_text(encoding="utf-8"))
    assert set(template["files"]) <= named
