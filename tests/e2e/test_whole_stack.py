"""`lkm up` in a clean clone: LiveKit, Redis, PostgreSQL, and the migrated example from its Dockerfiles."""

from __future__ import annotations

import http.cookiejar
import json
import shutil
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import compose
from tests.conftest import ROOT, Lkm
from tests.e2e.call.app import worker

NODE = "node:20-bookworm-slim"
IMAGES = ("livekit/livekit-server:v1.13.5", "redis:7", "postgres:17", NODE)
EXAMPLE = Path("examples") / "call-app-migrated"
# Whatever runs at the usual ports of this machine stays there. With less, 44444 would land between 32768 and
# 60999, where an outgoing connection may have any port.
OFFSET = 18_000

pytestmark = pytest.mark.slow

if not (ROOT / EXAMPLE).is_dir():
    pytest.skip("the examples are no part of an sdist", allow_module_level=True)


def docker(*words: str, folder: Path | None = None) -> str:
    return compose.ran("docker", *words, folder=folder)


@pytest.fixture
def clone(project: Path) -> Path:
    """What of the repository the stack is made of."""
    for name in ("docker-compose.yml", "docker-compose.override.yml", "livekit.yaml"):
        shutil.copy(ROOT / name, project)
    made = shutil.ignore_patterns("node_modules", ".next", "dist", ".env", ".env.local", ".lkm")
    shutil.copytree(ROOT / EXAMPLE, project / EXAMPLE, ignore=made)
    return project


@pytest.fixture
def images(clone: Path) -> Iterator[None]:
    """The app's images, built as Compose builds them, but in the host's network: it reaches the registry."""
    compose.engine(*IMAGES)
    extra: tuple[str, ...] = ()
    if "stand-in" in docker("image", "inspect", NODE):
        # The prebuilt worker is out of reach where the image is.
        folder = clone / EXAMPLE / "apps" / "server" / ".mediasoup"
        folder.mkdir()
        shutil.copy(worker(), folder / "mediasoup-worker")
        extra = ("--build-arg", "MEDIASOUP_WORKER_BIN=/app/apps/server/.mediasoup/mediasoup-worker")
    names = []
    try:
        for service, package, more in (("backend", "server", extra), ("web", "web", ())):
            names.append(f"call-app-{service}:dev")
            where = ("--file", f"apps/{package}/Dockerfile", "--target", "dev", *more)
            docker("build", "--network", "host", "--tag", names[-1], *where, ".", folder=clone / EXAMPLE)
        yield
    finally:
        subprocess.run(["docker", "image", "rm", "--force", *names], capture_output=True, check=False)


class Client:
    """A person's browser, as far as the back end sees it."""

    def __init__(self, base: str) -> None:
        self._base = base
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), jar)

    def post(self, path: str, body: object) -> dict[str, Any]:
        request = urllib.request.Request(f"{self._base}{path}", json.dumps(body).encode(), method="POST")
        request.add_header("Content-Type", "application/json")
        with self._opener.open(request, timeout=180) as response:
            answer = json.loads(response.read())
        assert isinstance(answer, dict)
        return answer

    def status(self, url: str) -> int:
        # The first one compiles the page.
        with self._opener.open(url, timeout=300) as response:
            return int(response.status)


@pytest.mark.usefixtures("images")
def test_a_clone_brings_the_whole_stack(clone: Path, lkm: Lkm, clean_env: dict[str, str]) -> None:
    clean_env.update(compose.generation(5))
    clean_env["COMPOSE_PROJECT_NAME"] = "lkm-test-clone"
    containers = compose.Project(clone, clean_env["COMPOSE_PROJECT_NAME"], compose.generation(5))
    try:
        ran = lkm(
            "up",
            "--runtime",
            "compose",
            "--no-media",
            "--port-offset",
            str(OFFSET),
            "--timeout",
            "500s",
            "--json",
            timeout=600,
        )
        assert ran.code == 0, ran.out + containers.compose("logs", "--tail", "20").out
        person = Client(f"http://127.0.0.1:{1285 + OFFSET}")
        assert person.post("/session", {"name": "Ada"})["name"] == "Ada"
        room = person.post("/rooms", {"name": "Ada's room"})
        ticket = person.post("/livekit/token", {"roomId": room["id"]})
        said = lkm("token", "verify", "-", "--json", stdin=ticket["token"]).json["data"]
        assert (said["room"], said["claims"]["name"]) == (room["id"], "Ada")
        # Mediasoup's signalling, by the same process.
        socket.create_connection(("127.0.0.1", 4001 + OFFSET), timeout=60).close()
        assert person.status(f"http://127.0.0.1:{3000 + OFFSET}/") == 200
        user = containers.compose("exec", "-T", "backend", "id", "-un")
        assert user.out.strip() == "node", user.err
    finally:
        containers.clean_up()
