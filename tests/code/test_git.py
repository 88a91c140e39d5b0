"""code/git: what git knows about a file, asked of the real git."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from livekit_migrate.code import git
from livekit_migrate.code.git import changed, known
from livekit_migrate.core.errors import NotReadyError
from tests.conftest import need


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    if not shutil.which("git"):
        need("git", "no git on PATH; lkm then says nothing about it")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    folder = tmp_path / "repository"
    folder.mkdir()
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    (folder / ".env").write_text("A=1\n")
    return folder


def test_untracked_ignored_tracked(repository: Path) -> None:
    assert known(repository / ".env") == "untracked"
    (repository / ".gitignore").write_text(".env\n")
    assert known(repository / ".env") == "ignored"
    subprocess.run(["git", "-C", str(repository), "add", "-f", ".env"], check=True)
    assert known(repository / ".env") == "tracked"


def test_a_link_is_judged_by_the_file_that_holds_the_secrets(repository: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("A=1\n")
    (repository / "link").symlink_to(outside)
    subprocess.run(["git", "-C", str(repository), "add", "link"], check=True)
    assert known(repository / "link") == "no-repository"


def test_names_that_look_like_options_are_names(repository: Path) -> None:
    (repository / "--help").write_text("")
    assert known(repository / "--help") == "untracked"


def test_without_a_repository_or_git_nothing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert known(tmp_path / ".env") == "no-repository"
    monkeypatch.setenv("PATH", str(tmp_path))
    assert known(tmp_path / ".env") == "no-repository"
    assert known(tmp_path / "missing" / ".env") == "no-repository"


def test_a_git_that_does_not_answer_does_not_say_that_all_is_committed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A fake: no real one can be made to hang.
    program = tmp_path / "bin" / "git"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\nexec sleep 600\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")
    monkeypatch.setattr(git, "_SECONDS", 0.5)
    with pytest.raises(NotReadyError, match="git did not answer") as caught:
        changed(tmp_path, [tmp_path / "page.tsx"])
    assert caught.value.code == "git.slow"
    assert known(tmp_path / ".env") == "no-repository"
