"""`lkm server install` from a release: every way in which a download can go wrong."""

from __future__ import annotations

import hashlib
import http.server
import json
import os
import signal
import socket
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from livekit_migrate.core.report import Reporter
from livekit_migrate.stack.server import download
from livekit_migrate.stack.server.sources import SourceError, release

from ..conftest import ROOT, Lkm, free_port, need
from ..unprivileged import give, unprivileged, user_project
from .releases import VERSION, Releases, Stuck, archive, half, leftovers, program

__all__ = ["user_project"]  # a fixture

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the stand-in for the server is a shell script")


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def surroundings(host: Releases, cache: Path) -> dict[str, str]:
    return {"LKM_RELEASE_URL": host.url, "LKM_CACHE_DIR": str(cache), "LKM_SERVER_SOURCE": "release"}


def test_a_release_is_installed_once(lkm: Lkm, cache: Path) -> None:
    with Releases() as host:
        env = surroundings(host, cache)
        ran = lkm("server", "install", env=env)
        again = lkm("server", "install", env=env)
    where = cache / "servers" / VERSION / "livekit-server"
    assert (ran.code, ran.out) == (0, f"{where}\n"), ran.err
    assert host.downloads == 1
    assert again.out == ran.out
    assert lkm("server", "path", env=env).out == ran.out
    assert subprocess.run(
        [where, "--version"], capture_output=True, text=True, check=True
    ).stdout.split() == [
        "livekit-server",
        "version",
        VERSION,
    ]
    record = json.loads((where.parent / "origin.json").read_text())
    assert record["origin"] == "release"
    assert record["sha256"] == hashlib.sha256(where.read_bytes()).hexdigest()
    assert leftovers(cache) == []


def test_force_downloads_again(lkm: Lkm, cache: Path) -> None:
    with Releases() as host:
        env = surroundings(host, cache)
        lkm("server", "install", env=env)
        assert lkm("server", "install", "--force", env=env).code == 0
    assert host.downloads == 2


def test_a_redirect_is_followed(lkm: Lkm, cache: Path) -> None:
    with Releases(moved=True) as host:
        ran = lkm("server", "install", env=surroundings(host, cache))
    assert ran.code == 0, ran.err
    assert f"/moved/{host.name}" in host.paths


def test_another_version_by_flag(lkm: Lkm, cache: Path) -> None:
    with Releases(version="1.11.0") as host:
        ran = lkm("server", "install", "--version", "v1.11.0", env=surroundings(host, cache))
    assert ran.code == 0, ran.err
    assert ran.out.strip() == str(cache / "servers" / "1.11.0" / "livekit-server")


def evil() -> bytes:
    """Members that try to be written elsewhere, and a link that wears the program's name."""
    link = tarfile.TarInfo("livekit-server")
    link.type, link.linkname = tarfile.SYMTYPE, "/bin/true"
    outside = tarfile.TarInfo("../../../outside")
    outside.size = 3
    return archive(program(), name="../../../livekit-server", before=(outside, link))


def test_no_path_of_the_archive_is_written_to(lkm: Lkm, cache: Path) -> None:
    with Releases(evil()) as host:
        ran = lkm("server", "install", env=surroundings(host, cache))
    assert ran.code == 0, ran.err
    where = cache / "servers" / VERSION / "livekit-server"
    assert not where.is_symlink()
    assert leftovers(cache) == []
    assert not list(cache.parent.rglob("outside"))


@pytest.mark.parametrize(
    ("host", "says"),
    [
        (lambda: Releases(checksum="a" * 64), "wrong checksum"),
        (lambda: Releases(archive(program(padding=300_000)), send=half), "cut off"),
        (lambda: Releases(status=404), "HTTP 404"),
        (lambda: Releases(status=503), "HTTP 503"),
        (lambda: Releases(listing="nothing here\n"), "does not list"),
        (lambda: Releases(b"\x1f\x8bgarbage"), "cannot be unpacked"),
        (lambda: Releases(archive(program())[:-40]), "cannot be unpacked"),
        (lambda: Releases(archive(program(), name="README")), "no livekit-server in it"),
        (lambda: Releases(archive(program("1.12.0"))), "it is 1.12.0"),
        (lambda: Releases(archive(b"\x7fELF nothing that runs")), "cannot be run"),
        (lambda: Releases(archive(b"#!/bin/sh\nexit 1\n")), "--version says"),
    ],
)
def test_a_bad_download_leaves_nothing(
    lkm: Lkm, cache: Path, host: Callable[[], Releases], says: str
) -> None:
    with host() as bad:
        ran = lkm("server", "install", "--json", env=surroundings(bad, cache))
    assert ran.code == 3
    error = ran.json["error"]
    assert error["code"] == "server.unavailable"
    assert error["detail"].startswith("release")
    assert says in error["detail"]
    assert error["hint"]
    assert leftovers(cache) == []
    assert lkm("server", "path", env={"LKM_CACHE_DIR": str(cache), "PATH": "/nowhere"}).code == 3
    with Releases() as good:
        assert lkm("server", "install", env=surroundings(good, cache)).code == 0


def test_a_bad_replacement_keeps_the_old_one(lkm: Lkm, cache: Path) -> None:
    with Releases() as good:
        lkm("server", "install", env=surroundings(good, cache))
    with Releases(archive(program(padding=300_000)), send=half) as bad:
        assert lkm("server", "install", "--force", env=surroundings(bad, cache)).code == 3
    assert lkm("server", "path", env={"LKM_CACHE_DIR": str(cache)}).code == 0


def test_a_host_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(download, "READ_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/file"
        with Reporter().step("download") as progress, pytest.raises(SourceError, match="no data for"):
            download.fetch(url, tmp_path / "file", progress)
    assert not (tmp_path / "file").exists()


def test_a_trickle_is_given_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(download, "WINDOW_SECONDS", 0.2)

    def trickle(handler: http.server.BaseHTTPRequestHandler, data: bytes) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        for byte in data:
            handler.wfile.write(bytes([byte]))
            handler.wfile.flush()
            time.sleep(0.02)  # the fault itself: a slow sender

    with (
        Releases(archive(program(padding=100_000)), send=trickle) as slow,
        Reporter().step("download") as progress,
        pytest.raises(SourceError, match="bytes in"),
    ):
        download.fetch(f"{slow.url}/{slow.name}", tmp_path / "file", progress)
    assert not (tmp_path / "file").exists()


def test_nobody_listens(lkm: Lkm, cache: Path) -> None:
    env = {
        "LKM_RELEASE_URL": f"http://127.0.0.1:{free_port()}",
        "LKM_CACHE_DIR": str(cache),
        "LKM_SERVER_SOURCE": "release",
    }
    ran = lkm("server", "install", env=env)
    assert ran.code == 3
    assert "127.0.0.1: connection refused" in ran.err.lower()


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("HTTP_PROXY", "socks9://127.0.0.1:1", "HTTPS_PROXY"),
        ("LKM_RELEASE_URL", "ftp://127.0.0.1/x", "ftp"),
        ("LKM_RELEASE_URL", "not a url", "not a url"),
        ("LKM_RELEASE_URL", "http://[::1", "::1"),
    ],
)
def test_wrong_settings_are_named(lkm: Lkm, cache: Path, name: str, value: str, says: str) -> None:
    env = {
        "LKM_RELEASE_URL": "http://releases.invalid",
        "LKM_CACHE_DIR": str(cache),
        "LKM_SERVER_SOURCE": "release",
        name: value,
    }
    ran = lkm("server", "install", env=env)
    assert ran.code == 3, ran.err
    assert says in ran.err


def test_the_proxy_is_used_for_other_hosts_and_never_for_loopback(lkm: Lkm, cache: Path) -> None:
    closed = f"http://127.0.0.1:{free_port()}"
    with Releases() as host:
        direct = lkm(
            "server",
            "install",
            env=surroundings(host, cache) | {"HTTP_PROXY": closed, "http_proxy": closed, "NO_PROXY": ""},
        )
        assert direct.code == 0, direct.err
        # The same host as a proxy: it is asked with the whole URL.
        env = surroundings(host, cache) | {"HTTP_PROXY": host.url, "http_proxy": host.url, "NO_PROXY": ""}
        ran = lkm("server", "install", "--force", env=env | {"LKM_RELEASE_URL": "http://releases.invalid/lk"})
    assert ran.code == 0, ran.err
    assert f"http://releases.invalid/lk/v{VERSION}/{host.name}" in host.paths


@pytest.fixture
def stuck(
    lkm: Lkm, cache: Path, project: Path, clean_env: dict[str, str]
) -> Iterator[tuple[subprocess.Popen[str], Releases, Stuck]]:
    """An installation that stands in the middle of its download."""
    middle = Stuck()
    with Releases(archive(program(padding=400_000)), send=middle) as host:
        process = subprocess.Popen(
            [sys.executable, "-m", "livekit_migrate", "server", "install"],
            cwd=project,
            env=clean_env | surroundings(host, cache),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            assert middle.reached.wait(120)
            yield process, host, middle
        finally:
            middle.go_on.set()
            process.kill()
            process.communicate()


def test_ctrl_c_while_downloading(stuck: tuple[subprocess.Popen[str], Releases, Stuck], cache: Path) -> None:
    process, _, _ = stuck
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=180)
    assert process.returncode == 130
    assert "stopped by Ctrl-C" in err
    assert leftovers(cache) == []


def test_killed_while_downloading(
    lkm: Lkm, stuck: tuple[subprocess.Popen[str], Releases, Stuck], cache: Path
) -> None:
    process, host, _ = stuck
    process.kill()
    process.wait()
    assert leftovers(cache), "nothing was under way: the test has lost its point"
    assert lkm("server", "path", env={"LKM_CACHE_DIR": str(cache), "PATH": "/nowhere"}).code == 3
    host.send = None
    ran = lkm("server", "install", env=surroundings(host, cache))
    assert ran.code == 0, ran.err
    assert leftovers(cache) == []


def test_a_second_installation_waits_and_says_for_whom(
    stuck: tuple[subprocess.Popen[str], Releases, Stuck],
    cache: Path,
    project: Path,
    clean_env: dict[str, str],
) -> None:
    first, host, middle = stuck
    second = subprocess.Popen(
        [sys.executable, "-m", "livekit_migrate", "server", "install"],
        cwd=project,
        env=clean_env | surroundings(host, cache),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert second.stderr is not None
        said = second.stderr.readline()
        assert "waiting" in said
        assert f"lkm server install --version {VERSION}" in said
        assert f"PID {first.pid}" in said
        middle.go_on.set()
        out_first, _ = first.communicate(timeout=180)
        out_second, _ = second.communicate(timeout=180)
    finally:
        second.kill()
        second.communicate()
    assert (first.returncode, second.returncode) == (0, 0)
    assert out_first == out_second
    assert host.downloads == 1


def test_a_full_disk(cache: Path, project: Path, clean_env: dict[str, str]) -> None:
    if (
        os.geteuid() != 0
        or subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode
    ):
        need("netns", "a mount namespace of one's own needs root and unshare")
    cache.mkdir()
    # 1 MB of disk, 2 MB of server. What is left is listed before the namespace goes away with its disk.
    script = (
        'mount -t tmpfs -o size=1m tmpfs "$1" || exit 99; '
        '"$2" -m livekit_migrate server install --json; code=$?; '
        'find "$1" -type f ! -name install.lock >&2; exit $code'
    )
    with Releases(archive(program(padding=2_000_000))) as host:
        ran = subprocess.run(
            ["unshare", "-m", "sh", "-c", script, "sh", str(cache), sys.executable],
            cwd=project,
            env=clean_env | surroundings(host, cache),
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
    assert ran.returncode == 3, ran.stderr
    error = json.loads(ran.stdout)["error"]
    assert error["code"] == "disk.full"
    assert str(cache) in error["message"]
    assert "LKM_CACHE_DIR" in error["hint"]
    assert ran.stderr == ""


def test_files_are_named_as_the_project_names_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """The names that LiveKit's .goreleaser.yaml makes (1.13.5)."""
    names = {
        ("Linux", "x86_64"): "livekit_1.13.5_linux_amd64.tar.gz",
        ("Linux", "aarch64"): "livekit_1.13.5_linux_arm64.tar.gz",
        ("Linux", "armv7l"): "livekit_1.13.5_linux_armv7.tar.gz",
        ("Windows", "AMD64"): "livekit_1.13.5_windows_amd64.zip",
    }
    for (system, machine), name in names.items():
        monkeypatch.setattr("platform.system", lambda value=system: value)
        monkeypatch.setattr("platform.machine", lambda value=machine: value)
        assert release.asset("1.13.5") == name
    for system, machine in (("Darwin", "arm64"), ("Linux", "riscv64"), ("FreeBSD", "amd64")):
        monkeypatch.setattr("platform.system", lambda value=system: value)
        monkeypatch.setattr("platform.machine", lambda value=machine: value)
        with pytest.raises(SourceError, match="no release for"):
            release.asset("1.13.5")


@pytest.mark.parametrize("closed", ["cache", "servers"])
def test_a_cache_that_may_not_be_written(user_project: Path, clean_env: dict[str, str], closed: str) -> None:
    """As a user without privileges; root would not notice."""
    cache = user_project / "cache"
    (cache / "servers").mkdir(parents=True)
    give(cache)
    if closed == "cache":
        (cache / "servers").rmdir()
    (cache if closed == "cache" else cache / "servers").chmod(0o500)
    home = {"HOME": str(user_project), "LKM_STATE_DIR": str(user_project / "state"), "PYTHONPATH": str(ROOT)}
    with Releases() as host:
        argv = [sys.executable, "-m", "livekit_migrate", "server", "install", "--json"]
        ran = unprivileged(argv, cwd=user_project, env=clean_env | home | surroundings(host, cache))
    assert ran.code == 3, ran
    error = ran.json["error"]
    assert error["code"] == "server.cache"
    assert "permission denied" in error["message"]
    assert "LKM_CACHE_DIR" in error["hint"]
    assert host.paths == []
