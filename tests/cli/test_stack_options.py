"""Options of up, down, restart, status and logs that are wrong: said at once, with nothing touched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        ("up --timeout soon", "--timeout soon"),
        ("up --timeout -1s", "--timeout"),
        ("down --drain-timeout 5parsecs", "--drain-timeout"),
        ("restart --timeout 1y", "--timeout"),
        ("status -o xml", "table, json and env"),
        ("status --reveal", "--reveal goes with -o env"),
        ("status --interval 1s", "only with --watch"),
        ("status --watch -o env", "-o env"),
        ("up web --runtime native", "no service web"),
        ("up --runtime native --port-offset 60000", "--port-offset 60000"),
        ("logs --level loud", "debug, info, warn, error"),
        ("up --runtime podman", "no such runtime"),
    ],
)
def test_wrong_options(lkm: Any, project: Path, argv: str, says: str) -> None:
    ran = lkm(*argv.split())
    assert ran.code == 2, ran.err
    assert says in ran.err
    assert sorted(file.name for file in project.iterdir()) == ["lkm.toml"]


def test_env_output_without_keys(lkm: Any) -> None:
    ran = lkm("status", "-o", "env")
    assert ran.code == 4
    assert "lkm keys new" in ran.err
