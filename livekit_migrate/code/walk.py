"""Going through a project's folders: bounded, never into what is fetched, built or hidden."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

SKIPPED = frozenset(
    {
        "node_modules",
        "bower_components",
        "vendor",
        "venv",
        "__pycache__",
        "dist",
        "build",
        "out",
        "target",
        "coverage",
    }
)
DOCS = frozenset({"doc", "docs"})
"""Folders whose Compose files and configurations show readers how, and start nothing."""
_HIDDEN_AND_LOOKED_INTO = frozenset({".docker", ".devcontainer", ".deploy"})


@dataclass
class Walk:
    """``for folder, names in walk``: each folder with the names of what is no folder in it.

    Args:
        folders: at most so many are looked into.
        depth: at most so many levels below the root.

    ``cut`` says afterwards whether there was more.
    """

    root: Path
    folders: int = 3000
    depth: int = 8
    cut: bool = field(default=False, init=False)

    def __iter__(self) -> Iterator[tuple[Path, list[str]]]:
        waiting = [(self.root, 0)]
        seen = 0
        while waiting:
            if seen >= self.folders:
                self.cut = True
                return
            seen += 1
            folder, depth = waiting.pop(0)
            inner, names = _look(folder)
            yield folder, names
            if depth < self.depth:
                waiting += [(path, depth + 1) for path in inner]
            elif inner:
                self.cut = True


def _look(folder: Path) -> tuple[list[Path], list[str]]:
    inner: list[Path] = []
    names: list[str] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    if entry.name in SKIPPED or (
                        entry.name.startswith(".") and entry.name not in _HIDDEN_AND_LOOKED_INTO
                    ):
                        continue
                    inner.append(Path(entry.path))
                else:
                    names.append(entry.name)
    except OSError:
        return [], []  # a folder of somebody else's
    return sorted(inner), sorted(names)
