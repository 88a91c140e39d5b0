"""The media probe in its child process: counts, the forced way, and that it never outlives anybody."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from livekit_migrate.core.endpoint import parse_url
from livekit_migrate.core.secret import Secret
from livekit_migrate.livekit import media, media_probe
from livekit_migrate.livekit.keys import KeyPair
from livekit_migrate.livekit.tokens import mint

from ..conftest import ROOT, Server, need
from ..fakes.proxy import ConnectProxy
from ..fakes.server import CA, FakeServer, Front, hang, replies, upgrades
from ..native import alive

PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def _needs_media(monkeypatch: pytest.MonkeyPatch) -> None:
    if not media.installed():
        need("media", "the livekit package (rtc) is not installed")
    for name in list(os.environ):
        if name.lower() in PROXIES:
            monkeypatch.delenv(name)


def ask(
    server: Server, *, url: str | None = None, mode: media.Mode = "all", timeout: float = 60
) -> media.Ask:
    pair = KeyPair(server.key, Secret(server.secret))
    room = f"media-{secrets.token_hex(4)}"

    def token(identity: str, **grants: object) -> str:
        return mint(pair, room=room, identity=identity, grants={"room_join": True, **grants}, ttl=120)

    return media.Ask(
        parse_url(url or server.url), False, token("pub"), token("sub", hidden=True), mode, timeout
    )


@pytest.fixture
def probe() -> Iterator[media.MediaProbe]:
    made = media.MediaProbe()
    yield made
    made.close()


def test_video_and_audio_cross(livekit_server: Server, probe: media.MediaProbe) -> None:
    found = probe.ask(ask(livekit_server))
    assert found["ok"], found
    assert found["frames"] >= 10
    assert found["size"] == "320x180"
    assert found["video_packets"] > 0
    assert found["audio_packets"] >= 5
    assert 0 < found["connect_ms"] < found["first_frame_ms"] <= found["elapsed_ms"]
    # A machine that stood still may have lost some, and then says so.
    total = found["video_packets"] + found["audio_packets"] + found["lost_packets"]
    assert found["loss_percent"] == round(100 * found["lost_packets"] / total, 2)
    for side in ("publisher", "subscriber"):
        assert found[side]["local"]["protocol"] == "udp"
        assert found[side]["remote"]["port"] == livekit_server.udp_port
        assert found[side]["rtt_ms"] >= 0


def test_tcp_only_goes_over_the_tcp_port(livekit_server: Server, probe: media.MediaProbe) -> None:
    found = probe.ask(ask(livekit_server, mode="tcp"))
    assert found["ok"], found
    for side in ("publisher", "subscriber"):
        assert found[side]["local"]["protocol"] == "tcp"
        assert found[side]["remote"]["port"] == livekit_server.tcp_port


def test_one_child_does_one_round_trip_after_the_other(
    livekit_server: Server, probe: media.MediaProbe
) -> None:
    assert probe.ask(ask(livekit_server))["ok"]
    assert probe.ask(ask(livekit_server))["ok"]


def test_library_takes_the_proxy_that_everything_takes(
    livekit_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ConnectProxy(hosts={"livekit.test": ("127.0.0.1", livekit_server.port)}, user="u:p@ss") as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://u:p%40ss@127.0.0.1:{proxy.port}")
        child = media.MediaProbe()
        try:
            found = child.ask(ask(livekit_server, url="ws://livekit.test:7880"))
        finally:
            child.close()
        assert found["ok"], found
        assert found["path"] == f"proxy http://127.0.0.1:{proxy.port}"
        assert set(proxy.asked) == {"CONNECT livekit.test:7880 HTTP/1.1"}
        assert len(proxy.asked) >= 2


def test_library_takes_no_proxy_to_loopback(livekit_server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    # By itself the library asks the proxy even for 127.0.0.1 (livekit 1.2.1).
    with ConnectProxy() as proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        child = media.MediaProbe()
        try:
            assert child.ask(ask(livekit_server))["ok"]
        finally:
            child.close()
        assert proxy.asked == []


def test_library_trusts_what_everything_trusts(
    livekit_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    monkeypatch.setenv("SSL_CERT_FILE", str(CA))
    front = Front(livekit_server.port, strip="/livekit")
    with FakeServer(front, tls=True) as server:
        child = media.MediaProbe()
        try:
            found = child.ask(ask(livekit_server, url=f"{server.url}/livekit"))
        finally:
            child.close()
        assert found["ok"], found
        # A reverse proxy finds its site by the Host header.
        assert all(f"Host: 127.0.0.1:{server.port}\r\n" in head for head in front.heads)
    monkeypatch.delenv("SSL_CERT_FILE")
    with FakeServer(Front(livekit_server.port), tls=True) as server:
        child = media.MediaProbe()
        try:
            found = child.ask(ask(livekit_server, url=server.url, timeout=60))
        finally:
            child.close()
        assert not found["ok"]
        assert "certificate is not trusted" in found["error"]


def test_a_folder_of_the_project_is_no_module(
    livekit_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("livekit", "json"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise SystemExit('the wrong one')\n")
    monkeypatch.chdir(tmp_path)
    child = media.MediaProbe()
    try:
        assert child.ask(ask(livekit_server))["ok"]
    finally:
        child.close()


def test_silence_ends_at_the_limit(
    livekit_server: Server, probe: media.MediaProbe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media, "_LATE_SECONDS", 60.0)
    with FakeServer(replies({"/rtc": upgrades(b"", stay=True), "/rtc/v1": hang})) as server:
        found = probe.ask(ask(livekit_server, url=server.url, timeout=0.5))
    assert (found["ok"], found["stage"]) == (False, "connect")


def test_time_in_which_the_machine_stands_still_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = itertools.count(0, 3600)  # an hour goes by with each
    monkeypatch.setattr(media_probe, "time", SimpleNamespace(monotonic=looks.__next__))

    async def work(seconds: float) -> dict[str, Any]:
        await asyncio.sleep(seconds)
        return {"ok": True}

    assert asyncio.run(media_probe.within(60, work(1))) == {"ok": True}
    with pytest.raises(TimeoutError):
        asyncio.run(media_probe.within(0.5, work(600)))


def test_a_child_that_dies_is_said(livekit_server: Server, probe: media.MediaProbe) -> None:
    os.kill(probe._process.pid, signal.SIGKILL)
    with pytest.raises(media.ProbeError, match="ended by itself"):
        probe.ask(ask(livekit_server))


@pytest.mark.parametrize("ready", [False, True])
def test_a_child_that_hangs_is_ended(
    ready: bool, livekit_server: Server, probe: media.MediaProbe, monkeypatch: pytest.MonkeyPatch
) -> None:
    if ready:
        assert probe.ask(ask(livekit_server))["ok"]
    monkeypatch.setattr(media, "_LOAD_SECONDS", 0.5)
    monkeypatch.setattr(media, "_LATE_SECONDS", 0.5)
    # Stopped, it cannot even notice a signal: only the kill of its parent ends it.
    os.kill(probe._process.pid, signal.SIGSTOP)
    with pytest.raises(media.ProbeError, match="hangs"):
        probe.ask(ask(livekit_server, timeout=0.1))
    assert not probe.alive


def test_tokens_are_not_on_the_command_line(livekit_server: Server, probe: media.MediaProbe) -> None:
    wanted = ask(livekit_server)
    line = " ".join(psutil.Process(probe._process.pid).cmdline())
    assert "media_probe" in line
    assert "eyJ" not in line
    assert probe.ask(wanted)["ok"]


def test_child_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    script = (
        "import sys, time; from livekit_migrate.livekit.media import MediaProbe\n"
        "probe = MediaProbe(); probe._lines.get()  # it is ready, and waits on its stdin\n"
        "print(probe._process.pid, flush=True); time.sleep(600)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        assert parent.stdout
        child = psutil.Process(int(parent.stdout.readline()))
    finally:
        parent.kill()
        parent.communicate()
    _, left = psutil.wait_procs([child], timeout=60)
    stuck = [process for process in left if alive(process)]
    for process in stuck:
        process.kill()
    assert stuck == []


def test_requests_are_json_without_secrets_of_ours(livekit_server: Server) -> None:
    said = json.loads(ask(livekit_server).to_json())
    assert set(said) == {"url", "local", "publisher", "subscriber", "mode", "timeout"}
    assert livekit_server.secret not in json.dumps(said)
