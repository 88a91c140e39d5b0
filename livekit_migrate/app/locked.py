"""The versions of packages that an app's lockfiles have."""

from __future__ import annotations

import re

from ..core.errors import LkmError
from ..core.files import read_text
from .look import App
from .manifests import folder_of, inside


class Locks:
    """The lockfiles of an app; each is read once."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._texts: dict[str, str] = {}

    def versions(self, folder: str, name: str) -> tuple[str, ...]:
        """All of a package that the nearest lockfile which names it has: of the folder, or of one above."""
        for lock in sorted(self._app.lockfiles, key=lambda path: -len(folder_of(path))):
            if inside(folder, folder_of(lock)) and not lock.endswith(".lockb"):
                found = _locked(self._text(lock), name)
                if found:
                    return found
        return ()

    def version(self, folder: str, name: str) -> str:
        """The first of them; empty where there is none."""
        return next(iter(self.versions(folder, name)), "")

    def _text(self, lock: str) -> str:
        if lock not in self._texts:
            try:
                self._texts[lock] = read_text(self._app.root / lock)
            except LkmError:
                self._texts[lock] = ""
        return self._texts[lock]


def _locked(text: str, name: str) -> tuple[str, ...]:
    quoted = re.escape(name)
    number = r"(\d+\.\d+\.\d+[\w.+-]*)"
    for pattern in (
        rf'"(?:[^"\n]*node_modules/)?{quoted}": \{{\s*"version": "{number}"',  # npm
        rf'^"?{quoted}@[^\n]*:\n\s+version:? "?{number}',  # Yarn
        rf"^\s*'?/?{quoted}[@/]{number}[^\n]*:\s*$",  # pnpm
        rf'"{quoted}": \["{quoted}@{number}"',  # Bun
    ):
        if found := re.findall(pattern, text, re.MULTILINE):
            return tuple(dict.fromkeys(found))
    return ()
