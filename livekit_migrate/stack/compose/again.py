"""`lkm restart` with Compose, whose own restart heeds neither a changed environment nor a changed file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...core.report import Reporter
from ...core.settings import Settings
from ..drain import Rooms
from ..runtime import DownOptions, Outcome, UpOptions
from . import argv, images, memory, preflight, shift
from .drift import Drift, of_service
from .job import Job, start_job
from .model import PUBLIC, Spec
from .start import begin, proven, speaking
from .stop import drained


def restart(settings: Settings, reporter: Reporter, up: UpOptions, down: DownOptions) -> Outcome:
    """Stop and start; what changed is made anew. What can be refused is refused before the stop."""
    before = shift.saved(settings)
    job = start_job(
        settings,
        reporter,
        command="lkm restart",
        services=up.services,
        profiles=up.profiles,
        offset=up.port_offset,
    )
    asked = [job.stack.services[name] for name in up.services or job.stack.services]
    specs = [spec for spec in asked if spec.replicas]
    with shift.restored(before):
        preflight.check(job, reporter, specs, linted=up.lint)
    remembered = memory.read(settings)
    drifts = [
        each
        for spec in specs
        for row in job.rows_of(spec.name)[:1]
        for each in of_service(job, spec, row, remembered)
    ]
    rebuild = _to_rebuild(specs, drifts, reporter)
    need = images.look(job, reporter, specs, build=up.build, pull=up.pull)
    need = replace(need, build=tuple(dict.fromkeys((*need.build, *rebuild))))
    changed = list(dict.fromkeys([*(drift.service for drift in drifts), *need.build, *need.pull]))
    for drift in drifts:
        reporter.note(f"{drift.text}: it is {'built and ' if drift.service in rebuild else ''}made anew")
    with speaking(job, reporter):
        images.get(job, reporter, need, pull=up.pull)
        left: dict[str, Sequence[str]] = {}
        for spec in specs:
            for row in job.rows_of(spec.name):
                if row.running and job.role(spec.name) == "livekit":
                    left.update(drained(job, row, reporter, down))
        job, ready = _bring_back(job, reporter, specs, changed=changed, options=up, built=need.build)
        outcome = proven(job, reporter, up, Outcome("compose", (), changed=True), ready)
    rooms: Rooms = {room: tuple(people) for room, people in left.items()}
    recreated = [spec.name for spec in specs if spec.name in changed]
    return replace(
        outcome, left=rooms, facts={**outcome.facts, "recreated": recreated, "rebuilt": list(need.build)}
    )


def _to_rebuild(specs: Sequence[Spec], drifts: Sequence[Drift], reporter: Reporter) -> list[str]:
    """Services whose browser variables changed and stand in their image by now."""
    rebuild = [drift.service for drift in drifts if drift.kind == "build"]
    by_name = {spec.name: spec for spec in specs}
    found: list[str] = []
    for name in dict.fromkeys(rebuild):
        build = by_name[name].build
        names = ", ".join(sorted(arg for arg in (build.args if build else ()) if PUBLIC.match(arg)))
        if build and build.development:
            reporter.note(f"{name}: a new container is enough for {names}: its target is {build.target}")
            continue
        reporter.note(f"{name}: {names} are written into its image when it is built: it is built anew")
        found.append(name)
    return found


def _bring_back(
    job: Job,
    reporter: Reporter,
    specs: Sequence[Spec],
    *,
    changed: Sequence[str],
    options: UpOptions,
    built: Sequence[str],
) -> tuple[Job, dict[str, float]]:
    """Made anew where something changed, else the same containers once more."""
    same = [spec.name for spec in specs if spec.name not in changed and job.rows_of(spec.name)]
    rest = [spec.name for spec in specs if spec.name not in same]
    words: list[list[str]] = []
    if same:
        words.append(argv.restart(job.call, same))
    if rest:
        words.append(argv.up(job.call, rest, recreate=True, dependencies=not options.services))
    return begin(job.fresh(), reporter, specs, options, built=built, words=words)
