"""Two pages of a real browser in a call, through the ports that a stack of `lkm up` publishes."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import compose
from tests.conftest import ROOT, Lkm, free_port, need
from tests.native import until

from .browser import chromium, pages

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

IMAGES = ("livekit/livekit-server:v1.13.5", "redis:7", "postgres:17")
CLIENT = ROOT / "tools" / "node" / "node_modules" / "livekit-client" / "dist" / "livekit-client.umd.js"
_PATIENCE = 120_000  # ms: the machine may have much else to do


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def origin(tmp_path: Path) -> Iterator[str]:
    """Where the page is."""
    if not CLIENT.is_file():
        need("node", "livekit-client is not installed in tools/node (npm ci)")
    folder = tmp_path / "pages"
    folder.mkdir()
    shutil.copy(ROOT / "tests" / "e2e" / "call.html", folder)
    shutil.copy(CLIENT, folder)
    with pages(folder) as url:
        yield url


@dataclass(frozen=True)
class Stack:
    url: str
    udp_port: int


@pytest.fixture
def stack(project: Path, lkm: Lkm, clean_env: dict[str, str]) -> Iterator[Stack]:
    clean_env.update(compose.generation(5))
    compose.engine(*IMAGES)
    ports = {name: free_port() for name in ("signal", "rtc_tcp", "redis", "postgres")}
    ports["rtc_udp"] = free_port(socket.SOCK_DGRAM)
    (project / "lkm.toml").write_text(
        "[ports]\n" + "".join(f"{name} = {number}\n" for name, number in ports.items())
    )
    clean_env["COMPOSE_PROJECT_NAME"] = f"lkm-test-browser-{ports['signal']}"
    containers = compose.Project(project, clean_env["COMPOSE_PROJECT_NAME"], compose.generation(5))
    try:
        ran = lkm("up", "--runtime", "compose", "--no-media", "--json", timeout=240)
        assert ran.code == 0, ran.out
        containers.only_answers("livekit")
        yield Stack(ran.json["data"]["url"], ports["rtc_udp"])
    finally:
        containers.clean_up()


def join(browser: Browser, origin: str, stack: Stack, token: str, *, publish: bool) -> Page:
    page = browser.new_page()
    page.set_default_timeout(_PATIENCE)
    page.goto(f"{origin}/call.html")
    page.evaluate("([url, token, publish]) => join(url, token, publish)", [stack.url, token, publish])
    seen = page.evaluate("seen")
    assert (seen["state"], seen["error"]) == ("connected", "")
    return page


def test_a_page_receives_video_from_another_participant(
    lkm: Lkm, stack: Stack, browser: Browser, origin: str
) -> None:
    from playwright.sync_api import TimeoutError  # noqa: A004 - its name there

    def token(identity: str, *grants: str) -> str:
        ran = lkm("token", "--room", "call", "--identity", identity, *grants)
        assert ran.code == 0, ran.err
        return ran.out.strip()

    publisher = join(browser, origin, stack, token("alice", "--publisher"), publish=True)
    viewer = join(browser, origin, stack, token("bob"), publish=False)
    try:
        viewer.wait_for_function("seen.frames >= 10 && seen.width > 0", polling=100, timeout=_PATIENCE)
    except TimeoutError as error:
        raise AssertionError(f"no video: {viewer.evaluate('seen')}") from error
    assert viewer.evaluate("seen.from") == "alice"
    # Which pair of addresses came up first is the browser's secret: it goes over to the best one.
    until(lambda: viewer.evaluate("path()") == f"udp {stack.udp_port}", "media goes over UDP")
    for page in (viewer, publisher):
        page.evaluate("room.disconnect()")
        page.close()
