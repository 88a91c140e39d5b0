"""The package manager of a folder: from `packageManager` and the lockfile that lies there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .manifests import join

LOCKFILES: Mapping[str, str] = {
    "pnpm-lock.yaml": "pnpm",
    "yarn.lock": "yarn",
    "bun.lock": "bun",
    "bun.lockb": "bun",
    "package-lock.json": "npm",
    "npm-shrinkwrap.json": "npm",
}


@dataclass(frozen=True, slots=True)
class Manager:
    """What installs the packages of a folder.

    Args:
        name: ``npm``, ``pnpm``, ``yarn``, ``bun``, or ``""`` where nothing says so.
        version: as `packageManager` pins it.
        lockfiles: of the folder, relative to the app's root; more than one manager's is a sign of a mess.
    """

    name: str = ""
    version: str = ""
    lockfiles: tuple[str, ...] = ()


def manager_of(folder: str, files: frozenset[str], manifest: Mapping[str, Any]) -> Manager:
    """The package manager of a folder of the app.

    Args:
        files: of the app, relative to its root.
        manifest: the folder's package.json.
    """
    locks = tuple(path for name in LOCKFILES if (path := join(folder, name)) in files)
    pinned = manifest.get("packageManager")
    if isinstance(pinned, str) and pinned.partition("@")[0] in set(LOCKFILES.values()):
        name, _, version = pinned.partition("@")
        return Manager(name, version.partition("+")[0], locks)
    return Manager(LOCKFILES[locks[0].rpartition("/")[2]] if locks else "", "", locks)


def lockfiles(files: Iterable[str]) -> list[str]:
    """All lockfiles of JavaScript package managers."""
    return [path for path in files if path.rpartition("/")[2] in LOCKFILES]
