"""Cut off at any write, a change is whole or was never there: SIGKILL, Ctrl-C, a failing call."""

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

from livekit_migrate.core import exits
from tests.conftest import ROOT

DRIVER = Path(__file__).with_name("kill_driver.py")
KILLED = -9


@pytest.fixture
def base(tmp_path: Path) -> Iterator[Path]:
    """In memory where there is such a place: thousands of fsyncs on a disk take minutes."""
    memory = Path("/dev/shm")
    if not memory.is_dir():
        yield tmp_path
        return
    folder = Path(tempfile.mkdtemp(prefix="lkm-kill-", dir=memory))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def cut_everywhere(
    how: str, action: str, base: Path, env: dict[str, str]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    done = subprocess.run(
        [sys.executable, "-B", str(DRIVER), how, action, str(base)],
        env={**env, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    first, *reports = [json.loads(line) for line in done.stdout.splitlines()]
    assert first["old"] != first["new"]
    return first, reports


def check_repaired(first: dict[str, Any], report: dict[str, Any], title: str) -> None:
    """After the next command: whole, nothing left behind, and what was done about it was said."""
    old, new = first["old"], first["new"]
    assert report["listed_code"] == 0, report
    assert report["after"] in (old, new), f"half-written after point {report['n']}"
    notes = " ".join(report["listed"]["data"].get("notes", ()))
    assert bool(notes) == report["open"], "what was open is announced, and only that"
    if report["cut"] not in (old, new):
        assert report["open"]
        assert title in notes
    if "was taken back" in notes:
        assert "windows.txt, .env, binary, gone.txt, link, new/deep/file.txt" in notes
    assert "-before-" not in json.dumps(report["listed"])
    assert "-after-" not in json.dumps(report["listed"])
    assert report["leftovers"] == []


@pytest.mark.slow
def test_a_change_killed_at_any_write_is_whole_after_the_next_command(
    base: Path, clean_env: dict[str, str]
) -> None:
    first, reports = cut_everywhere("kill", "apply", base, clean_env)
    *killed, last = reports
    assert len(killed) > 100, "the driver must find the writes"
    assert all(report["code"] == KILLED for report in killed)
    assert last["code"] == 0
    for report in reports:
        check_repaired(first, report, "lkm test all")
        # Nothing of the killed one stands in the way of the next, and it leaves no entry of its own.
        assert (report["again_code"], report["final"]) == (0, first["new"]), report["again"]
        assert (report["folders"], report["vaults"]) == (1, 1)
        assert report["entries"] == (1 if report["after"] == first["new"] else 0)
    # Every kind of end was seen: untouched, mixed and repaired, finished.
    assert {report["after"] == first["new"] for report in killed} == {True, False}
    assert any(report["cut"] not in (first["old"], first["new"]) for report in killed)


@pytest.mark.slow
def test_an_undo_killed_at_any_write_is_whole_after_the_next_command(
    base: Path, clean_env: dict[str, str]
) -> None:
    first, reports = cut_everywhere("kill", "undo", base, clean_env)
    assert len(reports) > 80
    for report in reports:
        check_repaired(first, report, "lkm undo")
        assert (report["again_code"], report["final"]) == (0, first["old"]), report["again"]
        assert report["entries"] == 1  # the change stays in the history, taken back or not
    assert any(report["cut"] not in (first["old"], first["new"]) for report in reports)


@pytest.mark.slow
def test_the_repair_itself_may_be_killed(base: Path, clean_env: dict[str, str]) -> None:
    first, reports = cut_everywhere("kill", "recover", base, clean_env)
    assert len({report["start"] for report in reports}) == 3
    for report in reports:
        check_repaired(first, report, "lkm test all")
        assert report["after"] == first["old"]
        assert (report["again_code"], report["final"]) == (0, first["new"])
        assert (report["folders"], report["vaults"]) == (1, 1)
    assert any(report["code"] == KILLED and report["open"] for report in reports)


@pytest.mark.slow
@pytest.mark.parametrize("action", ["apply", "undo"])
@pytest.mark.parametrize("how", ["interrupt", "error"])
def test_ctrl_c_and_failing_writes_leave_it_whole_at_once(
    how: str, action: str, base: Path, clean_env: dict[str, str]
) -> None:
    first, reports = cut_everywhere(how, action, base, clean_env)
    before, after = (first["old"], first["new"]) if action == "apply" else (first["new"], first["old"])
    codes = {report["code"] for report in reports}
    assert codes == {exits.OK, exits.INTERRUPTED if how == "interrupt" else exits.NOT_READY}
    for report in reports:
        assert not report["open"], "no later command is needed"
        assert report["cut_temps"] == []
        if report["code"] == exits.INTERRUPTED:  # it may come when the work is done already
            assert report["cut"] in (before, after), report["n"]
        else:
            assert report["cut"] == (after if report["code"] == 0 else before), report["n"]
        if how == "error" and report["code"]:
            assert json.loads(report["said"])["code"] == "disk.full"
    taken_back = [report for report in reports if report["code"] and report["cut"] == before]
    assert len(taken_back) > 80
