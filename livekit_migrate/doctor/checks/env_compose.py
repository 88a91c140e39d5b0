"""Whether every variable that the Compose files take has a value."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...core.errors import ConfigError
from ...core.result import Finding, Fix, Location
from ..context import Context
from ..model import Check, Fault
from ._docker import compose_files, composed

_UNSET = re.compile(r'The "?(?P<name>\w+)"? variable is not set')
_REQUIRED = re.compile(r"required variable (?P<name>\w+) is missing a value(?:: (?P<why>.*))?")


def _run(context: Context) -> Iterator[Finding]:
    if not compose_files(context):
        yield CHECK.skip("the project has no Compose files")
        return
    env = context.settings.relative(context.settings.env_file)
    try:
        warnings = composed(context).warnings
    except ConfigError as error:
        if error.code != "compose.variable":
            yield CHECK.skip("Compose refuses the files before it comes to their variables")
            return
        for name, why in _required(error):
            yield CHECK.found(
                "fail",
                f"{name} has no value, and the Compose files cannot do without it",
                why,
                at=place(context, name),
                fix=how_to_set(name, env),
                name=name,
            )
        return
    # Compose warns in another order each time.
    unset = sorted({match["name"] for text in warnings if (match := _UNSET.search(text))})
    if unset:
        yield CHECK.found(
            "warn",
            f"Compose puts nothing in the place of {', '.join(unset)}: {_no_value(unset)}",
            at=place(context, unset[0]),
            fix=Fix(
                f"give {'it' if len(unset) == 1 else 'each'} a value in {env}, or a default in the "
                "Compose file"
            ),
            names=unset,
            places={name: str(place(context, name) or "") for name in unset},
        )


def how_to_set(name: str, file: str) -> Fix:
    """How a variable gets its value.

    The assignment of a secret is masked wherever it is shown, and then is nothing to copy.
    """
    from ...core.secret import redact

    if name in ("LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"):
        return Fix(f"set {name} in {file}", "lkm keys new")
    if name == "POSTGRES_PASSWORD":
        return Fix(f"set {name} in {file}; on the way up lkm makes one", "lkm up")
    line = f"echo '{name}=VALUE' >> {file}"
    if redact(line) == line:
        return Fix(f"set {name} in {file}:", line)
    return Fix(f"add a line to {file} that sets {name}", f"${{EDITOR:-vi}} {file}")


def _no_value(names: list[str]) -> str:
    return "it has no value" if len(names) == 1 else "they have no value"


def _required(error: ConfigError) -> Iterator[tuple[str, str]]:
    found = [(match["name"], match["why"] or "") for match in _REQUIRED.finditer(f"{error.detail}")]
    if not found:
        match = re.search(r"(\w+) is not set: (.*)", error.message)
        found = [(match[1], match[2])] if match else []
    yield from sorted(dict(found).items())


def place(context: Context, name: str) -> Location | None:
    """Where a Compose file takes a variable first; .env may take one from another, too."""
    for file in (*compose_files(context), context.settings.env_file):
        try:
            lines = file.read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError):
            continue
        for number, line in enumerate(lines, 1):
            if re.search(rf"\$(?:\{{{name}\b|{name}\b)", line) and not line.lstrip().startswith("#"):
                return Location(context.settings.relative(file), number)
    return None


CHECK = Check(
    id="env.compose",
    title="Every variable of the Compose files has a value",
    category="env",
    order=20,
    needs=("project.files", "docker.cli", "docker.compose"),
    after=("env.file",),
    seconds=6.0,
    run=_run,
    causes=("env.file",),
    why="Compose puts nothing in the place of a variable without a value, or refuses the files for it.",
    source="docs.docker.com/compose/how-tos/environment-variables/variable-interpolation",
    evidence="`docker compose config --quiet` warns or fails with the variable's name.",
    remedy="Set the variable in .env, or give it a default in the Compose file.",
    faults=(
        Fault(
            "a variable that the Compose file requires is not in .env",
            "… has no value, and the Compose files cannot do without it",
            "`docker compose up`: required variable … is missing a value",
        ),
    ),
)
