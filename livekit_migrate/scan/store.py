"""What files said when they were last read, kept under the hash of their content.

An entry is found only by path, bytes and the version of the code that read them, so it can be missing but
never wrong. There is one file per app, holding what its latest run needed; it may be deleted at any time.
"""

from __future__ import annotations

import hashlib
import os
import pickle
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..core.cache import FACTS
from ..core.errors import LkmError
from ..core.files import private_directory, write_atomic
from ..core.paths import cache_dir
from .facts import FORMAT

_LIMIT = 64 * 1024 * 1024  # what is larger is no source; it is read anew, or refused
_HEAD = b"lkm-scan\n"
_KEPT = 40  # apps whose facts are kept


@lru_cache(maxsize=1)
def code_version() -> str:
    """A hash of the modules that decide what a file says: another version reads everything anew."""
    package = Path(__file__).resolve().parent.parent
    digest = hashlib.blake2b(f"{FORMAT}".encode(), digest_size=16)
    for folder in (package / "scan", package / "code" / "js", package / "app"):
        for path in sorted(folder.glob("*.*")) if folder.is_dir() else ():
            if path.suffix in (".py", ".json"):
                digest.update(path.name.encode() + b"\0" + path.read_bytes())
    import sys

    digest.update(sys.version.encode())
    return digest.hexdigest()


def key_of(root: Path, path: str, data: bytes | None = None) -> tuple[str, int]:
    """The key of a file's content and its size; an empty key where it cannot be read.

    Args:
        path: relative to the root; it is part of the key, since facts name their file.
        data: its bytes, when they are at hand.
    """
    if data is None:
        try:
            with (root / path).open("rb") as file:
                data = file.read(_LIMIT + 1)
        except OSError:
            return "", 0
    if len(data) > _LIMIT:
        return "", len(data)
    digest = hashlib.blake2b(path.encode("utf-8", "surrogateescape") + b"\0", digest_size=20)
    digest.update(data)
    return digest.hexdigest(), len(data)


class Store:
    """The facts of one app's files from earlier runs.

    Args:
        root: the app's folder.
    """

    def __init__(self, root: Path) -> None:
        name = hashlib.sha256(os.fsencode(os.path.realpath(root))).hexdigest()[:24]
        self._path = cache_dir() / FACTS / f"{name}.facts"
        self._old: dict[str, Any] = self._load()
        self._new: dict[str, Any] = {}
        self._changed = False

    def get(self, key: str) -> Any:
        """What is kept under a key, None if nothing is."""
        found = self._old.get(key)
        if found is not None:
            self._new[key] = found
        return found

    def put(self, key: str, facts: Any) -> None:
        """Keep something for the next run."""
        self._new[key] = facts
        self._changed = True

    def save(self) -> None:
        """Write what this run used; that a cache cannot be written is no reason to fail."""
        if not self._changed and len(self._new) == len(self._old):
            return
        body = pickle.dumps(self._new, protocol=5)
        try:
            private_directory(self._path.parent)
            write_atomic(self._path, self._head(body) + body, mode=0o600, follow=False)
            _prune(self._path.parent)
        except (LkmError, OSError):
            return

    def _head(self, body: bytes) -> bytes:
        return _HEAD + f"{code_version()} {hashlib.blake2b(body, digest_size=16).hexdigest()}\n".encode()

    def _load(self) -> dict[str, Any]:
        try:
            data = self._path.read_bytes()
        except OSError:
            return {}
        # The hash is no protection against somebody else: the folder is this user's alone.
        end = data.find(b"\n", len(_HEAD)) + 1
        body = data[end:]
        if not end or data[:end] != self._head(body):
            return {}
        try:
            found = pickle.loads(body)  # noqa: S301 - lkm wrote it, and the hash says that it is whole
        except Exception:
            return {}
        return found if isinstance(found, dict) else {}


def _prune(folder: Path) -> None:
    """Keep what the latest runs wrote, so that the folder does not grow with every app ever scanned."""
    kept = sorted(folder.glob("*.facts"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in kept[_KEPT:]:
        path.unlink(missing_ok=True)
