"""What `app.sdk-server` says, seen in a browser: a client of today on older servers."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from livekit_migrate.core.secret import Secret
from livekit_migrate.livekit.keys import KeyPair
from livekit_migrate.livekit.tokens import mint

from ..conftest import KEY, SECRET, Server, free_port, need, running_server
from ..e2e.browser import chromium, pages
from ..e2e.test_browser import CLIENT

if TYPE_CHECKING:
    from playwright.sync_api import Page

# What comes first: the camera is published, or the call is lost.
_PUBLISH = """async ([url, token]) => {
  const room = new LivekitClient.Room();
  const first = new Promise((done) => {
    room.on("localTrackPublished", () => done("published"));
    room.on("connectionStateChanged", (state) => state === "reconnecting" && done(state));
  });
  try {
    await room.connect(url, token);
    const small = { resolution: { width: 320, height: 180 } };
    const [camera] = await LivekitClient.createLocalTracks({ video: small });
    room.localParticipant.publishTrack(camera).catch(() => {});
    return await first;
  } catch (error) {
    return String(error);
  } finally {
    await room.disconnect();
  }
}"""
_DATA_TRACK = """async ([url, token]) => {
  const room = new LivekitClient.Room();
  try {
    await room.connect(url, token);
    await room.localParticipant.publishDataTrack({ name: "cursor" });
    return "published";
  } catch (error) {
    return String(error);
  } finally {
    await room.disconnect();
  }
}"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A page with livekit-client in it, and leave to use the camera."""
    if not CLIENT.is_file():
        need("node", "livekit-client is not installed in tools/node (npm ci)")
    folder = tmp_path_factory.mktemp("page")
    shutil.copy(CLIENT, folder)
    (folder / "index.html").write_text(f'<!doctype html><script src="{CLIENT.name}"></script>')
    with chromium() as browser, pages(folder) as origin:
        opened = browser.new_page()
        opened.set_default_timeout(120_000)
        opened.goto(f"{origin}/index.html")
        yield opened


def does(page: Page, what: str, url: str) -> str:
    token = mint(KeyPair(KEY, Secret(SECRET)), room="a", identity="page", grants={"room_join": True})
    return str(page.evaluate(what, [url, token]))


def test_calls_are_lost_on_an_old_server(page: Page, livekit_server: Server, tmp_path: Path) -> None:
    with running_server(tmp_path, version="1.8.4") as old:
        assert does(page, _PUBLISH, old.url) == "reconnecting"
    assert does(page, _PUBLISH, livekit_server.url) == "published"


def test_data_tracks_are_refused_where_they_are_off(
    page: Page, livekit_server: Server, tmp_path: Path
) -> None:
    """As they are by default before 1.11.0; the server of today has to be told."""
    port = free_port()
    config = f"port: {port}\nbind_addresses: [127.0.0.1]\nenable_data_tracks: false\n"
    rtc = (
        f"rtc: {{tcp_port: {free_port()}, udp_port: {free_port()}, node_ip: 127.0.0.1, "
        "use_external_ip: false, enable_loopback_candidate: true, ips: {includes: [127.0.0.1/32]}}\n"
    )
    with running_server(tmp_path, config + rtc, wait_url=f"http://127.0.0.1:{port}/"):
        refused = does(page, _DATA_TRACK, f"ws://127.0.0.1:{port}")
    assert "Data track publishing unauthorized" in refused
    assert does(page, _DATA_TRACK, livekit_server.url) == "published"
