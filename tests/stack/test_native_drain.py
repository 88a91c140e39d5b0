"""`lkm down` while somebody is in a room: real participants, by the rtc library in a process of their own."""

from __future__ import annotations

import importlib.util
import signal
from collections.abc import Iterator

import pytest

from tests.conftest import need
from tests.native import Caller, Native, until


@pytest.fixture
def callers(native: Native) -> Iterator[list[Caller]]:
    if importlib.util.find_spec("livekit.rtc") is None:
        need("media", "the rtc library is not installed")
    assert native.up().code == 0
    joined: list[Caller] = []
    try:
        joined += [Caller(native, "alice"), Caller(native, "bob", "other room")]
        yield joined
    finally:
        for caller in joined:
            caller.end()


def test_status_counts_participants(native: Native, callers: list[Caller]) -> None:
    service = native.service()
    assert service["participants"] == 2
    assert {room["name"]: room["identities"] for room in service["rooms"]} == {
        "demo": ["alice"],
        "other room": ["bob"],
    }


def test_who_is_left_is_named_when_the_time_is_up(native: Native, callers: list[Caller]) -> None:
    ran = native.lkm("down", "--drain-timeout", "2s", "--json")
    assert ran.code == 0, ran.err
    assert ran.json["data"]["left"] == {"demo": ["alice"], "other room": ["bob"]}
    step = ran.json["steps"][-1]
    assert step["status"] == "warn"
    assert "still there" in step["detail"]
    assert "demo: alice" in step["detail"]
    assert "other room: bob" in step["detail"]
    assert "2 participants" in ran.json["data"]["notes"][0]
    assert native.processes() == []


def test_it_stops_as_soon_as_the_last_one_has_left(native: Native, callers: list[Caller]) -> None:
    # Ten minutes: it must not take them.
    with native.popen("down", "--drain-timeout", "10m") as down:
        assert down.stderr is not None
        said = down.stderr.readline()
        assert "2 participants" in said
        assert "alice (demo), bob (other room)" in said
        assert native.service()["state"] == "draining"
        callers[0].leave()
        said = down.stderr.readline()
        assert "1 participant left to go: bob" in said
        callers[1].leave()
        _, err = down.communicate(timeout=180)
        assert down.returncode == 0, err
    assert "still there" not in err
    assert native.processes() == []


def test_now_does_not_wait(native: Native, callers: list[Caller]) -> None:
    ran = native.lkm("down", "--now")
    assert ran.code == 0
    assert "participant" not in ran.err
    assert native.processes() == []


def test_ctrl_c_leaves_it_draining_and_the_next_down_goes_on(native: Native, callers: list[Caller]) -> None:
    with native.popen("down", "--drain-timeout", "10m") as down:
        assert down.stderr is not None
        assert "2 participants" in down.stderr.readline()
        down.send_signal(signal.SIGINT)
        _, err = down.communicate(timeout=180)
        assert down.returncode == 130, err
    assert f"still drains (PID {native.servers()[0].pid}); at once: lkm down --now\n" in err
    assert native.service()["state"] == "draining"
    assert native.service()["participants"] == 2
    for caller in callers:
        caller.leave()
    until(lambda: native.processes() == [], "it ends by itself when the last one has left")
    assert native.service()["state"] == "stopped"


def test_the_key_it_was_started_with_counts(native: Native, callers: list[Caller]) -> None:
    assert native.lkm("keys", "new", "--force").code == 0
    ran = native.lkm("down", "--drain-timeout", "1s", "--json")
    assert ran.json["data"]["left"] == {"demo": ["alice"], "other room": ["bob"]}
