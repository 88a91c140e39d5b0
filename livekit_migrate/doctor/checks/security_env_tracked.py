"""Whether git has .env already."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from ...core.result import Finding, Fix, Location
from ..context import Context
from ..model import Check, Fault


def _run(context: Context) -> Iterator[Finding]:
    from ...code.git import known

    path = context.settings.env_file
    name = context.settings.relative(path)
    if not context.env_file.exists:
        yield CHECK.skip(f"there is no {name}")
    elif known(path) == "tracked":
        yield CHECK.found(
            "fail",
            f"git has {name}, secrets and all",
            "whoever can read the repository can sign tokens; taking the file out does not take it out "
            "of the history",
            at=Location(name),
            fix=Fix(
                f"take it out, add {path.name} to .gitignore, and make a new pair: lkm keys new --force",
                f"git rm --cached {shlex.quote(name)}",
            ),
        )
    else:
        yield CHECK.ok(f"git does not have {name}")


CHECK = Check(
    id="security.env-tracked",
    title="git does not have .env",
    category="security",
    order=0,
    needs=("project.files",),
    seconds=5.0,
    run=_run,
    why="The API secret signs tokens: whoever has it joins every room, as anybody, and removes others.",
    source="docs/keys.md",
    evidence="`git ls-files .env` prints it.",
    remedy="`git rm --cached .env`, a line in .gitignore, and new keys: those that were committed are known.",
    faults=(Fault(".env was committed", "git has .env, secrets and all", "`git ls-files .env` prints .env"),),
)
