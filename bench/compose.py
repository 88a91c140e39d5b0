"""`lkm up` and its siblings on a stack in containers, over a bare `docker compose` on the same files."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from livekit_migrate.core.report import Reporter, Silent
from livekit_migrate.core.result import Step

from .health_media import free_ports
from .measure import Row, Skipped, environment, lkm, ms
from .readiness import _poll, _surroundings

_WHAT = "a stack in containers"
_MOST_RUNS = 5
"""Each round starts and stops the stack four times."""


def run(runs: int) -> list[Row | Skipped]:
    from livekit_migrate.core.errors import LkmError
    from livekit_migrate.stack.compose import cli, engine

    try:
        cli.version()
        client = engine.connect()
    except LkmError as error:
        return [Skipped(_WHAT, error.message)]
    for image in ("livekit/livekit-server:v1.13.5", "redis:7"):
        if not client.images(name=image):
            return [Skipped(_WHAT, f"no image {image} here")]
    runs = min(runs, _MOST_RUNS)
    with _project() as project:
        times = [_round(project) for _ in range(runs + 1)][1:]
        found = {name: statistics.median(each[name] for each in times) for name in times[0]}
        late = [_late(project) for _ in range(runs)]

    def over(name: str, reference: str, target: float, what: str) -> Row:
        basis = f"{ms(found[name])} and {ms(found[reference])}"
        return Row(what, max(0.0, found[name] - found[reference]), target, "s", basis=basis)

    return [
        over("up", "bare up", 0.8, "`lkm up --no-media` over `docker compose up -d --wait`"),
        over("up with media", "bare up", 2.5, "`lkm up` with media over `docker compose up -d --wait`"),
        over("down", "bare down", 0.5, "`lkm down` over `docker compose down`"),
        Row("`lkm up` on a running stack", found["up again"], 1.0, "s"),
        Row("`lkm status` of a running stack", found["status"], 1.0, "s"),
        Row(
            "`lkm up`: ready is seen after the first 200 of the container",
            max(0.0, statistics.median(late)),
            0.3,
            "s",
            basis=f"worst {ms(max(late))}",
        ),
    ]


class _Project:
    """The default stack's LiveKit and Redis, with ports of its own."""

    def __init__(self, folder: Path) -> None:
        from livekit_migrate.core.settings import load
        from livekit_migrate.stack import compose_files

        self.folder = folder
        self.signal, tcp, udp = free_ports()
        redis, postgres, _ = free_ports()
        (folder / "lkm.toml").write_text(
            f"[ports]\nsignal = {self.signal}\nrtc_tcp = {tcp}\nrtc_udp = {udp}\nredis = {redis}\n"
            f"postgres = {postgres}\n",
            encoding="utf-8",
        )
        for name, text in compose_files.render(load(folder)).items():
            (folder / name).write_text(text, encoding="utf-8")
        self.env = environment(
            COMPOSE_PROJECT_NAME=f"lkm-bench-{secrets.token_hex(4)}",
            POSTGRES_PASSWORD=secrets.token_urlsafe(12),
            LKM_STATE_DIR=str(folder / "state"),
        )

    def seconds(self, argv: Sequence[str]) -> float:
        """One run of a program in the project's folder."""
        began = time.perf_counter()
        done = subprocess.run(
            argv, cwd=self.folder, env=self.env, capture_output=True, text=True, check=False, timeout=120
        )
        if done.returncode:
            raise RuntimeError(f"{' '.join(argv)} ended with {done.returncode}:\n{done.stderr}{done.stdout}")
        return time.perf_counter() - began


def _round(project: _Project) -> dict[str, float]:
    bare = ("docker", "compose")
    return {
        "bare up": project.seconds((*bare, "up", "-d", "--wait", "livekit")),
        "bare down": project.seconds((*bare, "down")),
        "up": project.seconds(lkm("up", "livekit", "--no-media")),
        "up again": project.seconds(lkm("up", "livekit", "--no-media")),
        "status": project.seconds(lkm("status")),
        "down": project.seconds(lkm("down")),
        "up with media": project.seconds(lkm("up", "livekit")),
        "end": project.seconds((*bare, "down")),
    }


class _Listener(Silent):
    """When `up` said that livekit is ready."""

    def __init__(self) -> None:
        self.ready = 0.0

    def happened(self, step: Step) -> None:
        if step.name == "livekit":
            self.ready = time.monotonic()


def _late(project: _Project) -> float:
    """Seconds from the first 200, as somebody else sees it, to the moment when `up` says so."""
    from livekit_migrate.core.settings import load
    from livekit_migrate.stack import compose
    from livekit_migrate.stack.runtime import DownOptions, UpOptions

    listener, stop = _Listener(), threading.Event()
    first: list[float] = []
    with _surroundings(), _as_environment(project.env):
        settings = load(project.folder)
        poller = threading.Thread(target=_poll, args=(project.signal, first, stop), daemon=True)
        poller.start()
        try:
            compose.up(settings, Reporter(listener), UpOptions(media=False, services=("livekit",)))
            poller.join(5)
        finally:
            stop.set()
            poller.join()
            compose.down(settings, Reporter(), DownOptions())
    return listener.ready - first[0]


@contextlib.contextmanager
def _as_environment(env: dict[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(env)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextlib.contextmanager
def _project() -> Iterator[_Project]:
    folder = Path(tempfile.mkdtemp(prefix="lkm-bench-"))
    try:
        project = _Project(folder)
        try:
            yield project
        finally:
            subprocess.run(
                ["docker", "compose", "down", "--volumes"],
                cwd=folder,
                env=project.env,
                capture_output=True,
                check=False,
            )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
