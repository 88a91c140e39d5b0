"""Whether Compose is there, and new enough."""

from __future__ import annotations

from collections.abc import Iterator

from ...core.errors import NotReadyError
from ...core.result import Finding, Fix
from ..context import Context
from ..model import Check, Fault
from ._docker import wanted
from ._machine import machine


def _run(context: Context) -> Iterator[Finding]:
    if reason := wanted(context):
        yield CHECK.skip(reason)
        return
    from ...stack.compose import cli

    try:
        found = cli.version()
    except NotReadyError as error:
        command = "brew install docker-compose" if machine(context).system == "Darwin" else cli.INSTALL
        fix = Fix(
            "get a newer one; Docker Desktop brings it along: https://docs.docker.com/compose/install/",
            command,
        )
        yield CHECK.found("fail", error.message, error.detail, fix=fix, not_ready=True)
        return
    yield CHECK.ok(f"Compose {found}", version=found)


CHECK = Check(
    id="docker.compose",
    title="Compose is there, 2.30 or newer",
    category="docker",
    order=20,
    needs=("docker.cli",),
    seconds=5.0,
    run=_run,
    why="Compose v1 has ended, and before 2.30 Compose does not say how it reads the environment.",
    source="docs/stack.md; docs.docker.com/compose/releases",
    evidence="`docker compose version --short`; `docker-compose` with a hyphen is v1.",
    remedy="Install the package docker-compose-plugin from Docker's repository, or update Docker Desktop.",
    faults=(
        Fault(
            "only docker-compose v1 is installed",
            "docker-compose 1.… is Compose v1, which has ended",
            "`docker compose`: is not a docker command",
            recorded=True,
        ),
        Fault(
            "Compose is old",
            "Compose 2.… is too old",
            "variables of .env are empty, or a flag is unknown",
            recorded=True,
        ),
    ),
)
