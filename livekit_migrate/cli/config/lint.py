"""`lkm config lint`: what a server would say of a configuration, before it says it."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...core.errors import UsageError
from ...core.result import Result
from ..base import Run, command

if TYPE_CHECKING:
    from ...livekit.configcheck.check import Checked
    from ...livekit.configcheck.model import Facts

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
    fix: Annotated[
        bool,
        typer.Option("--fix", help="Mend what is safe to mend; the rest of the file stays as it is."),
    ] = False,
    alone: Annotated[
        bool, typer.Option("--alone", help="The server gets nothing but the file: no keys from elsewhere.")
    ] = False,
) -> Result:
    """Say what a LiveKit server would refuse of its configuration, with line and mend, and what would hurt.

    fail: the server of that release does not start with it. warn: it starts, and then does other than it
    says. --fix corrects what is certain (a typo, quotes around a number); `lkm undo` takes it back. Exit
    code 0, or 1 when something fails.
    """
    from ...livekit.configcheck.check import examine
    from ...livekit.configcheck.model import Facts

    version = server_version or run.settings.text("server.version")
    keys: dict[str, str] | None = {} if alone else None
    if not alone and not files:
        keys = _project_keys(run)
    inputs = [_read(run, name) for name in files or [""]]
    facts = Facts(keys)
    mended: dict[str, Any] = {}
    if fix:
        inputs, mended = _mend(run, inputs, version, facts)
    checked = [examine(one.data, name=one.shown, version=version, facts=facts) for one in inputs]
    findings = [finding for one in checked for finding in one.findings]
    data = {
        "server_version": version,
        "judged_as": checked[0].schema.version,
        "files": [{"file": one.name, "refused": one.refused, **_counts(one)} for one in checked],
        **mended,
    }
    for one in checked:
        if not one.refused and not run.as_json:
            run.reporter.note(f"{one.name}: livekit-server {one.schema.version} starts with it")
    return Result(run.command, findings=findings, data=data)


@dataclass(frozen=True, slots=True)
class Input:
    """A configuration to look at. ``path`` is None for standard input."""

    path: Path | None
    shown: str
    data: bytes


def _mend(run: Run, inputs: list[Input], version: str, facts: Facts) -> tuple[list[Input], dict[str, Any]]:
    """The inputs with their safe fixes carried out, all files or none."""
    from ...core.changes import ChangeSet, change
    from ...core.journal import apply
    from ...livekit.configcheck.fix import fixed

    if any(one.path is None for one in inputs):
        words = "--fix mends files, not standard input"
        raise UsageError(words, code="config.fix-stdin", hint="lkm config lint --fix FILE")
    after = [fixed(one.data, name=one.shown, version=version, facts=facts) for one in inputs]
    new = [text for text, _ in after]
    files = tuple(
        change(one.path, text, secret=True) for one, text in zip(inputs, new, strict=True) if one.path
    )
    changes = ChangeSet("lkm config lint --fix", run.settings.root, files)
    applied = apply(changes, on_wait=lambda who: run.reporter.note(f"waiting for another lkm: {who}"))
    for line in applied.notes:
        run.reporter.note(line)
    mends = [(one.shown, mend) for one, (_, found) in zip(inputs, after, strict=True) for mend in found]
    for shown, mend in mends:
        run.reporter.note(f"{shown}:{mend.line}: {mend.old} → {mend.new}")
    if mends:
        run.reporter.note("undo: lkm undo")
    told = [{"file": shown, "line": mend.line, "old": mend.old, "new": mend.new} for shown, mend in mends]
    mended = [replace(one, data=text) for one, text in zip(inputs, new, strict=True)]
    return mended, {"mended": told, "change": applied.id or None, "diff": changes.diff()}


def _read(run: Run, name: str) -> Input:
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
        return Input(None, "standard input", sys.stdin.buffer.read(LARGEST + 1))
    # The project's own by its setting, a named one as it was typed: from where the user stands.
    path = Path(name) if name else run.settings.path("paths.livekit")
    data = read_bytes(path, what="server configuration", limit=LARGEST)
    return Input(path.absolute(), name or run.settings.relative(path), data)


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
