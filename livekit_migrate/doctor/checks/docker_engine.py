"""Whether an engine answers, and may be asked by this user."""

from __future__ import annotations

from collections.abc import Iterator

from ...core.result import Finding, Fix
from ..context import Context
from ..model import Check, Fault
from ._docker import engine, wanted, where
from ._machine import machine


def _run(context: Context) -> Iterator[Finding]:
    if reason := wanted(context):
        yield CHECK.skip(reason)
        return
    it = engine(context)
    if it.server:
        yield CHECK.ok(
            f"Docker {it.server.get('Version')} answers",
            version=it.server.get("Version"),
            context=it.context,
            desktop=it.desktop,
        )
        return
    from ...stack.compose import engine as engines

    error = engines.silence(where(context), Exception(it.said))
    yield CHECK.found(
        "fail",
        error.message,
        error.detail,
        fix=_mend(error.code, machine(context).system, remote=where(context).remote),
        said=it.said,
        context=it.context,
        not_ready=True,
    )


def _mend(code: str, system: str, *, remote: bool) -> Fix:
    """What mends it on this system."""
    if code == "docker.permission":
        text = "let this user ask it, and log in anew (it makes this user as good as root); or go rootless"
        return Fix(text, "sudo usermod -aG docker $USER")
    if remote:
        return Fix("is that machine on? The engine of this one:", "docker context use default")
    if system == "Darwin":
        return Fix("start Docker Desktop (or: colima start)", "open -a Docker")
    return Fix(
        "start it (with Docker Desktop: open it); or: lkm up --runtime native", "sudo systemctl start docker"
    )


CHECK = Check(
    id="docker.engine",
    title="A Docker engine answers",
    category="docker",
    order=10,
    needs=("docker.cli",),
    seconds=5.0,
    run=_run,
    why="The docker command only talks to an engine; without one nothing starts.",
    source="docs/stack.md",
    evidence="`docker version` prints Client, but no Server; `docker context ls` shows which one is meant.",
    remedy="Start Docker (Desktop, Colima, or the service), or let this user into the group docker.",
    faults=(
        Fault(
            "the engine is stopped, or DOCKER_HOST names one that is gone",
            "the Docker engine does not answer",
            "`docker ps`: Cannot connect to the Docker daemon at …",
        ),
        Fault(
            "this user is not in the group docker",
            "this user (…) may not talk to the Docker engine",
            "`docker ps`: permission denied while trying to connect to the Docker daemon socket",
        ),
    ),
)
