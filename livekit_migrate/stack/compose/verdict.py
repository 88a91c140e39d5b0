"""Is a container ready, still coming, or beyond hope: decided from what the engine says, nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from .containers import Row

Kind = Literal["ready", "waiting", "crashed", "ended", "flaps", "unhealthy", "stopped"]

SETTLE_SECONDS = 0.5
"""How long a container without a health check must run to count as ready."""
_LISTEN_SECONDS = 5.0
"""How long one that publishes ports has to listen on one of them; then it is one that does not, as a
container for development that waits for its developer."""
SILENT = "it runs, but nothing listens on the ports that it publishes"
_AFTER_CRASH_SECONDS = 2.0
_FLAPS = 5
"""The engine waits 0.1 s before the first new start, twice as long before each next: five take 3 s."""


@dataclass
class Track:
    """What was seen of one container since the start of the command. Times are ``time.time()``.

    Args:
        before: it was there before: what it is now says nothing until Compose has dealt with it.
        dies: exit codes of each end that nobody asked for.
        killed: somebody sent it a signal: its next end was asked for.
    """

    started: float | None = None
    ready: float | None = None
    dies: list[int] = field(default_factory=list)
    killed: bool = False
    before: bool = False


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is expected of a service.

    Args:
        checked: the engine runs a health check.
        one_shot: it ends by itself, with 0.
        may_end: it may, and that is right.
        restarts: the engine starts it anew after a crash.
        answers: what lkm itself asked: True, False, or None for services that it cannot ask.
        listens: False while nobody is behind any of the ports that it publishes.
    """

    checked: bool = False
    one_shot: bool = False
    may_end: bool = False
    restarts: bool = False
    answers: bool | None = None
    listens: bool | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to make of a container."""

    kind: Kind
    text: str = ""
    exit_code: int | None = None

    @property
    def failed(self) -> bool:
        return self.kind not in ("ready", "waiting")


def judge(row: Row | None, track: Track, expected: Expectation, *, now: float, settled: bool) -> Verdict:
    """One container.

    Args:
        row: as the engine lists it; None while there is none.
        now: ``time.time()``.
        settled: Compose has done its work: what does not run now, nobody will start.
    """
    verdict = _judge(row, track, expected, now=now, settled=settled)
    if verdict.failed and track.before and not settled:
        return Verdict("waiting", verdict.text)
    return verdict


def _judge(row: Row | None, track: Track, expected: Expectation, *, now: float, settled: bool) -> Verdict:
    if row is None:
        return Verdict("ended", "there is no container") if settled else Verdict("waiting", "not created yet")
    ends = expected.one_shot or expected.may_end
    if ends and row.state == "exited" and (track.dies or settled):
        code = row.exit_code or 0
        return Verdict("ready", "done") if code == 0 else _crashed(code)
    if 0 in track.dies and not ends:
        return Verdict("ended", "it ended with exit code 0, though it is meant to run", 0)
    if len(track.dies) >= _FLAPS:
        text = f"it ends again and again: {len(track.dies)} times, last with exit code {track.dies[-1]}"
        return Verdict("flaps", text, track.dies[-1])
    match row.state:
        case "running":
            return _running(row, track, expected, now)
        case "exited" | "dead":
            return _exited(row, track, expected, settled=settled)
        case "restarting":
            return Verdict("waiting", f"ended with exit code {row.exit_code}, is started anew")
        case "paused":
            return Verdict("stopped", "it is paused: docker unpause " + row.name)
        case _:
            return Verdict("stopped", "it was never started") if settled else Verdict("waiting", row.state)


def _running(row: Row, track: Track, expected: Expectation, now: float) -> Verdict:
    # A health check needs a while to see what has changed; what was asked just now is newer.
    if expected.answers or (row.health == "healthy" and expected.answers is None):
        return Verdict("ready")
    if row.health == "unhealthy":
        return Verdict("unhealthy", "its health check fails")
    if expected.one_shot:
        return Verdict("waiting", "at work")
    if expected.answers is False:
        return Verdict("waiting", "does not answer yet")
    if expected.checked:
        return Verdict("waiting", "health check: starting")
    settle = _AFTER_CRASH_SECONDS if track.dies else SETTLE_SECONDS
    if expected.listens is False:
        settle = _LISTEN_SECONDS
    if track.started is not None and now - track.started >= settle:
        return Verdict("ready", SILENT if expected.listens is False else "")
    return Verdict("waiting", "listens on no port yet" if expected.listens is False else "just started")


def _exited(row: Row, track: Track, expected: Expectation, *, settled: bool) -> Verdict:
    code = row.exit_code or 0
    if track.killed:
        return Verdict("stopped", "somebody stopped it") if settled else Verdict("waiting", "stopped")
    if not track.dies and not settled:
        return Verdict("waiting", "stopped")  # of an earlier run: Compose is about to start it
    if expected.restarts and code != 0 and not settled:
        return Verdict("waiting", f"ended with exit code {code}")
    return (
        _crashed(code)
        if code
        else Verdict("ended", "it ended with exit code 0, though it is meant to run", 0)
    )


def _crashed(code: int) -> Verdict:
    why = {126: ": its program cannot be run", 127: ": its program is not there", 137: ": killed"}.get(
        code, ""
    )
    return Verdict("crashed", f"it ended with exit code {code}{why}", code)
