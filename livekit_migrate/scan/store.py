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

_HEAD = b"lkm-scan\n"
_KEPT = 40  # apps whose facts are kept


@lru_cache(maxsize=1)
def code_version() -> str:
    """A hash of all that decides what a file says, parsers included: another one reads everything anew."""
    package = Path(__file__).resolve().parent.parent
    digest = hashlib.blake2b(f"{FORMAT}".encode(), digest_size=16)
    for folder in (package / "scan", package / "code", package / "app"):
        for path in sorted(folder.rglob("*.*")):
            if path.suffix in (".py", ".json"):
                name = path.relative_to(package).as_posix()
                digest.update(name.encode() + b"\0" + path.read_bytes())
    import sys

    digest.update("\0".join((sys.version, *_parsers())).encode())
    return digest.hexdigest()


def _parsers() -> list[str]:
    """The parsers with their versions: ``tree_sitter-0.26.1``.

    By the names of the folders that pip wrote beside them: importlib.metadata takes 35 ms to say the same.
    """
    from importlib.util import find_spec

    found = find_spec("tree_sitter")
    beside = Path(found.origin).parent.parent if found and found.origin else Path()
    names = sorted(path.stem for path in beside.glob("tree_sitter*.dist-info"))
    if names:
        return names
    from importlib.metadata import version

    parsers = ("tree-sitter", "tree-sitter-javascript", "tree-sitter-typescript")
    return [f"{name}-{version(name)}" for name in parsers]


def key_of(path: str, size: int, data: bytes | None) -> str:
    """The key of what a file says.

    Args:
        path: relative to the app's folder; it is part of the key, since facts name their file.
        size: in bytes.
        data: its bytes; None where they are too many to be read: then the size is all that is said of it.
    """
    digest = hashlib.blake2b(path.encode("utf-8", "surrogateescape") + b"\0", digest_size=20)
    if data is None:
        return f"{digest.hexdigest()} {size}"
    digest.update(data)
    return digest.hexdigest()


def head_of(path: Path, limit: int) -> tuple[int, bytes | None]:
    """A file's size and its bytes; None in their place where there are more than the limit.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        # It may grow meanwhile, and some file systems know no size before the end.
        data = file.read(limit + 1) if size <= limit else b""
    size = max(size, len(data))
    return size, data if size <= limit else None


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
