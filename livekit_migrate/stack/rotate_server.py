"""The server's part in a rotation of keys: its restart with other keys, and the calls meanwhile."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..core.errors import LkmError
from ..core.report import Reporter
from ..core.settings import Settings
from ..livekit import rotation as records
from ..livekit.rotation import Rotation

if TYPE_CHECKING:
    from ..livekit.keys import KeyPair
    from .native.record import Process

Rooms = Mapping[str, tuple[str, ...]]

_CALLS_EVERY_SECONDS = 0.5
_ANSWER_SECONDS = 10.0  # without an answer the restart waits for nobody


@dataclass(frozen=True, slots=True)
class Options:
    """How to restart.

    Args:
        drain: seconds that the last restart waits for calls to end.
        timeout: seconds from a start to the first 200.
    """

    drain: float = 30.0
    timeout: float = 30.0


def _server(settings: Settings) -> Process | None:
    from .native import record

    folder = record.folder_of(settings)
    servers = record.living(folder, record.read(folder)).servers
    return servers[0] if servers else None


def known_keys(settings: Settings) -> tuple[str, ...] | None:
    """The keys that the running server knows; None when none of lkm's runs."""
    from .key_ask import running_pairs

    server = _server(settings)
    return None if server is None else tuple(pair.key for pair in running_pairs(server) or ())


def serve(settings: Settings, reporter: Reporter, options: Options, rotation: Rotation) -> float | None:
    """Let a server that runs know exactly the pairs that it shall; seconds without one, None for no restart.

    It is killed, not asked to end: see ``DownOptions.unannounced``.
    """
    from ..livekit.keys import find_pair
    from .key_ask import running_pairs
    from .native import restart, up
    from .runtime import DownOptions, UpOptions

    server = _server(settings)
    if server is None and not rotation.serving:
        reporter.note("no server runs here: it gets the keys at the next lkm up")
        return None
    start = UpOptions(timeout=options.timeout, media=False)
    wanted = records.accepted(settings, find_pair(settings).pair)
    down: float | None = None
    if server is None or set(running_pairs(server) or ()) != set(wanted):
        # Written first: whoever goes on after a kill knows that a server belongs here.
        records.write(settings, rotation.with_(serving=True))
        before = len(reporter.steps)
        with _uninterrupted(reporter):
            restart(settings, reporter, start, DownOptions(unannounced=True))
        down = sum(step.seconds for step in reporter.steps[before:] if step.name in ("livekit", "ports"))
    else:
        up(settings, reporter, start)
    _verify(settings, reporter, wanted, rotation)
    if rotation.serving or down is not None:
        records.write(settings, rotation.with_(serving=False))
    return down


@contextmanager
def _uninterrupted(reporter: Reporter) -> Iterator[None]:
    """Ctrl-C waits until the server answers again: in between there would be none at all."""
    import signal
    import threading

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    pressed: list[int] = []

    def later(number: int, _frame: object) -> None:
        if pressed:
            raise KeyboardInterrupt
        pressed.append(number)
        reporter.note("stopping as soon as the server answers again (Ctrl-C again: at once)")

    old = {number: signal.signal(number, later) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)
    if pressed:
        raise KeyboardInterrupt


def _verify(settings: Settings, reporter: Reporter, wanted: tuple[KeyPair, ...], rotation: Rotation) -> None:
    """The server itself says which keys it knows.

    Raises:
        LkmError: it is not what it should be.
    """
    from ..core.endpoint import parse_url
    from ..livekit.keys import default_url
    from .key_ask import ask

    endpoint = parse_url(default_url(settings).replace("localhost", "127.0.0.1"))
    with reporter.step("keys") as step:
        for pair in wanted:
            verdict = ask(endpoint, pair, local=True)
            if not verdict.opens:
                raise LkmError(
                    f"the server does not take the key {pair.key}: {verdict.text}",
                    code="rotate.not-taken",
                    detail=f"asked {endpoint.http}/rtc/validate",
                    hint="lkm keys rotate goes on; lkm keys rotate --abort takes it back",
                )
        said = f"the server takes {' and '.join(pair.key for pair in wanted)}"
        if rotation.only and rotation.leaving not in wanted:
            if ask(endpoint, rotation.leaving, local=True).opens:
                raise LkmError(
                    f"the server still takes {rotation.leaving.key}",
                    code="rotate.still-taken",
                    hint="lkm keys rotate tries again",
                )
            said += f", and {rotation.leaving.key} no longer"
        step.finish(said)


def wait_for_calls(settings: Settings, reporter: Reporter, options: Options, rotation: Rotation) -> Rooms:
    """Until nobody is in a call, for at most so many seconds; who is left then.

    A participant's token is renewed by the server every five minutes with one of the keys that it knows,
    by chance. Who has one of the leaving key cannot come back after the restart.
    """
    from ..livekit import api

    server = _server(settings)
    if server is None:
        return {}
    url = f"ws://127.0.0.1:{settings.number('ports.signal')}"
    deadline = time.monotonic() + options.drain
    told = False
    with reporter.step("calls") as step:
        while True:
            try:
                rooms = api.rooms(url, rotation.staying, timeout=_ANSWER_SECONDS)
            except LkmError as error:
                step.finish(f"who is in a call cannot be seen: {error.message}", "warn")
                return {}
            there = {room.name: room.identities for room in rooms if room.identities}
            count = sum(len(people) for people in there.values())
            left = deadline - time.monotonic()
            if not there:
                step.finish("nobody is in a call")
                return {}
            names = ", ".join(
                f"{person} ({room})" for room, people in there.items() for person in people[:10]
            )
            if left <= 0:
                step.finish(f"{count} still in a call: {names}", "warn")
                return there
            if not told:
                reporter.note(f"waiting at most {left:.0f} s for {count} in a call: {names}")
                told = True
            step.update(f"{count} in a call, {left:.0f} s left")
            time.sleep(min(_CALLS_EVERY_SECONDS, max(left, 0.01)))
