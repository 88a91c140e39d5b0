"""A rotation of keys with two participants in a call, on the real server: media before, during and after."""

from __future__ import annotations

import importlib.util
import json
import queue
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import ROOT, need
from tests.native import Native, until
from tests.stack.test_rotate import KILLED, drive

ENOUGH = 30
"""Video frames that must arrive each way: two seconds of them."""


class Call:
    """Two participants, sending to each other, in a process of their own."""

    def __init__(self, native: Native) -> None:
        self.events: list[dict[str, Any]] = []
        self._answers: queue.Queue[dict[str, Any]] = queue.Queue()
        tokens = [native.lkm("token", "--room", "demo", "--identity", who) for who in ("alice", "bob")]
        self._process = subprocess.Popen(
            [sys.executable, str(ROOT / "tests" / "fakes" / "call.py"), f"ws://127.0.0.1:{native.ports[0]}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        for token in tokens:
            assert token.code == 0, token.err
            self._say(token.out.strip())
        assert self._answers.get(timeout=120)["event"] == "joined"

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            told = json.loads(line)
            if told["event"] in ("joined", "count", "mark"):
                self._answers.put(told)
            else:
                self.events.append(told)

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def ask(self, command: str) -> dict[str, Any]:
        self._say(command)
        return self._answers.get(timeout=90)

    def flows(
        self, before: dict[str, Any] | None = None, *, frames: int = ENOUGH, seconds: float = 90
    ) -> Any:
        """Wait until so many more frames and packets have arrived at both; what has arrived then."""
        start = before or self.ask("count")

        def enough() -> dict[str, Any] | None:
            now = self.ask("count")
            more = (
                now[who][kind] - start[who][kind] for who in ("alice", "bob") for kind in ("video", "audio")
            )
            return now if all(count >= frames for count in more) else None

        return until(enough, f"{frames} more frames at both; events: {self.events}", seconds)

    def leave(self) -> None:
        self._say("leave")
        assert self._process.wait(timeout=120) == 0

    def of(self, event: str) -> list[dict[str, Any]]:
        return [told for told in self.events if told["event"] == event]

    def both_back(self) -> None:
        """The library says so a moment after their pictures arrive again."""
        until(
            lambda: {told["who"] for told in self.of("reconnected")} == {"alice", "bob"},
            f"both are back; events: {self.events}",
        )

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        self._thread.join(5)
        for stream in (self._process.stdin, self._process.stdout):
            if stream:
                stream.close()


@pytest.fixture
def call(native: Native) -> Iterator[Call]:
    if importlib.util.find_spec("livekit.rtc") is None:
        need("media", "the rtc library is not installed")
    assert native.up().code == 0
    mine = Call(native)
    try:
        yield mine
    finally:
        mine.end()


def key_of(native: Native) -> str:
    return str(native.lkm("keys", "show", "--json").json["data"]["key"])


def test_who_is_in_a_call_comes_back_and_old_tokens_stay_valid(native: Native, call: Call) -> None:
    old = key_of(native)
    old_token = native.lkm("token", "--room", "demo", "--identity", "carol").out.strip()
    before = call.flows()
    call.ask("mark")
    ran = native.lkm("keys", "rotate", "--json")
    assert ran.code == 0, ran.out
    during = call.flows()
    # Both came back by themselves: nobody was sent away.
    call.both_back()
    assert call.of("disconnected") == []
    after = call.flows(during)
    for who in ("alice", "bob"):
        frames = [before[who]["video"], during[who]["video"], after[who]["video"]]
        assert frames == sorted(set(frames))
        sys.stdout.write(
            f"{who}: {frames} video frames before, during and after; gap {after[who]['gap']} s\n"
        )
    data = ran.json["data"]
    sys.stdout.write(f"{data['down_seconds']} s without a server\n")
    assert (data["phase"], data["old_key"]) == ("switched", old)
    assert data["new_key"] == key_of(native) != old
    assert set(data["server_keys"]) == {old, data["new_key"]}
    assert opens(native, old_token)
    assert opens(native, native.lkm("token", "--room", "demo", "--identity", "dave").out.strip())


def test_killed_while_there_is_no_server_the_next_one_brings_the_call_back(
    native: Native, call: Call
) -> None:
    old = key_of(native)
    before = call.flows()
    ran = drive(native, "signal", "keys", "rotate")
    assert ran.code == KILLED, ran.err
    assert native.servers() == []
    again = native.lkm("keys", "rotate", "--json")
    assert again.code == 0, again.out
    assert (again.json["data"]["phase"], again.json["data"]["old_key"]) == ("switched", old)
    after = call.flows(before)
    assert call.of("disconnected") == []
    assert after["bob"]["audio"] > before["bob"]["audio"]


def test_finish_names_who_is_in_a_call_and_the_token_decides(native: Native, call: Call) -> None:
    """The server renews tokens with one of its keys, by chance; those of the old key open nothing then."""
    call.flows()
    rotated = native.lkm("keys", "rotate", "--json").json["data"]
    call.both_back()
    call.flows()
    back = [told["who"] for told in call.of("reconnected")]
    token = {told["who"]: told["key"] for told in call.of("token")}
    assert set(token.values()) <= {rotated["old_key"], rotated["new_key"]}
    ran = native.lkm("keys", "rotate", "--finish", "--drain-timeout", "1s", "--json")
    assert ran.code == 0, ran.out
    assert ran.json["data"]["cut_off"] == {"demo": ["alice", "bob"]}
    assert "join again" in " ".join(ran.json["data"]["notes"])
    for who in ("alice", "bob"):
        event = "reconnected" if token[who] == rotated["new_key"] else "disconnected"
        count = back.count(who) + 1 if event == "reconnected" else 1

        def told(who: str = who, event: str = event, count: int = count) -> bool:
            return len([one for one in call.of(event) if one["who"] == who]) >= count

        until(told, f"{who}: {event}; events: {call.events}")


def test_finish_waits_for_the_call_to_end(native: Native, call: Call) -> None:
    assert native.lkm("keys", "rotate").code == 0
    call.flows()
    with native.popen("keys", "rotate", "--finish", "--drain-timeout", "10m") as finish:
        assert finish.stderr is not None
        assert "2 in a call: alice (demo), bob (demo)" in finish.stderr.readline()
        assert call.flows()
        call.leave()
        _, err = finish.communicate(timeout=180)
        assert finish.returncode == 0, err
    assert "nobody is in a call" in err


def opens(native: Native, token: str) -> bool:
    request = urllib.request.Request(
        f"http://127.0.0.1:{native.ports[0]}/rtc/validate", headers={"Authorization": f"Bearer {token}"}
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=60) as answer:
            return int(answer.status) == 200
    except urllib.error.HTTPError as error:
        error.close()
        return False
