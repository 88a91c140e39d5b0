"""`lkm keys new` and `lkm keys show` as a user runs them."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Lkm, Ran, need
from tests.unprivileged import give

CANARY = "canary-Zq8vR2nT5wXy7LmK3pJh6GdF9sBcA1eU"
PAIR = f"LIVEKIT_API_KEY=APIold\nLIVEKIT_API_SECRET={CANARY}\n"


def secret_in(text: str) -> str:
    found = re.search(r"^LIVEKIT_API_SECRET=(.+)$", text, re.MULTILINE)
    assert found
    return found[1].strip()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_is_private_and_the_secret_is_in_it_only(project: Path, lkm: Lkm) -> None:
    ran = lkm("keys", "new")
    assert ran.code == 0, ran.err
    env = project / ".env"
    text = env.read_text()
    assert mode(env) == 0o600
    assert f"LIVEKIT_API_KEY={ran.out.strip()}\n" in text
    assert "LIVEKIT_URL=ws://localhost:7880\n" in text
    assert len(secret_in(text)) >= 32
    assert secret_in(text) not in ran.out + ran.err
    assert ".env" in ran.err


def test_the_url_has_the_projects_port_and_an_old_one_stays(project: Path, lkm: Lkm) -> None:
    (project / "lkm.toml").write_text("[ports]\nsignal = 7999\n")
    assert lkm("keys", "new").code == 0
    assert "LIVEKIT_URL=ws://localhost:7999\n" in (project / ".env").read_text()
    (project / ".env").write_text("LIVEKIT_URL=wss://mine.example\n")
    assert lkm("keys", "new").code == 0
    assert (project / ".env").read_text().startswith("LIVEKIT_URL=wss://mine.example\nLIVEKIT_API_KEY=")


def test_the_rest_of_the_file_stays_byte_for_byte(project: Path, lkm: Lkm) -> None:
    env = project / ".env"
    env.write_bytes(b'\xef\xbb\xbf# top\r\nDB="a b" # c\r\nexport LIVEKIT_API_KEY=\r\nX=1')
    assert lkm("keys", "new").code == 0
    lines = env.read_bytes().split(b"\r\n")
    assert lines[:2] == [b"\xef\xbb\xbf# top", b'DB="a b" # c']
    assert re.fullmatch(rb"export LIVEKIT_API_KEY=API\w{12}", lines[2])
    assert lines[3] == b"X=1"
    assert [line.split(b"=")[0] for line in lines[4:]] == [b"LIVEKIT_API_SECRET", b"LIVEKIT_URL"]


def test_a_pair_is_not_replaced_without_force(project: Path, lkm: Lkm) -> None:
    env = project / ".env"
    env.write_text(f"X=1\n{PAIR}")
    ran = lkm("keys", "new")
    assert (ran.code, ran.out) == (4, "")
    assert ".env:2" in ran.err
    assert "--force" in ran.err
    assert env.read_text() == f"X=1\n{PAIR}"
    ran = lkm("keys", "new", "--force")
    assert ran.code == 0
    assert CANARY not in env.read_text() + ran.out + ran.err
    assert lkm("undo").code == 0
    assert env.read_text() == f"X=1\n{PAIR}"


def test_a_file_that_others_can_read_is_closed_and_that_is_said(project: Path, lkm: Lkm) -> None:
    env = project / ".env"
    env.write_text("X=1\n")
    env.chmod(0o644)
    ran = lkm("keys", "new")
    assert mode(env) == 0o600
    assert "others could read it (mode 0644); it is 0600 now" in ran.err
    assert "others could read" not in lkm("keys", "new", "--force").err


def test_a_symlink_stays_one(project: Path, lkm: Lkm) -> None:
    (project / "shared").mkdir()
    target = project / "shared" / "env"
    target.write_text("X=1\n")
    (project / ".env").symlink_to("shared/env")
    assert lkm("keys", "new").code == 0
    assert (project / ".env").is_symlink()
    assert "LIVEKIT_API_KEY=" in target.read_text()
    assert mode(target) == 0o600


def test_stdout_prints_both_and_writes_nothing(project: Path, lkm: Lkm) -> None:
    ran = lkm("keys", "new", "--stdout")
    assert re.fullmatch(r"LIVEKIT_API_KEY=API\w{12}\nLIVEKIT_API_SECRET=[\w-]{43}\n", ran.out)
    assert ran.err == ""
    data = lkm("keys", "new", "--stdout", "--json").json["data"]
    assert len(data["secret"]) == 43
    assert sorted(path.name for path in project.iterdir()) == ["lkm.toml"]


def test_json_has_the_key_and_no_secret(project: Path, lkm: Lkm) -> None:
    ran = lkm("keys", "new", "--json")
    data = ran.json["data"]
    text = (project / ".env").read_text()
    assert f"LIVEKIT_API_KEY={data['key']}\n" in text
    assert data["files"] == [".env"]
    assert "+LIVEKIT_API_SECRET=" in data["diff"]
    assert secret_in(text) not in ran.out + ran.err


@pytest.fixture
def repository(project: Path, clean_env: dict[str, str]) -> Path:
    if not shutil.which("git"):
        need("git", "no git on PATH; lkm then says nothing about it")
    subprocess.run(["git", "init", "-q", str(project)], check=True, env=clean_env)
    return project


def test_git_tracks_it_git_does_not_ignore_it_git_ignores_it(
    repository: Path, lkm: Lkm, clean_env: dict[str, str]
) -> None:
    ran = lkm("keys", "new")
    assert ran.code == 0
    assert "add this line to .gitignore: .env" in ran.err
    (repository / ".gitignore").write_text(".env\n")
    assert "git" not in lkm("keys", "show").err
    subprocess.run(["git", "add", "-f", ".env"], cwd=repository, check=True, env=clean_env)
    ran = lkm("keys", "show")
    assert "git tracks .env" in ran.err
    assert "git rm --cached .env" in ran.err


def test_without_git_it_is_silent(project: Path, lkm: Lkm, tmp_path: Path) -> None:
    ran = lkm("keys", "new", env={"PATH": str(tmp_path)})
    assert ran.code == 0
    # A key is made of any letters, those of git among them.
    assert "git" not in ran.err.replace("diff --git", "").replace(ran.out.strip(), "")


def test_show_names_the_origin_and_not_the_secret(project: Path, lkm: Lkm) -> None:
    (project / ".env").write_text(f"X=1\n{PAIR}")
    ran = lkm("keys", "show")
    assert ran.code == 0
    assert "APIold" in ran.out
    assert ".env:2" in ran.out
    assert f"{len(CANARY)} characters" in ran.out
    assert CANARY not in ran.out + ran.err


def test_show_reveals_on_request_only(project: Path, lkm: Lkm) -> None:
    (project / ".env").write_text(PAIR)
    assert lkm("keys", "show", "--reveal").out == PAIR
    data = lkm("keys", "show", "--reveal", "--json").json["data"]
    assert data["secret"] == CANARY
    ran = lkm("keys", "show", "--json")
    assert ran.json["data"]["secret"] is None
    assert ran.json["data"]["secret_length"] == len(CANARY)
    assert CANARY not in ran.out


def test_show_names_what_the_shell_hides(project: Path, lkm: Lkm) -> None:
    (project / ".env").write_text(PAIR)
    env = {"LIVEKIT_API_KEY": "APIshell", "LIVEKIT_API_SECRET": CANARY[::-1]}
    ran = lkm("keys", "show", env=env)
    assert "APIshell" in ran.out
    assert ".env:1 is ignored: the shell's LIVEKIT_API_KEY wins" in ran.err
    assert lkm("keys", "show", "--json", env=env).json["data"]["shadowed"][1].startswith(".env:2 is ignored")
    assert CANARY[::-1] not in ran.out + ran.err
    ran = lkm("keys", "new", "--force", env=env)
    assert "unset LIVEKIT_API_KEY" in ran.err


def test_show_warns_about_weak_secrets_and_broken_lines(project: Path, lkm: Lkm) -> None:
    (project / ".env").write_text("LIVEKIT_API_KEY=devkey\nLIVEKIT_API_SECRET=secret\nX=$HOME/x\n")
    ran = lkm("keys", "show")
    assert ran.code == 0
    assert "placeholder" in ran.err
    assert ".env:3: X:" in ran.err


def test_show_without_keys_says_how_to_get_some(project: Path, lkm: Lkm) -> None:
    ran = lkm("keys", "show")
    assert (ran.code, ran.out) == (4, "")
    assert "lkm keys new" in ran.err


@pytest.mark.parametrize("command", [["keys", "new"], ["keys", "show"], ["token", "-r", "r"]])
def test_an_env_that_is_a_folder_or_no_text(project: Path, lkm: Lkm, command: list[str]) -> None:
    (project / ".env").mkdir()
    ran = lkm(*command)
    assert (ran.code, ran.out) == (4, "")
    assert "is a directory" in ran.err
    (project / ".env").rmdir()
    (project / ".env").write_bytes(b"X=1\nLIVEKIT_API_SECRET=\xff" + CANARY.encode())
    ran = lkm(*command)
    assert (ran.code, ran.out) == (4, "")
    assert ".env:2:20: not UTF-8" in ran.err
    assert CANARY not in ran.err
    assert sorted(path.name for path in project.iterdir()) == [".env", "lkm.toml"]


@pytest.mark.parametrize("command", [["keys", "new", "--force"], ["keys", "show"], ["token", "-r", "r"]])
def test_an_env_that_one_may_not_read(
    user_project: Path, user_lkm: Callable[..., Ran], command: list[str]
) -> None:
    env = user_project / ".env"
    env.write_text(PAIR)
    env.chmod(0)
    give(user_project)
    ran = user_lkm(*command)
    assert (ran.code, ran.out) == (4, "")
    assert ".env" in ran.err
    assert "permission denied" in ran.err
    env.chmod(0o600)
    assert env.read_text() == PAIR


def test_a_read_only_env_is_left_alone(user_project: Path, user_lkm: Callable[..., Ran]) -> None:
    env = user_project / ".env"
    env.write_text(PAIR)
    env.chmod(0o400)
    give(user_project)
    ran = user_lkm("keys", "new", "--force")
    assert (ran.code, ran.out) == (4, "")
    assert "read-only" in ran.err
    assert env.read_text() == PAIR
    assert CANARY not in ran.err


def test_a_folder_that_is_not_ones_own_gets_no_env(user_project: Path, user_lkm: Callable[..., Ran]) -> None:
    give(user_project)
    user_project.chmod(0o500)
    ran = user_lkm("keys", "new")
    user_project.chmod(0o700)
    assert (ran.code, ran.out) == (4, "")
    assert "permission denied" in ran.err
    assert sorted(path.name for path in user_project.iterdir()) == ["lkm.toml"]


def test_the_secret_is_in_no_process_list(project: Path, clean_env: dict[str, str], tmp_path: Path) -> None:
    # A git of our own writes down how it and its parent were called; nothing else is run.
    log = tmp_path / "argv"
    fake = tmp_path / "bin" / "git"
    fake.parent.mkdir()
    fake.write_text(f'#!/bin/sh\necho "$@" >>{log}\ntr "\\0" " " </proc/$PPID/cmdline >>{log}\nexit 1\n')
    fake.chmod(0o755)
    (project / ".env").write_text(PAIR)
    for command in (["keys", "show"], ["keys", "new", "--force"]):
        subprocess.run(
            [sys.executable, "-m", "livekit_migrate", *command],
            cwd=project,
            env=clean_env | {"PATH": f"{fake.parent}{os.pathsep}{os.environ['PATH']}"},
            capture_output=True,
            check=True,
        )
    seen = log.read_text()
    assert "ls-files" in seen
    assert CANARY not in seen
    assert secret_in((project / ".env").read_text()) not in seen
