"""The project's ``.lkm`` folder: what lkm remembers, versioned, ignored by git through its own file."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from .errors import ConfigError
from .files import cannot

VERSION = 1
NAME = ".lkm"
_OURS = ("native", "journal", "locks")


def open_state(root: Path, *, create: bool = True) -> Path:
    """The state folder of a project.

    Args:
        create: make it when it is not there; with False a missing folder is only named.

    Raises:
        ConfigError: it was written by a newer lkm, or is not a folder, or cannot be made.
    """
    folder = root / NAME
    if not os.path.lexists(folder):
        if not create:
            return folder
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise cannot("make", "state folder", folder, error) from error
    _check_folder(folder)
    ignore, marker = folder / ".gitignore", folder / "version"
    try:
        # First of all: git must never see the rest. Short enough that half of each would do as well.
        if create and not _has_text(ignore):
            ignore.write_bytes(b"*\n")
        # One look: another lkm that begins here at the same moment may be writing it.
        if text := _text(marker):
            _check(text)
        elif create:
            marker.write_bytes(f"{VERSION}\n".encode())
    except OSError as error:
        raise cannot("write", "state folder", folder, error) from error
    return folder


def _has_text(path: Path) -> bool:
    return os.path.lexists(path) and path.stat().st_size > 0


def _text(path: Path) -> bytes:
    """What a file holds; nothing where there is none."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def _check_folder(folder: Path) -> None:
    """Refuse what lkm did not make: a cloned repository may bring a ``.lkm`` that points elsewhere."""
    if folder.is_symlink() or not folder.is_dir():
        raise ConfigError(
            f"{NAME}: is in the way: a folder was expected",
            code="state.not-folder",
            hint=f"look at it: ls -ld {folder}; lkm makes its own once it is moved away",
        )
    for each in (folder, *(folder / name for name in _OURS)):
        try:
            links = sorted(entry.name for entry in os.scandir(each) if entry.is_symlink())
        except (FileNotFoundError, NotADirectoryError):  # whoever needs it says so
            continue
        except OSError as error:
            raise cannot("read", "state folder", each, error) from error
        if links:
            link = (each / links[0]).relative_to(folder.parent)
            raise ConfigError(
                f"{link}: is a symlink; lkm makes none there and follows none",
                code="state.not-folder",
                hint=f"look where it points: ls -l {shlex.quote(str(link))}; "
                f"then remove it: rm {shlex.quote(str(link))}",
            )


def _check(text: bytes) -> None:
    try:
        found = int(text.strip())
    except ValueError as error:
        raise ConfigError(
            f"{NAME}/version: cannot be read as a number",
            code="state.version",
            hint=f"if nothing runs: rm -r {NAME}",
        ) from error
    if found > VERSION:
        raise ConfigError(
            f"{NAME}/version: state of version {found}; this lkm knows up to {VERSION}",
            code="state.newer",
            detail="a newer lkm worked here",
            hint="upgrade: uv tool upgrade livekit-migrate (or pipx upgrade livekit-migrate); "
            f"or stop what runs with that newer lkm, then: rm -r {NAME}",
        )
