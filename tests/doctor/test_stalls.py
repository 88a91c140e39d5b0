"""A stall of this machine (it sleeps, it has much else to do) is nobody's fault, and no finding says so."""

from __future__ import annotations

import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from livekit_migrate.core.errors import LkmError
from livekit_migrate.core.settings import load
from livekit_migrate.doctor.checks import _remote
from livekit_migrate.doctor.context import Asked, Context
from livekit_migrate.doctor.model import OUT_OF_TIME
from livekit_migrate.livekit import external_ip, stun
from livekit_migrate.livekit.candidates import Candidate
from livekit_migrate.livekit.stun import Credentials, check

HOUR = 3600.0


class Clock:
    """``time`` of a module, which goes on by an hour whenever it is told to."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def monotonic(self) -> float:
        return time.monotonic() + self.ahead

    def stall(self) -> None:
        self.ahead += HOUR


@contextmanager
def answers(answer: Callable[[bytes, tuple[str, int]], bytes]) -> Iterator[int]:
    """A port of UDP, and what it says to a request."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mine:
        mine.bind(("127.0.0.1", 0))

        def serve() -> None:
            while (got := mine.recvfrom(2048))[0] != b"end":
                mine.sendto(answer(*got), got[1])

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield mine.getsockname()[1]
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
                other.sendto(b"end", mine.getsockname())
            thread.join()


def bound(data: bytes, address: tuple[str, int]) -> bytes:
    """What STUN answers."""
    from aioice.stun import Class, Message, parse_message

    request = parse_message(data)
    return bytes(
        Message(
            request.message_method,
            Class.RESPONSE,
            transaction_id=request.transaction_id,
            attributes={"XOR-MAPPED-ADDRESS": address},
        )
    )


@pytest.mark.parametrize("stalls", [1, 3])
def test_a_port_that_answers_after_a_stall(monkeypatch: pytest.MonkeyPatch, stalls: int) -> None:
    """By the clock all of its time is over before the first look at what it said."""
    clock, left = Clock(), [stalls]

    class Selector(selectors.DefaultSelector):
        def select(self, timeout: float | None = None) -> Any:
            if left[0]:
                left[0] -= 1
                clock.stall()
                return []  # nobody had looked yet
            return super().select(timeout)

    monkeypatch.setattr(stun, "time", clock)
    monkeypatch.setattr(stun, "selectors", SimpleNamespace(DefaultSelector=Selector, **_events()))
    with answers(bound) as port:
        found = check(
            [Candidate("udp", "127.0.0.1", port)], Credentials("a", "b", "c", "d"), [], clock.monotonic() + 60
        )
    assert [each.outcome for each in found] == ["answers"]


def _events() -> dict[str, int]:
    return {"EVENT_READ": selectors.EVENT_READ, "EVENT_WRITE": selectors.EVENT_WRITE}


@pytest.mark.parametrize("during", ["question", "answer"])
def test_a_stun_server_that_answers_after_a_stall(monkeypatch: pytest.MonkeyPatch, during: str) -> None:
    """Of the server's machine, too: it hears the next question only."""
    clock, heard = Clock(), []

    def answer(data: bytes, address: tuple[str, int]) -> bytes:
        heard.append(data)
        if len(heard) > 1:
            return bound(data, address)
        clock.stall()
        return b"not yet" if during == "question" else bound(data, address)

    monkeypatch.setattr(external_ip, "time", clock)
    with answers(answer) as port:
        assert external_ip.ask([f"127.0.0.1:{port}"], 60) == {f"127.0.0.1:{port}": "127.0.0.1"}


def test_silence_counts_only_where_there_was_time_to_answer(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """How long this process took to come back is not how long somebody was waited for."""
    clock = Clock()
    monkeypatch.setattr(_remote, "time", clock)
    start = clock.monotonic()
    asked = Asked(load(tmp_path, env={}), env={})
    clock.stall()
    with pytest.raises(LkmError, match="no time is left") as caught:
        _remote.waited(Context(asked, deadline=start + 0.7), start)
    assert caught.value.code == OUT_OF_TIME
    _remote.waited(Context(asked, deadline=start + 5), start)  # it had five seconds: nobody is there


@pytest.mark.parametrize(("everything", "seconds"), [(False, 1.5), (True, 7.5)])
def test_with_all_every_question_has_five_times_as_long(
    tmp_path: Path, *, everything: bool, seconds: float
) -> None:
    assert Context(Asked(load(tmp_path, env={}), everything=everything, env={})).seconds(1.5) == seconds
