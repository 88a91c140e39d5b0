"""The room service of a real server, and servers that are none."""

from __future__ import annotations

import socket

import pytest

from livekit_migrate.core.secret import Secret
from livekit_migrate.livekit import api
from livekit_migrate.livekit.keys import KeyPair
from tests.conftest import Server, free_port


def test_no_rooms(livekit_server: Server) -> None:
    pair = KeyPair(livekit_server.key, Secret(livekit_server.secret))
    assert all(isinstance(room, api.Room) for room in api.rooms(livekit_server.url, pair))


def test_another_key_is_refused(livekit_server: Server) -> None:
    pair = KeyPair(livekit_server.key, Secret("another-secret-0123456789-0123456789"))
    with pytest.raises(api.ApiError) as refused:
        api.rooms(livekit_server.url, pair)
    assert refused.value.code == "api.unauthorized"


def test_nobody_there() -> None:
    pair = KeyPair("APIx", Secret("another-secret-0123456789-0123456789"))
    with pytest.raises(api.ApiError) as refused:
        api.rooms(f"ws://127.0.0.1:{free_port()}", pair)
    assert refused.value.code == "api.unreachable"


def test_it_hangs() -> None:
    pair = KeyPair("APIx", Secret("another-secret-0123456789-0123456789"))
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(api.ApiError) as refused:
        api.rooms(f"ws://127.0.0.1:{silent.getsockname()[1]}", pair, timeout=0.3)
    assert refused.value.code == "api.timeout"
