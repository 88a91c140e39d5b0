"""`lkm down` with Compose: by label, so that neither the files nor their variables have to be there."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
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
from .containers import PROJECT, Detail, Row
from .engine import gone, talking
from .files import explicit, found
from .job import Job, call_of
from .look import by_label
from .model import Spec
from .wait import address_of

_POLL_SECONDS = 0.02
_AT_ONCE_SECONDS = 0.3
_FORCED_SECONDS = 2.0
# The engine's own, for a container that names none.
_GRACE_SECONDS = 10
# Where Compose finds no file by itself: it looks in the folder that it runs in and in those above.
_NOWHERE = Path("/")


def down(settings: Settings, reporter: Reporter, options: DownOptions) -> Outcome:
    """Stop and remove what runs; nothing to stop is fine. The caller holds the lock.

    Raises:
        UsageError: data would be lost, and nobody was asked.
        LkmError: the engine refuses.
    """
    job = by_label(settings, options.stack)
    names = _names(settings, job, reporter, options)
    beyond = tuple(row for row in job.rows if row.project not in names)
    job = replace(
        job, rows=tuple(row for row in job.rows if row not in beyond), others=(*job.others, *beyond)
    )
    kept = [name for project in names for name in _volumes(job, project)]
    if options.volumes and kept and not options.stack:
        _refuse_others(settings, job, names[0], kept)
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
    # What became of it, not what was asked for: Compose leaves a volume that is in use, without a word.
    still = {name for project in names for name in _volumes(job, project)} if options.volumes else set(kept)
    if options.volumes and still:
        reporter.note(f"not removed, since another container uses it: {', '.join(sorted(still))}")
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
            "volumes_kept": [name for name in kept if name in still],
            "volumes_removed": [name for name in kept if name not in still],
        },
    )


def _names(settings: Settings, job: Job, reporter: Reporter, options: DownOptions) -> list[str]:
    """The Compose projects to end: the folder's own; where that cannot be told, all of its containers'."""
    names = list(dict.fromkeys(row.project for row in job.rows))
    if options.stack:
        return names or [options.stack]
    started = memory.read(settings).stacks
    if len(names) == 1 and names[0] in started:
        return names
    own = _own_name(settings)
    if not names:
        # An `up` that was killed early leaves a network, and no container that names the project.
        elsewhere = any(row.project == own for row in job.others)
        return [own] if own and not elsewhere else []
    mine = [name for name in names if name == own] or [name for name in names if name in started]
    if not mine and not started:
        return names
    for name in names:
        if name not in mine:
            reporter.note(f"also from this folder: {name} (lkm down --stack {name})")
    return mine


def _own_name(settings: Settings) -> str:
    """What Compose calls this folder's project; empty where it cannot read the files."""
    try:
        return str(config(call_of(settings, explicit(settings, found(settings))))[0]["name"])
    except LkmError:
        return ""


def _refuse_others(settings: Settings, job: Job, project: str, volumes: Sequence[str]) -> None:
    """Refuse to remove data that nothing ties to this folder but its name, which others may have, too.

    Raises:
        UsageError: no container is there that was started from here, and lkm has started none.
    """
    if job.rows or project in memory.read(settings).stacks:
        return
    raise UsageError(
        f"not removed: {', '.join(volumes)}",
        code="down.refused",
        detail=f"lkm has not started {project} from this folder: another one of this name may have made them",
        hint=f"if they are to go: lkm down --volumes --stack {project}",
    )


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

        if options.unannounced:
            _signal(job, row, "SIGKILL")
        elif not draining(job, seen):
            # First written, then done: whoever is killed in between leaves a server that will end.
            remembered = memory.read(job.settings)
            runs = (*remembered.draining, memory.run_of(seen))
            memory.write(job.settings, replace(remembered, draining=runs))
            _signal(job, row, "SIGTERM")
        else:
            reporter.note(f"{row.title}: it was told to end before")
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


def draining(job: Job, found: Detail) -> bool:
    """Whether this run of a server was told to end: by a `down` or `restart` that did not live to see it."""
    return memory.run_of(found) in memory.read(job.settings).draining


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
    mine = [row for row in job.rows if row.project == project]
    if not mine and not _networks(job, project) and not (options.volumes and _volumes(job, project)):
        return False
    with reporter.step("containers") as step:
        strangers = [row for row in job.others if row.project == project]
        if strangers:
            # `compose down` would take those of the other folder along.
            _by_hand(job, mine)
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
        step.finish(f"{len(mine)} removed" if mine else "removed what an interrupted start had left")
    return True


def _by_hand(job: Job, rows: Sequence[Row]) -> None:
    import docker.errors

    for row in rows:
        try:
            with talking():
                # Its own grace period: the client waits for an answer no longer than it is told.
                seconds = job.client.inspect_container(row.id)["Config"].get("StopTimeout")
                job.client.stop(row.id, timeout=_GRACE_SECONDS if seconds is None else seconds)
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
