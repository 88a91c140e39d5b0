"""The narrated run: a server, keys, a token, a call between two participants, and everything gone again.

Every step is named by the command that does it, and is done by the function behind that command.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, Protocol

from ..core.errors import LkmError, NotReadyError
from ..core.report import Progress, Reporter, Silent
from ..core.result import Finding
from ..core.settings import FILE, KEYS, Settings, load

if TYPE_CHECKING:
    from ..livekit.keys import KeyPair
    from .ports import Port
    from .runtime import Outcome
    from .server import ServerBinary

ROOM = "demo"
IDENTITY = "anna"
_DEFAULT_PORTS = (7880, 7881, 7882, 6379)
_MORE_TRIES = 2  # when a port is taken between the look and the start
# What the shell may hold for another project: its name, files and profiles, keys, and the stack's variables.
_OTHERS = ("COMPOSE_", "LIVEKIT_", "POSTGRES_", "REDIS_")


@dataclass
class Story:
    """What came of a run; filled as it goes on.

    Args:
        folder: the project folder; gone afterwards unless it was to be kept.
        facts: JSON values for ``Result.data``.
    """

    folder: Path
    kept: bool
    findings: tuple[Finding, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def media(self) -> Mapping[str, Any]:
        """What the media rung counted; empty when it was not reached."""
        return next((f.evidence for f in self.findings if f.id == "health.media" and f.status != "skip"), {})


def play(version: str, reporter: Reporter, *, keep: bool = False) -> Story:
    """Run it all.

    Args:
        version: of the LiveKit server.
        keep: leave the project folder; the server is stopped all the same.

    Raises:
        NotReadyError: the platform, the media library or a server is missing, before anything is started.
        LkmError: a step failed; what had been started is stopped, and the folder is gone, by then.
        KeyboardInterrupt: likewise; SIGTERM and SIGHUP end it in the same way.
    """
    _ready()
    began = time.monotonic()
    engine = _docker()
    binary = None if engine else _server(version, reporter)
    folder = Path(tempfile.mkdtemp(prefix="lkm-demo-"))
    story = Story(folder, keep)
    with gentle_signals():
        try:
            with _surroundings(None if keep else folder / "state"):
                if engine and not _run_in_docker(story, version, reporter):
                    binary = _server(version, reporter)
                if binary:
                    _run(story, _Native(binary), reporter)
        except LkmError as error:
            if keep:
                error.hint = f"the project is still there: cd {folder}\n{error.hint}".rstrip()
            elif not error.code.startswith("ports."):  # what it names is about to go away
                error.hint = "lkm demo --keep leaves the project for a closer look"
            raise
        finally:
            if not keep:
                shutil.rmtree(folder, ignore_errors=True)
    server = {"version": version, "origin": "docker", "path": None}
    if binary:
        server = {"version": binary.version, "origin": binary.origin, "path": str(binary.path)}
    story.facts |= {
        "server": server,
        "project": str(folder) if keep else None,
        "seconds": round(time.monotonic() - began, 2),
    }
    return story


class _Stack(Protocol):
    """What the demo runs its server in."""

    version: str

    def up(self, settings: Settings, reporter: Reporter) -> Outcome: ...
    def down(self, settings: Settings, reporter: Reporter, *, now: bool = False) -> Outcome: ...


class _Native:
    """A process of this machine."""

    def __init__(self, binary: ServerBinary) -> None:
        self.version = binary.version

    def up(self, settings: Settings, reporter: Reporter) -> Outcome:
        from . import native
        from .runtime import UpOptions

        # Without its look at the media ports: the whole ladder comes two steps later.
        return native.up(settings, reporter, UpOptions(media=False))

    def down(self, settings: Settings, reporter: Reporter, *, now: bool = False) -> Outcome:
        from . import native
        from .runtime import DownOptions

        return native.down(settings, reporter, DownOptions(now=now))


class _Containers:
    """The default stack's server, with the Redis that it needs; nothing of it stays, its volumes neither."""

    def __init__(self, version: str) -> None:
        self.version = version

    def up(self, settings: Settings, reporter: Reporter) -> Outcome:
        from . import compose
        from .runtime import UpOptions

        return compose.up(settings, reporter, UpOptions(media=False, services=("livekit",)))

    def down(self, settings: Settings, reporter: Reporter, *, now: bool = False) -> Outcome:
        from . import compose
        from .runtime import DownOptions

        # Compose calls the project after its folder, whose name nobody else has.
        own = f"{settings.root.name.lower()}_"
        options = DownOptions(
            now=now, volumes=True, confirm=lambda names: all(name.startswith(own) for name in names)
        )
        return compose.down(settings, reporter, options)


def _docker() -> bool:
    """Whether there is an engine of this machine, and a Compose."""
    from .compose import engine
    from .runtimes import compose

    try:
        return not engine.endpoint().remote and compose.unavailable() is None
    except LkmError:
        return False


def _run_in_docker(story: Story, version: str, reporter: Reporter) -> bool:
    """The whole run in containers; False when an image cannot be had: then nothing of it is left."""
    try:
        _run(story, _Containers(version), reporter)
    except NotReadyError as error:
        if not error.code.startswith(("compose.image", "docker.")):
            raise
        reporter.note(f"Docker is here, but {error.message}: the demo goes on without it")
        for path in story.folder.iterdir():
            if path.is_file():
                path.unlink()
        return False
    return True


def _run(story: Story, stack: _Stack, reporter: Reporter) -> None:
    settings = _project(story, stack.version, reporter)
    up = False
    try:
        pair = _keys(settings, reporter)
        up = True
        settings, outcome = _up(story, settings, stack, reporter)
        url = outcome.services[0].url or f"ws://127.0.0.1:{settings.number('ports.signal')}"
        story.facts["url"] = url
        _token(settings, pair, reporter)
        story.findings = tuple(_anchored(f, story) for f in _health(settings, url, pair, reporter))
        with reporter.step("lkm down") as step:
            stack.down(settings, _inner(reporter, step))
            up = False
            step.finish("livekit stopped, its ports are free again")
    finally:
        if up:
            _stop(settings, stack, reporter)


def _ready() -> None:
    """What can be known to be missing before anything is fetched.

    Raises:
        NotReadyError: it is.
    """
    from ..livekit import media
    from .runtimes import native

    if why := native.unavailable():
        raise NotReadyError(
            f"the demo cannot run on this machine: {why.message}",
            code="demo.platform",
            hint="on Windows, inside WSL2: https://learn.microsoft.com/windows/wsl/install",
        )
    if not media.installed():
        raise NotReadyError(
            "the demo's two participants need the WebRTC library (package livekit), and it is not installed",
            code="demo.media",
            detail=media.INSTALL_TEXT,
            hint=media.INSTALL,
        )


def _server(version: str, reporter: Reporter) -> ServerBinary:
    from . import server

    found = server.locate(version)
    if found is None:
        reporter.note(f"lkm server install: there is no LiveKit server {version} here yet")
        # Its own steps are shown: it can take minutes.
        return server.ensure(version, reporter)
    with reporter.step("lkm server install") as step:
        where = "found on PATH" if found.origin == "path" else "is in the cache"
        step.finish(f"livekit-server {found.version} {where}")
    return found


def _project(story: Story, version: str, reporter: Reporter, *, usual: bool = True) -> Settings:
    """A project folder with ports that are free now."""
    ports, moved = _free_ports(usual=usual)
    signal_port, tcp, udp, redis = ports
    (story.folder / FILE).write_text(
        f'[server]\nversion = "{version}"\n\n'
        f"[ports]\nsignal = {signal_port}\nrtc_tcp = {tcp}\nrtc_udp = {udp}\nredis = {redis}\n",
        encoding="utf-8",
    )
    for text in moved:
        reporter.note(text)
    return load(story.folder)


def _keys(settings: Settings, reporter: Reporter) -> KeyPair:
    from ..core.journal import apply
    from ..livekit import keys

    with reporter.step("lkm keys new") as step:
        pair = keys.new_pair()
        apply(keys.plan_pair(settings, pair, title="lkm keys new"))
        step.finish(f"key {pair.key}, its secret in .env")
    return pair


def _up(story: Story, settings: Settings, stack: _Stack, reporter: Reporter) -> tuple[Settings, Outcome]:
    """The server up, and the settings with which it came up."""
    with reporter.step("lkm up") as step:
        for again in (*[True] * _MORE_TRIES, False):
            try:
                outcome = stack.up(settings, _inner(reporter, step))
                break
            except LkmError as error:
                # A port that was free a moment ago: a second demo, say, that looked at the same time.
                if error.code != "ports.busy" or not again:
                    raise
                step.update("somebody was faster at a port")
            settings = _elsewhere(story, settings, stack, _inner(reporter, step))
        service = outcome.services[0]
        where = f"container {service.container}" if service.container else f"PID {service.pid}"
        step.finish(f"livekit ready at {service.url} ({where})")
    return settings, outcome


def _elsewhere(story: Story, settings: Settings, stack: _Stack, reporter: Reporter) -> Settings:
    """The project anew, on other ports and with the same keys; nothing is left of the first try."""
    with contextlib.suppress(LkmError):
        stack.down(settings, reporter, now=True)
    for path in story.folder.iterdir():
        if path.is_file() and path.name != ".env":
            path.unlink()
    return _project(story, stack.version, reporter, usual=False)


def _token(settings: Settings, pair: KeyPair, reporter: Reporter) -> None:
    from ..livekit.tokens import mint

    with reporter.step(f"lkm token --room {ROOM} --identity {IDENTITY}") as step:
        token = mint(pair, room=ROOM, identity=IDENTITY)
        step.update("asking the server what it thinks of it")
        status, said = _validate(settings.number("ports.signal"), token)
        if status != 200:
            raise LkmError(
                f"the server refuses the token: HTTP {status} {said}",
                code="demo.token",
                hint="lkm demo --keep leaves the project for a closer look",
            )
        step.finish("the server accepts it")


def _validate(port: int, token: str) -> tuple[int, str]:
    """What ``GET /rtc/validate`` says of a token (livekit-server 1.13.5: 200 ``success``)."""
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", f"/rtc/validate?access_token={token}")
        answer = connection.getresponse()
        return answer.status, answer.read(200).decode(errors="replace").strip()
    except (OSError, http.client.HTTPException) as error:
        return 0, str(error) or type(error).__name__
    finally:
        connection.close()


def _health(settings: Settings, url: str, pair: KeyPair, reporter: Reporter) -> tuple[Finding, ...]:
    from .health import Options, Target, check

    with reporter.step("lkm health") as step:
        target = Target(url, pair, local=True, origin="lkm demo", settings=settings)
        findings = tuple(check(target, Options(), _inner(reporter, step)))
        failed = next((f for f in findings if f.status == "fail"), None)
        if failed:
            step.finish(failed.title, "fail")
        else:
            frames = next((f.evidence.get("frames") for f in findings if f.id == "health.media"), 0)
            step.finish(f"all {len(findings)} rungs hold, {frames} video frames crossed")
    return findings


def _anchored(finding: Finding, story: Story) -> Finding:
    """With lkm's commands as they work for the user: in the demo's folder; not at all when that goes away."""
    fix = finding.fix
    if fix is None or fix.command is None or not fix.command.startswith("lkm "):
        return finding
    command = f"{fix.command} -C {shlex.quote(str(story.folder))}" if story.kept else None
    return replace(finding, fix=replace(fix, command=command))


def _stop(settings: Settings, stack: _Stack, reporter: Reporter) -> None:
    """After a failure: nobody is asked to leave, nothing stays."""
    # The failure that led here is what must be told, not a second one.
    with contextlib.suppress(LkmError), reporter.step("lkm down --now") as step:
        outcome = stack.down(settings, _inner(reporter, step), now=True)
        step.finish("livekit stopped" if outcome.changed else "nothing is left running")


def _free_ports(*, usual: bool) -> tuple[tuple[int, ...], list[str]]:
    """Ports that are free now, and what of the default ones was replaced.

    Args:
        usual: the default port where it is free; otherwise none of them.
    """
    from .ports import Port, examine

    wanted = (
        Port(_DEFAULT_PORTS[0], "tcp", "signalling and API", "127.0.0.1"),
        Port(_DEFAULT_PORTS[1], "tcp", "media over TCP"),
        Port(_DEFAULT_PORTS[2], "udp", "media over UDP", "127.0.0.1"),
        Port(_DEFAULT_PORTS[3], "tcp", "Redis", "127.0.0.1"),
    )
    chosen: list[int] = []
    moved: list[str] = []
    for port in wanted:
        number = port.number if usual else _any_port(port, chosen)
        if usual and (trouble := examine(port)):
            number = _any_port(port, chosen)
            holder = f" by {trouble.holders[0]}" if trouble.holders else ""
            moved.append(f"{port} is taken{holder}: the demo uses {number}")
        chosen.append(number)
    return tuple(chosen), moved


def _any_port(port: Port, taken: list[int]) -> int:
    import secrets

    kind = socket.SOCK_DGRAM if port.protocol == "udp" else socket.SOCK_STREAM
    while True:
        # Below the range from which the system serves outgoing connections: one may come any time.
        number = 10_000 + secrets.randbelow(22_768)
        with socket.socket(socket.AF_INET, kind) as probe, contextlib.suppress(OSError):
            probe.bind((port.host, number))
            if number not in taken:
                return number


@contextmanager
def _surroundings(state: Path | None) -> Iterator[None]:
    """Without the user's keys, URL, settings and Compose project; with a state folder inside the demo's own
    if that goes away.
    """
    saved = dict(os.environ)
    settings = {key.env for key in KEYS}
    for name in saved:
        if name in settings or name.startswith(_OTHERS):
            del os.environ[name]
    if state is not None:
        os.environ["LKM_STATE_DIR"] = str(state)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(saved)


@contextmanager
def gentle_signals() -> Iterator[None]:
    """SIGTERM and SIGHUP (the terminal is closed) clean up as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before: dict[signal.Signals, Callable[..., Any] | int | None] = {}
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup
            before[number] = signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Within(Silent):
    """The steps inside a step: shown as what that step is waiting for."""

    def __init__(self, reporter: Reporter, step: Progress) -> None:
        self._reporter = reporter
        self._step = step
        self._name = ""

    def started(self, name: str) -> None:
        self._name = name
        self._step.update(name)

    def updated(self, text: str) -> None:
        self._step.update(f"{self._name}: {text}")

    def note(self, text: str) -> None:
        self._reporter.note(text)


def _inner(reporter: Reporter, step: Progress) -> Reporter:
    return Reporter(_Within(reporter, step))
