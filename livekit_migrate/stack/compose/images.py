"""Images: which are there, and getting or building the others."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ...core.errors import LkmError, NotReadyError
from ...core.process import Completed
from ...core.report import Reporter
from . import argv
from .cli import call_compose, words_of
from .engine import gone, talking
from .job import Job
from .model import Spec, image_of
from .preflight import no_room, platform

_TAIL = 15


@dataclass(frozen=True, slots=True)
class Need:
    """Services by what has to be done for their image."""

    pull: tuple[str, ...] = ()
    build: tuple[str, ...] = ()


def look(job: Job, reporter: Reporter, specs: Sequence[Spec], *, build: bool, pull: bool) -> Need:
    """Which images have to be got.

    Args:
        build, pull: those that are there, too.

    Raises:
        NotReadyError: one is missing that may not be pulled.
    """
    import docker.errors

    to_pull: list[str] = []
    to_build: list[str] = []
    for spec in specs:
        name = image_of(job.stack, spec)
        try:
            with talking():
                image = job.client.inspect_image(name)
        except docker.errors.NotFound:
            image = None
        if image and not spec.build and (said := platform(job, spec, image)):
            reporter.note(said)
        if spec.build:
            if image is None or build or spec.pull_policy == "build":
                to_build.append(spec.name)
        elif image is None and spec.pull_policy == "never":
            raise NotReadyError(
                f"the image {name} of {spec.name} is not here, and pull_policy: never forbids to get it",
                code="compose.image",
                hint=f"docker pull {name}",
            )
        elif image is None or pull or spec.pull_policy == "always":
            to_pull.append(spec.name)
    return Need(tuple(to_pull), tuple(to_build))


def get(job: Job, reporter: Reporter, need: Need, *, pull: bool = False) -> None:
    """Pull and build.

    Args:
        pull: also the images that are built upon.

    Raises:
        NotReadyError: an image cannot be had, or the disk is full.
        LkmError: a build failed; with the last lines of that step.
    """
    if need.pull:
        names = ", ".join(dict.fromkeys(job.stack.services[name].image for name in need.pull))
        with reporter.step("images") as step:
            done = call_compose(argv.pull(job.call, need.pull), job.call, on_line=_shown(step.update))
            if not done.ok:
                raise not_pulled(job, need.pull, done)
            step.finish(f"pulled {names}")
    if need.build:
        with reporter.step("build") as step:
            words = argv.build(job.call, need.build, fresh_base=pull)
            done = call_compose(words, job.call, on_line=_shown(step.update))
            if not done.ok:
                raise not_built(need.build, done)
            step.finish(", ".join(need.build))


def _shown(update: Callable[[str], None]) -> Callable[[str], None]:
    def show(line: str) -> None:
        if text := line.strip():
            update(text[:100])

    return show


def not_pulled(job: Job, services: Sequence[str], done: Completed) -> LkmError:
    """The error for images that could not be pulled."""
    said = words_of(done)
    if error := _common(said):
        return error
    images = list(dict.fromkeys(job.stack.services[name].image for name in services))
    # Only the one that failed is named, where Compose names it.
    named = [image for image in images if re.search(rf"{re.escape(image)}.*(?:Error|error|denied)", said)]
    image = (named or images)[0]
    last = _reason(said)
    if re.search(r"denied|unauthorized|authentication required", said):
        why, hint = (
            "the registry refuses",
            "docker login; or the name is wrong: docker compose config --images",
        )
    elif re.search(r"manifest unknown|not found|manifest for", said):
        why, hint = (
            "there is no such image or tag",
            f"look for the right one: docker manifest inspect {image}",
        )
    else:
        why = "its registry cannot be reached"
        hint = f"is this machine online? Try: docker pull {image}\nor load a file: docker load -i FILE.tar"
    return NotReadyError(
        f"the image {image} cannot be had: {why}", code="compose.image", detail=last, hint=hint
    )


def _reason(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [
        line
        for line in lines
        if re.search(r"error|denied|dial|lookup|refused|not found", line, re.IGNORECASE)
    ]
    return (errors or lines or [""])[-1]


def not_built(services: Sequence[str], done: Completed) -> LkmError:
    """The error for a build that failed."""
    said = words_of(done)
    if error := _common(said):
        return error
    lines = [line.rstrip() for line in said.splitlines() if line.strip()]
    return LkmError(
        f"building {', '.join(services)} failed",
        code="compose.build",
        detail="\n".join(lines[-_TAIL:]),
        hint="mend the Dockerfile or what it copies, then: lkm up",
    )


def _common(said: str) -> LkmError | None:
    if re.search(r"Cannot connect to the Docker daemon|error during connect|docker\.sock.*refused", said):
        return gone(said.splitlines()[-1])
    return no_room(said)


def steps(job: Job, service: str) -> tuple[str, ...]:
    """The commands that a service's image was built by, the last first; none where it is not here."""
    import docker.errors

    spec = job.stack.services.get(service)
    if spec is None:
        return ()
    try:
        with talking():
            layers = job.client.history(image_of(job.stack, spec))
    except docker.errors.NotFound:
        return ()
    return tuple(str(layer.get("CreatedBy") or "") for layer in layers)
