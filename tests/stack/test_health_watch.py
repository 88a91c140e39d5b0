"""When the looks of a watch happen, and what is kept from one to the next."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from livekit_migrate.core.report import Reporter
from livekit_migrate.core.result import Finding
from livekit_migrate.core.secret import Secret
from livekit_migrate.livekit.keys import KeyPair
from livekit_migrate.livekit.media import installed
from livekit_migrate.stack.health import Options, Target, check, ladder
from livekit_migrate.stack.health import watch as module
from livekit_migrate.stack.health.ladder import Held
from livekit_migrate.stack.health.watch import figures, watch

from ..conftest import KEY, SECRET, Server, need

TARGET = Target("ws://127.0.0.1:7880", KeyPair(KEY, Secret(SECRET)))


class Clock:
    """Time that passes only in looks and waits."""

    def __init__(self, looks: list[float]) -> None:
        self.now = 100.0
        self.begun: list[float] = []
        self.waited: list[float] = []
        self._looks = iter(looks)

    def check(self, *_: Any, **__: Any) -> list[Finding]:
        self.begun.append(round(self.now - 100.0, 3))
        self.now += next(self._looks, 0.1)
        return [Finding("health.port", "ok", "port")]

    def wait(self, seconds: float) -> None:
        self.waited.append(round(seconds, 3))
        self.now += seconds


@pytest.mark.parametrize(
    ("looks", "limit", "begun"),
    [
        ([0.1, 0.1, 0.1], 15.0, [0, 5, 10, 15]),
        ([12.0, 0.1], 20.0, [0, 15, 20]),  # what was missed is left out, and nothing piles up
        ([5.0, 0.1], 12.0, [0, 5, 10]),  # exactly as long as the interval
        ([0.1, 30.0], 20.0, [0, 5]),  # the time is up while it looks
        ([0.1], 0.0, [0]),
        ([0.1], 4.9, [0]),
    ],
)
def test_looks_begin_at_multiples_of_the_interval(
    monkeypatch: pytest.MonkeyPatch, looks: list[float], limit: float, begun: list[float]
) -> None:
    clock = Clock(looks)
    monkeypatch.setattr(module, "check", clock.check)
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: clock.now))
    seen = list(watch(TARGET, Options(), every=5.0, limit=limit, reporter=Reporter, wait=clock.wait))
    assert clock.begun == begun
    assert [look.number for look, _, _ in seen] == list(range(1, len(begun) + 1))
    assert all(seconds <= 5.0 for seconds in clock.waited)


def test_figures_are_what_the_findings_measured() -> None:
    ice = [
        {"reachable": True, "rtt_ms": 3.0},
        {"reachable": True, "rtt_ms": 0.714},
        {"reachable": False, "rtt_ms": None},
    ]
    findings = [
        Finding("health.http", "ok", "", evidence={"answer_ms": 1.5}),
        Finding("health.ice", "ok", "", evidence={"candidates": ice}),
        Finding("health.media", "ok", "", evidence={"loss_percent": 0.5}),
    ]
    assert figures(findings) == {"http_ms": 1.5, "rtt_ms": 0.71, "loss_percent": 0.5}
    assert figures([]) == {"http_ms": None, "rtt_ms": None, "loss_percent": None}


@pytest.fixture
def looks(livekit_server: Server) -> Iterator[Any]:
    if not installed():
        need("media", "the livekit package (rtc) is not installed")
    target = Target(livekit_server.url, KeyPair(KEY, Secret(SECRET)))
    with contextlib.closing(
        watch(target, Options(timeout=60), every=0.01, limit=None, reporter=Reporter, wait=lambda _: None)
    ) as each:
        yield each


def _probes() -> list[psutil.Process]:
    found = []
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.Error):  # it ends meanwhile
            if any("media_probe" in word for word in child.cmdline()):
                found.append(child)
    return found


def test_the_webrtc_process_is_kept_replaced_when_it_died_and_ended_at_the_end(
    looks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert next(looks)[0].text == "healthy"
    (first,) = _probes()
    assert next(looks)[0].text == "healthy"
    assert _probes() == [first]
    first.kill()
    psutil.wait_procs([first], timeout=90)
    look, findings, _ = next(looks)
    assert (look.text, look.exit_code, findings[-1].id) == ("healthy", 0, "health.media")
    (second,) = _probes()
    assert second != first
    monkeypatch.setattr(ladder, "_CLIMBS_PER_PROBE", 1)  # it is renewed before it has grown
    assert next(looks)[0].text == "healthy"
    (third,) = _probes()
    assert third not in (first, second)
    looks.close()
    assert _probes() == []


def test_an_error_in_a_look_ends_the_webrtc_process_too(
    livekit_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    from livekit_migrate.stack.health.rungs import token

    def stop(_: Any) -> Finding:
        raise KeyboardInterrupt

    monkeypatch.setattr(token, "look", stop)
    with Held() as held:
        with pytest.raises(KeyboardInterrupt):
            check(Target(livekit_server.url, KeyPair(KEY, Secret(SECRET))), Options(), Reporter(), held=held)
        assert held.probe is None
        assert _probes() == []
