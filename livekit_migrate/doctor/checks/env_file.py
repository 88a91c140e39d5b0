"""Whether the project has its .env, where it needs one."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from ...code.env import EXAMPLES
from ...core.changes import ChangeSet
from ...core.errors import ConfigError
from ...core.result import Finding, Fix
from ..context import Context
from ..model import Check, Fault
from ._docker import compose_files
from ._uses import needs_key

_TAKEN = re.compile(r"(?<!\$)\$\{?([A-Za-z_]\w*)(?:\}|:?\?|(?![\w}:?+-]))")


def example(context: Context) -> Path | None:
    """The file that says which variables the project's .env should have."""
    folder = context.settings.env_file.parent
    return next((folder / name for name in EXAMPLES if os.path.lexists(folder / name)), None)


def _run(context: Context) -> Iterator[Finding]:
    from ...livekit.keys import KEY, SECRET

    try:
        file = context.env_file
    except ConfigError as error:
        yield CHECK.found(
            "fail",
            error.message,
            error.detail or "neither lkm nor Compose gets at the keys in it",
            id="env.file.unreadable",
            fix=Fix(
                "make it a file of your own",
                error.hint or f"ls -ld {shlex.quote(str(context.settings.env_file))}",
            ),
        )
        return
    name = context.settings.relative(file.path)
    if file.exists:
        yield CHECK.ok(f"{name} sets {len(file.values)} variables", names=[v.name for v in file.values])
        return
    said = example(context)
    if {KEY, SECRET} <= set(context.env) or (said is None and not _asked_for(context)):
        yield CHECK.skip(f"there is no {name}, and nothing here needs one")
        return
    local = file.path.with_name(".env.local")
    if local.is_file() and not _asked_for(context):
        yield CHECK.skip(
            f"there is no {name}; the app reads {local.name}, and no Compose file takes variables"
        )
        return
    shown = context.settings.relative(said) if said else ""
    copy = Fix(f"copy {shown}, and fill it in", f"cp {shown} {name}")
    ours = Fix("make it, with a key pair of its own", "lkm keys new", safe=True)
    yield CHECK.found(
        "fail",
        f"{name} is not there",
        f"{shown} says what belongs into it"
        if said
        else "the Compose files take variables that nothing else sets",
        # The example's values are somebody's guess; a key pair of its own is none.
        fix=ours if needs_key(context) or not said else copy,
    )


def _asked_for(context: Context) -> bool:
    """Whether a Compose file takes a variable that has no default and that the shell does not set."""
    for file in compose_files(context):
        try:
            lines = file.read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError):
            continue
        names = [m[1] for line in lines if not line.lstrip().startswith("#") for m in _TAKEN.finditer(line)]
        if any(name not in context.env for name in names):
            return True
    return False


def _fix(context: Context, finding: Finding) -> ChangeSet | None:
    from ...livekit.keys import new_pair, plan_pair

    if not (finding.fix and finding.fix.safe):
        return None
    return plan_pair(context.settings, new_pair(), title="lkm doctor --fix")


CHECK = Check(
    id="env.file",
    title="The project's .env is there",
    category="env",
    order=0,
    needs=("project.files",),
    run=_run,
    fix=_fix,
    why="The LiveKit key, its secret and the server's URL come from there, for Compose and for the app.",
    source="docs/keys.md",
    evidence="`ls -l .env`; git does not have it, so a fresh clone never does.",
    remedy="`lkm keys new` makes it with a key pair; then copy the other variables from .env.example.",
    faults=(
        Fault(
            "a fresh clone without .env",
            ".env is not there",
            "`docker compose up`: required variable LIVEKIT_API_KEY is missing a value",
        ),
    ),
)
