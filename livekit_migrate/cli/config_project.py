"""`lkm config lint` for all servers of a project, and what it mends."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.errors import UsageError
from ..core.result import Result
from .base import Run

if TYPE_CHECKING:
    from ..livekit.configcheck.check import Checked
    from ..livekit.configcheck.model import Facts
    from ..livekit.serverstart.project import Looked


@dataclass(frozen=True, slots=True)
class Input:
    """A configuration to look at.

    Args:
        path: None for standard input.
        version: of the server that is to read it.
    """

    path: Path | None
    shown: str
    data: bytes
    version: str


def mend(run: Run, inputs: list[Input], facts: Facts) -> tuple[list[Input], dict[str, Any]]:
    """The inputs with their safe fixes carried out, all files or none."""
    from ..core.changes import ChangeSet, change
    from ..core.journal import apply
    from ..livekit.configcheck.fix import fixed

    if any(one.path is None for one in inputs):
        words = "--fix mends files, not standard input"
        raise UsageError(words, code="config.fix-stdin", hint="lkm config lint --fix FILE")
    after = [fixed(one.data, name=one.shown, version=one.version, facts=facts) for one in inputs]
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


def lint_project(
    run: Run, version: str | None, *, fix: bool = False, versions: tuple[str, str] | None = None
) -> Result:
    """Every server of the project.

    Args:
        version: judge them all as this release does.
        fix: carry out what is safe, in the files.
        versions: say what changes from the first of two releases to the second instead.
    """
    from ..livekit.configcheck import schema as schemas
    from ..livekit.serverstart.project import look, look_ahead

    mended: dict[str, Any] = {}
    if fix:
        mended = _mend_all(run, look(run.settings, version))
    looked = look_ahead(run.settings, versions) if versions else look(run.settings, version)
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
        {"file": one.checked.name, "refused": one.checked.refused, **counts(one.checked)}
        for one in looked.servers
        if one.checked
    ]
    said = version or (versions[1] if versions else run.settings.text("server.version"))
    judged_as = schemas.load(schemas.nearest(said)).version
    data = {"server_version": said, "judged_as": judged_as, "files": files, "servers": servers, **mended}
    for one in looked.servers:
        known = one.checked and not any(finding.status in ("fail", "skip") for finding in one.findings)
        if known and not run.as_json:
            run.reporter.note(f"{one.start.who}: livekit-server {one.version} starts with it")
    return Result(run.command, findings=looked.findings, data=data)


def _mend_all(run: Run, looked: Looked) -> dict[str, Any]:
    """The safe fixes of every configuration that is a file of its own."""
    from ..core.files import read_bytes
    from ..livekit.configcheck.model import Facts

    inputs: dict[str, Input] = {}
    for one in looked.servers:
        path = run.settings.root / one.text.at.file
        if (
            one.checked is not None
            and one.text.whole
            and one.text.name == one.text.at.file
            and path.is_file()
        ):
            data = read_bytes(path, what="server configuration")
            inputs.setdefault(one.text.name, Input(path, one.text.name, data, one.version))
    return mend(run, list(inputs.values()), Facts())[1]


def counts(checked: Checked) -> dict[str, int]:
    """How many findings there are of each status."""
    statuses = [finding.status for finding in checked.findings]
    return {status: statuses.count(status) for status in ("fail", "warn", "info")}
