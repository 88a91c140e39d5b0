"""Whether an engine answers, and may be asked by this user."""

from __future__ import annotations

from collections.abc import Iterator

from ...core.result import Finding, Fix
from ..context import Context
from ..model import Check, Fault
from ._docker import engine, wanted, where


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
    text, *more = error.hint.splitlines()
    yield CHECK.found(
        "fail",
        error.message,
        error.detail,
        fix=Fix(" ".join(more) or "start it", text.removeprefix("start it: ")),
        said=it.said,
        context=it.context,
        not_ready=True,
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
