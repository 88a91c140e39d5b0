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
    for value in missing:
        yield CHECK.found(
            "warn",
            f"{value.name} is not set: {shown} has it, {context.settings.relative(file.path)} does not",
            at=Location(shown, value.line),
            fix=Fix(f"set it in {context.settings.relative(file.path)}; --fix --unsafe copies that line"),
            name=value.name,
        )
    if not missing:
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
    run=_run,
    fix=_fix,
    why="A variable that is not set is empty where it is used, and the failure shows up somewhere else.",
    source="the project's own .env.example",
    evidence="compare the names: `diff <(cut -d= -f1 .env | sort) <(cut -d= -f1 .env.example | sort)`.",
    remedy="Set the variable in .env.",
    faults=(
        Fault(
            "a variable was added to .env.example and not to .env",
            "… is not set: .env.example has it, .env does not",
            "the app starts and fails later, often with `undefined` in a URL",
        ),
    ),
)
