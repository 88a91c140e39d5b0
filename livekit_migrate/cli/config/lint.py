"""`lkm config lint`: what a server would say of a configuration, before it says it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...core.errors import UsageError
from ...core.result import Result
from ..base import Run, command

if TYPE_CHECKING:
    from ...livekit.configcheck.check import Checked

HELP = "Say what a LiveKit server would refuse of its configuration, and what would hurt later."


@command("config lint")
def lint(
    run: Run,
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FILE|-]…", help="YAML files; - is standard input; default: the project's livekit.yaml."
        ),
    ] = None,
    *,
    server_version: Annotated[
        str | None,
        typer.Option(
            "--server-version",
            metavar="V",
            help="Judge as this release does; default: the project's.",
            show_default=False,
        ),
    ] = None,
    alone: Annotated[
        bool, typer.Option("--alone", help="The server gets nothing but the file: no keys from elsewhere.")
    ] = False,
) -> Result:
    """Say what a LiveKit server would refuse of its configuration, with line and mend, and what would hurt.

    fail: the server of that release does not start with it. warn: it starts, and then does other than it
    says. Exit code 0, or 1 when something fails.
    """
    from ...livekit.configcheck.model import Facts

    version = server_version or run.settings.text("server.version")
    keys: dict[str, str] | None = {} if alone else None
    if not alone and not files:
        keys = _project_keys(run)
    checked = [_one(run, name, version, Facts(keys)) for name in files or [""]]
    findings = [finding for one in checked for finding in one.findings]
    data = {
        "server_version": version,
        "judged_as": checked[0].schema.version,
        "files": [{"file": one.name, "refused": one.refused, **_counts(one)} for one in checked],
    }
    notes = [
        f"{one.name}: livekit-server {one.schema.version} starts with it"
        for one in checked
        if not one.refused
    ]
    return Result(run.command, findings=findings, data=data, notes=() if run.as_json else notes)


def _one(run: Run, name: str, version: str, facts: Any) -> Checked:
    from ...livekit.configcheck.check import examine

    data, shown = _read(run, name)
    return examine(data, name=shown, version=version, facts=facts)


def _read(run: Run, name: str) -> tuple[bytes, str]:
    """The bytes of a file and how outputs call it.

    Raises:
        ConfigError: it cannot be read, or is larger than any configuration.
        UsageError: standard input is a terminal.
    """
    from ...core.files import read_bytes
    from ...livekit.configcheck.check import LARGEST

    if name == "-":
        if sys.stdin is None or sys.stdin.isatty():
            raise UsageError("which configuration?", code="config.none", hint="lkm config lint FILE")
        return sys.stdin.buffer.read(LARGEST + 1), "standard input"
    # The project's own by its setting, a named one as it was typed: from where the user stands.
    path = Path(name) if name else run.settings.path("paths.livekit")
    data = read_bytes(path, what="server configuration", limit=LARGEST)
    return data, name or run.settings.relative(path)


def _project_keys(run: Run) -> dict[str, str] | None:
    """What the project gives its server as keys: lkm hands them over in the environment."""
    from ...core.errors import LkmError
    from ...livekit.keys import find_pair

    try:
        pair = find_pair(run.settings).pair
    except LkmError:
        return None
    return {pair.key: pair.secret.reveal()}


def _counts(checked: Checked) -> dict[str, int]:
    statuses = [finding.status for finding in checked.findings]
    return {status: statuses.count(status) for status in ("fail", "warn", "info")}
