"""What lies in lkm's cache, and removing it: everything in it can be got or built again."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from .errors import LkmError
from .files import remove_tree
from .lock import held
from .paths import cache_dir

# The only folders that lkm makes there. LKM_CACHE_DIR may point to a folder that others use as well.
SERVERS = "servers"
FACTS = "scan-facts"
_LOCK = "install.lock"
_TRASH = ".trash-"


@dataclass(frozen=True, slots=True)
class Cached:
    """Something in the cache. ``size`` in bytes on the disk."""

    path: Path
    size: int

    @property
    def name(self) -> str:
        return f"{self.path.parent.name}/{self.path.name}"


def _servers() -> list[Cached]:
    folder = cache_dir() / SERVERS
    if not folder.is_dir():
        return []
    return [Cached(path, _size(path)) for path in sorted(folder.iterdir()) if path.name != _LOCK]


def _facts() -> list[Cached]:
    """What `lkm scan` knows of apps that it read: nobody holds a lock on it, it may go at any time."""
    return [Cached(path, _size(path)) for path in sorted((cache_dir() / FACTS).glob("*.facts"))]


def clean() -> list[Cached]:
    """Remove what lkm put into the cache.

    Returns:
        What was removed.

    Raises:
        LkmError: a server that runs was started from there, or another lkm is installing one.
        ConfigError: something there cannot be removed.
    """
    removed = _remove_servers() if _servers() else []
    for item in (facts := _facts()):
        remove_tree(item.path)
    return [*removed, *facts]


def _remove_servers() -> list[Cached]:
    folder = cache_dir() / SERVERS
    with held(folder / _LOCK, "lkm cache clean"):
        if running := users():
            said = ", ".join(f"PID {pid} ({path.relative_to(folder)})" for pid, path in running)
            raise LkmError(
                f"a server that runs was started from the cache: {said}",
                code="cache.in-use",
                detail="without its program it could not be started again",
                hint="stop it first: lkm down, in its project",
            )
        removed = _servers()
        for item in removed:
            # Out of its place in one step: a server cut off half-way must not look like one.
            trash = item.path.with_name(_TRASH + secrets.token_hex(4))
            item.path.rename(trash)
            remove_tree(trash)
    return removed


def users() -> list[tuple[int, Path]]:
    """Processes whose program lies in the cache: PID and program."""
    import psutil

    folder = (cache_dir() / SERVERS).resolve()
    found = []
    for process in psutil.process_iter(["exe"]):
        program = process.info["exe"]  # None where this user may not look
        if program and Path(program).is_relative_to(folder):
            found.append((process.pid, Path(program)))
    return found


def _size(path: Path) -> int:
    """Bytes on the disk; a file with two names counts once."""
    seen: set[tuple[int, int]] = set()
    total = 0
    for folder, folders, files in os.walk(path) if path.is_dir() and not path.is_symlink() else ():
        for name in (*files, *folders):
            total += _file_size(Path(folder, name), seen)
    return total + _file_size(path, seen)


def _file_size(path: Path, seen: set[tuple[int, int]]) -> int:
    try:
        info = path.lstat()
    except OSError:
        return 0
    if (info.st_dev, info.st_ino) in seen:
        return 0
    seen.add((info.st_dev, info.st_ino))
    return getattr(info, "st_blocks", -(-info.st_size // 512)) * 512
