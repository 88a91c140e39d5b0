"""Health checks that call a program which their image does not have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ...core.result import Finding, Fix
from ..context import Context
from ..model import Check, Fault
from ._compose import place
from ._docker import composed, try_job

if TYPE_CHECKING:
    from ...stack.compose.job import Job

_CURL = ("livekit/", r"redis(?::|$)", r"postgres(?::|$)", "alpine", "busybox", "debian", r"node:[\w.-]*slim")
_WGET = ("debian", "ubuntu", r"node:[\w.-]*slim", r"redis(?::[\d.]+)?$", r"postgres(?::[\d.]+)?$")
LACKS = {
    program: re.compile(rf"(?:^|/)(?:{'|'.join(images)})|(?:^|/)(?:node|nginx):[\w.-]*alpine")
    if program == "curl"
    else re.compile(rf"(?:^|/)(?:{'|'.join(images)})")
    for program, images in (("curl", _CURL), ("wget", _WGET))
}
"""Program → images without it, as their registries serve them."""


def _run(context: Context) -> Iterator[Finding]:
    it = composed(context)
    job = try_job(context)
    for name, spec in it.stack.services.items():
        test = (it.raw(name).get("healthcheck") or {}).get("test") or []
        words = " ".join(map(str, test if isinstance(test, list) else [test]))
        for program, images in LACKS.items():
            if not re.search(rf"(?:^|[\s;&|(/]){program}(?:\s|$)", words):
                continue
            said = _said(job, name, program)
            if said or (spec.image and not spec.build and images.search(spec.image)):
                yield CHECK.found(
                    "fail",
                    f"the health check of {name} calls {program}, which {spec.image or 'its image'} does "
                    "not have",
                    said or "it is unhealthy for ever, and whatever waits for it does not start",
                    at=place(context, name, "healthcheck.test", "healthcheck"),
                    fix=Fix(_instead(spec.image, program)),
                    service=name,
                    test=words,
                )
    yield CHECK.ok()


def _said(job: Job | None, name: str, program: str) -> str:
    """What a running container's health check printed, where it is about the missing program."""
    from ...stack.compose import containers

    if job is None:
        return ""
    for row in job.rows_of(name):
        found = containers.detail(job.client, row) if row.health == "unhealthy" else None
        for text in found.checks if found else ():
            if re.search(rf"{program}\W*(?::| ).*not found|\"{program}\": executable file not found", text):
                return f"it said: {text.splitlines()[0][:200]}"
    return ""


def _instead(image: str, program: str) -> str:
    if "livekit" in image:
        return 'test: ["CMD", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1:7880/"]'
    if "redis" in image:
        return 'test: ["CMD-SHELL", "redis-cli ping | grep -q PONG"]'
    if "postgres" in image:
        return 'test: ["CMD-SHELL", "pg_isready -q -h 127.0.0.1"]'
    if "node" in image:
        asks = "fetch('http://127.0.0.1:PORT/health').then(r=>process.exit(r.ok?0:1))"
        return f'test: ["CMD", "node", "-e", "{asks}"]'
    return f"call something that the image has, or install {program} in it"


CHECK = Check(
    id="stack.healthcheck",
    title="Health checks call programs that their images have",
    category="stack",
    order=50,
    needs=("project.compose",),
    seconds=4.0,
    run=_run,
    why="The image of livekit-server has busybox's wget and no curl: such a check fails for ever, while "
    "the server is fine.",
    source="livekit/livekit-server:v1.13.5, looked into",
    evidence="`docker inspect --format '{{json .State.Health}}' CONTAINER`: executable file not found.",
    remedy="Call wget for LiveKit, redis-cli for Redis, pg_isready for PostgreSQL.",
    faults=(
        Fault(
            "the health check calls curl",
            "the health check of … calls curl, which … does not have",
            '`docker ps`: (unhealthy); `docker inspect`: exec: "curl": executable file not found in $PATH',
        ),
    ),
)
