"""A token of each preset on the real server: what it grants works, what it does not is refused."""

from __future__ import annotations

import asyncio
import contextlib
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from livekit import api

from livekit_migrate.core.secret import Secret
from livekit_migrate.livekit import tokens
from livekit_migrate.livekit.grants import PRESETS
from livekit_migrate.livekit.keys import KeyPair
from tests.conftest import KEY, SECRET, Lkm, Server, need

try:
    from livekit import rtc
except ImportError:  # every test here then says so: see _needs_media
    rtc = None  # type: ignore[assignment]

SECONDS = 60
PAIR = KeyPair(KEY, Secret(SECRET))
Mint = Callable[..., str]


@pytest.fixture(autouse=True)
def _needs_media() -> None:
    if rtc is None:
        need("media", "the livekit package (rtc) is not installed")


@pytest.fixture
def mint(lkm: Lkm, livekit_server: Server) -> Mint:
    """A token by the command itself: ``mint("--subscriber", "-r", "room", "-i", "ada")``."""

    def make(*argv: str) -> str:
        ran = lkm("token", *argv, env=livekit_server.env)
        assert ran.code == 0, ran.err
        return ran.out.strip()

    return make


def play(scene: Coroutine[Any, Any, None]) -> None:
    async def bounded() -> None:
        await asyncio.wait_for(scene, 300)

    asyncio.run(bounded())


@asynccontextmanager
async def joined(server: Server, token: str) -> AsyncIterator[rtc.Room]:
    room = rtc.Room()
    options = rtc.RoomOptions(connect_timeout=SECONDS)
    await asyncio.wait_for(room.connect(server.url, token, options), SECONDS)
    try:
        yield room
    finally:
        await room.disconnect()


@asynccontextmanager
async def published(room: rtc.Room, *, once: bool = False) -> AsyncIterator[rtc.LocalTrackPublication]:
    """A microphone track with sound on it.

    Args:
        once: not tried again when there is no answer. The library waits 10 s for one; a server that has
            no time may need more.
    """
    source = rtc.AudioSource(48000, 1)
    options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
    deadline = time.monotonic() + SECONDS
    while True:
        track = rtc.LocalAudioTrack.create_audio_track("microphone", source)
        try:
            publication = await room.local_participant.publish_track(track, options)
            break
        except rtc.participant.PublishTrackError:
            if once or time.monotonic() > deadline:
                raise

    async def feed() -> None:
        while True:  # capture_frame waits until the source wants more
            await source.capture_frame(rtc.AudioFrame(b"\1\2" * 480, 48000, 1, 480))

    feeding = asyncio.create_task(feed())
    try:
        yield publication
    finally:
        feeding.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await feeding
        await source.aclose()


async def hears(room: rtc.Room, identity: str) -> bool:
    """Until a frame of that participant's sound arrives."""
    got: asyncio.Future[rtc.Track] = asyncio.get_running_loop().create_future()

    def subscribed(track: rtc.Track, _: object, participant: rtc.RemoteParticipant) -> None:
        if participant.identity == identity and not got.done():
            got.set_result(track)

    room.on("track_subscribed", subscribed)
    for participant in room.remote_participants.values():
        for publication in participant.track_publications.values():
            if publication.track:
                subscribed(publication.track, publication, participant)
    stream = rtc.AudioStream(await asyncio.wait_for(got, SECONDS))
    try:
        async for _ in stream:
            return True
    finally:
        await stream.aclose()
    return False


async def let_in(server: Server, token: str) -> bool:
    async with joined(server, token) as room, published(room):
        return True


async def refused(server: Server, token: str) -> bool:
    """Whether a microphone track is not let in; the server then never answers, and the library gives up
    after 10 s."""
    async with joined(server, token) as room:
        try:
            async with published(room, once=True):
                return False
        except rtc.participant.PublishTrackError as error:
            return "no response" in str(error)


def validate(server: Server, token: str) -> int:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://127.0.0.1:{server.port}/rtc/validate?access_token={token}") as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_the_server_validates_every_preset(livekit_server: Server, mint: Mint, preset: Any) -> None:
    assert validate(livekit_server, mint("-r", "v", "-i", "ada", f"--{preset.name}")) == 200


def test_the_server_refuses_what_does_not_join(livekit_server: Server, mint: Mint) -> None:
    assert validate(livekit_server, mint("--room-list")) == 401
    assert validate(livekit_server, mint("-r", "v", "-i", "ada", "--no-room-join")) == 401


def test_publisher_is_heard_by_subscriber_who_may_not_publish(livekit_server: Server, mint: Mint) -> None:
    async def scene() -> None:
        pub, sub = (
            mint("-r", "one", "-i", "pub", "--publisher"),
            mint("-r", "one", "-i", "sub", "--subscriber"),
        )
        async with (
            joined(livekit_server, pub) as speaker,
            joined(livekit_server, sub) as listener,
            published(speaker),
        ):
            assert await hears(listener, "pub")

    play(scene())


def test_who_may_not_publish_is_refused(livekit_server: Server, mint: Mint) -> None:
    async def scene() -> None:
        denied = [
            mint("-r", "seven", "-i", "sub", "--subscriber"),
            mint("-r", "seven", "-i", "rec", "--recorder"),
            mint("-r", "seven", "-i", "cam", "--can-publish-sources", "camera"),
            mint("-r", "seven", "-i", "no", "--publisher", "--no-can-publish"),
        ]
        allowed = [
            mint("-r", "seven", "-i", "boss", "--admin"),
            mint("-r", "seven", "-i", "mic", "--can-publish-sources", "microphone"),
        ]
        tried = [refused(livekit_server, token) for token in denied]
        tried += [let_in(livekit_server, token) for token in allowed]
        assert await asyncio.gather(*tried) == [True] * (len(denied) + len(allowed))

    play(scene())


def test_a_room_alone_publishes_and_subscribes(livekit_server: Server, mint: Mint) -> None:
    async def scene() -> None:
        async with (
            joined(livekit_server, mint("-r", "two", "-i", "a")) as one,
            joined(livekit_server, mint("-r", "two", "-i", "b")) as two,
            published(one),
            published(two),
        ):
            assert await hears(two, "a")
            assert await hears(one, "b")

    play(scene())


@asynccontextmanager
async def service(server: Server, token: str) -> AsyncIterator[api.LiveKitAPI]:
    """livekit-api with a token of ours instead of the ones it makes by itself."""
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session:
        client = api.LiveKitAPI(server.url, KEY, SECRET, session=session)
        client.room._auth_header = lambda *_, **__: {"Authorization": f"Bearer {token}"}  # type: ignore[method-assign]
        yield client


def test_admin_lists_and_removes_in_its_own_room_only(livekit_server: Server, mint: Mint) -> None:
    async def scene() -> None:
        admin = mint("-r", "four", "-i", "boss", "--admin")
        async with joined(livekit_server, mint("-r", "four", "-i", "ada")) as guest:
            left: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            guest.on("disconnected", lambda *_: left.done() or left.set_result(None))
            async with service(livekit_server, admin) as client:
                listed = await client.room.list_participants(api.ListParticipantsRequest(room="four"))
                assert [participant.identity for participant in listed.participants] == ["ada"]
                for denied in (
                    client.room.list_participants(api.ListParticipantsRequest(room="one")),
                    client.room.list_rooms(api.ListRoomsRequest()),
                    client.room.delete_room(api.DeleteRoomRequest(room="four")),
                ):
                    with pytest.raises(api.TwirpError) as caught:
                        await denied
                    assert caught.value.code in {"unauthenticated", "permission_denied"}
                identity = api.RoomParticipantIdentity(room="four", identity="ada")
                await client.room.remove_participant(identity)
            await asyncio.wait_for(left, SECONDS)
        async with joined(livekit_server, admin), service(livekit_server, mint("--room-list")) as client:
            assert "four" in [
                room.name for room in (await client.room.list_rooms(api.ListRoomsRequest())).rooms
            ]
        publisher = mint("-r", "four", "-i", "ada", "--publisher")
        async with service(livekit_server, publisher) as client:
            with pytest.raises(api.TwirpError):
                await client.room.list_participants(api.ListParticipantsRequest(room="four"))

    play(scene())


def test_recorder_hears_and_is_not_seen(livekit_server: Server, mint: Mint) -> None:
    async def scene() -> None:
        recorder = mint("-r", "five", "-i", "rec", "--recorder")
        async with joined(livekit_server, mint("-r", "five", "-i", "ada")) as speaker:
            seen: asyncio.Queue[str] = asyncio.Queue()
            speaker.on("participant_connected", lambda participant: seen.put_nowait(participant.identity))
            async with joined(livekit_server, recorder) as hidden:
                async with published(speaker):
                    assert await hears(hidden, "ada")
                assert hidden.local_participant.kind == rtc.ParticipantKind.PARTICIPANT_KIND_EGRESS
            # Who joins later is seen, and first: so the recorder was not.
            async with joined(livekit_server, mint("-r", "five", "-i", "eve")):
                assert await asyncio.wait_for(seen.get(), SECONDS) == "eve"

    play(scene())


def test_agent_joins_as_one_and_registers_as_a_worker(livekit_server: Server, mint: Mint) -> None:
    async def worker(token: str) -> int:
        url = f"http://127.0.0.1:{livekit_server.port}/agent"
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session:
            try:
                async with session.ws_connect(url):
                    return 101
            except aiohttp.WSServerHandshakeError as error:
                return error.status

    async def scene() -> None:
        async with joined(livekit_server, mint("-r", "six", "-i", "bot", "--agent")) as room:
            assert room.local_participant.kind == rtc.ParticipantKind.PARTICIPANT_KIND_AGENT
            async with published(room) as publication:
                assert publication.sid
        assert await worker(mint("--agent")) == 101
        assert await worker(mint("-r", "six", "-i", "ada", "--publisher")) == 401

    play(scene())


def test_participants_are_told_what_the_token_says(livekit_server: Server, mint: Mint) -> None:
    async def scene() -> None:
        said = (
            "--name",
            "Ada Ł.",
            "--metadata",
            '{"a": 1}',
            "--attribute",
            "role=host",
            "--attribute",
            "k=a=b",
        )
        room_name = "a b/😀?#&%"
        async with joined(livekit_server, mint("-r", room_name, "-i", "ada/😀", *said)) as room:
            me = room.local_participant
            assert room.name == room_name
            assert (me.identity, me.name, me.metadata) == ("ada/😀", "Ada Ł.", '{"a": 1}')
            assert me.attributes == {"role": "host", "k": "a=b"}

    play(scene())


@pytest.mark.parametrize(
    ("options", "fits"),
    [
        ({"metadata": "x" * tokens.LARGEST_METADATA}, True),
        ({"metadata": "x" * (tokens.LARGEST_METADATA + 1)}, False),
        ({"attributes": {"k": "x" * (tokens.LARGEST_ATTRIBUTES - 1)}}, True),
        ({"attributes": {"k": "x" * tokens.LARGEST_ATTRIBUTES}}, False),
    ],
    ids=["metadata", "metadata+1", "attributes", "attributes+1"],
)
def test_the_limits_are_the_servers(livekit_server: Server, options: dict[str, Any], fits: bool) -> None:
    async def scene() -> None:
        token = tokens.mint(PAIR, room="limits", identity="i", **options)
        headers = {"Authorization": f"Bearer {token}"}
        url = f"http://127.0.0.1:{livekit_server.port}/rtc?protocol=15"
        # The socket itself: the rtc library would retry three times before it gives up.
        async with aiohttp.ClientSession(headers=headers) as session:
            status = 101
            try:
                async with session.ws_connect(url):
                    pass
            except aiohttp.WSServerHandshakeError as error:
                status = error.status
        assert status == (101 if fits else 500)

    play(scene())


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"room": "x" * 256, "identity": "i"}, 200),
        ({"room": "x" * 257, "identity": "i"}, 400),
        ({"room": "😀" * 64, "identity": "i"}, 200),
        ({"room": "😀" * 65, "identity": "i"}, 400),
        ({"room": "r", "identity": "x" * 256}, 200),
        ({"room": "r", "identity": "x" * 257}, 400),
        ({"room": "r", "identity": "i", "ttl": tokens.LONGEST_TTL}, 200),
        ({"room": "r", "identity": "i", "ttl": -61}, 401),
        ({"room": "\0\n", "identity": "i"}, 200),
    ],
)
def test_names_and_times_are_judged_as_the_server_does(
    livekit_server: Server, options: dict[str, Any], status: int
) -> None:
    assert validate(livekit_server, tokens.mint(PAIR, **options)) == status
