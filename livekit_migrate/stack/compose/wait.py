"""From `compose up` to the last service that is ready: one loop over the engine's events."""

from __future__ import annotations

import itertools
import socket
import time
from collections.abc import Callable, Mapping, Sequence

from ...core.process import Completed
from ...core.report import Progress, Reporter
from ..probe import probe
from .containers import Row, title_of
from .engine import gone
from .events import Event, Events
from .job import Job
from .model import Published, Spec, signal_port
from .verdict import SILENT, Expectation, Track, Verdict, judge

_WAKE_SECONDS = 0.05
_LOOK_AGAIN_SECONDS = 1.0
_PROBE_SECONDS = 0.3
_SILENCE_SECONDS = 0.3
_RECOVERY_SECONDS = 15.0


class Failed(Exception):  # noqa: N818 - it is caught where it is told, and no error of its own
    """Some services will not become ready: container's title → verdict."""

    def __init__(self, verdicts: Mapping[str, Verdict], *, timed_out: bool = False) -> None:
        super().__init__(", ".join(verdicts))
        self.verdicts = verdicts
        self.timed_out = timed_out


class Wait:
    """Watches the services of a start.

    Args:
        specs: those that shall become ready.
        timeout: seconds for all of it.
    """

    def __init__(
        self,
        job: Job,
        specs: Sequence[Spec],
        events: Events,
        reporter: Reporter,
        step: Progress,
        *,
        timeout: float,
    ) -> None:
        self._job = job
        self._specs = {spec.name: spec for spec in specs}
        self._events = events
        self._reporter = reporter
        self._step = step
        self._timeout = timeout
        self._began = time.time()
        self._deadline = time.monotonic() + timeout
        # Those that run by now have long settled.
        self._tracks = {
            row.id: Track(started=0.0 if row.state == "running" else None, before=True) for row in job.rows
        }
        self._rows: dict[str, Row] = {row.id: row for row in job.rows}
        self._dirty = True
        self._looked = 0.0
        self._answered: set[str] = set()
        self._listening: set[str] = set()
        self.ready: dict[str, float] = {}
        """Title of a container → seconds from its start until it was ready."""

    def tick(self) -> None:
        """Take what has happened, and look whether somebody failed. Cheap when nothing has.

        Raises:
            Failed: a service will not become ready, or the time is up.
            NotReadyError: the engine went away.
        """
        self._take(0.0)
        self._judge(settled=False)

    def until_ready(self) -> None:
        """After Compose has done its work.

        Raises:
            As ``tick``.
        """
        self._dirty = True
        self._take(0.0)
        while self._judge(settled=True):
            self._take(_WAKE_SECONDS)

    def line(self, text: str) -> None:
        """A line of Compose's own progress."""
        if words := text.strip():
            self._step.update(f"{time.time() - self._began:.1f} s: {words[:80]}")

    def _take(self, seconds: float) -> None:
        if self._events.broken is not None:
            raise gone(self._events.broken)
        for event in self._events.waiting(seconds):
            self._note(event)
            self._dirty = True

    def _note(self, event: Event) -> None:
        track = self._tracks.setdefault(event.container, Track())
        if event.action in ("start", "die"):
            # What it answered before says nothing about this run.
            self._answered.discard(event.container)
            self._listening.discard(event.container)
            if row := self._rows.get(event.container):
                self.ready.pop(row.title, None)
        match event.action.partition(":")[0]:
            case "start":
                track.started, track.killed, track.before = event.time, False, False
            case "kill":
                track.killed = True
            case "die" if not track.killed:
                track.dies.append(event.exit_code or 0)
                track.ready = None
            case "health_status" if event.action.endswith(" healthy"):
                track.ready = event.time

    def _look(self) -> None:
        if not self._dirty and time.monotonic() - self._looked < _LOOK_AGAIN_SECONDS:
            return
        self._rows = {row.id: row for row in self._job.fresh().rows}
        self._dirty, self._looked = False, time.monotonic()

    def _judge(self, *, settled: bool) -> bool:
        """Whether somebody is waited for."""
        self._look()
        now = time.time()
        failed: dict[str, Verdict] = {}
        waiting: dict[str, Verdict] = {}
        for title, spec, row in self._containers():
            track = self._tracks.setdefault(row.id, Track()) if row else Track()
            verdict = judge(row, track, self._expected(spec, row), now=now, settled=settled)
            if verdict.kind == "unhealthy" and track.before and now - self._began < _RECOVERY_SECONDS:
                # What made it ill may have been mended just now: its health check has not asked since.
                verdict = Verdict("waiting", verdict.text)
            if verdict.failed:
                failed[title] = verdict
            elif verdict.kind == "waiting":
                waiting[title] = verdict
                self.ready.pop(title, None)
            elif row and title not in self.ready:
                self._is_ready(title, track, verdict, now)
        if failed:
            raise Failed(failed)
        if waiting and time.monotonic() >= self._deadline:
            raise Failed(waiting, timed_out=True)
        if waiting and settled:
            said = ", ".join(f"{name}: {verdict.text}" for name, verdict in waiting.items())
            self._step.update(f"{now - self._began:.1f} s: {said}")
        return bool(waiting)

    def _is_ready(self, title: str, track: Track, verdict: Verdict, now: float) -> None:
        seconds = max(0.0, (track.ready or now) - track.started) if track.started else 0.0
        self.ready[title] = seconds
        if verdict.text == SILENT:
            self._reporter.note(f"{title}: {SILENT}")
        if track.started:
            done = verdict.text == "done"
            self._reporter.happened(title, f"{'done' if done else 'ready'} in {seconds:.1f} s", seconds)

    def _containers(self) -> Sequence[tuple[str, Spec, Row | None]]:
        """Every container that there shall be, and the one that there is: of several the newest.

        Their numbers may have gaps: what was removed by hand Compose replaces with a number of its own.
        """
        found: list[tuple[str, Spec, Row | None]] = []
        for spec in self._specs.values():
            rows = sorted(
                (row for row in self._rows.values() if row.service == spec.name), key=lambda row: row.created
            )
            newest = {row.number: row for row in rows}
            first = sorted(newest.values(), key=lambda row: (not row.running, row.number))[: spec.replicas]
            found += [(row.title, spec, row) for row in first]
            numbers = (number for number in range(1, spec.replicas + 1) if number not in newest)
            missing = itertools.islice(numbers, spec.replicas - len(first))
            found += [(title_of(spec.name, number), spec, None) for number in missing]
        return found

    def _expected(self, spec: Spec, row: Row | None) -> Expectation:
        return Expectation(
            spec.checked or bool(row and row.health),
            self._job.stack.one_shot(spec.name),
            self._job.stack.may_end(spec.name),
            spec.restart != "no",
            self._answers(spec, row),
            self._listens(spec, row),
        )

    def _answers(self, spec: Spec, row: Row | None) -> bool | None:
        """What a LiveKit server answers; it knows before its health check does."""
        if self._job.role(spec.name) != "livekit" or row is None or row.state != "running":
            return None
        if row.id in self._answered:
            return True
        address = address_of(spec, row)
        if address is None:
            return None
        assert address.number is not None  # noqa: S101 - it is published
        status, _ = probe(address.number, _PROBE_SECONDS, address.dial)
        if status == 200:
            self._answered.add(row.id)
            return True
        # With 406 the server says that it has lost Redis. Else a health check that is well knows better.
        return None if status != 406 and row.health == "healthy" else False

    def _listens(self, spec: Spec, row: Row | None) -> bool | None:
        """Whether one that nobody checks is behind one of its ports: a process may run, and not serve yet."""
        if row is None or row.state != "running" or row.health or spec.checked:
            return None
        if row.id in self._listening or row.title in self.ready or not self._tracks[row.id].started:
            return None
        ports = [port for port in row.ports if port.protocol == "tcp"]
        if not ports or any(listening(port) for port in ports):
            self._listening.add(row.id)
            return None
        return False


def listening(port: Published, silence: float = _SILENCE_SECONDS) -> bool:
    """The engine's proxy accepts every connection, and breaks it off at once when nobody is behind it.

    Args:
        silence: seconds after which somebody is: a machine that has much else to do may need most of it.
    """
    try:
        with socket.create_connection((port.dial, port.number), timeout=_PROBE_SECONDS) as dialled:
            dialled.settimeout(silence)
            return bool(dialled.recv(1))
    except TimeoutError:
        return True
    except OSError:
        return False


def address_of(spec: Spec | None, row: Row) -> Published | None:
    """Where a LiveKit container signals on this machine; None when that port is not published."""
    wanted = signal_port(spec) if spec else None
    tcp = [port for port in row.ports if port.protocol == "tcp" and port.number]
    target = wanted.target if wanted else 7880
    return next((port for port in tcp if port.target == target), None)


def finished(wait: Wait, done: Completed, refusal: Callable[[Completed], Exception]) -> None:
    """What to make of how `compose up` ended: an unready dependency is told by its own verdict.

    Raises:
        Failed: a service did not become ready.
        Exception: what ``refusal`` makes of anything else.
    """
    if not done.ok:
        wait.tick()
        raise refusal(done)
