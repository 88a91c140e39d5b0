"""Whether Compose reads the files that people think it reads."""

from __future__ import annotations

import os
from collections.abc import Iterator

from ...core.result import Finding, Fix, Location
from ..context import Context
from ..model import Check, Fault
from ._docker import compose_files


def _run(context: Context) -> Iterator[Finding]:
    from ...code.compose import NAMES, OVERRIDES

    used = compose_files(context)
    if not used:
        yield CHECK.skip("the project has no Compose files")
        return
    settings = context.settings
    shown = [settings.relative(path) for path in used]
    for path, name in zip(used, shown, strict=True):
        if not os.path.lexists(path):
            yield CHECK.found(
                "fail",
                f"{name} is not there, and is named as a Compose file",
                fix=Fix("correct the name"),
                id="project.compose-gone",
                file=name,
            )
    folder = used[0].parent
    for names, what in ((NAMES, "Compose file"), (OVERRIDES, "override")):
        there = [name for name in names if os.path.lexists(folder / name)]
        unused = [name for name in there if folder / name not in used]
        mine = [name for name in there if folder / name in used]
        if unused and mine:
            yield CHECK.found(
                "warn",
                f"two {what}s: Compose reads {mine[0]}, and {', '.join(unused)} is not looked at",
                "what is changed in the other one has no effect",
                at=Location(settings.relative(folder / unused[0])),
                fix=Fix("keep one of them, or name both: compose.files in lkm.toml"),
                used=mine,
                unused=unused,
            )
    yield CHECK.ok(f"Compose reads {', '.join(shown)}", files=shown)


CHECK = Check(
    id="project.compose-files",
    title="Compose reads the files that are there",
    category="project",
    order=15,
    needs=("project.files",),
    run=_run,
    why="Of compose.yaml, compose.yml, docker-compose.yml and docker-compose.yaml Compose reads the "
    "first only.",
    source="docs.docker.com/compose/intro/compose-application-model",
    evidence="`docker compose config` does not show what one of the files says.",
    remedy="Keep one file (and one override), or name them all: `compose.files` in lkm.toml, or "
    "COMPOSE_FILE.",
    faults=(
        Fault(
            "compose.yaml beside docker-compose.yml",
            "two Compose files: Compose reads compose.yaml, and docker-compose.yml is not looked at",
            "`docker compose up` warns: Found multiple config files with supported names",
        ),
    ),
)
