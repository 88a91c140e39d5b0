"""What runs is not what is written: containers older than the Compose files, .env or what they mount."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from . import containers, memory
from .containers import Row
from .engine import talking
from .job import Job
from .memory import Memory
from .model import PUBLIC, Spec, image_of

Kind = Literal["environment", "image", "file", "build"]


@dataclass(frozen=True, slots=True)
class Drift:
    """One service whose container is not what would be made now."""

    service: str
    kind: Kind
    text: str


def of_job(job: Job, remembered: Memory) -> Iterator[Drift]:
    """Everything that differs, of the containers that are there."""
    for spec in job.stack.services.values():
        for row in job.rows_of(spec.name)[:1]:
            yield from of_service(job, spec, row, remembered)


def of_service(job: Job, spec: Spec, row: Row, remembered: Memory) -> Iterator[Drift]:
    """What differs for one service."""
    wanted = job.hashes.get(spec.name, "")
    if wanted and row.hash and wanted != row.hash:
        names = _changed(job, spec, row)
        what = f"{names} changed" if names else "its part of the Compose file or of .env changed"
        yield Drift(spec.name, "environment", f"{spec.name}: {what} since its container was made")
    elif image := _changed_image(job, spec, row):
        text = f"{spec.name}: its image {image} changed since its container was made"
        yield Drift(spec.name, "image", text)
    for path in _changed_files(job, spec, row, remembered):
        yield Drift(spec.name, "file", f"{spec.name}: {path} changed since it was started")
    now, then = memory.of_build(spec), remembered.builds.get(spec.name, "")
    if now and then and now != then:
        names = ", ".join(
            sorted(name for name in (spec.build.args if spec.build else ()) if PUBLIC.match(name))
        )
        yield Drift(spec.name, "build", f"{spec.name}: {names} changed since its image was built")


def _changed(job: Job, spec: Spec, row: Row) -> str:
    """The names of the variables that differ; values are nobody's business."""
    found = containers.detail(job.client, row)
    if found is None:
        return ""
    names = [name for name, value in spec.environment.items() if found.environment.get(name) != value]
    return ", ".join(sorted(names))


def _changed_image(job: Job, spec: Spec, row: Row) -> str:
    """The name of its image where that means another one by now: pulled, built or tagged meanwhile."""
    import docker.errors

    name = image_of(job.stack, spec)
    try:
        with talking():
            image = job.client.inspect_image(name)
    except docker.errors.NotFound:
        return ""  # untagged or removed meanwhile: nothing else is there to be run
    return name if row.image_id and str(image["Id"]) != row.image_id else ""


def _changed_files(job: Job, spec: Spec, row: Row, remembered: Memory) -> Iterator[str]:
    known = remembered.files.get(row.id)
    for path in spec.binds.values():
        if not path.is_file():
            continue
        if known is not None and str(path) in known:
            changed = known[str(path)] != memory.of_file(path)
        else:
            # Started by somebody else: what is younger than the container is not what it read.
            found = containers.detail(job.client, row)
            changed = bool(found and found.started and path.stat().st_mtime > found.started)
        if changed:
            yield job.settings.relative(path)
