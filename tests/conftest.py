"""Fixtures for all tests: the real parts, and the rule for when a test may skip."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings

KEY = "APItestkey0001"
SECRET = "test-secret-0123456789abcdefghijklmnop"

ROOT = Path(__file__).resolve().parent.parent

# The same examples each time, so that a failure is of the change at hand, and no limit on the time that
# drawing them takes: `--hypothesis-profile=default` draws anew.
settings.register_profile(
    "lkm", derandomize=True, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("lkm")

_T = TypeVar("_T")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite the golden files")


def pytest_sessionstart() -> None:
    """The commands that tests run must be of this checkout, and heed Ctrl-C wherever tests were started."""
    # A shell's background job ignores SIGINT, and so would every command; one that is handled here is not
    # ignored there.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    found = subprocess.run(
        [sys.executable, "-c", "import livekit_migrate; print(livekit_migrate.__file__)"],
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    if Path(found).parent.parent.resolve() != ROOT:
        pytest.exit(f"{sys.executable} runs lkm from {found or 'nowhere'}, not from {ROOT}: make test", 2)


def _required() -> set[str]:
    return {word for word in os.environ.get("LKM_REQUIRE", "").split(",") if word}


def need(part: str, why: str) -> None:
    """Skip because a real part is missing, or fail where LKM_REQUIRE says it must be there."""
    if _required() & {part, "all"}:
        pytest.fail(f"LKM_REQUIRE names {part}, but {why}", pytrace=False)
    pytest.skip(f"{part}: {why}")


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        document = json.loads(self.out)
        assert isinstance(document, dict)
        return document


Lkm = Callable[..., Ran]


@pytest.fixture
def clean_env(tmp_path: Path) -> dict[str, str]:
    """``clean_environment`` in the test's own folder."""
    return clean_environment(tmp_path)


def clean_environment(folder: Path) -> dict[str, str]:
    """An environment without the developer's LiveKit settings, with a home and state of its own in a folder.

    The cache is the real one: a LiveKit server takes minutes to get.
    """
    from livekit_migrate.core.paths import cache_dir

    keep = {
        k: v
        for k, v in os.environ.items()
        if not k.startswith(("LIVEKIT_", "LKM_", "NEXT_PUBLIC_"))
        and k not in ("COLUMNS", "FORCE_COLOR", "NO_COLOR")
    }
    return keep | {
        "HOME": str(folder / "home"),
        "LKM_CACHE_DIR": str(cache_dir()),
        "LKM_STATE_DIR": str(folder / "state"),
        "PYTHONUNBUFFERED": "1",
    }


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """An empty project folder."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "lkm.toml").write_text("")
    return folder


@pytest.fixture
def lkm(project: Path, clean_env: dict[str, str]) -> Lkm:
    """Run lkm as a user does: a process of its own, in the project folder."""

    def run(
        *argv: str,
        env: Mapping[str, str | None] | None = None,
        cwd: Path | None = None,
        stdin: str | None = None,
        timeout: float = 300,
    ) -> Ran:
        merged = {**clean_env, **{k: v for k, v in (env or {}).items() if v is not None}}
        for key in [k for k, v in (env or {}).items() if v is None]:
            merged.pop(key, None)
        done = subprocess.run(
            [sys.executable, "-m", "livekit_migrate", *argv],
            cwd=cwd or project,
            env=merged,
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=timeout,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    return run


def free_port(kind: int = socket.SOCK_STREAM) -> int:
    """A port that nobody holds at this moment, on no address of this machine.

    Nobody takes it before the test does: it is out of a block that no other run of tests gives away, the same
    number comes again hundreds of calls later, and the system serves no outgoing connection from it.
    """
    for number in _PORTS:
        with socket.socket(socket.AF_INET, kind) as probe, contextlib.suppress(OSError):
            probe.bind(("", number))
            return number
    raise AssertionError


def _ports() -> Iterator[int]:
    """The numbers of one block, again and again. A name in the kernel keeps it from other runs (Linux)."""
    try:
        first, last = map(int, Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split())
    except OSError:
        first, last = 32_768, 65_535
    blocks = [range(start, start + 500) for start in range(10_000, 65_000, 500)]
    below = [block for block in blocks if block.stop <= first]
    above = [block for block in blocks if block.start > last]
    for block in (*_mixed(below), *_mixed(above), *_mixed(blocks)):
        with socket.socket(socket.AF_UNIX) as mine:
            if sys.platform == "linux":
                try:
                    mine.bind(f"\0lkm-tests-ports-{block.start}")
                except OSError:
                    continue
            numbers = _mixed(block)
            while True:
                yield from numbers


def _mixed(some: Sequence[_T]) -> list[_T]:
    return random.SystemRandom().sample(some, len(some))


_PORTS = _ports()


def server_binary(version: str | None = None) -> Path:
    """The real livekit-server; skips (or fails) when the machine has none.

    Args:
        version: another release than the project's default; it must lie in lkm's cache.
    """
    from livekit_migrate.core.paths import cache_dir

    cached = cache_dir() / "servers" / (version or "1.13.5") / "livekit-server"
    if cached.is_file():
        return cached
    if version is not None:
        need("livekit", f"no livekit-server {version} (`lkm server install --version {version}` gets one)")
    if found := shutil.which("livekit-server"):
        return Path(found)
    need("livekit", "no livekit-server in lkm's cache or on PATH (`lkm server install` gets one)")
    raise AssertionError


@dataclass(frozen=True)
class Server:
    """A real LiveKit server on 127.0.0.1, started without lkm."""

    port: int
    tcp_port: int
    udp_port: int
    pid: int
    log: Path
    key: str = KEY
    secret: str = SECRET

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    @property
    def env(self) -> dict[str, str]:
        return {"LIVEKIT_URL": self.url, "LIVEKIT_API_KEY": self.key, "LIVEKIT_API_SECRET": self.secret}


@pytest.fixture(scope="session")
def livekit_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One LiveKit server for all tests that only join and ask; a test that breaks it starts its own."""
    with running_server(tmp_path_factory.mktemp("livekit")) as server:
        yield server


class running_server:
    """``with running_server(folder, extra_yaml) as server``: a real server of one's own.

    ``prefix`` goes before the program: ``("ip", "netns", "exec", NAME)`` runs it in a namespace.
    """

    def __init__(
        self,
        folder: Path,
        config: str | None = None,
        *,
        prefix: tuple[str, ...] = (),
        wait_url: str | None = None,
        env: Mapping[str, str] | None = None,
        version: str | None = None,
    ) -> None:
        self._version = version
        self._ports = (free_port(), free_port(), free_port(socket.SOCK_DGRAM))
        self._config = config or (
            f"port: {self._ports[0]}\nbind_addresses: [127.0.0.1]\n"
            f"rtc: {{tcp_port: {self._ports[1]}, udp_port: {self._ports[2]}, node_ip: 127.0.0.1, "
            # Without `ips` now and then another interface's socket stands in for 127.0.0.1.
            "use_external_ip: false, enable_loopback_candidate: true, ips: {includes: [127.0.0.1/32]}}\n"
        )
        self._folder = folder
        self._prefix = prefix
        self._env = env or {}
        self._wait = wait_url or f"http://127.0.0.1:{self._ports[0]}/"

    def __enter__(self) -> Server:
        binary = server_binary(self._version)
        config = self._folder / "server.yaml"
        config.write_text(self._config)
        log = self._folder / "server.log"
        with log.open("wb") as sink:
            self._process = subprocess.Popen(
                [*self._prefix, str(binary), "--config", str(config)],
                env={**os.environ, "LIVEKIT_KEYS": f"{KEY}: {SECRET}", **self._env},
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            if not self._prefix:
                wait_for_http(self._wait, self._process, log)
        except BaseException:
            self.__exit__()
            raise
        return Server(*self._ports, pid=self._process.pid, log=log)

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def wait_for_http(url: str, process: subprocess.Popen[bytes], log: Path, seconds: float = 60) -> None:
    """Until the URL answers at all; fails when the process ends or the time is up."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            opener.open(url, timeout=5).close()
            return
        except urllib.error.HTTPError as error:
            error.close()
            return
        except OSError:
            time.sleep(0.02)  # between two looks, bounded by the deadline
    raise AssertionError(f"{url} did not answer; the server said:\n{log.read_text(errors='replace')[-2000:]}")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with a file of tests/golden; ``--update-golden`` rewrites it."""

    def check(name: str, text: str) -> None:
        path = ROOT / "tests" / "golden" / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"no golden file {name}: run with --update-golden and read what it wrote"
        assert text == path.read_text(encoding="utf-8")

    return check


@pytest.fixture
def native(tmp_path: Path, clean_env: dict[str, str]) -> Iterator[Any]:
    """A project for the native runtime (``tests.native.Native``); none of its processes outlives the test."""
    from .native import Native

    mine = Native(tmp_path, clean_env)
    try:
        yield mine
    finally:
        mine.clean_up()


@pytest.fixture(params=[5, 2], ids=["compose-v5", "compose-v2"])
def compose_env(request: pytest.FixtureRequest) -> dict[str, str]:
    """The environment in which `docker compose` is of that generation."""
    from .compose import generation

    return generation(request.param)
