"""`lkm config lint`: what a server would say of a configuration, before it says it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from ...core.errors import UsageError
from ...core.result import Result
from ..base import Run, command
from ..config_project import Input, counts, lint_project, mend
from ..server_version import ServerVersion

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
    server_version: ServerVersion = None,
    fix: Annotated[
        bool,
        typer.Option("--fix", help="Mend what is safe to mend; the rest of the file stays as it is."),
    ] = False,
    versions: Annotated[
        tuple[str, str] | None,
        typer.Option(
            "--diff-version",
            metavar="A B",
            help="Say what release B refuses or does differently, compared with A.",
            show_default=False,
        ),
    ] = None,
    alone: Annotated[
        bool, typer.Option("--alone", help="The server gets nothing but the file: no keys from elsewhere.")
    ] = False,
) -> Result:
    """Say what a LiveKit server would refuse of its configuration, with line and mend, and what would hurt.

    fail: the server of that release does not start with it. warn: it starts, and then does other than it
    says. --fix corrects what is certain (a typo, quotes around a number); `lkm undo` takes it back. Exit
    code 0, or 1 when something fails.

    Without FILE it looks at all that a server of this project may be started with, and judges each as its
    image's release does: Compose services (image, command line, environment, env files, configurations that
    are mounted or inline), Dockerfiles, livekit.yaml, key files; LIVEKIT_CONFIG and LIVEKIT_KEYS of the
    shell and of .env.
    """
    from ...livekit.configcheck.check import examine
    from ...livekit.configcheck.model import Facts
    from ...livekit.configcheck.upgrade import differences, general, side

    if versions and (fix or server_version):
        words = "--diff-version compares two releases: it goes with neither --fix nor --server-version"
        raise UsageError(words, code="usage", hint="lkm config lint --help")
    if not files and not alone:
        return lint_project(run, server_version, fix=fix, versions=versions)
    version = versions[1] if versions else server_version or run.settings.text("server.version")
    inputs = [_read(run, name, version) for name in files or [""]]
    facts = Facts({} if alone else None)
    mended: dict[str, Any] = {}
    if fix:
        inputs, mended = mend(run, inputs, facts)
    checked = [examine(one.data, name=one.shown, version=version, facts=facts) for one in inputs]
    findings = [finding for one in checked for finding in one.findings]
    if versions:
        older = [examine(one.data, name=one.shown, version=versions[0], facts=facts) for one in inputs]
        sides = [(side(old), side(new)) for old, new in zip(older, checked, strict=True)]
        named = zip(checked, sides, strict=True)
        findings = [one for new, both in named for one in differences(new.name, *both)] + general(sides)
    data = {
        "server_version": version,
        "judged_as": checked[0].schema.version,
        "files": [{"file": one.name, "refused": one.refused, **counts(one)} for one in checked],
        **mended,
    }
    for one in checked:
        if not one.refused and not run.as_json:
            run.reporter.note(f"{one.name}: livekit-server {one.schema.version} starts with it")
    return Result(run.command, findings=findings, data=data)


def _read(run: Run, name: str, version: str) -> Input:
    """A file, or standard input, with what outputs call it.

    Raises:
        ConfigError: it cannot be read, or is larger than any configuration.
        UsageError: standard input is a terminal.
    """
    from ...core.files import read_bytes
    from ...livekit.configcheck.check import LARGEST

    if name == "-":
        if sys.stdin is None or sys.stdin.isatty():
            raise UsageError("which configuration?", code="config.none", hint="lkm config lint FILE")
        return Input(None, "standard input", sys.stdin.buffer.read(LARGEST + 1), version)
    path = Path(os.path.abspath(name)) if name else run.settings.path("paths.livekit")  # noqa: PTH100 - no `..`
    data = read_bytes(path, what="server configuration", limit=LARGEST)
    return Input(path, run.settings.relative(path), data, version)
