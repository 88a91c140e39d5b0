"""The example apps as source: what their own checks say."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT, need

ORIGINAL = ROOT / "examples" / "call-app"
INSTALLED = {"node_modules", ".next", "dist"}


@pytest.mark.slow
@pytest.mark.parametrize("script", ["typecheck", "lint", "test"])
@pytest.mark.parametrize("example", ["original", "migrated", "cleaned"])
def test_its_own_checks_pass(example: str, script: str, request: pytest.FixtureRequest) -> None:
    folder: Path = request.getfixturevalue(f"{example}_folder")
    done = subprocess.run(
        ["npm", "run", script],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_original_knows_nothing_of_what_comes() -> None:
    if not ORIGINAL.is_dir():
        need("examples", "the examples are no part of an sdist")
    for folder, below, names in os.walk(ORIGINAL):
        below[:] = sorted(set(below) - INSTALLED)
        for path in (Path(folder) / name for name in names):
            text = path.read_text(encoding="utf-8").lower()
            assert "livekit" not in text, path
            assert "lkm" not in text, path
