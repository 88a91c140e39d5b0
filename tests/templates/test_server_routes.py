"""The server's templates on each framework, against a real LiveKit server."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import KEY, SECRET, Lkm, Server, free_port, running_server

from .conftest import APPS, FRAMEWORKS, SESSION, Running, served, server_app


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Message  # whatever case a framework writes their names in
    body: dict[str, Any]


@dataclass(frozen=True)
class App:
    """A server, and what the app behind it heard."""

    running: Running
    livekit: Server
    events: Path

    def post(
        self,
        path: str,
        body: object,
        *,
        who: str | None = None,
        kind: str = "application/json",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.running.url}/livekit{path}", data, method="POST")
        request.add_header("Content-Type", kind)
        if who is not None:
            request.add_header("Cookie", f"who={who}")
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=60) as response:
                return Answer(response.status, response.headers, json.loads(response.read() or b"null"))
        except urllib.error.HTTPError as error:
            with error:
                text = error.read()
            answer = json.loads(text) if text.startswith(b"{") else {"text": text.decode()}
            return Answer(error.code, error.headers, answer)

    def heard(self) -> list[str]:
        return self.events.read_text().splitlines() if self.events.exists() else []


@pytest.fixture(scope="module", params=FRAMEWORKS)
def app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, kit: Path) -> Iterator[App]:
    folder = tmp_path_factory.mktemp(f"routes-{request.param}")
    source = server_app(folder / "app", kit, request.param, SESSION)
    shutil.copy(APPS / "session.ts", source)
    shutil.copy(APPS / "events.ts", source / "livekit")
    port, ports = free_port(), [free_port() for _ in range(3)]
    config = (
        f"port: {ports[0]}\nbind_addresses: [127.0.0.1]\n"
        f"rtc: {{tcp_port: {ports[1]}, udp_port: {ports[2]}, node_ip: 127.0.0.1, use_external_ip: false}}\n"
        f"webhook: {{api_key: {KEY}, urls: ['http://127.0.0.1:{port}/livekit/webhook']}}\n"
    )
    with ExitStack() as stack:
        started = stack.enter_context(
            running_server(folder, config, wait_url=f"http://127.0.0.1:{ports[0]}/")
        )
        livekit = Server(ports[0], ports[1], ports[2], started.pid, started.log)
        env = {**livekit.env, "NODE_ENV": "production", "EVENTS_LOG": str(folder / "events")}
        yield App(stack.enter_context(served(source, kit, env, port=port)), livekit, folder / "events")


Verify = Callable[[str], dict[str, Any]]


@pytest.fixture
def verified(lkm: Lkm, app: App) -> Verify:
    """The grants of a token that the real server accepts."""

    def verify(token: str) -> dict[str, Any]:
        ran = lkm("token", "verify", "-", "--json", stdin=token, env=app.livekit.env)
        assert ran.code == 0, ran.out
        data = ran.json["data"]
        assert isinstance(data, dict)
        return data

    return verify


def test_without_a_session_there_is_no_token(app: App) -> None:
    answer = app.post("/token", {"roomId": "open", "identity": "alice"})
    assert (answer.status, answer.body) == (401, {"error": "no_session"})
    assert app.post("/rooms/open/approve", {"identity": "bob"}).status == 401


def test_the_app_decides_about_the_room(app: App) -> None:
    answer = app.post("/token", {"roomId": "private"}, who="bob")
    assert (answer.status, answer.body) == (403, {"error": "not_allowed"})


def test_the_identity_is_the_sessions_and_the_grant_one_room(app: App, verified: Verify) -> None:
    answer = app.post("/token", {"roomId": "open", "identity": "alice", "isHost": True}, who="bob")
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.body["url"] == app.livekit.url
    said = verified(answer.body["token"])
    assert (said["identity"], said["room"], said["claims"]["name"]) == ("bob", "open", "BOB")
    assert said["claims"]["attributes"] == {"role": "member"}
    # It reads the clock for the end first, and then for the beginning, perhaps in the next second.
    assert said["claims"]["exp"] - said["claims"]["nbf"] in (299, 300)
    assert said["claims"]["video"] == {
        "roomJoin": True,
        "room": "open",
        "canPublish": True,
        "canSubscribe": True,
        "canPublishData": True,
        "canUpdateOwnMetadata": False,
    }


@pytest.mark.parametrize(
    ("who", "room", "role", "sends", "receives"),
    [
        ("bob", "guarded", "member", False, False),
        ("alice", "guarded", "host", True, True),
        ("viewer", "open", "viewer", False, True),
    ],
)
def test_grants_follow_what_the_app_decided(
    app: App, verified: Verify, who: str, room: str, role: str, *, sends: bool, receives: bool
) -> None:
    said = verified(app.post("/token", {"roomId": room}, who=who).body["token"])
    grant = said["claims"]["video"]
    assert (grant["canPublish"], grant["canSubscribe"], grant["canPublishData"]) == (
        sends,
        receives,
        receives,
    )
    assert said["claims"]["attributes"] == {"role": role}


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        ({"roomId": "open"}, "text/plain", 415),
        (b"roomId=open", "application/x-www-form-urlencoded", 415),
        ({"room": "open"}, "application/json", 400),
        ({"roomId": ""}, "application/json", 400),
        ({"roomId": 7}, "application/json", 400),
        ({"roomId": "x" * 129}, "application/json", 400),
        ([], "application/json", 400),
        (b"{", "application/json", 400),
        ({"roomId": "x" * 200_000}, "application/json", 413),
    ],
)
def test_what_is_no_request_for_a_room_is_refused(app: App, body: object, kind: str, status: int) -> None:
    assert app.post("/token", body, who="bob", kind=kind).status == status


def test_one_person_gets_so_many_tokens_a_minute(app: App) -> None:
    answers = [app.post("/token", {"roomId": "open"}, who="greedy") for _ in range(25)]
    # A window may end in between, but only once.
    assert [answer.status for answer in answers[:20]] == [200] * 20
    assert answers[20].status == 429
    assert 0 < int(answers[20].headers["Retry-After"]) <= 60
    assert app.post("/token", {"roomId": "open"}, who="modest").status == 200


def signed(body: bytes, *, secret: str = SECRET) -> str:
    from livekit.api import AccessToken

    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    return AccessToken(KEY, secret).with_sha256(digest).to_jwt()


EVENT = json.dumps({"event": "participant_left", "id": "EV_1", "participant": {"identity": "zoe"}}).encode()
WEBHOOK = "application/webhook+json"


@pytest.mark.parametrize(
    ("body", "authorization"),
    [
        (EVENT, None),
        (EVENT, signed(EVENT, secret="another-secret-0123456789abcdefghijkl")),
        (EVENT.replace(b"zoe", b"eve"), signed(EVENT)),
        (EVENT, "Bearer nonsense"),
    ],
    ids=["no signature", "another secret", "another body", "no token"],
)
def test_an_event_that_livekit_did_not_sign_is_refused(
    app: App, body: bytes, authorization: str | None
) -> None:
    def made_up() -> list[str]:  # the real server may say something meanwhile
        return [each for each in app.heard() if each.endswith((" zoe", " eve"))]

    before = made_up()
    headers = {} if authorization is None else {"Authorization": authorization}
    assert app.post("/webhook", body, kind=WEBHOOK, headers=headers).status == 401
    assert made_up() == before


def test_a_signed_event_reaches_the_app(app: App) -> None:
    answer = app.post("/webhook", EVENT, kind=WEBHOOK, headers={"Authorization": signed(EVENT)})
    assert answer.status == 200
    assert "participant_left zoe" in app.heard()


def test_the_real_server_is_heard(app: App) -> None:
    assert app.post("/token", {"roomId": "announced"}, who="bob").status == 200
    eventually(lambda: "room_started " in app.heard(), app)


def eventually(holds: Callable[[], bool], app: App) -> None:
    deadline = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < deadline, f"{app.heard()}\n{app.running.said()}"
        time.sleep(0.05)  # between two looks, bounded by the deadline


def test_a_host_lets_in_and_turns_away_who_waits_and_nobody_else(app: App) -> None:
    def decide(what: str, identity: str, who: str) -> tuple[int, str]:
        answer = app.post(f"/rooms/guarded/{what}", {"identity": identity}, who=who)
        return answer.status, answer.body.get("error", "")

    async def scenario() -> None:
        from livekit import api, rtc

        service = api.LiveKitAPI(app.livekit.url.replace("ws", "http"), KEY, SECRET)
        rooms: list[rtc.Room] = []
        try:
            for who in ("bob", "carol"):
                room = rtc.Room()
                rooms.append(room)
                answer = app.post("/token", {"roomId": "guarded"}, who=who)
                await room.connect(answer.body["url"], answer.body["token"])
            gone = asyncio.Event()
            rooms[1].on("disconnected", lambda _reason: gone.set())

            assert decide("approve", "bob", "carol") == (403, "hosts_only")
            assert decide("approve", "nobody", "alice") == (404, "not_in_the_room")
            assert decide("approve", "bob", "alice") == (200, "")
            found = await service.room.get_participant(
                api.RoomParticipantIdentity(room="guarded", identity="bob")
            )
            permission = found.permission
            assert (permission.can_publish, permission.can_subscribe, permission.can_publish_data) == (
                True,
            ) * 3
            assert not permission.can_update_metadata
            assert decide("approve", "bob", "alice") == (409, "not_waiting")
            assert decide("deny", "bob", "alice") == (409, "not_waiting")
            assert decide("deny", "carol", "alice") == (200, "")
            await asyncio.wait_for(gone.wait(), 60)
        finally:
            for room in rooms:
                await room.disconnect()
            await service.aclose()

    asyncio.run(scenario())
    assert "approved bob" in app.heard()


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_until_the_app_decides_everybody_is_refused(framework: str, tmp_path: Path, kit: Path) -> None:
    source = server_app(tmp_path / "app", kit, framework, {})
    nowhere = {
        "LIVEKIT_URL": f"ws://127.0.0.1:{free_port()}",
        "LIVEKIT_API_KEY": KEY,
        "LIVEKIT_API_SECRET": SECRET,
    }

    def asked(env: Mapping[str, str]) -> tuple[int, str]:
        with served(source, kit, env) as running:
            app = App(running, Server(0, 0, 0, 0, tmp_path), tmp_path / "events")
            answer = app.post("/token", {"roomId": "open"}, who="alice")
            return answer.status, answer.body["error"]

    guests = {"LIVEKIT_DEV_GUESTS": "true"}
    assert asked({**nowhere, **guests, "NODE_ENV": "production"}) == (403, "not_allowed")
    # Nothing answers at that address: the guest got as far as LiveKit.
    assert asked({**nowhere, **guests}) == (502, "livekit_unavailable")
    if framework == "hono":  # the rest is the same code for each
        assert asked(nowhere) == (403, "not_allowed")
        assert asked(guests) == (503, "not_configured")


def test_half_a_configuration_stops_the_server(tmp_path: Path, kit: Path) -> None:
    source = server_app(tmp_path / "app", kit, "hono", {})
    with (
        pytest.raises(AssertionError, match="LIVEKIT_API_SECRET belong together"),
        served(source, kit, {"LIVEKIT_URL": "ws://127.0.0.1:1"}),
    ):
        pass
