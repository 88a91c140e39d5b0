"""A lock that says who holds it, since when and why, and that a dead holder cannot keep."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .errors import LkmError
from .files import cannot, private_directory

_POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lock. ``since`` is Unix time in seconds."""

    pid: int
    why: str
    since: float

    def __str__(self) -> str:
        return f"`{self.why}` (PID {self.pid}, for {_age(time.time() - self.since)})"


def _age(seconds: float) -> str:
    seconds = max(0, round(seconds))
    if seconds < 120:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 7200 else f"{seconds // 3600} h"


@contextmanager
def held(
    path: Path,
    why: str,
    *,
    timeout: float = 0.0,
    on_wait: Callable[[Holder | None], None] | None = None,
) -> Iterator[None]:
    """Hold the lock for the block. The kernel lets go of it when this process dies.

    Args:
        why: the command that takes it, shown to whoever waits.
        timeout: seconds to wait for another holder; 0 asks once.
        on_wait: called once, before waiting.

    Raises:
        LkmError: somebody else holds it (code ``lock.held``).
        ConfigError: the lock file cannot be made.
    """
    private_directory(path.parent)
    file = _opened(path)
    try:
        try:
            _wait_for(file, path, timeout, on_wait)
        except OSError as error:
            raise cannot("lock", "file", path, error) from error
        try:
            _sign(file, json.dumps({"pid": os.getpid(), "why": why, "since": time.time()}))
            yield
        finally:
            _sign(file, "")
            _unlock(file)
    finally:
        os.close(file)


def _wait_for(file: int, path: Path, timeout: float, on_wait: Callable[[Holder | None], None] | None) -> None:
    deadline = time.monotonic() + timeout
    while not _try_lock(file):
        who = holder(path)
        if time.monotonic() >= deadline:
            raise LkmError(
                f"another lkm is at work here: {who or 'holder unknown'}",
                code="lock.held",
                detail=f"it holds {path}",
                hint="wait for it, or end it, then run the command again",
            )
        if on_wait:
            on_wait(who)
            on_wait = None
        time.sleep(_POLL_SECONDS)


def _sign(file: int, text: str) -> None:
    """Say who holds it. On a full disk the lock holds all the same, nameless."""
    with contextlib.suppress(OSError):
        os.lseek(file, 0, os.SEEK_SET)
        os.ftruncate(file, 0)
        os.write(file, text.encode())


def _opened(path: Path) -> int:
    try:
        # Not through a link: the file is emptied.
        return os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
    except OSError as error:
        raise cannot("open", "lock", path, error) from error


def holder(path: Path) -> Holder | None:
    """Who wrote themselves into the lock file; None when nobody did."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return Holder(int(data["pid"]), str(data["why"]), float(data["since"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


if os.name == "posix":
    import fcntl

    def _try_lock(file: int) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):  # anything else is a file system that knows no locks
            return False
        return True

    def _unlock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)

else:  # pragma: no cover - native Windows
    import msvcrt

    # A byte far behind the text: msvcrt locks are mandatory and would hide the holder's name.
    _BYTE = 1 << 30

    def _try_lock(file: int) -> bool:
        os.lseek(file, _BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        except OSError:
            return False
        return True

    def _unlock(file: int) -> None:
        os.lseek(file, _BYTE, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_UNLCK, 1)  # type: ignore[attr-defined,unused-ignore]
