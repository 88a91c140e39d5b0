"""The servers in lkm's cache: ``servers/<version>/livekit-server`` with ``origin.json`` beside it."""

from __future__ import annotations

import contextlib
import json
import os
import stat
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...core.errors import ConfigError
from ...core.files import remove_tree, sync_directory
from ...core.paths import cache_dir
from .binary import NAME, ServerBinary, this_platform

_RECORD = "origin.json"
_WORK = ".work-"


@dataclass(frozen=True, slots=True)
class Cached:
    """A server in the cache. ``size`` in bytes, ``built`` in Unix seconds; ``problem`` when unusable."""

    path: Path
    version: str
    origin: str
    size: int
    built: float
    problem: str = ""


def servers_dir() -> Path:
    return cache_dir() / "servers"


def place(version: str) -> Path:
    """Where the server of this version lies once it is there."""
    return servers_dir() / version / NAME


def look(version: str) -> Cached | None:
    """The cached server of a version; None when there is none. Starts no process."""
    path = place(version)
    try:
        info = path.stat()
    except OSError:
        return None
    record = _record(path.parent)
    problem = ""
    if not stat.S_ISREG(info.st_mode):
        problem = "is not a regular file"
    elif not os.access(path, os.X_OK):
        problem = "is not executable"
    elif record.get("size", info.st_size) != info.st_size:
        problem = f"has {info.st_size:,} bytes; {record['size']:,} were installed"
    elif record.get("platform", this_platform()) != this_platform():
        problem = f"is for {record['platform']}, not for {this_platform()}"
    return Cached(
        path,
        version,
        str(record.get("origin", "unknown")),
        info.st_size,
        float(record.get("built", info.st_mtime)),
        problem,
    )


def usable(version: str) -> ServerBinary | None:
    """The cached server of a version when it can be started as it is."""
    found = look(version)
    return ServerBinary(found.path, found.version, found.origin) if found and not found.problem else None


def cached() -> list[Cached]:
    """Every server in the cache, oldest version first."""
    from .binary import numbers

    try:
        names = [entry.name for entry in servers_dir().iterdir() if entry.is_dir()]
    except OSError:
        return []
    found = [look(name) for name in sorted(names, key=lambda name: (numbers(name), name))]
    return [entry for entry in found if entry is not None]


def keep(program: Path, version: str, origin: str) -> ServerBinary:
    """Move a finished server from its work folder into its place.

    The record is written first and the program moved last, in one step: whoever finds the program
    finds it whole, and a replacement cut short in between leaves a size that does not fit the record.

    Raises:
        OSError: the disk is full or not writable.
    """
    import hashlib

    program.chmod(0o755)
    with program.open("rb+") as written:
        digest = hashlib.file_digest(written, "sha256").hexdigest()
        os.fsync(written.fileno())
    target = place(version)
    target.parent.mkdir(parents=True, exist_ok=True)
    record = {
        "origin": origin,
        "version": version,
        "platform": this_platform(),
        "size": program.stat().st_size,
        "sha256": digest,
        "built": round(time.time(), 3),
    }
    beside = program.with_name(_RECORD)
    with beside.open("w", encoding="utf-8") as file:
        file.write(json.dumps(record, indent=2) + "\n")
        file.flush()
        os.fsync(file.fileno())
    beside.replace(target.parent / _RECORD)
    program.replace(target)
    sync_directory(target.parent)
    return ServerBinary(target, version, origin)


def work_folder(version: str) -> Path:
    """A private folder for one installation, on the cache's own file system."""
    folder = servers_dir() / f"{_WORK}{version}-{os.getpid()}"
    remove(folder)
    folder.mkdir(mode=0o700)
    return folder


def sweep() -> None:
    """Remove what killed installations left. Only for whoever holds the installation lock."""
    for folder in servers_dir().glob(f"{_WORK}*"):
        remove(folder)


def remove(folder: Path) -> None:
    """Remove a folder with all in it, as far as this user may: tidying up is no reason to fail."""
    with contextlib.suppress(ConfigError):
        remove_tree(folder)


def _record(folder: Path) -> dict[str, Any]:
    try:
        record = json.loads((folder / _RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}
