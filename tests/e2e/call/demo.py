"""`make demo-full`: the example app from Mediasoup to LiveKit with all real parts, calls in a browser too.

Every step is the command that a user would type, in a copy of the app that is gone afterwards.
"""

from __future__ import annotations

import argparse
import os
import re
import secrets
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

from livekit_migrate.core import exits
from livekit_migrate.stack.demo import gentle_signals
from livekit_migrate.stack.ports import Port, examine
from tests import compose
from tests.conftest import ROOT
from tests.e2e.browser import PROGRAMS

from .app import Ports, built_worker
from .cleaned import AUTHORIZE, OLD, SEAM

EXAMPLE = ROOT / "examples" / "call-app"
NODE = "node:20-bookworm-slim"
IMAGES = ("livekit/livekit-server:v1.13.5", "redis:7", "postgres:17", NODE)
USUAL = (3000, 1285, 4001, 44444, 7880, 7881, 7882, 6379, 5434)
_NOT_COPIED = shutil.ignore_patterns("node_modules", ".next", "dist", "*.tsbuildinfo", ".env", ".env.local")
_SECONDS = 1200.0  # for one command; images are built from nothing
_COMPILED = 300_000  # ms until a development server has compiled its first page


class Failed(Exception):
    """A step that did not come true; its text says all."""


def say(text: str = "") -> None:
    """A line of the story."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def missing() -> list[tuple[str, str]]:
    """What this machine lacks, each with the way to get it."""
    lacks: list[tuple[str, str]] = []
    docker = shutil.which("docker")
    if not docker:
        lacks.append(("Docker", "https://docs.docker.com/engine/install, or: apt-get install docker.io"))
    elif _fails("docker", "info"):
        lacks.append(("a Docker engine that answers", "start it: sudo systemctl start docker"))
    else:
        if _fails("docker", "compose", "version"):
            lacks.append(("Docker Compose", "https://docs.docker.com/compose/install"))
        gone = [image for image in IMAGES if _fails("docker", "image", "inspect", image)]
        if gone:
            lacks.append((f"images: {', '.join(gone)}", "tools/images.sh"))
        elif _stand_in() and built_worker() is None:
            lacks.append(("a Mediasoup worker (MEDIASOUP_WORKER_BIN)", "tools/mediasoup-worker.sh"))
    old = "process.exit(+(parseInt(process.version.slice(1)) < 20))"
    if not shutil.which("npm") or _fails("node", "--eval", old):
        lacks.append(("Node.js 20 with npm", "https://nodejs.org/en/download"))
    if not any(map(shutil.which, PROGRAMS)):
        lacks.append(("Chromium", "apt-get install chromium"))
    if find_spec("playwright") is None:
        lacks.append(("Playwright for Python", "make venv"))
    return lacks


def _fails(*argv: str) -> bool:
    if not shutil.which(argv[0]):
        return True
    return subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode != 0


def _stand_in() -> bool:
    """Whether the image of Node was made on this machine, where no registry of images is in reach."""
    done = subprocess.run(["docker", "image", "inspect", NODE], capture_output=True, text=True, check=True)
    return "stand-in" in done.stdout


def offset() -> int:
    """What moves all ports of the app and its stack to free ones."""
    while True:
        shift = 5_000 + secrets.randbelow(15_000)
        if not any(examine(Port(port + shift, kind, "")) for port in USUAL for kind in ("tcp", "udp")):
            return shift


class Demo:
    """The copy, and what is done to it.

    Args:
        folder: the copy; Compose calls the project by its name, which nobody else has.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.shift = folder, offset()
        self.ports = Ports(
            3000 + self.shift, 1285 + self.shift, 4001 + self.shift, 44444 + self.shift, "localhost"
        )
        self.livekit = 7880 + self.shift
        self.images = [f"{folder.name}-{service}:dev" for service in ("backend", "web")]
        self.env = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("COMPOSE_", "LIVEKIT_", "LKM_", "NEXT_", "POSTGRES_", "REDIS_"))
        }
        self.stand_in, self.worker = _stand_in(), built_worker()
        if self.worker:  # npm installs mediasoup without its download then
            self.env["MEDIASOUP_WORKER_BIN"] = str(self.worker)

    def play(self) -> None:
        """All of it.

        Raises:
            Failed: a step did.
        """
        self._copy()
        self.lkm("scan")
        self.lkm("init", "--no-input", "--seam", SEAM, "--authorize", AUTHORIZE)
        self.run("npm", "install", "--no-audit", "--no-fund")
        self.up()
        self.call("Mediasoup", self.ports.signaling)
        self.lkm("flag", "on", "--restart")
        self.call("LiveKit", self.livekit)
        self.lkm("cleanup-mediasoup", "--old", OLD, "--verify", "tsc", "--apply")
        self.run("npm", "install", "--no-audit", "--no-fund")
        self._nothing_installed()
        self.run("npm", "run", "typecheck")
        self.run("npm", "run", "lint")
        self.run("npm", "run", "build")
        self.up("--build")
        self.call("LiveKit, and no other", self.livekit)

    def _copy(self) -> None:
        say(f"\n$ cp -r examples/call-app {self.folder}")
        shutil.copytree(EXAMPLE, self.folder, ignore=_NOT_COPIED)
        (self.folder / "lkm.toml").touch()  # no project above it counts
        # Images are called after the app.
        for name in ("package.json", "package-lock.json"):
            path = self.folder / name
            path.write_text(path.read_text("utf-8").replace('"call-app"', f'"{self.folder.name}"'), "utf-8")
        # As the app's README says.
        text = (self.folder / "apps/server/.env.example").read_text(encoding="utf-8")
        secret = f"SESSION_SECRET={secrets.token_hex(32)}"
        text = re.sub(r"(?m)^SESSION_SECRET=$", secret, text)
        (self.folder / "apps/server/.env").write_text(text, encoding="utf-8")

    def up(self, *more: str) -> None:
        """The stack with the app as it is now."""
        if self.stand_in:
            self._build()
            more = ()
        self.lkm(
            *("up", "--runtime", "compose", "--port-offset", str(self.shift), "--timeout", "15m", *more),
        )

    def _build(self) -> None:
        """The images where no registry is in reach: in the host's network, with this machine's worker."""
        extra: tuple[str, ...] = ()
        inside = self.folder / "apps" / "server" / "mediasoup-worker"
        if self.worker and "MEDIASOUP_WORKER_BIN" in (inside.parent / "Dockerfile").read_text("utf-8"):
            shutil.copy(self.worker, inside)
            extra = ("--build-arg", f"MEDIASOUP_WORKER_BIN=/app/apps/server/{inside.name}")
        try:
            for tag, package, args in zip(self.images, ("server", "web"), (extra, ()), strict=True):
                where = ("--file", f"apps/{package}/Dockerfile", "--target", "dev", *args)
                self.run("docker", "build", "--network", "host", "--tag", tag, *where, ".")
        finally:
            inside.unlink(missing_ok=True)

    def _nothing_installed(self) -> None:
        found = list(self.folder.glob("**/node_modules/*mediasoup*"))
        if found:
            raise Failed(f"still installed: {found[0]}")
        say("  node_modules holds nothing of Mediasoup")

    def call(self, stack: str, port: int) -> None:
        """Two people in two tabs of a browser see and hear each other, by the server at that port alone."""
        from tests.e2e.browser import chromium

        from .page import Person

        say(f"\n# a call in the browser on {stack}: {self.ports.origin}")
        began = time.monotonic()
        with chromium() as browser:
            ada, grace = people = [Person(browser, self.ports, name) for name in ("Ada", "Grace")]
            room = ada.make_room()
            ada.page.goto(f"{self.ports.origin}/rooms/{room}", timeout=_COMPILED)
            for one in people:
                one.join(room)
            for one, other in ((ada, grace), (grace, ada)):
                one.sees(other)
                one.hears(other)
                # A development server has a socket to the page, too.
                on = [each for each in one.signaling_ports() if each != self.ports.web]
                if on != [port]:
                    raise Failed(f"the call is on port {on}, not on {port}")
                look = one.tile(other).locator("video").evaluate("look")
                say(
                    f"  {one.name} sees {other.name} move ({look['frames']} frames, {look['width']} wide)"
                    f" and hears them (energy {one.energy_of(other):.3f})"
                )
        say(f"  {time.monotonic() - began:.1f} s, all by the server at port {port}")

    def lkm(self, *words: str) -> None:
        """A command of lkm's, of this checkout."""
        self._run([sys.executable, "-m", "livekit_migrate", *words], ["lkm", *words])

    def run(self, *argv: str) -> None:
        """Another command."""
        self._run(list(argv), list(argv))

    def _run(self, argv: list[str], shown: list[str]) -> None:
        say(f"\n$ {shlex.join(shown)}")
        began = time.monotonic()
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as out:
            process = subprocess.Popen(
                argv,
                cwd=self.folder,
                # Debian's engine comes without BuildKit's plugin.
                env={**self.env, **({"DOCKER_BUILDKIT": "0"} if self.stand_in else {})},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
            try:
                code = process.wait(_SECONDS)
            finally:
                if process.poll() is None:
                    process.terminate()
                    process.wait()
            out.seek(0)
            lines = out.read().strip().splitlines()
        for line in lines[-40:] if code else lines[-6:]:
            say(f"  {line}")
        say(f"  {time.monotonic() - began:.1f} s")
        if code:
            raise Failed(f"{shlex.join(shown)} ended with {code}")

    def clear_away(self) -> None:
        """Containers, networks, volumes, images, files."""
        compose.Project(self.folder, self.folder.name).clean_up()
        subprocess.run(["docker", "image", "rm", "--force", *self.images], capture_output=True, check=False)
        shutil.rmtree(self.folder.parent, ignore_errors=True)


def main(words: list[str] | None = None) -> int:
    """The command; its exit code."""
    parser = argparse.ArgumentParser(prog="make demo-full", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave the app and its stack running")
    options = parser.parse_args(words)
    lacks = missing()
    if lacks:
        say("this machine lacks what the whole demo needs; nothing was started")
        for what, how in lacks:
            say(f"  {what}\n      {how}")
        return exits.NOT_READY
    base = Path(tempfile.mkdtemp(prefix="lkm-demo-full-"))
    demo = Demo(base / f"call-app-{secrets.token_hex(3)}")
    began = time.monotonic()
    code = exits.OK
    with gentle_signals():
        try:
            demo.play()
            say(f"\nfrom Mediasoup to LiveKit alone in {time.monotonic() - began:.0f} s")
        except (Failed, AssertionError, subprocess.TimeoutExpired) as error:
            say(f"\nfailed: {error}")
            code = exits.FAILED
        except KeyboardInterrupt:
            say("\nstopped")
            code = exits.INTERRUPTED
        finally:
            if not options.keep:
                demo.clear_away()
    if options.keep:
        say(f"the app runs at {demo.ports.origin}; it is in {demo.folder}")
        say(f"to end it: cd {demo.folder} && lkm down --volumes; then remove the folder")
    return code


if __name__ == "__main__":
    sys.exit(main())
