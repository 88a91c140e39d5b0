"""Cut off at any write, a cleanup is whole or was never there, and so is its undo."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT

DRIVER = Path(__file__).with_name("kill_driver.py")


@pytest.fixture
def base(tmp_path: Path) -> Iterator[Path]:
    memory = Path("/dev/shm")
    if not memory.is_dir():
        yield tmp_path
        return
    folder = Path(tempfile.mkdtemp(prefix="lkm-kill-", dir=memory))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@pytest.mark.slow
@pytest.mark.parametrize(("how", "action"), [("kill", "apply"), ("kill", "undo")])
def test_a_cleanup_cut_off_anywhere_is_whole_after_the_next_command(
    how: str, action: str, base: Path, clean_env: dict[str, str]
) -> None:
    done = subprocess.run(
        [sys.executable, "-B", str(DRIVER), how, action, str(base)],
        env={**clean_env, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    first: dict[str, Any]
    first, *reports = [json.loads(line) for line in done.stdout.splitlines()]
    old, new = first["old"], first["new"]
    assert "apps/web/media/signaling.ts" in old
    assert "apps/web/media" not in new
    assert len(reports) > 60, "the driver must find the writes"
    for report in reports:
        assert report["after"] in (old, new), f"half done after point {report['n']}"
        assert report["final"] == (new if action == "apply" else old), report["again"]
        assert report["leftovers"] == []
        assert bool(report["listed"]["data"].get("notes")) == report["open"]
    assert any(report["cut"] not in (old, new) for report in reports)
    assert {report["after"] == new for report in reports} == {True, False}
