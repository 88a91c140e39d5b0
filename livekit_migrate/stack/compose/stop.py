"""`lkm down` with Compose: by label, so that neither the files nor their variables have to be there."""

from __future__ import annotations

import time
from pathlib import Path

from ...core.errors import LkmError, UsageError
from ...core.process import Completed, run
from ...core.report import Reporter
from ...core.settings import Settings
from ...core.together import Later
from ...livekit.keys import pairs_in
from ..drain import Rooms, drain, said
from ..runtime import DownOptions, Outcome, Service
from . import argv, containers, memory, shift
from .argv import Call
from .cli import config, environment, words_of
from .containers import PROJECT, Row
from .engine import gone, talking
from .files import explicit, found
from .job import Job, call_of
from .look import by_label
from .model import Spec
from .wait import address_of

_POLL_SECONDS = 0.02
_AT_ONCE_SECONDS = 0.3
_FORCED_SECONDS = 2.0
# Where Compose finds no file by itself: it looks in the folder that it runs in and in those above.
_NOWHERE = Path("/")


def down(settings: Settings, reporter: Reporter, options: DownOptions) -> Outcome:
    """Stop and remove what runs; nothing to stop is fine. The caller holds the lock.

    Raises:
        UsageError: data would be lost, and nobody was asked.
        LkmError: the engine refuses.
    """
    job = by_label(settings, options.stack)
    names = _names(settings, job, options)
    kept = [name for project in names for name in _volumes(job, project)]
    if options.volumes and kept and not (options.confirm and options.confirm(kept)):
        raise UsageError(
            f"not removed: {', '.join(kept)}",
            code="down.refused",
            detail="the data in these volumes would be gone for good",
            hint="lkm down keeps them; lkm down --volumes --yes removes them without asking",
        )
    running = tuple(row for row in job.rows if row.running)
    try:
        left = _drain(job, reporter, options) if running else {}
        changed = sum(_remove(job, reporter, name, options) for name in names) > 0
    except KeyboardInterrupt:
        rows = [row.title for row in _still(job)]
        reporter.note(f"stopped: {', '.join(rows) or 'nothing'} still running; at once: lkm down --now")
        raise
    removed = [name for name in kept if options.volumes]
    override = shift.override_of(settings)
    if not options.stack:
        memory.forget_containers(settings)
        override.unlink(missing_ok=True)
    services = tuple(
        Service(
            row.title, "compose", "stopped", role=job.role(row.service), image=row.image, container=row.name
        )
        for row in job.rows
    )
    return Outcome(
        "compose",
        services,
        changed=changed,
        left=left,
        facts={
            "project": names[0] if names else None,
            "volumes_kept": [] if options.volumes else kept,
            "volumes_removed": removed,
        },
    )


def _names(settings: Settings, job: Job, options: DownOptions) -> list[str]:
    """The Compose projects of this folder: of its containers, and of its files where they can be read."""
    names = list(dict.fromkeys(row.project for row in job.rows))
    if options.stack:
        return names or [options.stack]
    if not names:
        # An `up` that was killed early leaves a network, and no container that names the project.
        try:
            names = [str(config(call_of(settings, explicit(settings, found(settings))))[0]["name"])]
        except LkmError:
            return []
        if any(row.project == names[0] for row in job.others):
            return []  # of another folder: not ours to remove
    return names


def _still(job: Job) -> list[Row]:
    ids = {row.id for row in job.rows}
    return [row for row in containers.listed(job.client) if row.id in ids and row.running]


def _volumes(job: Job, project: str) -> list[str]:
    with talking():
        listed = job.client.volumes(filters={"label": f"{PROJECT}={project}"})
    return sorted(str(volume["Name"]) for volume in listed.get("Volumes") or ())


def _networks(job: Job, project: str) -> list[str]:
    with talking():
        listed = job.client.networks(filters={"label": f"{PROJECT}={project}"})
    return [str(network["Name"]) for network in listed]


def _drain(job: Job, reporter: Reporter, options: DownOptions) -> Rooms:
    """Let calls end, then end the servers: other services are still there for them."""
    servers = [row for row in job.rows if row.running and job.role(row.service) == "livekit"]
    left: dict[str, tuple[str, ...]] = {}
    for row in servers:
        left.update(drained(job, row, reporter, options))
    return left


def drained(job: Job, row: Row, reporter: Reporter, options: DownOptions) -> Rooms:
    """Stop one LiveKit container; who was left in it.

    Raises:
        NotReadyError: the engine went away.
    """
    seen = containers.detail(job.client, row)
    if seen is None:
        return {}
    pair = next(iter(pairs_in(seen.environment.get("LIVEKIT_KEYS", ""))), None)
    spec = job.stack.services.get(row.service) or Spec(row.service, row.image)
    address = address_of(spec, row)
    url = f"ws://{address.dial}:{address.number}" if address and not job.where.remote else ""
    at_once = options.now or options.unannounced
    left: Rooms = {}
    with reporter.step(row.title) as step:
        end = Later(lambda: job.client.wait(row.id))

        def ended(seconds: float) -> bool:
            deadline = time.monotonic() + seconds
            while not end.done and time.monotonic() < deadline:
                time.sleep(_POLL_SECONDS)
            return end.done

        _signal(job, row, "SIGKILL" if options.unannounced else "SIGTERM")
        if not at_once and not ended(_AT_ONCE_SECONDS):
            left = drain(ended, url, pair, reporter, step, seconds=options.drain)
        if not end.done:
            # The second one forces the server; one that does not heed it is killed.
            _signal(job, row, "SIGTERM")
            if not ended(_FORCED_SECONDS):
                _signal(job, row, "SIGKILL")
                ended(_FORCED_SECONDS)
        if left:
            step.finish(f"stopped after {options.drain:g} s; still there: {said(left)}", "warn")
        else:
            step.finish("stopped at once" if at_once else "stopped")
    return left


def _signal(job: Job, row: Row, name: str) -> None:
    import docker.errors

    try:
        with talking():
            job.client.kill(row.id, name)
    except docker.errors.NotFound:
        return
    except LkmError as error:
        if "is not running" not in error.message:
            raise


def _remove(job: Job, reporter: Reporter, project: str, options: DownOptions) -> bool:
    """Remove a project's containers and networks; whether there was anything."""
    if not job.rows and not _networks(job, project) and not (options.volumes and _volumes(job, project)):
        return False
    with reporter.step("containers") as step:
        strangers = [row for row in job.others if row.project == project]
        if strangers:
            # `compose down` would take those of the other folder along.
            _by_hand(job, project)
            reporter.note(f"left alone: {', '.join(row.name for row in strangers)} of {strangers[0].folder}")
        else:
            call = Call(_NOWHERE, name=project)
            env = {name: value for name, value in environment().items() if not name.startswith("COMPOSE_")}
            done = run(
                argv.down(call, volumes=options.volumes),
                cwd=_NOWHERE,
                env=env,
                on_line=lambda line: step.update(line.strip()),
            )
            if not done.ok:
                raise _not_removed(project, done)
        count = len(job.rows)
        step.finish(f"{count} removed" if count else "removed what an interrupted start had left")
    return True


def _by_hand(job: Job, project: str) -> None:
    import docker.errors

    for row in job.rows:
        if row.project == project:
            try:
                with talking():
                    job.client.stop(row.id)
                    job.client.remove_container(row.id)
            except docker.errors.NotFound:
                continue


def _not_removed(project: str, done: Completed) -> LkmError:
    text = words_of(done)
    last = next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")
    if "Cannot connect to the Docker daemon" in text or "error during connect" in text:
        return gone(last)
    return LkmError(
        f"Compose could not remove {project}: {last or f'exit code {done.code}'}",
        code="compose.not-removed",
        detail=text if text != last else "",
        hint="lkm down once more; docker ps -a shows what is left",
    )
