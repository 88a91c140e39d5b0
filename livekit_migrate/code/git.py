"""What git knows about a file: asked of git itself, silent where there is none."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from ..core.errors import NotReadyError
from ..core.process import TIMED_OUT, Completed, run

_SECONDS = 60.0
"""Only so that it ends: on a large repository and a cold disk git takes its time."""

Known = Literal["tracked", "ignored", "untracked", "no-repository"]


def known(path: Path) -> Known:
    """How git sees a file, or the one that a symlink points to.

    ``no-repository`` also where git is not installed, refuses the repository or takes longer than a minute.
    """
    target = path.resolve()
    folder = target.parent
    if not folder.is_dir():
        return "no-repository"
    try:
        listed = _git("ls-files", "--error-unmatch", "--", target.name, folder=folder)
        if listed.ok:
            return "tracked"
        if listed.code != 1:
            return "no-repository"
        ignored = _git("check-ignore", "--quiet", "--", target.name, folder=folder)
    except NotReadyError:
        return "no-repository"
    return {0: "ignored", 1: "untracked"}.get(ignored.code, "no-repository")  # type: ignore[return-value]


def exposed(path: Path, name: str) -> list[str]:
    """What to say about a file of secrets that git has, or may get at the next `git add`.

    Args:
        name: how outputs call the file.
    """
    if not path.exists():
        return []
    state = known(path)
    if state == "tracked":
        mend = f"git rm --cached {name}, add {path.name} to .gitignore, and replace what was committed"
        return [f"git tracks {name}, secrets and all: {mend}: lkm keys new --force"]
    if state == "untracked":
        return [f"git does not ignore {name}: add this line to .gitignore: {path.name}"]
    return []


def changed(root: Path, files: Sequence[Path]) -> list[str]:
    """Those of files that differ from what git has committed, or that it does not have, relative to the root.

    Nothing where there is no repository, or no git.

    Raises:
        NotReadyError: git gives no answer: then nobody knows.
    """
    if not files:
        return []
    names = [os.path.relpath(path, root) for path in files]
    try:
        status = ("status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames")
        said = _git(*status, "--", *names, folder=root)
        top = _git("rev-parse", "--show-prefix", folder=root)
    except NotReadyError:
        return []
    if TIMED_OUT in (said.code, top.code):
        raise NotReadyError(
            f"git did not answer in {_SECONDS:g} s whether files have changes that are not committed",
            code="git.slow",
            hint="see what it does: git status",
        )
    if not said.ok or not top.ok:
        return []
    prefix = top.stdout.strip()
    return [entry[3:].removeprefix(prefix) for entry in said.stdout.split("\0") if len(entry) > 3]


def _git(*words: str, folder: Path) -> Completed:
    return run(["git", *words], cwd=folder, timeout=_SECONDS)
