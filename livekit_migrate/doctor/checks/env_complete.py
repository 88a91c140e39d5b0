"""Whether .env has what .env.example says it should have."""

from __future__ import annotations

from collections.abc import Iterator

from ...core.changes import ChangeSet
from ...core.result import Finding, Fix, Location
from ..context import Context
from ..model import Check, Fault
from .env_file import example


def _run(context: Context) -> Iterator[Finding]:
    from ...code import env

    said = example(context)
    if said is None:
        yield CHECK.skip("there is no .env.example")
        return
    file, wanted = context.env_file, env.read(said)
    shown = context.settings.relative(said)
    have = {value.name for value in file.values} | set(context.env)
    missing = [value for value in wanted.values if value.name not in have]
    if missing:
        names = ", ".join(value.name for value in missing)
        own = context.settings.relative(file.path)
        named = {value.name for value in missing}
        required = {finding.evidence.get("name") for finding in context.said("env.compose")}
        yield CHECK.found(
            "warn",
            f"{shown} has {names}, and {own} does not",
            "a variable that is not set is empty where it is used",
            at=Location(shown, missing[0].line),
            fix=Fix(f"set {'it' if len(missing) == 1 else 'them'} in {own}; --fix --unsafe copies the lines"),
            names=[value.name for value in missing],
            cause="env.compose" if named <= required else (),  # said there already, and more of it
        )
    else:
        yield CHECK.ok(f"every variable of {shown} is set", count=len(wanted.values))


def _fix(context: Context, finding: Finding) -> ChangeSet | None:  # noqa: ARG001 - all of them at once
    """The line as the example has it; of all that are missing at once, since they are one file."""
    from ...code import env
    from ...core.changes import change

    said = example(context)
    if said is None:
        return None
    file = context.env_file
    have = {value.name for value in file.values} | set(context.env)
    for value in env.read(said).values:
        if value.name not in have and value.portable:
            file = file.set(value.name, value.value)
    return ChangeSet("lkm doctor --fix", context.root, (change(file.path, file.to_bytes(), secret=True),))


CHECK = Check(
    id="env.complete",
    title=".env has every variable of .env.example",
    category="env",
    order=10,
    needs=("env.file",),
    after=("env.compose",),
    run=_run,
    fix=_fix,
    why="A variable that is not set is empty where it is used, and the failure shows up somewhere else.",
    source="the project's own .env.example",
    evidence="compare the names: `diff <(cut -d= -f1 .env | sort) <(cut -d= -f1 .env.example | sort)`.",
    remedy="Set the variable in .env.",
    faults=(
        Fault(
            "a variable was added to .env.example and not to .env",
            ".env.example has …, and .env does not",
            "the app starts and fails later, often with `undefined` in a URL",
        ),
    ),
)
