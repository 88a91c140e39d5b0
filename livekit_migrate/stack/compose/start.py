"""`lkm up` with Compose: look, refuse what cannot work, get images, start, wait, prove."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ...core.errors import LkmError
from ...core.process import Completed
from ...core.report import Reporter
from ...core.result import Finding
from ...core.settings import Settings
from ..elsewhere import elsewhere
from ..runtime import DownOptions, Outcome, UpOptions
from . import argv, containers, engine, images, memory, preflight, shift
from .cli import call_compose
from .containers import Row
from .drift import of_service
from .events import Events
from .failure import error_of, not_started
from .job import Job, start_job
from .look import look, server_of
from .model import Spec
from .stop import drained, draining
from .wait import Failed, Wait, finished

TIMEOUT = 120.0
"""Seconds from the start to the last service that is ready; a database may make itself first."""


def up(settings: Settings, reporter: Reporter, options: UpOptions, command: str = "lkm up") -> Outcome:
    """Start what does not run yet. The caller holds the lock."""
    before = shift.saved(settings)
    job = start_job(
        settings,
        reporter,
        command=command,
        services=options.services,
        profiles=options.profiles,
        offset=options.port_offset,
    )
    for warning in job.warnings:
        reporter.note(f"Compose warns: {warning}")
    specs = job.stack.wanted(options.services)
    ending = _ending(job, specs)
    if not ending and runs_already(job, specs) and not (options.build or options.pull):
        with speaking(job, reporter):
            job, ready = begin(job, reporter, specs, options, words=())
            return proven(job, reporter, options, Outcome("compose", ()), ready)
    with shift.restored(before):
        preflight.check(job, reporter, specs, linted=options.lint)
        need = images.look(job, reporter, specs, build=options.build, pull=options.pull)
    with speaking(job, reporter):
        images.get(job, reporter, need, pull=options.pull)
        for row in ending:
            # It would end for good once the last call is over: the engine starts none that was told to end.
            drained(job, row, reporter, DownOptions())
        job, ready = begin(job.fresh() if ending else job, reporter, specs, options, built=need.build)
        return proven(job, reporter, options, Outcome("compose", (), changed=True), ready)


def _ending(job: Job, specs: Sequence[Spec]) -> list[Row]:
    """LiveKit servers that still run, and were told to end by a `down` that was interrupted."""
    servers = [
        row
        for spec in specs
        for row in job.rows_of(spec.name)
        if row.running and job.role(spec.name) == "livekit"
    ]
    details = ((row, containers.detail(job.client, row)) for row in servers)
    return [row for row, found in details if found and draining(job, found)]


def runs_already(job: Job, specs: Sequence[Spec]) -> bool:
    """Whether every service runs as it is written now; it may not be ready yet."""
    remembered = memory.read(job.settings)
    for spec in specs:
        if not job.hashes.get(spec.name):
            return False  # unknown: Compose knows
        rows = job.rows_of(spec.name)
        done = job.stack.may_end(spec.name)
        if len(rows) < spec.replicas or not all(
            row.state == "running" or (done and row.exit_code == 0) for row in rows
        ):
            return False
        if any(True for row in rows for _ in of_service(job, spec, row, remembered)):
            return False
    return bool(specs)


def begin(
    job: Job,
    reporter: Reporter,
    specs: Sequence[Spec],
    options: UpOptions,
    *,
    built: Sequence[str] = (),
    words: Sequence[list[str]] | None = None,
) -> tuple[Job, dict[str, float]]:
    """Run Compose, and wait until all of them are ready.

    Args:
        words: what Compose is told, one after the other; default: `up` for the services that were asked for;
            empty: nothing, they run.

    Returns:
        The job with the containers as they are then, and title → seconds until it was ready.

    Raises:
        LkmError and its kinds: a service did not become ready; the containers stay.
    """
    timeout = TIMEOUT if options.timeout is None else options.timeout
    if words is None:
        stale = [spec.name for spec in specs if _file_changed(job, spec)]
        # Compose looks at no mounted file: what read it at its start has to be started anew.
        again = [argv.up(job.call, stale, recreate=True, dependencies=False)] if stale else []
        words = [*again, argv.up(job.call, options.services)]
    if words:
        _claim(job)
    listener = engine.connect()
    with Events(listener, job.stack.name) as events, reporter.step("services") as step:
        wait = Wait(job, specs, events, reporter, step, timeout=timeout)
        try:
            for each in words:
                _compose(job, wait, each)
            wait.until_ready()
        except Failed as failed:
            if any(verdict.kind == "stopped" for verdict in failed.verdicts.values()):
                engine.stays(job.client)  # an engine that is shut down stops its containers first
            job = job.fresh()
            raise error_of(job, failed, timeout=timeout) from None
        step.finish(f"{', '.join(wait.ready)} {'ready' if words else 'run already'}")
    job = job.fresh()
    remember(job, specs, built)
    return job, wait.ready


def _claim(job: Job) -> None:
    """Remember, before anything is made, that this folder's stack has this name."""
    before = memory.read(job.settings)
    if job.stack.name not in before.stacks:
        memory.write(job.settings, replace(before, stacks=(*before.stacks, job.stack.name)))


def _compose(job: Job, wait: Wait, words: list[str]) -> None:
    done: Completed = call_compose(words, job.call, on_line=wait.line, on_tick=wait.tick)
    finished(wait, done, lambda ended: not_started(job.fresh(), ended))


def _file_changed(job: Job, spec: Spec) -> bool:
    remembered = memory.read(job.settings)
    rows = job.rows_of(spec.name)
    return any(drift.kind == "file" for row in rows[:1] for drift in of_service(job, spec, row, remembered))


def remember(job: Job, specs: Sequence[Spec], built: Sequence[str]) -> None:
    """Keep what the containers were started with."""
    before = memory.read(job.settings)
    living = {row.id for row in job.rows}
    files = {key: value for key, value in before.files.items() if key in living}
    for spec in specs:
        for row in job.rows_of(spec.name):
            if row.running:
                files[row.id] = memory.prints(spec)
    builds = dict(before.builds)
    for spec in specs:
        if (spec.name in built or spec.name not in builds) and (print_ := memory.of_build(spec)):
            builds[spec.name] = print_
    runs = tuple(run for run in before.draining if any(key.startswith(run[:12]) for key in living))
    memory.write(job.settings, replace(before, files=files, builds=builds, draining=runs))


def proven(
    job: Job,
    reporter: Reporter,
    options: UpOptions,
    outcome: Outcome,
    ready: dict[str, float] | None = None,
) -> Outcome:
    """The outcome with a proof of media: the last one where the same server runs on, else a new one."""
    findings: Sequence[Finding] = ()
    remembered = memory.read(job.settings)
    server, url = server_of(job)
    if url and (note := elsewhere(job.settings, url)):
        reporter.note(note)
    proof = remembered.proof if remembered.proof and remembered.proof.server == server else None
    if options.media and not url and (server or not options.services):
        reporter.note(f"media was not proven: {_unproven(job, server)}")
    if options.media and server and url and (proof is None or outcome.changed):
        findings = climb(job, url, reporter)
        proof = memory.proof_of(findings, server)
        memory.write(job.settings, replace(memory.read(job.settings), proof=proof))
    seen = look(job, quick=True, ready=ready or {})
    facts: dict[str, Any] = {**seen.facts, "proof": proof.to_dict() if proof else None}
    return replace(outcome, services=seen.services, drift=seen.drift, findings=tuple(findings), facts=facts)


def _unproven(job: Job, server: str) -> str:
    """Why there is no way to the LiveKit server from here."""
    spec = job.livekit
    if spec is None:
        return "no service is known to be the LiveKit server (livekit = … under [compose.roles] in lkm.toml)"
    if not server:
        return f"{spec.name} does not run"
    return f"the signalling port of {spec.name} is not published on this machine (ports: in the Compose file)"


def climb(job: Job, url: str, reporter: Reporter) -> list[Finding]:
    """From the port up to real media; up to ICE where the WebRTC library is not installed."""
    from ...livekit import media
    from ...livekit.keys import find_pair
    from ..health import Options, Target, check

    # Without the settings: that its container runs was just seen.
    target = Target(url, find_pair(job.settings).pair, local=True, origin="lkm up")
    return check(target, Options(until=None if media.installed() else "ice"), reporter)


class speaking:  # noqa: N801 - reads as a word of the sentence
    """``with speaking(job, reporter):`` Ctrl-C says what is left, and what goes on from there."""

    def __init__(self, job: Job, reporter: Reporter) -> None:
        self._job = job
        self._reporter = reporter

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None or not issubclass(kind, KeyboardInterrupt):
            return
        running: tuple[Row, ...] = ()
        with contextlib.suppress(LkmError):  # the engine went away, too: nothing is known
            running = tuple(row for row in self._job.fresh().rows if row.running)
        left = f"{', '.join(row.title for row in running)} keep running" if running else "nothing runs"
        self._reporter.note(f"stopped: {left}; go on: lkm up; clear away: lkm down")
