"""The whole way on the example app: init, up, a call on each stack, the flag back, and all of it undone."""

from __future__ import annotations

import re
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests import compose
from tests.conftest import ROOT, Lkm, need
from tests.scaffold.test_example import LOCK, texts

from .app import Ports, worker
from .page import Person

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.slow

NODE = "node:20-bookworm-slim"
IMAGES = ("livekit/livekit-server:v1.13.5", "redis:7", "postgres:17", NODE)
SEAM = "apps/web/src/call/useCall.ts#useCall"
AUTHORIZE = "apps/server/src/access.ts#roomAccess(services, env.SESSION_SECRET)"
# Whatever runs at the usual ports of this machine stays there.
OFFSET = 17_000
PORTS = Ports(3000 + OFFSET, 1285 + OFFSET, 4001 + OFFSET, 44444 + OFFSET, host="localhost")
LIVEKIT = 7880 + OFFSET
COMPILED = 300_000  # ms
BUILT = ("call-app-backend:dev", "call-app-web:dev")


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[Path]:
    """The example as its team has it in git, with what its README says to put into the server's .env."""
    if not shutil.which("npm"):
        need("node", "there is no npm")
    folder = tmp_path / "call-app"
    for name, raw in texts(ROOT / "examples" / "call-app").items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(raw)
    server = folder / "apps" / "server"
    example = (server / ".env.example").read_text(encoding="utf-8")
    secret = f"SESSION_SECRET={secrets.token_hex(32)}"
    (server / ".env").write_text(re.sub(r"(?m)^SESSION_SECRET=$", secret, example), encoding="utf-8")
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def files(folder: Path) -> dict[str, bytes]:
    """Every file, but for lkm's own folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".lkm" not in path.relative_to(folder).parts
    }


def build(folder: Path) -> None:
    """The app's images under the names that Compose gives them, but in the host's network."""
    extra: tuple[str, ...] = ()
    if "stand-in" in compose.ran("docker", "image", "inspect", NODE, folder=folder):
        # The prebuilt worker is out of reach where the image is.
        shutil.copy(worker(), folder / "apps" / "server" / "mediasoup-worker")
        extra = ("--build-arg", "MEDIASOUP_WORKER_BIN=/app/apps/server/mediasoup-worker")
    for tag, package, more in zip(BUILT, ("server", "web"), (extra, ()), strict=True):
        where = ("--file", f"apps/{package}/Dockerfile", "--target", "dev", *more)
        compose.ran("docker", "build", "--network", "host", "--tag", tag, *where, ".", folder=folder)
    (folder / "apps" / "server" / "mediasoup-worker").unlink(missing_ok=True)


def test_from_the_original_to_a_call_on_each_stack_and_back(
    copy: Path, lkm: Lkm, clean_env: dict[str, str], call_browser: Browser
) -> None:
    compose.engine(*IMAGES)
    name = f"lkm-test-way-{secrets.token_hex(4)}"
    clean_env.update({**compose.generation(5), "COMPOSE_PROJECT_NAME": name})
    containers = compose.Project(copy, name, compose.generation(5))

    def step(*words: str) -> dict[str, Any]:
        done = lkm(*words, "--json", cwd=copy, timeout=900)
        assert done.code == 0, f"{words}\n{done.out}\n{containers.compose('logs', '--tail', '20').out}"
        data = done.json["data"]
        assert isinstance(data, dict)
        return data

    def call(port: int) -> None:
        """Two people see and hear each other, by that server alone."""
        people = [Person(call_browser, PORTS, who) for who in ("Ada", "Grace")]
        try:
            room = people[0].make_room()
            # The first one who asks for a page of a development server waits until it is compiled.
            people[0].page.goto(f"{PORTS.origin}/rooms/{room}", timeout=COMPILED)
            for one in people:
                one.join(room)
            for one, other in (people, people[::-1]):
                one.sees(other)
                one.hears(other)
                # A development server has a socket of its own with each page.
                assert set(one.signaling_ports()) - {PORTS.web} == {port}
        finally:
            for one in people:
                one.close()

    before = files(copy)
    try:
        step("init", "--no-input", "--seam", SEAM, "--authorize", AUTHORIZE)
        # What `npm install` makes of the lock then; lkm has no part in it.
        lock = (ROOT / "examples" / "call-app-migrated" / LOCK).read_bytes()
        (copy / LOCK).write_bytes(lock)
        build(copy)
        step("up", "--runtime", "compose", "--no-media", "--port-offset", str(OFFSET), "--timeout", "500s")
        assert step("flag", "show")["stack"] == "mediasoup"
        call(PORTS.signaling)

        step("flag", "on", "--restart")
        assert step("flag", "show")["stack"] == "livekit"
        call(LIVEKIT)

        step("flag", "off", "--restart")
        assert step("flag", "show")["stack"] == "mediasoup"
        call(PORTS.signaling)

        step("down")
        init = next(each["id"] for each in step("undo", "--list")["entries"] if each["title"] == "lkm init")
        step("undo", "--to", init)
        after = files(copy)
        assert after.pop(LOCK) == lock
        before.pop(LOCK)
        assert after == before
    finally:
        containers.clean_up()
        subprocess.run(["docker", "image", "rm", "--force", *BUILT], capture_output=True, check=False)
