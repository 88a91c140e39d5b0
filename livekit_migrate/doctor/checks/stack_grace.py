"""How long Docker lets the server end calls before it kills it."""

from __future__ import annotations

from collections.abc import Iterator

from ...core.changes import ChangeSet
from ...core.result import Finding, Fix
from ..context import Context
from ..model import Check, Fault
from ._compose import livekit_services, place
from ._docker import compose_files, composed

LEAST = 30.0
"""Seconds."""


def _run(context: Context) -> Iterator[Finding]:
    from ...livekit.configcheck import gonumbers

    it = composed(context)
    for name, raw in livekit_services(it):
        given = str(raw.get("stop_grace_period") or "")
        grace = (gonumbers.duration(given) or 0) / 1e9 if given else 10.0
        if grace >= LEAST:
            yield CHECK.ok(f"{name} gets {given} to end its calls", seconds_of_grace=grace)
            continue
        yield CHECK.found(
            "warn",
            f"{name} gets {grace:g} s to end its "
            f"calls{'' if given else ', which is what Docker gives by itself'}",
            "on SIGTERM the server waits for its participants; Docker then kills it in the middle of "
            "their calls",
            at=place(context, name, "stop_grace_period"),
            fix=Fix(f"under {name}: stop_grace_period: 30s (--fix --unsafe writes it)"),
            service=name,
            seconds_of_grace=grace,
        )


def _fix(context: Context, finding: Finding) -> ChangeSet | None:
    from ...code import yaml
    from ...core.changes import change

    path = f"services.{finding.evidence['service']}"
    for file in reversed(compose_files(context)):
        document = yaml.load(file, name=context.settings.relative(file), what="Compose file")
        if document.find(path) is not None:
            after = document.set(f"{path}.stop_grace_period", "30s")
            return ChangeSet("lkm doctor --fix", context.root, (change(file, after.to_bytes()),))
    return None


CHECK = Check(
    id="stack.grace",
    title="The server gets time to end its calls",
    category="stack",
    order=60,
    needs=("project.compose",),
    run=_run,
    fix=_fix,
    why="Docker's own 10 s cut calls at every restart and every deployment.",
    source="livekit-server v1.13.5 pkg/service: Stop; docs.docker.com/reference/compose-file/services",
    evidence="`docker compose stop livekit` takes 10 s, and `docker inspect` shows exit code 137.",
    remedy="`stop_grace_period: 30s`, in production as long as calls last.",
    faults=(
        Fault(
            "no stop_grace_period",
            "… gets 10 s to end its calls, which is what Docker gives by itself",
            "browser: the call reconnects or ends at every deployment; exit code 137",
        ),
    ),
)
