"""`lkm demo` from outside: it works, it cleans up however it ends, and it says what it cannot get."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from livekit_migrate.core.report import Reporter
from livekit_migrate.core.result import Finding, Fix
from livekit_migrate.core.settings import Settings
from livekit_migrate.livekit import media
from livekit_migrate.stack import demo
from livekit_migrate.stack.runtime import Outcome
from livekit_migrate.stack.server import locate

from ..conftest import Lkm, clean_environment, need, server_binary
from ..native import hold, release, until
from ..stack.releases import VERSION, program

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the native runtime needs Linux, macOS or WSL2")

STEPS = [
    "lkm server install",
    "lkm keys new",
    "lkm up",
    "lkm token --room demo --identity anna",
    "lkm health",
    "lkm down",
]
APP_STEPS = [
    "lkm scan",
    "lkm init --no-input --seam apps/web/src/call/useCall.ts#useCall",
    "lkm flag on",
    "lkm cleanup-mediasoup --old apps/server/src/signaling",
    "lkm cleanup-mediasoup --old apps/server/src/signaling --skip locks --apply",
    "lkm scan",
]


@pytest.fixture
def clean_env(tmp_path: Path) -> dict[str, str]:
    """Without a Docker engine; with one, see test_compose.py."""
    return clean_environment(tmp_path) | {"DOCKER_HOST": "unix:///nonexistent/docker.sock"}


@pytest.fixture
def real() -> None:
    """The server and the WebRTC library."""
    server_binary()
    if not media.installed():
        need("media", "the demo's participants need the extra media")


@pytest.fixture
def temp(tmp_path: Path) -> Iterator[Path]:
    """Where the demo puts its folder. Nothing that works in there may outlive the test."""
    folder = tmp_path / "temp"
    folder.mkdir()
    try:
        yield folder
    finally:
        for process in at_work_in(folder):
            with contextlib.suppress(psutil.Error):
                process.kill()


def at_work_in(folder: Path) -> list[psutil.Process]:
    """Processes whose command line names the folder: the server and its supervisor do."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if any(str(folder) in word for word in process.cmdline()) and process.pid != os.getpid():
                found.append(process)
    return found


def gone(folder: Path) -> bool:
    """No process and no file of the demo is left; the kernel may need a moment for the last process."""
    until(lambda: not at_work_in(folder), f"the end of what works in {folder}")
    return not list(folder.iterdir())


def test_frames_cross_and_nothing_stays(lkm: Lkm, real: None, temp: Path, project: Path) -> None:
    before = sorted(path.name for path in project.iterdir())
    ran = lkm("demo", env={"TMPDIR": str(temp)})
    assert ran.code == 0, ran.err
    places = [ran.err.index(f" {step}  ") for step in [*STEPS, *APP_STEPS[:-1]]]
    assert places == sorted(places)
    assert "first video frame after" in ran.out
    assert "lkm up" in ran.out
    # Whoever holds a default port of this machine is named with a command line as long as it is.
    # Commands are in one piece, to be copied.
    long = (": the demo uses ", " lkm init ", " lkm cleanup-mediasoup ")
    lines = [line for line in (ran.out + ran.err).splitlines() if not any(word in line for word in long)]
    assert all(len(line) <= 80 for line in lines), ran.out + ran.err
    assert gone(temp)
    assert sorted(path.name for path in project.iterdir()) == before


def test_one_document(lkm: Lkm, real: None, temp: Path) -> None:
    ran = lkm("demo", "--json", env={"TMPDIR": str(temp)})
    assert ran.code == 0, ran.out
    document = ran.json
    assert [step["name"] for step in document["steps"]] == STEPS + APP_STEPS
    assert all(step["status"] == "ok" for step in document["steps"])
    assert {"health.signal", "health.ice", "health.media"} <= {found["id"] for found in document["findings"]}
    data = document["data"]
    assert data["media"]["frames"] >= 10
    assert data["media"]["first_frame_ms"] > 0
    assert data["server"]["version"].startswith("1.13.")
    assert data["project"] is None
    assert data["app"]["sites_before"] > 5
    assert data["app"]["sites_after"] == 0
    assert data["app"]["packages"] == ["@types/ws", "mediasoup", "mediasoup-client", "ws"]
    assert ran.err == ""


def test_keep_leaves_the_project_and_no_server(lkm: Lkm, real: None, temp: Path) -> None:
    ran = lkm("demo", "--keep", env={"TMPDIR": str(temp)})
    assert ran.code == 0, ran.err
    (folder,) = temp.iterdir()
    assert str(folder) in ran.out
    env_file = folder / ".env"
    assert env_file.stat().st_mode & 0o777 == 0o600
    secret = env_file.read_text().split("LIVEKIT_API_SECRET=")[1].splitlines()[0]
    assert len(secret) >= 32
    assert secret not in ran.out + ran.err
    until(lambda: not at_work_in(temp), "the end of the server")
    assert "mediasoup" not in (folder / "call-app/apps/server/package.json").read_text()
    assert lkm("undo", "--diff", cwd=folder / "call-app").code == 0
    status = lkm("status", "--json", cwd=folder).json
    assert not status["data"]["services"][0]["running"]


def test_a_taken_port_is_no_obstacle(lkm: Lkm, real: None, temp: Path) -> None:
    with socket.socket() as mine, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as media_port:
        mine.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        for held, port in ((mine, 7880), (media_port, 7882)):
            with contextlib.suppress(OSError):  # then somebody else has it, which is as good
                held.bind(("127.0.0.1", port))
        with contextlib.suppress(OSError):
            mine.listen()
        ran = lkm("demo", "--json", env={"TMPDIR": str(temp)})
    assert ran.code == 0, ran.out
    assert any("TCP 7880 is taken" in note for note in ran.json["data"]["notes"])
    assert any("UDP 7882 is taken" in note for note in ran.json["data"]["notes"])
    assert not ran.json["data"]["url"].endswith(":7880")


def test_a_port_that_is_taken_after_the_look_is_no_obstacle(real: None, temp: Path) -> None:
    """As of two demos at once: whoever comes second starts anew on other ports, with the same keys."""

    class Late(demo._Native):
        squatter: subprocess.Popen[str] | None = None

        def up(self, settings: Settings, reporter: Reporter) -> Outcome:
            if self.squatter is None:
                self.squatter = hold("tcp", settings.number("ports.signal"))
            return super().up(settings, reporter)

    story, reporter = demo.Story(temp, kept=False), Reporter()
    with demo._surroundings(temp / "state"):
        binary = locate(VERSION)
        assert binary is not None
        late = Late(binary)
        try:
            settings = demo._project(story, late.version, reporter, usual=False)
            first = settings.number("ports.signal")
            pair = demo._keys(settings, reporter)
            settings, outcome = demo._up(story, settings, late, reporter)
            assert outcome.services[0].url == f"ws://127.0.0.1:{settings.number('ports.signal')}"
            assert settings.number("ports.signal") != first
            demo._token(settings, pair, reporter)
        finally:
            late.down(settings, reporter, now=True)
            if late.squatter:
                release(late.squatter)


def test_the_shells_livekit_settings_do_not_disturb(lkm: Lkm, real: None, temp: Path) -> None:
    env = {
        "TMPDIR": str(temp),
        "LIVEKIT_URL": "wss://elsewhere.invalid",
        "LIVEKIT_API_KEY": "APIelsewhere",
        "LIVEKIT_API_SECRET": "elsewhere-0123456789abcdefghijklmnop",
        "LKM_PORTS_SIGNAL": "1",
    }
    ran = lkm("demo", env=env)
    assert ran.code == 0, ran.err
    assert "elsewhere" not in ran.out + ran.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("after", ["lkm keys new", "lkm up", "lkm token"])
def test_interrupted(  # noqa: PLR0917 - fixtures and parameters
    real: None, temp: Path, project: Path, clean_env: dict[str, str], after: str, number: signal.Signals
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "livekit_migrate", "demo"],
        cwd=project,
        env=clean_env | {"TMPDIR": str(temp)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Whoever runs the tests under nohup ignores SIGHUP, and the demo would do as it was told.
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),  # noqa: PLW1509
    )
    try:
        assert process.stderr is not None
        for line in process.stderr:
            if f" {after}" in line:
                break
        process.send_signal(number)
        _, err = process.communicate(timeout=180)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 130, err
    assert "stopped by Ctrl-C" in err
    assert gone(temp)


def test_a_server_that_does_not_start(lkm: Lkm, real: None, temp: Path, tmp_path: Path) -> None:
    """A stand-in: its --version is right, and then it ends at once. The real one does start."""
    place = tmp_path / "cache" / "servers" / VERSION
    place.mkdir(parents=True)
    (place / "livekit-server").write_bytes(program())
    (place / "livekit-server").chmod(0o755)
    env = {"TMPDIR": str(temp), "LKM_CACHE_DIR": str(tmp_path / "cache")}
    ran = lkm("demo", env=env)
    assert ran.code == 1
    assert "lkm up" in ran.err
    assert "lkm logs" not in ran.err  # of a folder that is gone
    assert "lkm demo --keep" in ran.err
    assert gone(temp)
    kept = lkm("demo", "--keep", env=env)
    (folder,) = temp.iterdir()
    assert kept.code == 1
    assert f"cd {folder}" in kept.err
    assert "lkm logs" in kept.err


@pytest.mark.parametrize("kept", [True, False])
def test_advice_is_for_the_folder_where_it_holds(tmp_path: Path, kept: bool) -> None:
    story = demo.Story(tmp_path / "it's", kept)
    finding = Finding("health.media", "fail", "too little", fix=Fix("look", "lkm logs"))
    fix = demo._anchored(finding, story).fix
    assert fix is not None
    assert fix.command == (f"lkm logs -C {shlex.quote(str(story.folder))}" if kept else None)
    other = replace(finding, fix=Fix("open it", "sudo ufw allow 7882/udp"))
    assert demo._anchored(other, story) == other


def test_without_a_server_to_be_had(lkm: Lkm, real: None, temp: Path, tmp_path: Path) -> None:
    env = {
        "TMPDIR": str(temp),
        "LKM_CACHE_DIR": str(tmp_path / "cache"),
        "LKM_SERVER_SOURCE": "path",
        "PATH": "/usr/bin:/bin",
    }
    ran = lkm("demo", "--json", env=env)
    assert ran.code == 3
    assert ran.json["error"]["code"] == "server.unavailable"
    assert "none on PATH" in ran.json["error"]["detail"]
    assert gone(temp)


def test_without_the_webrtc_library(lkm: Lkm, temp: Path, tmp_path: Path) -> None:
    hide = tmp_path / "hide"
    hide.mkdir()
    (hide / "sitecustomize.py").write_text(
        "import sys\n"
        "class Hidden:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'livekit.rtc':\n"
        "            raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, Hidden())\n"
    )
    path = os.pathsep.join(filter(None, [str(hide), os.environ.get("PYTHONPATH", "")]))
    ran = lkm("demo", env={"TMPDIR": str(temp), "PYTHONPATH": path})
    assert ran.code == 3
    assert "livekit-migrate[media]" in ran.err
    assert gone(temp)
