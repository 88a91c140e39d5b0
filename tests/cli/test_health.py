"""`lkm health` as people and programs meet it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import psutil
import pytest

from livekit_migrate.core.secret import Secret
from livekit_migrate.livekit.keys import KeyPair
from livekit_migrate.livekit.media import installed
from livekit_migrate.livekit.tokens import mint

from ..conftest import KEY, ROOT, SECRET, Lkm, Server, free_port, need
from ..fakes.proxy import ConnectProxy
from ..fakes.server import ROOMS, FakeServer, Front, hang, ready_later
from ..native import alive

LADDER = ["port", "http", "twirp", "token", "signal", "ice", "media"]
PATIENT = ("health", "--timeout", "60")
"""Where the server is well: the machine may stand still for longer than the limits that people get."""


@pytest.fixture
def clean_env(clean_env: dict[str, str]) -> dict[str, str]:
    """Also without the proxies of the machine that tests run on."""
    return {k: v for k, v in clean_env.items() if not k.lower().endswith("_proxy")}


def needs_media() -> None:
    if not installed():
        need("media", "the livekit package (rtc) is not installed")


def without_media(folder: Path) -> dict[str, str]:
    """An environment in which the `media` extra is not installed."""
    (folder / "sitecustomize.py").write_text(
        "import sys\n"
        "class Missing:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'livekit.rtc':\n"
        "            raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, Missing())\n"
    )
    return {"PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"}


def as_measured(media: Mapping[str, Any]) -> str:
    """The status of a round trip that went through: loss and delay are worth a warning, here as anywhere."""
    return "warn" if media["loss_percent"] > 5 or media["rtt_ms"] > 400 else "ok"


def test_healthy_up_to_media(lkm: Lkm, livekit_server: Server) -> None:
    needs_media()
    ran = lkm(*PATIENT, "--json", env=livekit_server.env)
    assert ran.code == 0, ran.out
    document = ran.json
    media = document["findings"][-1]["evidence"]
    statuses = ["ok"] * (len(LADDER) - 1) + [as_measured(media)]
    assert [(f["id"], f["status"]) for f in document["findings"]] == [
        (f"health.{name}", status) for name, status in zip(LADDER, statuses, strict=True)
    ]
    assert media["frames"] >= 10
    assert media["audio_packets"] >= 5
    assert media["first_frame_ms"] > 0
    assert {"rtt_ms", "loss_percent", "lost_packets", "connect_ms", "publisher", "subscriber"} <= set(media)
    assert document["data"]["url"] == livekit_server.url
    assert document["data"]["url_origin"] == "LIVEKIT_URL (shell)"
    assert document["data"]["server_version"].count(".") == 2
    assert document["data"]["path"] == "direct"


def test_people_see_one_line_per_rung(lkm: Lkm, livekit_server: Server) -> None:
    needs_media()
    ran = lkm(*PATIENT, env=livekit_server.env)
    assert ran.code == 0
    lines = ran.out.splitlines()
    if lines[-1] != "6 ok, 1 warn":  # this machine stood still, and what that cost is told in further lines
        assert len(lines) == len(LADDER) + 1
        assert lines[-1] == "7 ok"
    assert all(len(line) <= 80 for line in lines), lines
    assert f"ICE: udp 127.0.0.1:{livekit_server.udp_port}" in ran.out


def test_tcp_alone_is_proven_on_request(lkm: Lkm, livekit_server: Server) -> None:
    needs_media()
    ran = lkm(*PATIENT, "--tcp", "--json", env=livekit_server.env)
    assert ran.code == 0, ran.out
    finding = ran.json["findings"][-1]
    assert (finding["id"], finding["evidence"]["over"]) == ("health.tcp", "TCP")
    assert finding["status"] == as_measured(finding["evidence"])


def test_a_server_that_stood_still_for_a_moment_is_asked_again(lkm: Lkm) -> None:
    # A fake: the real one says so only if it is asked in the very moment.
    asked: list[str] = []
    with FakeServer(ready_later(asked, 1)) as server:
        env = {"LIVEKIT_URL": server.url, "LIVEKIT_API_KEY": KEY, "LIVEKIT_API_SECRET": SECRET}
        ran = lkm(*PATIENT, "--until", "http", "--json", env=env)
    assert (ran.code, len(asked)) == (0, 2), ran.out


def test_relay_of_a_server_without_turn(lkm: Lkm, livekit_server: Server) -> None:
    needs_media()
    ran = lkm(*PATIENT, "--relay", "--json", env=livekit_server.env)
    assert ran.code == 1
    finding = ran.json["findings"][-1]
    assert (finding["id"], finding["title"]) == (
        "health.relay",
        "TURN only: the server advertises no TURN server",
    )


def test_without_the_media_extra(lkm: Lkm, livekit_server: Server, tmp_path: Path) -> None:
    ran = lkm(*PATIENT, "--tcp", "--json", env={**livekit_server.env, **without_media(tmp_path)})
    assert ran.code == 0, ran.out
    media, tcp = ran.json["findings"][-2:]
    for finding in (media, tcp):
        assert finding["status"] == "skip"
        assert finding["fix"]["command"] == "uv tool install 'livekit-migrate[media]'"
        assert "pip install" in finding["fix"]["text"]
    assert [f["status"] for f in ran.json["findings"][:-2]] == ["ok"] * 6


def test_no_key_is_a_configuration_error(lkm: Lkm) -> None:
    ran = lkm("health", "--json")
    assert ran.code == 4
    assert ran.json["error"]["hint"] == "make one: lkm keys new"


@pytest.mark.parametrize("half", [False, True])
@pytest.mark.parametrize("url", ["wss://remote.example", "ws://[::1]:7880"])
def test_a_new_key_does_not_open_another_server(lkm: Lkm, url: str, half: bool) -> None:
    env = {"LIVEKIT_API_KEY": KEY} if half else {}
    ran = lkm(*PATIENT, "--url", url, "--json", env=env)
    assert ran.code == 4
    assert ran.json["error"]["hint"] == "set LIVEKIT_API_KEY and LIVEKIT_API_SECRET of that server"


def test_bad_url_is_a_usage_error(lkm: Lkm, livekit_server: Server) -> None:
    ran = lkm("health", "--url", "ftp://me:hunter22@h", "--json", env=livekit_server.env)
    assert ran.code == 2
    assert "ftp" in ran.json["error"]["message"]
    assert "hunter22" not in ran.out + ran.err


def test_bad_url_in_the_env_file_is_a_configuration_error(lkm: Lkm, project: Path) -> None:
    (project / ".env").write_text(
        f"LIVEKIT_URL=ftp://h\nLIVEKIT_API_KEY={KEY}\nLIVEKIT_API_SECRET={SECRET}\n"
    )
    ran = lkm("health", "--json")
    assert ran.code == 4
    assert ran.json["error"]["message"].startswith(".env:1: ")


def test_url_and_key_of_the_env_file(lkm: Lkm, project: Path, livekit_server: Server) -> None:
    (project / ".env").write_text(
        f"LIVEKIT_URL={livekit_server.url}\nLIVEKIT_API_KEY={KEY}\nLIVEKIT_API_SECRET={SECRET}\n"
    )
    ran = lkm(*PATIENT, "--until", "token", "--json")
    assert ran.code == 0, ran.out
    assert ran.json["data"]["url_origin"] == ".env:1"
    # The shell wins.
    nowhere = {"LIVEKIT_URL": f"ws://127.0.0.1:{free_port()}"}
    other = lkm(*PATIENT, "--until", "port", "--json", env=nowhere)
    assert other.code == 1
    assert other.json["data"]["url_origin"] == "LIVEKIT_URL (shell)"


def test_url_without_scheme_and_outside_any_project(lkm: Lkm, livekit_server: Server, tmp_path: Path) -> None:
    ran = lkm(
        *(*PATIENT, "--url", f"127.0.0.1:{livekit_server.port}", "--until", "ice", "--json"),
        env={k: v for k, v in livekit_server.env.items() if k != "LIVEKIT_URL"},
        cwd=tmp_path,
    )
    assert ran.code == 0, ran.out
    assert ran.json["data"]["url"] == livekit_server.url


def test_wrong_credentials_exit_with_4(lkm: Lkm, livekit_server: Server) -> None:
    canary = "canary-secret-0123456789abcdefghijkl"
    ran = lkm(*PATIENT, "-v", env={**livekit_server.env, "LIVEKIT_API_SECRET": canary})
    assert ran.code == 4
    assert "has another secret" in ran.out
    assert canary not in ran.out + ran.err
    assert "eyJ" not in ran.out + ran.err


def test_nothing_listens_says_what_to_do(lkm: Lkm) -> None:
    port = free_port()
    env = {"LIVEKIT_API_KEY": KEY, "LIVEKIT_API_SECRET": SECRET, "LKM_PORTS_SIGNAL": str(port)}
    ran = lkm(*PATIENT, env=env)
    assert ran.code == 1
    assert "lkm up" in ran.out
    assert "not reached because" in ran.out


def test_proxy_on_every_rung_and_its_password_nowhere(lkm: Lkm, livekit_server: Server) -> None:
    needs_media()
    with ConnectProxy(
        hosts={"livekit.test": ("127.0.0.1", livekit_server.port)}, user="me:proxy-pw"
    ) as proxy:
        env = {**livekit_server.env, "LIVEKIT_URL": "ws://livekit.test:7880", "HTTP_PROXY": proxy.url}
        ran = lkm(*PATIENT, "--until", "token", "--json", "-v", env=env)
        assert ran.code == 0, ran.out
        assert {f["evidence"]["path"] for f in ran.json["findings"]} == {
            f"proxy http://127.0.0.1:{proxy.port}"
        }
        assert "proxy-pw" not in ran.out + ran.err
        assert len(proxy.asked) == 4


def test_limit_must_be_a_sane_number(lkm: Lkm) -> None:
    assert lkm("health", "--timeout", "0", "--json").code == 2
    assert lkm("health", "--timeout", "soon", "--json").code == 2
    assert lkm("health", "--timeout", "11m", "--json").code == 2


@pytest.mark.parametrize("limit", ["300ms", "0.3"])
def test_limit_is_a_time_as_everywhere(lkm: Lkm, limit: str) -> None:
    with FakeServer(hang) as server:
        env = {"LIVEKIT_API_KEY": KEY, "LIVEKIT_API_SECRET": SECRET}
        ran = lkm("health", "--url", server.url, "--timeout", limit, "--json", env=env)
    assert ran.code == 1
    failed = next(f for f in ran.json["findings"] if f["status"] == "fail")
    assert failed["evidence"]["reason"] == "timeout"
    if failed["id"] != "health.port":  # that one cannot take as long, unless this machine stands still
        assert failed["title"].endswith("says nothing for 0.3 s")


def test_start_is_offered_where_up_would_listen(lkm: Lkm, project: Path) -> None:
    port = free_port()
    (project / "lkm.toml").write_text(f"[ports]\nsignal = {port}\n")
    env = {"LIVEKIT_API_KEY": KEY, "LIVEKIT_API_SECRET": SECRET}
    for url, command in ((f"ws://localhost:{port}", "lkm up"), (f"ws://127.0.0.1:{free_port()}", None)):
        ran = lkm(*PATIENT, "--url", url, "--json", env=env)
        failed = next(f for f in ran.json["findings"] if f["status"] == "fail")
        assert failed["evidence"]["reason"] == "refused"
        assert failed["fix"].get("command") == command


# --- Ctrl-C

# What the front holds up, so that lkm waits in exactly this phase.
PHASES = {
    "http": ("/", "hang"),
    "twirp": (ROOMS, "hang"),
    "token": ("/rtc/validate", "hang"),
    "signal": ("/rtc", "hang"),
    "ice": ("/rtc", "join"),
    "media": ("/rtc/v1", "hang"),
}


@pytest.mark.parametrize("phase", ["port", *PHASES])
def test_ctrl_c_in_every_phase(
    phase: str, livekit_server: Server, project: Path, clean_env: dict[str, str]
) -> None:
    if phase == "media":
        needs_media()
    reached = threading.Event()

    def gate(path: str) -> str:
        wanted, verdict = PHASES[phase]
        if path != wanted:
            return "pass"
        reached.set()
        return verdict

    def hanging_proxy(connection: socket.socket) -> None:
        reached.set()
        hang(connection)

    handler: Callable[[socket.socket], None] = (
        hanging_proxy if phase == "port" else Front(livekit_server.port, gate=gate)
    )
    with FakeServer(handler) as server:
        env = {**clean_env, **livekit_server.env, "LIVEKIT_URL": server.url}
        if phase == "port":
            env |= {"LIVEKIT_URL": "ws://livekit.test", "HTTP_PROXY": f"http://127.0.0.1:{server.port}"}
        process = subprocess.Popen(
            [sys.executable, "-m", "livekit_migrate", "health", "--timeout", "300", "--json"],
            cwd=project,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            assert reached.wait(60), "lkm never came to this phase"
            family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
            process.communicate()
    assert process.returncode == 130, (out, err)
    assert json.loads(out)["error"]["message"] == "stopped by Ctrl-C"
    assert "Traceback" not in err
    assert "stopping" in err
    _, left = psutil.wait_procs(family, timeout=60)
    assert [process for process in left if alive(process)] == []
    assert rooms_of_ours(livekit_server) == []


def rooms_of_ours(server: Server) -> list[str]:
    """Rooms the probe left; a participant that just left may keep one for a moment."""
    token = mint(KeyPair(KEY, Secret(SECRET)), grants={"room_list": True})
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.port}{ROOMS}",
        data=b"{}",
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + 60
    while True:
        with opener.open(request, timeout=60) as answer:
            rooms = [r["name"] for r in json.load(answer)["rooms"] if r["name"].startswith("lkm-health")]
        if not rooms or time.monotonic() > deadline:
            return rooms
        time.sleep(0.05)  # between two looks, bounded by the deadline
