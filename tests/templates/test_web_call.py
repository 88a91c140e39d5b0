"""The web's templates in a fresh Vite app: two pages of a browser, the Hono routes, a real LiveKit server."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import Server, running_server
from tests.e2e.browser import chromium, pages

from .conftest import APPS, SESSION, served, server_app, vite_app

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_PATIENCE = 120_000  # ms: the machine may have much else to do

# Before the page's own scripts: what is heard is only in the statistics of its connections.
SPY = """
window.connections = [];
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...given) { super(...given); window.connections.push(this); }
};
window.heard = async () => {
  let energy = 0;
  for (const connection of window.connections) {
    if (connection.connectionState === "closed") continue;
    for (const each of (await connection.getStats()).values())
      if (each.type === "inbound-rtp" && each.kind === "audio") energy += each.totalAudioEnergy;
  }
  return energy;
};
window.frames = (selector) =>
  [...document.querySelectorAll(selector)].map((video) => video.getVideoPlaybackQuality().totalVideoFrames);
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, kit: Path) -> Path:
    """The built app."""
    folder = vite_app(tmp_path_factory.mktemp("web") / "fresh", kit)
    shutil.copy(APPS / "main.tsx", folder / "src" / "main.tsx")
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@dataclass(frozen=True)
class World:
    """All that a call needs."""

    origin: str
    browser: Browser
    livekit: running_server
    server: Server

    @contextmanager
    def page(self, who: str, room: str, ui: str = "") -> Iterator[Page]:
        """Somebody's page, with their session in a cookie."""
        context = self.browser.new_context()
        try:
            context.add_cookies([{"name": "who", "value": who, "url": self.origin}])
            page = context.new_page()
            page.set_default_timeout(_PATIENCE)
            page.add_init_script(SPY)
            page.goto(f"{self.origin}/index.html#{room}/{ui}")
            yield page
        finally:
            context.close()


@pytest.fixture(scope="module")
def world(
    tmp_path_factory: pytest.TempPathFactory, kit: Path, site: Path, browser: Browser
) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("call")
    source = server_app(folder / "server", kit, "hono", SESSION)
    shutil.copy(APPS / "session.ts", source)
    built = site / "dist"
    built.mkdir()
    with ExitStack() as stack:
        origin = stack.enter_context(pages(built))
        livekit = running_server(folder)
        started = stack.enter_context(livekit)
        api = stack.enter_context(
            served(source, kit, {**started.env, "NODE_ENV": "production", "WEB_ORIGIN": origin})
        )
        done = subprocess.run(
            [str(kit / ".bin" / "vite"), "build", "--mode", "development"],
            cwd=site,
            env={**os.environ, "VITE_API_URL": api.url, "NODE_ENV": "development"},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        yield World(origin, browser, livekit, started)


def enter(page: Page) -> None:
    page.get_by_role("button", name="Join").click()


def wait(page: Page, expression: str, given: Any = None) -> None:
    from playwright.sync_api import TimeoutError  # noqa: A004 - its name there

    try:
        page.wait_for_function(expression, arg=given, polling=100, timeout=_PATIENCE)
    except TimeoutError as error:
        raise AssertionError(f"{expression}: {page.inner_text('body')[:2000]}") from error


def sees(page: Page, selector: str, count: int = 1) -> None:
    """So many videos, and each shows new frames."""
    wait(
        page, "([selector, count]) => document.querySelectorAll(selector).length === count", [selector, count]
    )
    before = page.evaluate("frames", selector)
    wait(
        page,
        "([selector, before]) => frames(selector).every((now, i) => now > before[i] + 5)",
        [selector, before],
    )


def hears(page: Page) -> None:
    before = page.evaluate("heard()")
    wait(page, "async (before) => (await heard()) > before + 0.001", before)


OTHERS = ".lk-call-tile video:not(.lk-call-mirrored)"


def test_a_call(world: World) -> None:
    with world.page("alice", "open") as alice, world.page("bob", "open") as bob:
        for page in (alice, bob):
            sees(page, ".lk-call-lobby video")
            enter(page)
        for page in (alice, bob):
            sees(page, OTHERS)
            hears(page)

        # Chat
        bob.get_by_label("Message", exact=True).fill("hello from bob")
        bob.get_by_role("button", name="Send").click()
        for page in (alice, bob):
            page.get_by_role("log").get_by_text("hello from bob").wait_for()
            assert "BOB" in page.get_by_role("log").inner_text()

        # Mute
        bob.get_by_role("button", name="Microphone").click()
        alice.get_by_role("listitem").filter(has_text="BOB").get_by_text("muted").wait_for()
        bob.get_by_role("button", name="Microphone").click()
        alice.get_by_role("listitem").filter(has_text="BOB").get_by_text("muted").wait_for(state="detached")
        hears(alice)

        # Camera
        bob.get_by_role("button", name="Camera").click()
        wait(alice, f"() => document.querySelectorAll('{OTHERS}').length === 0")
        bob.get_by_role("button", name="Camera").click()
        sees(alice, OTHERS)

        # Screen
        bob.get_by_role("button", name="Share screen").click()
        sees(alice, "[data-screen=true] video")
        bob.get_by_role("button", name="Share screen").click()
        wait(alice, "() => document.querySelectorAll('[data-screen=true]').length === 0")

        # Leave and rejoin
        bob.get_by_role("button", name="Leave").click()
        wait(alice, f"() => document.querySelectorAll('{OTHERS}').length === 0")
        enter(bob)
        sees(alice, OTHERS)
        sees(bob, OTHERS)


def test_a_host_lets_in_and_turns_away(world: World) -> None:
    with (
        world.page("alice", "guarded") as alice,
        world.page("bob", "guarded") as bob,
        world.page("carol", "guarded") as carol,
    ):
        enter(alice)
        alice.get_by_role("toolbar").get_by_role("button", name="Share screen").wait_for()
        for page in (bob, carol):
            enter(page)
            page.get_by_text("A host will let you in soon.").wait_for()
        # Who waits is in nobody's grid, and hears and reads nothing.
        alice.get_by_role("button", name="Let BOB in").wait_for()
        assert alice.locator(".lk-call-tile").count() == 1
        alice.get_by_label("Message", exact=True).fill("not for those who wait")
        alice.get_by_role("button", name="Send").click()

        alice.get_by_role("button", name="Let BOB in").click()
        sees(bob, OTHERS)
        hears(bob)
        sees(alice, OTHERS)
        assert bob.get_by_role("button", name="CAROL").count() == 0, "only hosts are asked"

        alice.get_by_role("button", name="Turn CAROL away").click()
        carol.get_by_text("The host did not let you in.").wait_for()
        assert "not for those who wait" not in bob.content()
        carol.get_by_role("button", name="Join").wait_for()


def test_who_may_not_join_is_told(world: World) -> None:
    with world.page("bob", "private") as bob:
        enter(bob)
        bob.get_by_role("alert").get_by_text("You are not allowed to join this call.").wait_for()


def test_components_that_know_only_the_interface_of_a_call(world: World) -> None:
    """Under strict mode, which joins, leaves and joins again at once."""
    with world.page("alice", "own", "own") as alice, world.page("bob", "own", "auto") as bob:
        assert alice.get_by_role("status").inner_text() == "idle"
        enter(alice)
        for page, other in ((alice, "bob"), (bob, "alice")):
            sees(page, f"[aria-label={other}] video[data-source=camera]")
            hears(page)
        state = alice.evaluate("JSON.parse(document.querySelector('pre').textContent)")
        assert [
            (each["identity"], each["name"], each["isLocal"], each["isHost"])
            for each in state["participants"]
        ] == [
            ("alice", "ALICE", True, True),
            ("bob", "BOB", False, False),
        ]
        sources = [
            (track["source"], track["kind"], track["muted"]) for track in state["participants"][1]["tracks"]
        ]
        assert sorted(sources) == [("camera", "video", False), ("microphone", "audio", False)]
        assert (state["isMicrophoneEnabled"], state["isCameraEnabled"], state["isHost"]) == (True, True, True)

        bob.get_by_role("button", name="Microphone").click()
        tracks = "JSON.parse(document.querySelector('pre').textContent).participants[1].tracks"
        muted = f"() => {tracks}.some((each) => each.kind === 'audio' && each.muted)"
        wait(alice, muted)
        alice.get_by_role("button", name="Leave").click()
        alice.get_by_role("status").get_by_text("disconnected").wait_for()
        wait(bob, "() => document.querySelectorAll('[aria-label=alice]').length === 0")


def test_the_call_comes_back_after_the_server_did(world: World) -> None:
    with world.page("alice", "again") as alice, world.page("bob", "again") as bob:
        for page in (alice, bob):
            enter(page)
        for page in (alice, bob):
            sees(page, OTHERS)
        world.livekit.__exit__()
        for page in (alice, bob):
            page.get_by_role("status").get_by_text("Reconnecting").wait_for()
        world.livekit.__enter__()
        for page in (alice, bob):
            page.get_by_role("status").get_by_text("Reconnecting").wait_for(state="detached")
            sees(page, OTHERS)
            hears(page)
