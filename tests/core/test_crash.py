"""A bug: one line for the user, the traceback in a private log without secrets."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from livekit_migrate.core.crash import write_log
from livekit_migrate.core.secret import Secret

CANARY = "canary-Vb4-secret-value-0123456789"


def crash() -> BaseException:
    secret = Secret(CANARY)
    try:
        raise ValueError(f"bad {secret.reveal()}") from KeyError(CANARY)
    except ValueError as error:
        return error


def test_the_log_has_the_traceback_and_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LKM_STATE_DIR", str(tmp_path / "state"))
    log = write_log(crash(), "token")
    assert log is not None
    text = log.read_text()
    assert "ValueError: bad ••••••" in text
    assert "in crash" in text
    assert "command: token" in text
    assert CANARY not in text
    assert stat.S_IMODE(log.parent.stat().st_mode) == 0o700


def test_old_logs_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LKM_STATE_DIR", str(tmp_path / "state"))
    folder = tmp_path / "state/crashes"
    folder.mkdir(parents=True)
    for day in range(10, 25):
        (folder / f"202001{day}-000000-1.log").write_text("old")
    log = write_log(crash(), "token")
    assert log is not None
    names = sorted(path.name for path in folder.iterdir())
    assert len(names) == 10
    assert log.name in names
    assert "20200110-000000-1.log" not in names


def test_where_no_log_can_be_written_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("LKM_STATE_DIR", str(tmp_path / "file"))
    assert write_log(crash(), "token") is None
