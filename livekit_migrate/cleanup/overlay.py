"""A copy of the app in a folder of its own, as the plan leaves it: for the app's own tools to look at."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ..app.look import App
from ..app.manifests import join

_MOST = 8 * 1024 * 1024
_GENERATED = ("next-env.d.ts", ".eslintcache")


@contextmanager
def overlay(app: App) -> Iterator[Path]:
    """A copy of the app's files, with links to what is installed; gone at the end.

    Packages of the workspace are linked to their copies, so that a tool sees one app and not two.
    """
    folder = Path(os.path.realpath(tempfile.mkdtemp(prefix="lkm-cleanup-")))
    try:
        for path in app.tree.files:
            source = app.root / path
            target = folder / path
            with contextlib.suppress(OSError):
                if source.stat().st_size <= _MOST:
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(source, target)
        for place in {"", *app.packages}:
            _install(app, place, folder)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def apply(folder: Path, after: Mapping[str, bytes | None]) -> None:
    """Make the copy what the plan says."""
    for path, data in after.items():
        target = folder / path
        if data is None:
            target.unlink(missing_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)


def _install(app: App, place: str, folder: Path) -> None:
    """``node_modules`` of one package, entry by entry."""
    source = app.root / place / "node_modules"
    for name in _GENERATED:
        with contextlib.suppress(OSError):
            shutil.copyfile(app.root / place / name, folder / place / name)
    if not source.is_dir():
        return
    target = folder / place / "node_modules"
    target.mkdir(parents=True, exist_ok=True)
    for entry in os.scandir(source):
        if entry.name.startswith("@") and entry.is_dir(follow_symlinks=False):
            (target / entry.name).mkdir(exist_ok=True)
            for inner in os.scandir(entry.path):
                _link(app, inner, target / entry.name / inner.name, folder)
        else:
            _link(app, entry, target / entry.name, folder)


def _link(app: App, entry: os.DirEntry[str], target: Path, folder: Path) -> None:
    real = os.path.realpath(entry.path)
    inside = os.path.relpath(real, os.path.realpath(app.root))
    if inside in app.packages:
        target.symlink_to(folder / join(inside, ""))
    else:
        target.symlink_to(entry.path)
