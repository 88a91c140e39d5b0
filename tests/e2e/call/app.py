"""The example call app, built and running, with a real database, presence store, media worker and LiveKit."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import psutil

from tests import compose
from tests.conftest import ROOT, free_port, need, wait_for_http
from tests.native import alive, until

POSTGRES, REDIS = "postgres:17", "redis:7"
_PATIENCE = 240  # s: a build, or a database that starts, on a machine that has much else to do
_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lkm-dev"


@dataclass(frozen=True)
class Ports:
    """Where the parts of one app listen, all on 127.0.0.1, and the name that browsers use for it."""

    web: int
    api: int
    signaling: int
    media: int
    host: str = "127.0.0.1"

    @classmethod
    def free(cls) -> Ports:
        return cls(free_port(), free_port(), free_port(), free_port())

    @property
    def origin(self) -> str:
        return f"http://{self.host}:{self.web}"

    @property
    def api_url(self) -> str:
        return f"http://{self.host}:{self.api}"


@dataclass(frozen=True)
class Stores:
    """A PostgreSQL and a Redis in containers."""

    database_url: str
    redis_url: str


@contextlib.contextmanager
def stores() -> Iterator[Stores]:
    """Starts both in the engine that the environment names; nothing of them is left afterwards."""
    compose.engine(POSTGRES, REDIS)
    name = f"lkm-test-call-{secrets.token_hex(4)}"
    password = secrets.token_hex(8)
    run = ("run", "--detach", "--rm", "--network", name)
    try:
        _docker("network", "create", name)
        _docker(*run, "--name", f"{name}-redis", "--publish", "127.0.0.1::6379", REDIS)
        variables = {"POSTGRES_USER": "app", "POSTGRES_DB": "app", "POSTGRES_PASSWORD": password}
        _docker(
            *(*run, "--name", f"{name}-postgres", "--publish", "127.0.0.1::5432"),
            *(word for key in variables for word in ("--env", key)),
            POSTGRES,
            env=variables,
        )
        # Over TCP: while it makes the database, the server listens on its socket only.
        ready = (
            "exec",
            f"{name}-postgres",
            "pg_isready",
            "--quiet",
            "--host",
            "127.0.0.1",
            "--dbname",
            "app",
        )
        until(lambda: _docker(*ready, check=False) is not None, "PostgreSQL answers", _PATIENCE)
        yield Stores(
            f"postgres://app:{password}@{_published(f'{name}-postgres', 5432)}/app",
            f"redis://{_published(f'{name}-redis', 6379)}",
        )
    finally:
        for one in ("redis", "postgres"):
            _docker("rm", "--force", "--volumes", f"{name}-{one}", check=False)
        _docker("network", "rm", name, check=False)


def _docker(*words: str, env: Mapping[str, str] | None = None, check: bool = True) -> str | None:
    """What a docker command prints; None when it fails and may."""
    done = subprocess.run(
        ["docker", *words], env={**os.environ, **(env or {})}, capture_output=True, text=True, check=False
    )
    if done.returncode and not check:
        return None
    assert done.returncode == 0, done.stderr
    return done.stdout


def _published(container: str, port: int) -> str:
    return (_docker("port", container, f"{port}/tcp") or "").split()[0]


def worker() -> Path:
    """The media worker of the examples' mediasoup; skips (or fails) where there is none.

    Either npm downloaded it with the package, or tools/mediasoup-worker.sh built it.
    """
    package = ROOT / "examples" / "call-app" / "node_modules" / "mediasoup"
    if not (package / "package.json").is_file():
        need("node", "the packages of examples/call-app are not installed (npm ci)")
    downloaded = package / "worker" / "out" / "Release" / "mediasoup-worker"
    found = downloaded if downloaded.is_file() else built_worker()
    if found is None:
        need("mediasoup", "there is no worker of mediasoup (tools/mediasoup-worker.sh builds it)")
        raise AssertionError
    return found


def built_worker() -> Path | None:
    """The worker that MEDIASOUP_WORKER_BIN names, or that was built here for the examples' mediasoup."""
    lock = json.loads((ROOT / "examples" / "call-app" / "package-lock.json").read_text(encoding="utf-8"))
    version = lock["packages"]["node_modules/mediasoup"]["version"]
    named = os.environ.get("MEDIASOUP_WORKER_BIN")
    built = Path(named) if named else _CACHE / f"mediasoup-{version}" / "mediasoup-worker"
    return built if built.is_file() else None


@contextlib.contextmanager
def copied(example: str, parent: Path, *, installed: str = "") -> Iterator[Path]:
    """An example with its packages in a folder of its own: a build must not write into the checkout.

    Packages are hard links where the file system allows it: they are half a gigabyte.

    Args:
        example: its name.
        parent: where the folder shall be.
        installed: the example whose packages it gets, when it shall not be its own.
    """
    source = ROOT / "examples" / example
    packaged = ROOT / "examples" / (installed or example)
    if not (packaged / "node_modules" / ".package-lock.json").is_file():
        need("node", f"the packages of examples/{packaged.name} are not installed (npm ci)")
    if not shutil.which("npm"):
        need("node", "there is no npm")
    target = parent / example
    made = shutil.ignore_patterns("node_modules", ".next", "dist", ".env", ".env.local", "*.tsbuildinfo")
    try:
        shutil.copytree(source, target, ignore=made)
        for packages in (*packaged.glob("node_modules"), *packaged.glob("apps/*/node_modules")):
            to = target / packages.relative_to(packaged)
            shutil.copytree(packages, to, symlinks=True, copy_function=_link_or_copy)
        yield target
    finally:
        # pytest keeps folders of its last three sessions.
        shutil.rmtree(target, ignore_errors=True)


def _link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _clean() -> dict[str, str]:
    keep = {k: v for k, v in os.environ.items() if not k.startswith(("NEXT_", "LIVEKIT_", "MEDIASOUP_"))}
    return {**keep, "NEXT_TELEMETRY_DISABLED": "1", "NODE_ENV": "production"}


class App:
    """An example in a folder of its own. Its server runs; of the web app there may be several releases.

    Args:
        folder: as ``copied`` gives it.
        more: of the server's environment.
        mediasoup: whether it still has that, and needs its settings and worker.
    """

    def __init__(
        self, folder: Path, stores: Stores, more: Mapping[str, str], *, mediasoup: bool = True
    ) -> None:
        self.ports = Ports.free()
        self._folder = folder
        self._server_env = {
            **_clean(),
            "PORT": str(self.ports.api),
            "WEB_ORIGIN": self.ports.origin,
            "DATABASE_URL": stores.database_url,
            "REDIS_URL": stores.redis_url,
            "SESSION_SECRET": secrets.token_hex(32),
            **more,
        }
        self._public = {"NEXT_PUBLIC_API_URL": self.ports.api_url}
        if mediasoup:
            self._server_env |= {
                "SIGNALING_PORT": str(self.ports.signaling),
                "MEDIASOUP_LISTEN_IP": "127.0.0.1",
                "MEDIASOUP_RTC_PORT": str(self.ports.media),
                "MEDIASOUP_WORKER_BIN": str(worker()),
            }
            self._public["NEXT_PUBLIC_SIGNALING_URL"] = f"ws://127.0.0.1:{self.ports.signaling}"
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self.served = ""

    def __enter__(self) -> Self:
        try:
            self._npm_build("server", _clean())
            self._start("server", ["node", "--enable-source-maps", "dist/index.js"], self._server_env)
            self._wait("server", f"{self.ports.api_url}/health")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for name in list(self._processes):
            self._stop(name)

    def serve(self, release: str, public: Mapping[str, str]) -> None:
        """Serves a release of the web app instead of the one before, at the same address.

        It is built when it is asked for first: what browsers get of the environment is part of a build.

        Args:
            release: a name.
            public: the ``NEXT_PUBLIC_`` variables beside the servers' addresses.
        """
        if release == self.served:
            return
        self._stop("web")
        built = self._folder.parent / "releases" / release  # outside: its own lint would read them
        current = self._folder / "apps" / "web" / ".next"
        if not built.exists():
            self._npm_build("web", {**_clean(), **self._public, **public})
            built.parent.mkdir(exist_ok=True)
            current.rename(built)
        shutil.copytree(built, current, copy_function=_link_or_copy)
        # Not by npm, which would stay between us and the process to be ended.
        next_js = str(self._folder / "node_modules" / "next" / "dist" / "bin" / "next")
        argv = ["node", next_js, "start", "--hostname", "127.0.0.1", "--port", str(self.ports.web)]
        self._start("web", argv, _clean())
        self._wait("web", self.ports.origin)
        self.served = release

    def kill_media_worker(self) -> None:
        """As an out-of-memory killer would: the server has to notice."""
        server = psutil.Process(self._processes["server"].pid)

        def workers() -> list[psutil.Process]:
            found = []
            for one in server.children():
                with contextlib.suppress(psutil.NoSuchProcess):
                    if "mediasoup" in one.name() and alive(one):
                        found.append(one)
            return found

        (child,) = until(workers, "the media worker")
        child.kill()

    def _npm_build(self, name: str, env: Mapping[str, str]) -> None:
        done = subprocess.run(
            ["npm", "run", "build", "--workspace", f"apps/{name}"],
            cwd=self._folder,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=3 * _PATIENCE,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def _start(self, name: str, argv: list[str], env: Mapping[str, str]) -> None:
        with self._log(name).open("wb") as sink:
            self._processes[name] = subprocess.Popen(
                argv,
                cwd=self._folder / "apps" / name,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _stop(self, name: str) -> None:
        process = self._processes.pop(name, None)
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if name == "web":
            self.served = ""
            shutil.rmtree(self._folder / "apps" / "web" / ".next", ignore_errors=True)

    def _log(self, name: str) -> Path:
        return self._folder / f"{name}.log"

    def _wait(self, name: str, url: str) -> None:
        wait_for_http(url, self._processes[name], self._log(name), _PATIENCE)
