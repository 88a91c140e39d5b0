"""Whether the services that were started are ready, in the words of `lkm status`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ...core.result import Finding, Fix
from ..context import Context
from ..model import Check, Fault
from ._stack import running

if TYPE_CHECKING:
    from ...stack.runtime import Service


def _run(context: Context) -> Iterator[Finding]:
    seen = running(context)
    if seen is None or not any(one.started_at for one in seen.services):
        yield CHECK.skip("nothing of the project's stack runs: lkm up starts it")
        return
    anybody = any(one.running for one in seen.services)
    if not anybody and all(one.state == "stopped" for one in seen.services):
        yield CHECK.skip("the project's stack is stopped: lkm up starts it")
        return
    for one in seen.services:
        yield judge(one)


def judge(one: Service) -> Finding:
    """One service."""
    what = f"{one.name}: {one.message}" if one.message else one.name
    evidence: dict[str, Any] = {
        "service": one.name, "state": one.state, "exit_code": one.exit_code, "health": one.health,
        "restarts": one.restarts, "role": one.role,
    }  # fmt: skip
    if "lost Redis" in one.message:
        again = Fix(
            "once Redis is mended, start it anew: it does not come back by itself in every case",
            "lkm restart",
        )
        return CHECK.found("fail", what, "it runs, and is not ready", fix=again, **evidence)
    logs = Fix("read what it said", f"lkm logs {one.name}")
    if one.state == "crashed":
        return CHECK.found("fail", what if one.message else f"{one.name} has crashed", fix=logs, **evidence)
    if one.state == "unresponsive":
        return CHECK.found("fail", f"{what or one.name}", "it runs, and is not ready", fix=logs, **evidence)
    if one.state == "stopped" and not one.one_shot:
        return CHECK.found(
            "warn", f"{one.name} is stopped, and the rest runs", fix=Fix("start it", "lkm up"), **evidence
        )
    return CHECK.ok(f"{one.name} is {one.state}", **evidence)


CHECK = Check(
    id="stack.services",
    title="The services that were started are ready",
    category="stack",
    order=80,
    needs=("project.files",),
    after=(
        "project.compose",
        "docker.engine",
        "config.lint",
        "stack.redis",
        "stack.healthcheck",
        "stack.published",
    ),
    seconds=6.0,
    run=_run,
    causes=("stack.redis", "config.lint", "stack.healthcheck", "stack.signal-port"),
    why="Running is not ready: a server that lost Redis runs on and answers 406; one that was refused "
    "exits with 0.",
    source="docs/stack.md; livekit/livekit #4663",
    evidence="`lkm status`; `docker compose ps -a`: Exited (0), Restarting, unhealthy.",
    remedy="`lkm logs SERVICE` says why.",
    faults=(
        Fault(
            "the server's configuration is refused",
            "the finding of config.lint; livekit: it ends again and again",
            "`docker compose ps -a`: livekit Restarting (0)",
        ),
        Fault(
            "the server lost Redis",
            "livekit: 406 …: it has lost Redis",
            "curl -i http://127.0.0.1:7880/: 406",
        ),
    ),
)
