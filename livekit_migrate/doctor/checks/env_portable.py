"""Lines of .env that Compose and the app's own reader read differently."""

from __future__ import annotations

import os
from collections.abc import Iterator

from ...core.result import Finding, Fix, Location
from ..context import Context
from ..model import Check, Fault


def _run(context: Context) -> Iterator[Finding]:
    from ...livekit.keys import KEY, SECRET, URL

    file = context.env_file
    name = context.settings.relative(file.path)
    for problem in file.problems:
        vital = problem.name in (KEY, SECRET, URL, "LIVEKIT_KEYS") and problem.name not in os.environ
        yield CHECK.found(
            "fail" if vital else "warn",
            f"Compose and the app read {problem.name or 'this line'} differently",
            problem.why,
            at=Location(name, problem.line),
            fix=Fix(f"write it plainly: {problem.name or 'NAME'}=…, without quotes, spaces and $"),
            name=problem.name,
        )
    if not file.problems:
        yield CHECK.ok(f"every program reads {name} alike")


CHECK = Check(
    id="env.portable",
    title="Every program reads .env alike",
    category="env",
    order=30,
    needs=("env.file",),
    run=_run,
    why="Compose substitutes `$`, keeps some comments and refuses some quotes; dotenv libraries do not. The "
    "server then has another secret than the app, from one and the same line.",
    source="measured with compose-go 2.16.2 and python-dotenv 1.2.4",
    evidence="`docker compose config --environment` beside what the app prints.",
    remedy="Use letters, digits and `. _ ~ : / @ % + , = -` only, without quotes: `lkm keys new` does.",
    faults=(
        Fault(
            "a `$` in the secret",
            "Compose and the app read LIVEKIT_API_SECRET differently",
            "401 from the server: could not parse token",
        ),
    ),
)
