"""Whether there is a project at all."""

from __future__ import annotations

import os
from collections.abc import Iterator

from ...core.result import Finding, Fix
from ..context import Context
from ..model import Check, Fault
from ._docker import compose_files


def _run(context: Context) -> Iterator[Finding]:
    root = context.root
    try:
        names = os.listdir(root)  # noqa: PTH208 - names are what is needed
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        fix = Fix("let this user read it, or run lkm as whoever may")
        yield CHECK.found("fail", f"{root}: cannot be read: {why}", fix=fix, not_ready=True)
        return
    there = {
        "package.json": "package.json" in names,
        "Compose file": bool(compose_files(context)),
        "livekit.yaml": os.path.lexists(context.settings.path("paths.livekit")),
        ".env": os.path.lexists(context.settings.env_file),
    }
    have = [name for name, is_there in there.items() if is_there]
    if have:
        yield CHECK.ok(f"{', '.join(have)} in {root}", root=str(root), reason=context.settings.root_reason)
        return
    yield CHECK.found(
        "fail",
        f"nothing to look at in {root}: no {', no '.join(there)}",
        "go to the project's folder, or name it: lkm doctor -C DIR; a server elsewhere: lkm doctor --url "
        "wss://…",
        fix=Fix("begin with LiveKit here", "lkm up"),
        missing=list(there),
        not_ready=True,
    )


CHECK = Check(
    id="project.files",
    title="There is a project in this folder",
    category="project",
    order=0,
    run=_run,
    why="Most checks are about the project's files.",
    source="docs/doctor.md",
    evidence="`ls`: a package.json, a Compose file, livekit.yaml or .env.",
    remedy="Run lkm in the project's folder, or name it with `-C`.",
    faults=(
        Fault(
            "lkm runs in an empty folder",
            "nothing to look at in …",
            "`docker compose ps`: no configuration file",
        ),
    ),
)
