"""One lkm at a time works on the stack of a project."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from ..core.report import Reporter
from ..core.settings import Settings

# Somebody else may be building a server (up to a minute or two) or draining one.
_WAIT_SECONDS = 600


def lock_of(settings: Settings) -> Path:
    """The lock's file; the folder is made where it is not there."""
    from ..core.state import open_state

    return open_state(settings.root) / "locks" / "stack.lock"


def locked(settings: Settings, reporter: Reporter, why: str) -> AbstractContextManager[None]:
    """Hold the stack's lock for a block; who waits is told for whom.

    Args:
        why: the command as a user types it.

    Raises:
        LkmError: another lkm has been at work here for too long.
        ConfigError: the lock file cannot be made.
    """
    from ..core.lock import Holder, held

    def waiting(holder: Holder | None) -> None:
        reporter.note(f"waiting: another lkm is at work here: {holder or 'holder unknown'}")

    return held(lock_of(settings), why, timeout=_WAIT_SECONDS, on_wait=waiting)
