"""Whether git leaves .env alone."""

from __future__ import annotations

from collections.abc import Iterator

from ...core.changes import ChangeSet
from ...core.result import Finding, Fix, Location
from ..context import Context
from ..model import Check, Fault


def _run(context: Context) -> Iterator[Finding]:
    from ...code.git import known

    path = context.settings.env_file
    name = context.settings.relative(path)
    if not context.env_file.exists:
        yield CHECK.skip(f"there is no {name}")
        return
    state = known(path)
    if state == "untracked":
        yield CHECK.found(
            "warn",
            f"git does not ignore {name}: the next `git add .` commits its secrets",
            at=Location(name),
            fix=Fix("add a line to .gitignore", f"echo {path.name} >> .gitignore", safe=True),
        )
    elif state == "tracked":
        yield CHECK.skip("git has it already: security.env-tracked")
    else:
        yield CHECK.ok(f"git ignores {name}" if state == "ignored" else "no git repository here", state=state)


def _fix(context: Context, finding: Finding) -> ChangeSet | None:  # noqa: ARG001 - there is one kind only
    from ...core.changes import change
    from ...core.files import read_bytes

    path = context.settings.env_file.parent / ".gitignore"
    before = read_bytes(path) if path.exists() else b""
    end = b"\r\n" if b"\r\n" in before else b"\n"
    gap = end if before and not before.endswith(b"\n") else b""
    after = before + gap + context.settings.env_file.name.encode() + end
    return ChangeSet("lkm doctor --fix", context.root, (change(path, after),))


CHECK = Check(
    id="project.gitignore",
    title="git ignores .env",
    category="project",
    order=20,
    needs=("project.files",),
    seconds=5.0,
    run=_run,
    fix=_fix,
    why="A secret that was pushed once is no secret any more, also after it was deleted.",
    source="docs/keys.md",
    evidence="`git check-ignore -v .env` prints nothing.",
    remedy="Add `.env` to .gitignore; `lkm doctor --fix` does.",
    faults=(
        Fault(
            ".gitignore does not name .env",
            "git does not ignore .env: …",
            "`git status` lists .env as untracked",
        ),
    ),
)
