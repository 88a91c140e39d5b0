"""Room where the engine keeps images and volumes, and its clock."""

from __future__ import annotations

from collections.abc import Iterator

from ...core.errors import NotReadyError
from ...core.report import Reporter
from ...core.result import Finding, Fix
from ..context import Context
from ..model import Check, Fault
from ._docker import job


def _run(context: Context) -> Iterator[Finding]:
    from ...stack.compose.preflight import disk

    reporter = Reporter()
    try:
        disk(job(context), reporter)
    except NotReadyError as error:
        fix = Fix("see what takes the room", "docker system df")
        yield CHECK.found("fail", error.message, error.detail, fix=fix, not_ready=True)
        return
    for note in reporter.notes:
        yield CHECK.found("warn", note, fix=Fix("see what takes the room", "docker system df"))


CHECK = Check(
    id="docker.disk",
    title="The engine has room for images and volumes",
    category="docker",
    order=30,
    needs=("docker.engine", "project.compose"),
    seconds=4.0,
    run=_run,
    why="A full disk ends Redis and PostgreSQL in the middle of a call, with messages that name neither.",
    source="docs.docker.com/engine/manage-resources",
    evidence="`docker system df`, `df -h`.",
    remedy="Remove what nothing uses: `docker system prune` (it asks).",
    faults=(
        Fault(
            "the disk is full",
            "the disk of the Docker engine is full",
            "docker logs: no space left on device",
            recorded=True,
        ),
    ),
)
