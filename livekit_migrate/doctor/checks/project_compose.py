"""Whether Compose takes the project's files."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...core.errors import ConfigError, LkmError
from ...core.result import Finding, Fix, Location
from ..context import Context
from ..model import Check, Fault
from ._docker import compose_files, composed

_PLACE = re.compile(r"^(?P<file>[^\s:]+):(?P<line>\d+)(?::\d+)?: (?P<rest>.*)", re.DOTALL)


def _run(context: Context) -> Iterator[Finding]:
    if not compose_files(context):
        yield CHECK.skip("the project has no Compose files")
        return
    try:
        it = composed(context)
    except ConfigError as error:
        yield refused(error)
        return
    for warning in it.warnings:
        if "variable is not set" in warning:  # env.compose says it, with the place
            continue
        yield CHECK.found("info", f"Compose warns: {warning}", id="project.compose-warns")
    names = ", ".join(context.settings.relative(file) for file in compose_files(context))
    yield CHECK.ok(f"Compose reads {names}: {', '.join(it.stack.services)}", services=list(it.stack.services))


def refused(error: LkmError) -> Finding:
    """What Compose does not take, at its place."""
    match = _PLACE.match(error.message)
    at = Location(match["file"], int(match["line"])) if match else None
    cause = ("project.compose-gone", *(("env.compose",) if error.code == "compose.variable" else ()))
    return CHECK.found(
        "fail",
        match["rest"] if match else error.message,
        error.detail,
        at=at,
        cause=cause,
        fix=Fix(error.hint, "docker compose config --quiet"),
        code=error.code,
    )


CHECK = Check(
    id="project.compose",
    title="Compose takes the project's files",
    category="project",
    order=10,
    needs=("project.files", "docker.cli", "docker.compose"),
    after=("env.file", "env.compose"),
    seconds=6.0,
    run=_run,
    why="What Compose refuses it does not start, and it says so in its own words only.",
    source="docs.docker.com/reference/compose-file",
    evidence="`docker compose config --quiet` ends with an error.",
    remedy="Mend the line that it names.",
    faults=(
        Fault(
            "a Compose file is broken",
            "Compose refuses the project's files: …",
            "`docker compose up`: yaml: line …; services.… additional properties … not allowed",
        ),
    ),
)
