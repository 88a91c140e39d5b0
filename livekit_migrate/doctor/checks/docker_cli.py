"""Whether there is a docker command."""

from __future__ import annotations

from collections.abc import Iterator

from ...core.result import Finding, Fix
from ..context import Context
from ..model import Check, Fault
from ._docker import installed, wanted


def _run(context: Context) -> Iterator[Finding]:
    if reason := wanted(context):
        yield CHECK.skip(reason)
    elif installed():
        yield CHECK.ok()
    else:
        fix = Fix(
            "install Docker, https://docs.docker.com/get-docker/; or run without it",
            "lkm up --runtime native",
        )
        yield CHECK.found("fail", "there is no docker command", fix=fix, not_ready=True)


CHECK = Check(
    id="docker.cli",
    title="The docker command is there",
    category="docker",
    order=0,
    run=_run,
    why="The project has Compose files: `lkm up` starts them with the docker command.",
    source="docs/stack.md",
    evidence="`docker version` says command not found.",
    remedy="Install Docker, or run the LiveKit server as a process: `lkm up --runtime native`.",
    faults=(
        Fault("Docker is not installed", "there is no docker command", "`docker ps`: command not found"),
    ),
)
