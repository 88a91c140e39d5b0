"""Where lkm keeps things outside a project: moved by a variable, and a plain error where there is no home."""

from __future__ import annotations

import os
import pwd
import socket
import sys
from pathlib import Path

import pytest

from livekit_migrate.core.errors import NotReadyError
from livekit_migrate.core.paths import cache_dir, state_dir
from livekit_migrate.stack import ports
from tests.conftest import ROOT, Ran, need
from tests.unprivileged import UID, unprivileged


@pytest.fixture
def homeless(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a container's made-up user: no HOME, and no entry in the list of users."""
    for name in ("HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "LKM_CACHE_DIR", "LKM_STATE_DIR", "DOCKER_HOST"):
        monkeypatch.delenv(name, raising=False)

    def nobody(number: int) -> pwd.struct_passwd:
        raise KeyError(number)

    monkeypatch.setattr(pwd, "getpwuid", nobody)


def test_a_variable_moves_each(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LKM_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("LKM_STATE_DIR", str(tmp_path / "state"))
    assert (cache_dir(), state_dir()) == (tmp_path / "cache", tmp_path / "state")


def test_without_a_home_the_variables_are_named(homeless: None) -> None:
    for where, variable in ((cache_dir, "LKM_CACHE_DIR"), (state_dir, "LKM_STATE_DIR")):
        with pytest.raises(NotReadyError, match="no home folder") as caught:
            where()
        assert variable in caught.value.hint


def test_without_a_home_a_busy_port_is_still_explained(
    homeless: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ports, "_pids", lambda *_, **__: set())  # unseen: then Docker is asked
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen(1)
        with pytest.raises(NotReadyError) as caught:
            ports.preflight([ports.Port(held.getsockname()[1], "tcp", "signalling", "127.0.0.1")])
    assert caught.value.code == "ports.busy"


def test_a_made_up_user_can_work_with_a_folder_of_its_own(user_project: Path) -> None:
    if os.geteuid() != 0:
        need("root", "only root can become a user that no list has")
    with pytest.raises(KeyError):
        pwd.getpwuid(UID)

    def keys_new(**env: str) -> Ran:
        base = {"PATH": os.defpath, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
        argv = [sys.executable, "-m", "livekit_migrate", "keys", "new"]
        return unprivileged(argv, cwd=user_project, env=base | env)

    refused = keys_new()
    assert (refused.code, refused.out) == (3, "")
    assert "set HOME, or LKM_STATE_DIR" in refused.err
    not_its_own = keys_new(HOME="/")
    assert (not_its_own.code, not_its_own.out) == (4, "")
    assert "ls -ld /;" in not_its_own.err
    assert "LKM_STATE_DIR" in not_its_own.err
    assert not (user_project / ".env").exists()
    done = keys_new(LKM_STATE_DIR=str(user_project / "state"))
    assert done.code == 0, done.err
