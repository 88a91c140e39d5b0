"""Whether Compose takes the project's files."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from ...core.errors import ConfigError, LkmError
from ...core.result import Finding, Fix, Location
from ..context import Context
from ..model import Check, Fault
from ._docker import compose_files, composed

_ENV_FILE = re.compile(r"env file (\S+) not found")
_STAT = re.compile(r": stat \S+: no such file or directory$")
_PLACE = re.compile(r"^(?P<file>[^\s:]+):(?P<line>\d+)(?::\d+)?: (?P<rest>.*)", re.DOTALL)


def _run(context: Context) -> Iterator[Finding]:
    if not compose_files(context):
        yield CHECK.skip("the project has no Compose files")
        return
    try:
        it = composed(context)
    except ConfigError as error:
        yield refused(error, context.root)
        return
    for warning in it.warnings:
        if "variable is not set" in warning:  # env.compose says it, with the place
            continue
        yield CHECK.found("info", f"Compose warns: {warning}", id="project.compose-warns")
    names = ", ".join(context.settings.relative(file) for file in compose_files(context))
    yield CHECK.ok(f"Compose reads {names}: {', '.join(it.stack.services)}", services=list(it.stack.services))


def _example(root: Path, name: str) -> str:
    """A file beside one that is missing which shows what belongs into it; empty where there is none."""
    names = (f"{name}.{ending}" for ending in ("example", "dist", "sample", "template"))
    return next((each for each in names if (root / each).is_file()), "")


def refused(error: LkmError, root: Path) -> Finding:
    """What Compose does not take, at its place."""
    said = _STAT.sub("", error.message.replace(f"{root}/", ""))
    match = _PLACE.match(said)
    at = Location(match["file"], int(match["line"])) if match else None
    fix = Fix(error.hint, "docker compose config --quiet")
    if (missing := _ENV_FILE.search(said)) and (made := _example(root, missing[1])):
        fix = Fix("copy its example, and fill it in", f"cp {shlex.quote(made)} {shlex.quote(missing[1])}")
    cause = ("project.compose-gone", *(("env.compose",) if error.code == "compose.variable" else ()))
    return CHECK.found(
        "fail",
        match["rest"] if match else said,
        error.detail,
        at=at,
        cause=cause,
        fix=fix,
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
