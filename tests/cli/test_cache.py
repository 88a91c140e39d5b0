"""`lkm cache`: says where it is, removes only what lkm put there, and nothing that is in use."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from livekit_migrate.core.lock import held
from tests.conftest import Lkm, Ran, need
from tests.unprivileged import give, user_env, user_lkm, user_project

__all__ = ["user_env", "user_lkm", "user_project"]


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A cache with one server, and files of somebody else beside it."""
    folder = tmp_path / "cache"
    server = folder / "servers/1.2.3"
    server.mkdir(parents=True)
    (server / "livekit-server").write_bytes(b"x" * 3_000_000)
    (server / "livekit-server").chmod(0o755)
    (server / "origin.json").write_text("{}")
    (folder / "somebody-elses").mkdir()
    (folder / "somebody-elses/file").write_text("mine")
    return folder


def env(cache: Path) -> dict[str, str]:
    return {"LKM_CACHE_DIR": str(cache)}


def test_path_is_the_folder_alone(lkm: Lkm, tmp_path: Path, clean_env: dict[str, str]) -> None:
    ran = lkm("cache", "path", env=env(tmp_path / "x"))
    assert (ran.code, ran.out, ran.err) == (0, f"{tmp_path}/x\n", "")
    data = lkm("cache", "path", "--json", env=env(tmp_path / "x")).json["data"]
    assert data == {"path": f"{tmp_path}/x", "state": clean_env["LKM_STATE_DIR"]}
    assert not (tmp_path / "x").exists()
    default = lkm("cache", "path", env={"LKM_CACHE_DIR": None, "XDG_CACHE_HOME": None})
    assert default.out.strip().startswith(clean_env["HOME"])


def test_clean_removes_the_servers_and_says_how_much(lkm: Lkm, cache: Path) -> None:
    ran = lkm("cache", "clean", env=env(cache))
    assert ran.code == 0
    assert "servers/1.2.3" in ran.out
    assert "3.0 MB" in ran.out
    assert f"3.0 MB freed in {cache}" in ran.err
    left = sorted(str(path.relative_to(cache)) for path in cache.rglob("*") if path.name != "install.lock")
    assert left == ["servers", "somebody-elses", "somebody-elses/file"]
    ran = lkm("cache", "clean", env=env(cache))
    assert (ran.code, ran.err) == (0, f"nothing to remove in {cache}\n")


def test_clean_removes_what_scans_know_and_nothing_else_there(lkm: Lkm, cache: Path, project: Path) -> None:
    (project / "a.ts").write_text('import * as mediasoup from "mediasoup";\n')
    assert lkm("scan", env=env(cache)).code == 0
    (cache / "scan-facts/mine").write_text("somebody else's")
    assert len(list((cache / "scan-facts").glob("*.facts"))) == 1
    data = lkm("cache", "clean", "--json", env=env(cache)).json["data"]
    assert [each["name"].partition("/")[0] for each in data["removed"]] == ["servers", "scan-facts"]
    assert [path.name for path in (cache / "scan-facts").iterdir()] == ["mine"]


def test_clean_for_programs(lkm: Lkm, cache: Path) -> None:
    data = lkm("cache", "clean", "--json", env=env(cache)).json["data"]
    assert data["removed"][0]["name"] == "servers/1.2.3"
    assert 3_000_000 <= data["bytes"] == data["removed"][0]["bytes"] < 3_100_000
    data = lkm("cache", "clean", "--json", env=env(cache)).json["data"]
    assert (data["removed"], data["bytes"]) == ([], 0)


def test_what_undo_needs_stays(lkm: Lkm, cache: Path) -> None:
    # Somebody keeps both in one folder.
    (cache / "undo").mkdir()
    (cache / "undo/key").write_text("k")
    assert lkm("cache", "clean", env={"LKM_CACHE_DIR": str(cache), "LKM_STATE_DIR": str(cache)}).code == 0
    assert (cache / "undo/key").exists()


def test_a_link_is_removed_not_what_it_points_to(lkm: Lkm, cache: Path, tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious/file").write_text("x")
    (cache / "servers/linked").symlink_to(tmp_path / "precious")
    assert lkm("cache", "clean", env=env(cache)).code == 0
    assert (tmp_path / "precious/file").exists()
    assert not (cache / "servers/linked").is_symlink()


def test_a_server_that_runs_keeps_its_program(lkm: Lkm, cache: Path) -> None:
    program = cache / "servers/1.2.3/livekit-server"
    sleep = shutil.which("sleep")
    assert sleep
    shutil.copy(os.path.realpath(sleep), program)
    running = subprocess.Popen([str(program), "600"])
    try:
        ran = lkm("cache", "clean", "--json", env=env(cache))
    finally:
        running.kill()
        running.wait()
    assert (ran.code, ran.json["error"]["code"]) == (1, "cache.in-use")
    assert f"PID {running.pid} (1.2.3/livekit-server)" in ran.json["error"]["message"]
    assert "lkm down" in ran.json["error"]["hint"]
    assert program.exists()
    assert lkm("cache", "clean", env=env(cache)).code == 0
    assert not program.exists()


def test_an_installation_that_runs_is_not_disturbed(lkm: Lkm, cache: Path) -> None:
    with held(cache / "servers/install.lock", "lkm server install"):
        ran = lkm("cache", "clean", "--json", env=env(cache))
    assert (ran.code, ran.json["error"]["code"]) == (1, "lock.held")
    assert f"`lkm server install` (PID {os.getpid()}" in ran.json["error"]["message"]
    assert (cache / "servers/1.2.3/livekit-server").exists()


def test_read_only_module_caches_go_too(user_project: Path, user_lkm: Callable[..., Ran]) -> None:
    work = user_project.parent / "cache/servers/.work-1/go/pkg/mod"
    work.mkdir(parents=True)
    (work / "file").write_text("x")
    (work / "file").chmod(0o444)
    give(user_project.parent / "cache")
    for folder in (work, work.parent, work.parent.parent):
        folder.chmod(0o555)
    ran = user_lkm("cache", "clean", "--json", env=env(user_project.parent / "cache"))
    assert (ran.code, ran.err) == (0, "")
    assert [item["name"] for item in ran.json["data"]["removed"]] == ["servers/.work-1"]
    assert not work.parent.parent.exists()


def test_what_belongs_to_somebody_else_is_an_error(user_project: Path, user_lkm: Callable[..., Ran]) -> None:
    if os.getuid() != 0:
        need("root", "nobody else can make files of another user")
    folder = user_project.parent / "cache/servers"
    (folder / "1.2.3").mkdir(parents=True)
    (folder / "1.2.3/livekit-server").write_text("root's")
    give(folder.parent)
    os.chown(folder / "1.2.3", 0, 0)
    ran = user_lkm("cache", "clean", "--json", env=env(folder.parent))
    assert (ran.code, ran.json["error"]["code"]) == (4, "file.permission"), ran
