"""Secrets that stand in YAML files which git has, or would take."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ...core.result import Finding, Fix, Location
from ..context import Context
from ..model import Check, Fault
from ._docker import compose_files
from ._server import at, configs

_NAMES = ("LIVEKIT_API_SECRET", "LIVEKIT_KEYS")


def _run(context: Context) -> Iterator[Finding]:
    from ...core.secret import PLACEHOLDERS, remember

    found = False
    for judged, config in configs(context):
        entry = config.entries.get("keys")
        values = [str(value) for value in dict(entry.value or {}).values()] if entry else []
        for value in values:
            remember(value)
        real = [value for value in values if value not in PLACEHOLDERS and "${" not in value]
        if real and judged.text.at.file and _committed(context.root / judged.text.at.file):
            found = True
            place = at(judged, "keys")
            yield _found(place, f"the API secret stands in {place.file}", "keys")
    for file in compose_files(context):
        for name, line in _literal(context, file):
            if _committed(file):
                found = True
                shown = context.settings.relative(file)
                yield _found(Location(shown, line), f"{name} stands in {shown} itself", name)
    if not found:
        yield CHECK.ok("no secret stands in a YAML file that git has")


def _committed(path: Path) -> bool:
    from ...code.git import known

    return known(path) in ("tracked", "untracked")


def _literal(context: Context, file: Path) -> Iterator[tuple[str, int]]:
    """Variables of a Compose file with a secret written out: name, line."""
    from ...code import yaml
    from ...core.errors import LkmError
    from ...core.secret import PLACEHOLDERS, remember

    try:
        document = yaml.load(file, name=context.settings.relative(file), what="Compose file")
    except LkmError:
        return
    for service in document.keys("services"):
        for name in _NAMES:
            entry = document.find(f"services.{service}.environment.{name}")
            if entry is None or "$" in entry.raw or not entry.raw.strip():
                continue
            secret = entry.raw.rpartition(":")[2].strip().strip("\"'")
            if secret not in PLACEHOLDERS:
                remember(secret)
                yield name, entry.line


def _found(place: Location, title: str, name: str) -> Finding:
    return CHECK.found(
        "fail",
        title,
        "whoever reads the repository can sign tokens, join every room and remove others",
        at=place,
        fix=Fix(
            "make a new pair, in .env, and hand it to the server from there, as LIVEKIT_KEYS:",
            "lkm keys new --force",
        ),
        name=name,
    )


CHECK = Check(
    id="security.yaml-secret",
    title="No secret stands in a YAML file that git has",
    category="security",
    order=10,
    needs=("project.files",),
    seconds=6.0,
    run=_run,
    why="Configuration is committed, secrets must not be: the server takes its keys from LIVEKIT_KEYS "
    "just as well.",
    source="docs/keys.md",
    evidence="`git grep -n -A2 '^keys:'`; `git grep -n LIVEKIT_API_SECRET`.",
    remedy='Keep the pair in .env and hand it over: LIVEKIT_KEYS: "${LIVEKIT_API_KEY}: '
    '${LIVEKIT_API_SECRET}".',
    faults=(
        Fault(
            "keys: in a committed livekit.yaml",
            "the API secret stands in livekit.yaml",
            "`git grep` finds it",
        ),
    ),
)
