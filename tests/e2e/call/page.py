"""A person with a browser tab in a call: what they do, and what they see and hear."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import Browser, Locator, Page, expect

from tests.native import until

if TYPE_CHECKING:
    from .app import Ports

PATIENCE = 120_000  # ms: the machine may have much else to do
expect.set_options(timeout=PATIENCE)
CAMERA_WIDTH = 640
FRAMES = 10  # that have to be new before a picture counts as moving
_LOOK = 100  # ms between two looks

# In every page before its own code runs: connections and sockets can be looked at and broken later.
_SPY = """
window.seen = { connections: [], sockets: [] };
const recorded = (Original, list) => new Proxy(Original, {
  construct(target, args) {
    const made = new target(...args);
    list.push(made);
    return made;
  },
});
window.RTCPeerConnection = recorded(window.RTCPeerConnection, window.seen.connections);
window.WebSocket = recorded(window.WebSocket, window.seen.sockets);

// What a picture is like: how many frames so far, how large, and a hash of what it shows.
window.look = (video) => {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [32, 18];
  const context = canvas.getContext("2d");
  context.drawImage(video, 0, 0, 32, 18);
  const hash = context.getImageData(0, 0, 32, 18).data.reduce((sum, byte) => (sum * 31 + byte) | 0, 0);
  return { frames: video.getVideoPlaybackQuality().totalVideoFrames, width: video.videoWidth, hash };
};

// How much sound of a person arrived, by the browser's own statistics of the track that plays.
window.energy = async (identity, source) => {
  const player = document.querySelector(`audio[data-identity="${identity}"][data-source="${source}"]`);
  const playing = player?.srcObject?.getAudioTracks().map(({ id }) => id) ?? [];
  for (const connection of window.seen.connections.filter((one) => one.connectionState !== "closed")) {
    const reports = [...(await connection.getStats()).values()].filter(({ type }) => type === "inbound-rtp");
    const ours = reports.find(({ trackIdentifier }) => playing.includes(trackIdentifier));
    if (ours) {
      return ours.totalAudioEnergy;
    }
  }
  return 0;
};
"""


class Person:
    """One browser profile: a session, and a page that may be in a call."""

    def __init__(self, browser: Browser, ports: Ports, name: str) -> None:
        self.name = name
        self._ports = ports
        self._context = browser.new_context()
        self._context.set_default_timeout(PATIENCE)
        self._context.add_init_script(_SPY)
        self.page: Page = self._context.new_page()
        answer = self._context.request.post(f"{ports.api_url}/session", data={"name": name})
        assert answer.status == 201, answer.text()
        self.identity = str(answer.json()["identity"])

    def close(self) -> None:
        self._context.close()

    # Doing.

    def make_room(self, *, approval: bool = False) -> str:
        """A room of which this person is the host; returns its id."""
        answer = self._context.request.post(
            f"{self._ports.api_url}/rooms",
            data={"name": f"{self.name}'s room", "requiresApproval": approval},
        )
        assert answer.status == 201, answer.text()
        return str(answer.json()["id"])

    def open(self, room: str) -> None:
        """To the lobby of a room."""
        self.page.goto(f"{self._ports.origin}/rooms/{room}")
        expect(self.button("Join call").or_(self.button("Ask to join"))).to_be_enabled(timeout=PATIENCE)

    def join(self, room: str) -> None:
        """Into the call, through the lobby."""
        self.open(room)
        self.button("Join call").click()
        self.is_in_call()

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def press(self, name: str) -> None:
        self.button(name).click()

    def say(self, text: str) -> None:
        """In the chat, which has to be open."""
        self.page.get_by_label("Message", exact=True).fill(text)
        self.press("Send")

    def break_sockets(self) -> int:
        """As if the connection to the signalling server broke; returns how many sockets were open."""
        broken = self.page.evaluate(
            "seen.sockets.filter(({ readyState }) => readyState === 1).map((socket) => socket.close()).length"
        )
        assert isinstance(broken, int)
        return broken

    # Seeing and hearing.

    def is_in_call(self) -> None:
        expect(self.page.get_by_role("toolbar", name="Call controls")).to_be_visible(timeout=PATIENCE)

    def tile(self, other: Person, source: str = "camera") -> Locator:
        return self.page.locator(f'li[data-identity="{other.identity}"][data-source="{source}"]')

    def sees_people(self, *others: Person) -> None:
        """Exactly these tiles, whatever their order."""
        tiles = self.page.locator('li[data-source="camera"]')
        expect(tiles).to_have_count(len(others), timeout=PATIENCE)
        for other in others:
            expect(self.tile(other)).to_be_visible(timeout=PATIENCE)

    def sees(self, other: Person, source: str = "camera", width: int | None = None) -> None:
        """A picture that moves; of this width, into which it may have to grow."""
        self.moves(self.tile(other, source).locator("video"), width)

    def moves(self, video: Locator, width: int | None = None) -> None:
        """New frames arrive, and they show something else than before."""
        video.wait_for(timeout=PATIENCE)
        before = now = video.evaluate("look")

        def moving() -> bool:
            nonlocal before, now
            self.page.wait_for_timeout(_LOOK)
            now = video.evaluate("look")
            if now["frames"] < before["frames"]:  # the page shows it anew, and counts anew
                before = now
            enough = now["frames"] >= before["frames"] + FRAMES and now["hash"] != before["hash"]
            return enough and width in (None, now["width"])

        until(moving, f"{self.name} sees a moving picture {width or ''}; at first: {now}", PATIENCE / 1000)

    def sees_sharply(self, other: Person) -> None:
        """A screen with all the points that its tile has room for; a server need not send more."""
        shared = other.tile(other, "screen").locator("video")
        shown = self.tile(other, "screen").locator("video")

        def sharp() -> bool:
            whole, seen = shared.evaluate("look")["width"], shown.evaluate("look")["width"]
            # Layers are halves: the one that is chosen may be a few points short.
            room = shown.evaluate("video => video.clientWidth")
            return bool(seen > CAMERA_WIDTH and seen >= 0.95 * min(whole, room))

        until(sharp, f"{self.name} sees {other.name}'s screen sharply", PATIENCE / 1000)

    def sees_no_camera_of(self, other: Person) -> None:
        expect(self.tile(other)).to_be_visible(timeout=PATIENCE)
        expect(self.tile(other).locator("video")).to_have_count(0, timeout=PATIENCE)

    def signaling_ports(self) -> list[int]:
        """The ports of the servers that this page is connected to: the one that its call runs on."""
        ports = (
            "seen.sockets.filter(({ readyState }) => readyState === 1).map(({ url }) => +new URL(url).port)"
        )
        return [int(port) for port in self.page.evaluate(ports)]

    def energy_of(self, other: Person, source: str = "microphone") -> float:
        found = self.page.evaluate("([who, source]) => energy(who, source)", [other.identity, source])
        return float(found)

    def hears(self, other: Person, source: str = "microphone") -> None:
        """More sound arrives than there was."""
        before = self.energy_of(other, source)

        def louder() -> bool:
            nonlocal before
            self.page.wait_for_timeout(_LOOK)
            now = self.energy_of(other, source)
            before = min(before, now)  # a new connection counts anew
            return now > before + 0.001

        until(louder, f"{self.name} hears {other.name}", PATIENCE / 1000)
