"""What is remembered of many looks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from livekit_migrate.core.looks import KEPT, History, Look
from livekit_migrate.core.result import Status

START = datetime(2026, 1, 31, 14, 3, 5, tzinfo=UTC)


def look(number: int, status: Status = "ok", code: int = 0, text: str = "healthy") -> Look:
    at = START + timedelta(seconds=5 * number)
    return Look(number, at, 0.25, status, text, code, {"http_ms": 1.5, "loss_percent": None})


def test_the_first_of_the_worst_is_kept_and_what_is_better_later_does_not_hide_it() -> None:
    history = History()
    for one in (
        look(1),
        look(2, "fail", 1, "port: nothing listens"),
        look(3, "fail", 4, "API key: unknown"),
        look(4, "fail", 4, "API key: unknown"),
        look(5, "warn"),
        look(6),
    ):
        history.add(one)
    assert (history.exit_code, history.worst) == (4, history.last[2])
    assert history.summary == "6 looks: 2 ok, 1 warn, 3 fail; at 14:03:20 API key: unknown"


def test_warnings_alone_are_no_failure() -> None:
    history = History()
    history.add(look(1, "warn", text="ICE: slow"))
    assert (history.exit_code, history.worst, history.summary) == (0, None, "1 look: 1 warn")


def test_memory_is_bounded_and_counts_are_of_all() -> None:
    history = History()
    for number in range(1, KEPT + 51):
        history.add(look(number, "fail" if number == 1 else "ok", int(number == 1)))
    assert len(history.last) == KEPT
    assert (history.looks, history.counts["fail"], history.exit_code) == (KEPT + 50, 1, 1)


def test_before_the_first_look_there_is_nothing_to_say() -> None:
    assert History().summary == "0 looks"
    assert History().to_dict(final=True) == {
        "final": True,
        "look": 0,
        "at": None,
        "seconds": None,
        "status": None,
        "figures": {},
        "counts": {"ok": 0, "warn": 0, "fail": 0},
        "worst_exit_code": 0,
        "worst_at": None,
    }
