"""What lies at a path, before and after a change: a file, a symlink, or nothing."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from .files import cannot

Kind = Literal["absent", "file", "link", "other"]


@dataclass(frozen=True, slots=True)
class State:
    """What lies at a path. ``data`` is a file's content or where a symlink points, ``mode`` a file's bits."""

    kind: Kind
    data: bytes = b""
    mode: int = 0

    def same_content(self, other: State) -> bool:
        return self.kind == other.kind and self.data == other.data and self.kind != "other"


ABSENT = State("absent")


def look(path: Path) -> State:
    """What lies there now; links are not followed."""
    try:
        info = path.lstat()
        if stat.S_ISLNK(info.st_mode):
            return State("link", os.fsencode(path.readlink()))
        if stat.S_ISREG(info.st_mode):
            return State("file", path.read_bytes(), stat.S_IMODE(info.st_mode))
    except (FileNotFoundError, NotADirectoryError):
        return ABSENT
    except OSError as error:
        raise cannot("read", "file", path, error) from error
    return State("other")


@dataclass(frozen=True, slots=True)
class Item:
    """One file of a plan. ``name`` is what users read, ``target`` the file itself, links followed."""

    name: str
    target: Path
    old: State
    new: State
    secret: bool = False

    def stands(self) -> Literal["old", "new", "other"]:
        """Which of its two states the file is in now."""
        now = look(self.target)
        is_old, is_new = now.same_content(self.old), now.same_content(self.new)
        if is_old and is_new:  # only the mode changes
            is_new = now.mode == self.new.mode
            is_old = not is_new
        return "new" if is_new else "old" if is_old else "other"
