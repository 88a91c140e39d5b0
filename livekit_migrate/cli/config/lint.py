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


@command("config lint", formats=True)
def lint(
    run: Run,
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FILE|-]…",
            help="YAML files; - is standard input; default: the project's servers.",
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

    Without FILE it looks at all that a server of this project may be started with, and judges each as its
    image's release does: Compose services (image, command line, environment, env files, configurations that
    are mounted or inline), Dockerfiles, livekit.yaml, key files; LIVEKIT_CONFIG and LIVEKIT_KEYS of the
    shell and of .env.
    """
    from ...livekit.configcheck.model import Facts

    if not files and not alone:
        return _project(run, server_version)
    version = server_version or run.settings.text("server.version")
    facts = Facts({} if alone else None)
    checked = [_one(run, name, version, facts) for name in files or [""]]
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


def _project(run: Run, version: str | None) -> Result:
    """Every server of the project."""
    from ...livekit.serverstart.project import look

    looked = look(run.settings, version)
    servers = [
        {
            "server": one.start.who,
            "at": str(one.start.at),
            "configuration": one.text.name,
            "server_version": one.version,
            "judged_as": one.checked.schema.version if one.checked else None,
            "refused": any(finding.status == "fail" for finding in one.findings),
        }
        for one in looked.servers
    ]
    files = [
        {"file": one.checked.name, "refused": one.checked.refused, **_counts(one.checked)}
        for one in looked.servers
        if one.checked
    ]
    data = {
        "server_version": version or run.settings.text("server.version"),
        "files": files,
        "servers": servers,
    }
    notes = [
        f"{server['server']}: livekit-server {server['server_version']} starts with it"
        for server in servers
        if not server["refused"] and server["judged_as"]
    ]
    return Result(run.command, findings=looked.findings, data=data, notes=() if run.as_json else notes)


def _counts(checked: Checked) -> dict[str, int]:
    statuses = [finding.status for finding in checked.findings]
    return {status: statuses.count(status) for status in ("fail", "warn", "info")}
