"""Outside the repository: copies of secret files for undo, and the key that signs journal entries.

``state_dir()/undo/`` is 0700: ``key``, and for each project ``<hash of its path>/root`` (the path) and
``<hash>/<entry>/`` with the copies, all 0600.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import time
from pathlib import Path

from .errors import LkmError
from .files import private_directory, temp_name, write_atomic
from .lock import held
from .paths import state_dir


def vault_of(root: Path) -> Path:
    """Where the copies of a project's secret files are kept."""
    return state_dir() / "undo" / sha256(os.fsencode(root))[:16]


def open_vault(root: Path) -> Path:
    """``vault_of``, made if it was not there, with the note of whose it is.

    Raises:
        LkmError: it cannot be made: a home folder of somebody else, as containers have it.
    """
    try:
        folder = private_directory(vault_of(root))
    except LkmError as error:
        other = "use another folder: LKM_STATE_DIR=/somewhere"
        error.hint = f"{error.hint}; or {other}" if error.hint else other
        raise
    write_durable(folder / "root", os.fsencode(root))
    return folder


def prune_vaults(journal: Path, root: Path, *, keep: float) -> None:
    """Forget copies older than ``keep`` seconds, of entries that are gone, of projects that are gone."""
    vaults = state_dir() / "undo"
    oldest = time.time() - keep
    for folder in vaults.iterdir() if vaults.is_dir() else ():
        with contextlib.suppress(OSError):
            if folder.is_dir():
                _prune_vault(folder, oldest, journal if folder == vault_of(root) else None)


def _prune_vault(folder: Path, oldest: float, journal: Path | None) -> None:
    owner = folder / "root"
    if owner.exists() and not Path(os.fsdecode(owner.read_bytes())).is_dir():
        shutil.rmtree(folder, ignore_errors=True)
        return
    for copies in folder.iterdir():
        if not copies.is_dir():
            continue
        orphan = journal is not None and not (journal / copies.name).exists()
        if orphan or copies.stat().st_mtime < oldest:
            shutil.rmtree(copies, ignore_errors=True)


def write_durable(path: Path, data: bytes) -> None:
    """A file of 0600 that is on the disk when this returns; not atomic."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sha256(data: bytes) -> str:
    """In hexadecimal."""
    import hashlib

    return hashlib.sha256(data).hexdigest()


def sign(text: bytes, *, make_key: bool = True) -> str:
    """The signature of a text, with this user's key."""
    import hmac

    return hmac.new(_key(make=make_key), text, "sha256").hexdigest()


def _key(*, make: bool) -> bytes:
    """This user's signing key."""
    path = state_dir() / "undo" / "key"
    if make and not path.exists():
        with held(path.with_name("key.lock"), "lkm", timeout=60):
            temp_name(path, "new").unlink(missing_ok=True)  # of a killed one
            if not path.exists():
                write_atomic(path, secrets.token_bytes(32), mode=0o600, tag="new")
    return path.read_bytes()
