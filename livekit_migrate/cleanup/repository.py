"""What git says about the files that a cleanup will change: all committed, and no git at work."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from ..code.git import slow
from ..core.errors import LkmError, NotReadyError
from ..core.process import TIMED_OUT, run

_BATCH = 400  # paths on one command line
_SECONDS = 60.0


def check(root: Path, files: Sequence[str], *, allow_dirty: bool) -> list[str]:
    """Refuse what git could not bring back; a folder without git is fine.

    Args:
        files: that will change, relative to the root.

    Returns:
        Lines to tell the user: what is dirty and goes ahead all the same.

    Raises:
        LkmError: one of them has changes that are not committed, or git is at work here.
    """
    top = _ask(root, ["rev-parse", "--absolute-git-dir"])
    if top is None:
        return ["no git here: `lkm undo` is the only way back"]
    lock = Path(top.strip()) / "index.lock"
    if os.path.lexists(lock) and not allow_dirty:
        raise LkmError(
            "git is at work in this repository: nothing was changed",
            code="cleanup.git-locked",
            detail=f"{lock} is there: a commit, a rebase or an editor holds the index",
            hint="run it again when git is done; if no git runs any more, delete that file",
        )
    dirty: list[str] = []
    for start in range(0, len(files), _BATCH):
        said = _ask(root, ["status", "--porcelain", "-z", "--", *files[start : start + _BATCH]])
        dirty += [entry[3:] for entry in (said or "").split("\0") if len(entry) > 3]
    if not dirty:
        return []
    shown = "\n".join(dirty[:20]) + (f"\nand {len(dirty) - 20} more" if len(dirty) > 20 else "")
    if allow_dirty:
        return [f"not committed, and changed all the same: {', '.join(dirty[:8])}"]
    have = "has" if len(dirty) == 1 else "have"
    raise LkmError(
        f"{len(dirty)} of the files to be changed {have} changes that are not committed: nothing was changed",
        code="cleanup.dirty",
        detail=shown,
        hint="commit or stash them first, or run it again with --allow-dirty",
    )


def _ask(root: Path, words: list[str]) -> str | None:
    """What git answers; None where there is no git or no repository.

    Raises:
        NotReadyError: it does not answer.
    """
    try:
        done = run(["git", "--no-optional-locks", *words], cwd=root, timeout=_SECONDS)
    except NotReadyError:
        return None
    if done.code == TIMED_OUT:
        raise slow(_SECONDS)
    return done.stdout if done.ok else None
