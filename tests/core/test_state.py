"""The project's .lkm folder: versioned, private, invisible to git; what is not lkm's is refused."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest

from livekit_migrate.core.changes import ChangeSet, change
from livekit_migrate.core.journal import apply
from livekit_migrate.core.state import VERSION, open_state
from tests.conftest import Lkm, need
from tests.unprivileged import give, unprivileged_python


def test_it_is_private_and_versioned(project: Path) -> None:
    folder = open_state(project)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert (folder / "version").read_text() == f"{VERSION}\n"
    assert open_state(project) == folder


def test_looking_makes_nothing(project: Path, lkm: Lkm) -> None:
    assert not open_state(project, create=False).exists()
    assert lkm("undo", "--list").code == 0
    assert lkm("undo").code == 1
    assert not (project / ".lkm").exists()


def test_git_does_not_see_it(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not shutil.which("git"):
        need("git", "no git to ask")
    monkeypatch.setenv("LKM_STATE_DIR", str(project.parent / "state"))
    subprocess.run(["git", "init", "-q"], cwd=project, check=True)
    apply(ChangeSet("lkm test", project, (change(project / "seen", b"1"),)))
    done = subprocess.run(
        ["git", "status", "--porcelain", "-uall"], cwd=project, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["?? lkm.toml", "?? seen"]
    subprocess.run(["git", "add", "-A"], cwd=project, check=True)
    done = subprocess.run(["git", "ls-files"], cwd=project, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["lkm.toml", "seen"]


def test_a_newer_one_is_refused_with_the_way_out(project: Path, lkm: Lkm) -> None:
    folder = open_state(project)
    (folder / "version").write_text("99\n")
    for argv in (["undo"], ["undo", "--list"], ["undo", "--diff"]):
        ran = lkm(*argv, "--json")
        error = ran.json["error"]
        assert (ran.code, error["code"]) == (4, "state.newer")
        assert "state of version 99; this lkm knows up to 1" in error["message"]
        assert "upgrade" in error["hint"]
        assert "rm -r .lkm" in error["hint"]


@pytest.mark.parametrize("text", ["x", "1.5", "\0"])
def test_a_broken_version_is_said(project: Path, lkm: Lkm, text: str) -> None:
    (open_state(project) / "version").write_text(text)
    ran = lkm("undo", "--json")
    assert (ran.code, ran.json["error"]["code"]) == (4, "state.version")


def test_an_empty_version_is_what_a_kill_leaves_and_is_mended(project: Path) -> None:
    folder = open_state(project)
    (folder / "version").write_text("")
    (folder / ".gitignore").write_text("")
    open_state(project)
    assert (folder / "version").read_text() == f"{VERSION}\n"
    assert (folder / ".gitignore").read_text() == "*\n"


def test_another_lkm_that_begins_here_at_the_same_moment(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It writes the version, too, which is empty for a moment: here whenever somebody has looked at it."""
    marker = open_state(project) / "version"
    looked = Path.stat

    def emptied(self: Path, **more: Any) -> os.stat_result:
        found = looked(self, **more)
        if self == marker:
            marker.write_bytes(b"")
        return found

    monkeypatch.setattr(Path, "stat", emptied)
    open_state(project)


@pytest.mark.parametrize("kind", ["file", "link", "dangling"])
def test_something_else_of_that_name_is_refused_and_kept(
    project: Path, lkm: Lkm, tmp_path: Path, kind: str
) -> None:
    other = tmp_path / "other"
    if kind == "file":
        (project / ".lkm").write_text("mine")
    else:
        if kind == "link":
            other.mkdir()
        (project / ".lkm").symlink_to(other)
    ran = lkm("undo", "--json")
    assert (ran.code, ran.json["error"]["code"]) == (4, "state.not-folder")
    assert not other.exists() or not list(other.iterdir())


@pytest.mark.parametrize(
    ("link", "argv"),
    [
        ("native/supervisor.log", ["up"]),
        ("native/livekit.yaml", ["up"]),
        ("native/livekit.log.2", ["logs"]),
        ("native/stopping", ["down"]),
        ("native", ["status"]),
        ("journal/open", ["undo"]),
        ("journal", ["undo"]),
        ("locks/stack.lock", ["down"]),
        ("locks", ["up"]),
    ],
)
def test_a_link_that_a_clone_brought_is_refused(
    project: Path, lkm: Lkm, tmp_path: Path, link: str, argv: list[str]
) -> None:
    mine = tmp_path / "mine"
    mine.write_text("precious")
    path = open_state(project) / link
    path.parent.mkdir(exist_ok=True)
    path.symlink_to(mine)
    ran = lkm(*argv, "--json")
    if ran.code == 0:
        lkm("down", "--now")  # a server that should never have been started
    assert ran.code == 4, ran.out
    assert ran.json["error"]["code"] == "state.not-folder"
    assert f".lkm/{link}: is a symlink" in ran.json["error"]["message"]
    assert f"rm .lkm/{link}" in ran.json["error"]["hint"]
    assert mine.read_text() == "precious"


def test_a_project_that_may_not_be_written(user_project: Path, user_env: dict[str, str]) -> None:
    give(user_project)
    user_project.chmod(0o555)
    ran = unprivileged_python(
        "from pathlib import Path; from livekit_migrate.core.state import open_state\n"
        "from livekit_migrate.core.errors import LkmError\n"
        "try: open_state(Path('.').absolute())\nexcept LkmError as e: print(e.code, e.exit_code, e.hint)",
        cwd=user_project,
        env=user_env,
    )
    assert ran.out.startswith("file.permission 4 look at its owner and mode: ls -ld"), ran
