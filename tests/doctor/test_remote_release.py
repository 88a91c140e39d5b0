"""Row 12: a release that no browser can be in a call with. Seen in one, named, and mended by a later one.

Its module cannot be had everywhere: what it said is put into what a real server says.
"""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from livekit_migrate.core.secret import Secret
from livekit_migrate.livekit.keys import KeyPair
from livekit_migrate.livekit.tokens import mint

from ..conftest import KEY, SECRET, free_port, need, running_server
from ..e2e.browser import chromium, pages
from ..e2e.test_browser import CLIENT
from ..fakes.release import VERSION, release_1_10_0
from .remote import blames, doctor, healthy, symptoms


@pytest.fixture(scope="module")
def urls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The old release and a later one, both with TURN."""
    port, tcp = free_port(), free_port()
    udp, turn = free_port(socket.SOCK_DGRAM), free_port(socket.SOCK_DGRAM)
    settings = (
        f"port: {port}\nbind_addresses: [127.0.0.1]\n"
        f"rtc: {{tcp_port: {tcp}, udp_port: {udp}, node_ip: 127.0.0.1, use_external_ip: false, "
        "enable_loopback_candidate: true, ips: {includes: [127.0.0.1/32]}}\n"
        f"turn: {{enabled: true, udp_port: {turn}, relay_range_start: 42000, relay_range_end: 42010, "
        "allow_restricted_peer_cidrs: [127.0.0.0/8]}\n"
    )
    folder = tmp_path_factory.mktemp("release")
    later = f"ws://127.0.0.1:{port}"
    with running_server(folder, settings, wait_url=f"http{later[2:]}/"), release_1_10_0(port) as old:
        yield old.url, later


def test_it_is_named(urls: tuple[str, str], tmp_path: Path) -> None:
    old, later = urls
    ran = doctor(tmp_path, old)
    assert ran.code == 1
    blames(ran, f"fail livekit-server {VERSION}: with TURN on it advertises addresses that no browser reads")
    (symptom,) = symptoms(ran)
    assert "browsers cannot read the advertised turn:{127.0.0.1 }:" in symptom
    assert "→ take 1.10.1 or later" in ran.out
    healthy(doctor(tmp_path, later))


def test_no_page_gets_into_a_call(urls: tuple[str, str], tmp_path: Path) -> None:
    if not CLIENT.is_file():
        need("node", "livekit-client is not installed in tools/node (npm ci)")
    shutil.copy(CLIENT, tmp_path)
    (tmp_path / "index.html").write_text(f'<!doctype html><script src="{CLIENT.name}"></script>')
    token = mint(KeyPair(KEY, Secret(SECRET)), room="a", identity="page", grants={"room_join": True})
    join = (
        "async ([url, token]) => { const room = new LivekitClient.Room();"
        " const patience = {maxRetries: 0, websocketTimeout: 120000, peerConnectionTimeout: 120000};"
        " try { await room.connect(url, token, patience); return room.state; }"
        " catch (error) { return String(error); } finally { await room.disconnect(); } }"
    )
    read = (
        "(url) => { try { new RTCPeerConnection({iceServers: [{urls: url, username: 'a', credential: 'b'}]});"
        " return ''; } catch (error) { return String(error); } }"
    )
    with chromium() as browser, pages(tmp_path) as origin:
        page = browser.new_page()
        page.set_default_timeout(120_000)
        page.goto(f"{origin}/index.html")
        seen, mended = (str(page.evaluate(join, [url, token])) for url in urls)
        plain = page.evaluate(read, "turn:{127.0.0.1 }:3478?transport=udp")
    # Said by livekit-client of today, which makes its connection before it hears of the relays; earlier ones
    # show what the browser says to the same address at once.
    assert "The given configuration has a syntax error" in seen
    assert "ICE server parsing failed: Invalid hostname format" in plain
    assert mended == "connected"
