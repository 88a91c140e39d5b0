"""Whether the engine runs on this machine."""

from __future__ import annotations

from collections.abc import Iterator

from ...core.result import Finding, Fix
from ..context import Context
from ..model import Check, Fault
from ._docker import wanted, where


def _run(context: Context) -> Iterator[Finding]:
    if reason := wanted(context):
        yield CHECK.skip(reason)
        return
    it = where(context)
    if it.remote:
        undo = "unset DOCKER_HOST" if it.origin == "DOCKER_HOST" else "docker context use default"
        yield CHECK.found(
            "warn",
            f"the Docker engine is on another machine: {it}",
            "its ports are not ports of this machine: 127.0.0.1 in livekit.yaml means that machine, and "
            "`lkm up` refuses to start there",
            fix=Fix("take the engine of this machine, or run lkm on that one", undo),
            host=it.host,
            origin=it.origin,
        )
    else:
        yield CHECK.ok(f"the engine is {it}", host=it.host, origin=it.origin)


CHECK = Check(
    id="docker.remote",
    title="The Docker engine is on this machine",
    category="docker",
    order=15,
    needs=("docker.cli",),
    run=_run,
    why="A remote engine publishes ports and mounts files over there; a browser here does not reach them.",
    source="docs.docker.com/engine/security/protect-access",
    evidence="`docker context ls` and `echo $DOCKER_HOST`: an ssh:// or tcp:// address of another machine.",
    remedy="Take the context of this machine, or work on the machine that has the engine.",
    faults=(
        Fault(
            "DOCKER_HOST or the context names another machine",
            "the Docker engine is on another machine: …",
            "`docker ps` shows the containers, curl http://127.0.0.1:7880 is refused",
        ),
    ),
)
