"""The room service of a real server, and servers that are none."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys

import pytest

from livekit_migrate.core.secret import Secret
from livekit_migrate.livekit import api
from livekit_migrate.livekit.keys import KeyPair
from tests.conftest import ROOT, Server, free_port
from tests.fakes.server import JSON, ROOMS, Answer, FakeServer, Handler, replies


def test_no_rooms(livekit_server: Server) -> None:
    pair = KeyPair(livekit_server.key, Secret(livekit_server.secret))
    assert all(isinstance(room, api.Room) for room in api.rooms(livekit_server.url, pair, timeout=60))


def test_another_key_is_refused(livekit_server: Server) -> None:
    pair = KeyPair(livekit_server.key, Secret("another-secret-0123456789-0123456789"))
    with pytest.raises(api.ApiError) as refused:
        api.rooms(livekit_server.url, pair, timeout=60)
    assert refused.value.code == "api.unauthorized"


def test_nobody_there() -> None:
    pair = KeyPair("APIx", Secret("another-secret-0123456789-0123456789"))
    with pytest.raises(api.ApiError) as refused:
        api.rooms(f"ws://127.0.0.1:{free_port()}", pair, timeout=60)
    assert refused.value.code == "api.unreachable"


def test_it_hangs() -> None:
    pair = KeyPair("APIx", Secret("another-secret-0123456789-0123456789"))
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(api.ApiError) as refused:
        api.rooms(f"ws://127.0.0.1:{silent.getsockname()[1]}", pair, timeout=0.3)
    assert refused.value.code == "api.timeout"


PAIR = KeyPair("APIx", Secret("another-secret-0123456789-0123456789"))
PEOPLE = "/twirp/livekit.RoomService/ListParticipants"


def test_who_is_where() -> None:
    # A fake: more rooms than one answer of the ladder's probes may hold.
    rooms = {"rooms": [{"name": f"{i:04} {'x' * 100}"} for i in range(1000)]}
    people = {"participants": [{"identity": "bob"}, {"identity": "alice"}]}
    few = {"rooms": rooms["rooms"][:3]}
    with FakeServer(
        replies({ROOMS: (200, JSON, json.dumps(few)), PEOPLE: (200, JSON, json.dumps(people))})
    ) as s:
        assert [(room.name[:4], room.identities) for room in api.rooms(s.url, PAIR, timeout=60)] == [
            (f"{i:04}", ("alice", "bob")) for i in range(3)
        ]
    gone = (404, JSON, '{"code":"not_found","msg":"room does not exist"}')
    with FakeServer(replies({ROOMS: (200, JSON, json.dumps(rooms)), PEOPLE: gone})) as s:
        assert api.rooms(s.url, PAIR, timeout=60) == ()


def test_what_is_no_room_service() -> None:
    answers: dict[str, Answer | Handler] = {ROOMS: (500, {}, "down, said eyJhbGciOi.eyJpc3Mi.c2ln")}
    with FakeServer(replies(answers)) as server, pytest.raises(api.ApiError) as refused:
        api.rooms(server.url, PAIR, timeout=60)
    assert refused.value.code == "api.refused"
    assert "500 down" in refused.value.message
    assert "eyJ" not in refused.value.message


def test_no_http_library_is_loaded_for_it(livekit_server: Server) -> None:
    """`lkm status` would wait for it longer than for the answer."""
    code = (
        "import os, sys\n"
        "from livekit_migrate.core.secret import Secret\n"
        "from livekit_migrate.livekit import api, keys\n"
        "pair = keys.KeyPair(os.environ['KEY'], Secret(os.environ['SECRET']))\n"
        "api.rooms(os.environ['URL'], pair, timeout=60)\n"
        "print([name for name in ('aiohttp', 'livekit', 'asyncio') if name in sys.modules])\n"
    )
    env = {
        **os.environ,
        "URL": livekit_server.url,
        "KEY": livekit_server.key,
        "SECRET": livekit_server.secret,
        "PYTHONPATH": str(ROOT),
    }
    ran = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=120, check=True
    )
    assert ran.stdout == "[]\n"
