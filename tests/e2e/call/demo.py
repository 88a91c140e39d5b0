"""`make demo-full`: the example app from Mediasoup to LiveKit with all real parts, calls in a browser too.

Every step is the command that a user would type, in a copy of the app that is gone afterwards. Steps are told
on stderr as they happen, what came of it all on stdout.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import secrets
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from livekit_migrate.core import exits
from livekit_migrate.core.report import Reporter
from livekit_migrate.core.result import ErrorInfo, Result, Table
from livekit_migrate.stack.ports import Port, examine
from livekit_migrate.ui.terminal import Terminal, console, plain, render
from tests import compose
from tests.conftest import ROOT

from .app import Ports, built_worker
from .cleaned import AUTHORIZE, OLD, SEAM
from .demo_needs import missing, stand_in
from .demo_shell import Failed, Shell, Stopped, signals

EXAMPLE = ROOT / "examples" / "call-app"
USUAL = (3000, 1285, 4001, 44444, 7880, 7881, 7882, 6379, 5434)
_NOT_COPIED = shutil.ignore_patterns("node_modules", ".next", "dist", "*.tsbuildinfo", ".env", ".env.local")
_NPM = ("--no-audit", "--no-fund", "--loglevel=error")
_TRIES = 20  # twice a second
_READY = r"^ *(livekit|backend|web) +ready"


def offset() -> int:
    """What moves all ports of the app and its stack to free ones.

    None of them lands between 32768 and 60999: there an outgoing connection may take one any time.
    """
    while True:
        shift = 16_600 + secrets.randbelow(4_400)
        if not any(examine(Port(port + shift, kind, "")) for port in USUAL for kind in ("tcp", "udp")):
            return shift


class Demo:
    """The copy, and what is done to it.

    Args:
        base: an empty folder for all of it; the copy in it has a name that nobody else has, by which Compose
            calls the project.
        kept: it is not to go away.
    """

    def __init__(self, base: Path, *, kept: bool) -> None:
        self.folder, self.shift = base / f"call-app-{secrets.token_hex(3)}", offset()
        self.ports = Ports(
            3000 + self.shift, 1285 + self.shift, 4001 + self.shift, 44444 + self.shift, "localhost"
        )
        self.livekit = 7880 + self.shift
        self.images = [f"{self.folder.name}-{service}:dev" for service in ("backend", "web")]
        env = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("COMPOSE_", "LIVEKIT_", "LKM_", "NEXT_", "POSTGRES_", "REDIS_"))
        }
        # What programs forget to remove goes away with the rest.
        (base / "tmp").mkdir()
        env["TMPDIR"] = str(base / "tmp")
        if not kept:
            env["LKM_STATE_DIR"] = str(base / "state")
        self.stand_in, self.worker = stand_in(), built_worker()
        if self.worker:  # npm installs mediasoup without its download then
            env["MEDIASOUP_WORKER_BIN"] = str(self.worker)
        self.reporter = Reporter(Terminal())
        self.shell = Shell(self.folder, env, self.reporter)
        self.rows: list[tuple[str, str]] = []
        self._before = set(_images()) if self.stand_in else set()

    def play(self) -> None:
        """All of it.

        Raises:
            Failed: a step did.
        """
        began = time.monotonic()
        chapter(1, "the app as its team has it")
        self._copy()
        before = self._imports()
        chapter(2, "LiveKit beside Mediasoup, everything in containers")
        said = self.lkm("init", "--no-input", "--seam", SEAM, "--authorize", AUTHORIZE)
        self.reporter.note(f"  {_count(said, 'new')} files new, {_count(said, 'changed')} changed")
        self._install()
        self.up()
        chapter(3, "a call on Mediasoup, then the flag, then one on LiveKit")
        self.call("Mediasoup", self.ports.signaling)
        self.lkm("flag", "on", "--restart", told=r"USE_LIVEKIT=true|" + _READY)
        self.call("LiveKit", self.livekit)
        chapter(4, "Mediasoup goes")
        said = self.lkm("cleanup-mediasoup", "--old", OLD, "--verify", "tsc", "--apply", told=r"^Applied")
        self.rows.append(("the cleanup", _found(r"^Applied: (.*)", said)))
        self._install()
        self._nothing_installed()
        chapter(5, "what is left compiles, and calls work")
        for script, told in (("typecheck", ""), ("lint", ""), ("build", r"Compiled successfully")):
            self.shell.run("npm", "run", script, told=told)
        after = self._imports()
        self.up("--build")
        self.call("LiveKit, the cleaned app", self.livekit)
        self.rows.insert(0, ("imports of Mediasoup", f"{before} before, {after} after"))
        self.rows.append(("tsc, eslint, next build", "no errors"))
        self.rows.append(("the whole run", f"{time.monotonic() - began:.0f} s"))

    def _copy(self) -> None:
        with self.reporter.step(f"cp -r examples/call-app {self.folder}"):
            shutil.copytree(EXAMPLE, self.folder, ignore=_NOT_COPIED)
            (self.folder / "lkm.toml").touch()  # no project above it counts
            # Images are called after the app.
            for name in ("package.json", "package-lock.json"):
                path = self.folder / name
                text = path.read_text("utf-8").replace('"call-app"', f'"{self.folder.name}"')
                path.write_text(text, "utf-8")
            # As the app's README says.
            text = (self.folder / "apps/server/.env.example").read_text(encoding="utf-8")
            secret = f"SESSION_SECRET={secrets.token_hex(32)}"
            text = re.sub(r"(?m)^SESSION_SECRET=$", secret, text)
            (self.folder / "apps/server/.env").write_text(text, encoding="utf-8")

    def _install(self) -> None:
        self.shell.run("npm", "install", *_NPM, shown="npm install", told=r"^(added|removed) \d")

    def _imports(self) -> int:
        said = self.lkm("scan", told=r"^Mediasoup: |^Effort: |^No code")
        return int(_found(r"Mediasoup: (\d+) imports?", said, "0"))

    def up(self, *more: str) -> None:
        """The stack with the app as it is now."""
        if self.stand_in:
            self._build()
            more = ()
        words = ("up", "--runtime", "compose", "--port-offset", str(self.shift), "--timeout", "15m", *more)
        self.lkm(*words, told=_READY)

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
                how = ("--network", "host", "--force-rm", "--label", self._label)
                self.shell.run(
                    *("docker", "build", *how, "--tag", tag, *where, "."),
                    shown=f"docker build --tag {tag} --file apps/{package}/Dockerfile .",
                    env={"DOCKER_BUILDKIT": "0"},  # Debian's engine comes without BuildKit's plugin
                )
        finally:
            inside.unlink(missing_ok=True)

    def _nothing_installed(self) -> None:
        found = list(self.folder.glob("**/node_modules/*mediasoup*"))
        if found:
            raise Failed(f"still installed: {found[0]}")
        self.reporter.note("  node_modules holds nothing of Mediasoup")

    def call(self, stack: str, port: int) -> None:
        """Two people in two tabs of a browser see and hear each other, by the server at that port alone."""
        ports = (self.ports.web, self.ports.api, self.ports.signaling, self.ports.media, port)
        said = self.shell.run(
            *(sys.executable, "-m", "tests.e2e.call.demo_call", *map(str, ports)),
            shown=f"a call in the browser, {self.ports.origin}",
            told=" sees ",
            folder=ROOT,
        )
        self.reporter.note(f"  all by the server at port {port}: {stack}")
        frames = re.findall(r"\((\d+) frames", said)
        self.rows.append((f"a call on {stack}", f"{' and '.join(frames)} frames seen, both heard"))

    def lkm(self, *words: str, told: str = "") -> str:
        """A command of lkm's, of this checkout; what it said."""
        return self.shell.run(
            *(sys.executable, "-m", "livekit_migrate", *words), shown=shlex.join(["lkm", *words]), told=told
        )

    @property
    def _label(self) -> str:
        """What Compose puts on all that it makes of a project."""
        return f"com.docker.compose.project={self.folder.name}"

    def clear_away(self) -> None:
        """Containers, networks, volumes, images, files."""
        compose.Project(self.folder, self.folder.name).clean_up()
        _remove(_images("--filter", f"label={self._label}"), "--force")
        # The old builder leaves the stages of a Dockerfile behind; the last one first.
        said = "\n".join(self.shell.heard)
        stages = dict.fromkeys(reversed(re.findall(r"(?m)^ ---> ([0-9a-f]{12})$", said)))
        new = [stage for stage in stages if stage not in self._before] if self.stand_in else []
        for _ in range(_TRIES):
            # A build that was stopped goes on for a moment, and holds the stage that it was at.
            there = set(_images())
            new = [stage for stage in new if stage in there]
            if not new:
                break
            _remove(new)
            time.sleep(0.5)
        shutil.rmtree(self.folder.parent, ignore_errors=True)


def chapter(number: int, title: str) -> None:
    """A headline between two steps."""
    plain(console(sys.stderr), f"\n{number} of 5  {title}", style="bold")


def _count(said: str, state: str) -> int:
    return len(re.findall(rf"(?m)^{state} ", said))


def _found(pattern: str, said: str, default: str = "") -> str:
    match = re.search(pattern, said, re.MULTILINE)
    return match[1].strip() if match else default


def _docker(*words: str) -> str:
    return subprocess.run(["docker", *words], capture_output=True, text=True, check=False).stdout


def _images(*words: str) -> list[str]:
    return _docker("image", "ls", "--all", "--quiet", *words).split()


def _remove(images: list[str], *how: str) -> None:
    if images:
        _docker("image", "rm", *how, *images)


def main(words: list[str] | None = None) -> int:
    """The command; its exit code."""
    parser = argparse.ArgumentParser(prog="make demo-full", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave the app and its stack running")
    options = parser.parse_args(words)
    if lacks := missing():
        sys.stdout.write("this machine lacks what the whole demo needs; nothing was started\n")
        for what, how in lacks:
            ways = "\n".join(f"      {line}" for line in how.splitlines())
            sys.stdout.write(f"  {what}\n{ways}\n")
        return exits.NOT_READY
    base = Path(tempfile.mkdtemp(prefix="lkm-demo-full-"))
    error, code = None, exits.OK
    with signals():
        try:
            demo = Demo(base, kept=options.keep)
        except BaseException:
            shutil.rmtree(base, ignore_errors=True)
            raise
        try:
            about = "about 6 minutes on two cores" + ("" if options.keep else ", and nothing of it stays")
            demo.reporter.note(f"A call app on Mediasoup goes to LiveKit, with all real parts: {about}.")
            demo.play()
        except Failed as failed:
            hint = "" if options.keep else "make demo-full ARGS=--keep leaves the app for a closer look"
            error, code = ErrorInfo("demo.step", str(failed), hint=hint), exits.FAILED
        except Stopped as stopped:
            error, code = ErrorInfo("interrupted", f"stopped by {stopped}"), 128 + stopped.number
        finally:
            if not options.keep:
                with contextlib.suppress(OSError):  # the terminal may be closed
                    demo.reporter.note("\nnow its containers, images and files go …")
                demo.clear_away()
    with contextlib.suppress(OSError):  # whoever closed the terminal reads no more
        _tell(demo, error, code, kept=options.keep)
    return code


def _tell(demo: Demo, error: ErrorInfo | None, code: int, *, kept: bool) -> None:
    tables = [] if error else [Table(("an app on Mediasoup", "on LiveKit alone"), tuple(demo.rows))]
    render(Result("demo-full", tables=tables, error=error, exit_code=code))
    if not kept:
        plain(console(sys.stderr), "nothing of the demo is left")
        return
    out = console(sys.stdout)
    base = demo.folder.parent
    for text, lines in (
        ("the app, for a look around:", (demo.ports.origin, f"cd {demo.folder}")),
        (
            "to end it, in that folder:",
            (
                f"{ROOT}/.venv/bin/lkm down --volumes --yes",
                f"docker image rm {' '.join(demo.images)}",
                f"rm -r {base}",
            ),
        ),
    ):
        plain(out, text)
        for line in lines:
            plain(out, f"  {line}", style="bold", whole=True)
    if "/lkm-docker." in os.environ.get("DOCKER_HOST", "") and sys.stdin.isatty():
        plain(out, "this engine of tools/with-docker.sh stops when this command ends: Enter ends it")
        with contextlib.suppress(KeyboardInterrupt):
            sys.stdin.readline()


if __name__ == "__main__":
    sys.exit(main())
