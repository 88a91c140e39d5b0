"""Lines of .env that Compose and the app's own reader read differently."""

from __future__ import annotations

from collections.abc import Iterator

from ...core.result import Finding, Fix, Location
from ..context import Context
from ..model import Check, Fault


def _run(context: Context) -> Iterator[Finding]:
    from ...livekit.keys import KEY, SECRET, URL

    file = context.env_file
    name = context.settings.relative(file.path)
    vital = (KEY, SECRET, URL, "LIVEKIT_KEYS")
    for problem in file.problems:
        if problem.name in vital and problem.name not in context.env:
            yield CHECK.found(
                "fail",
                f"Compose and the app read {problem.name} differently",
                problem.why,
                at=Location(name, problem.line),
                fix=Fix(f"write it plainly: {problem.name}=…, without quotes, spaces and $"),
                name=problem.name,
            )
    others = [problem for problem in file.problems if problem.name not in vital]
    if others:
        names = ", ".join(dict.fromkeys(problem.name or f"line {problem.line}" for problem in others))
        yield CHECK.found(
            "warn",
            f"Compose and the app may read {names} differently",
            "\n".join(dict.fromkeys(problem.why for problem in others)),
            at=Location(name, others[0].line),
            fix=Fix("write the values plainly: NAME=value, without quotes, spaces and $"),
            lines=[problem.line for problem in others],
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
