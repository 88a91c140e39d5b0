"""What the image of a side is built from: a folder, a lockfile, and the packages that are built before it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ..app.look import App
from ..app.manifests import Package, join
from ..core.files import read_bytes
from .sides import Side

# The pnpm that reads a lockfile of this version; `--frozen-lockfile` of another one refuses it.
_PNPM = {b"5": "7", b"6": "8", b"9": "10"}
_LOCKFILE_VERSION = re.compile(rb"lockfileVersion: *'?(\d+)")


def of_side(app: App, name: str, side: Side | None, manager: str) -> dict[str, Any]:
    """The values of one side for its Dockerfile and its service.

    Args:
        name: ``web`` or ``server``.
        manager: ``npm``, ``pnpm``, …
    """
    folder, package = (side.folder, side.package) if side is not None else ("", Package(""))
    member = bool(folder) and package.member
    context = "" if member else folder
    before = _before(app, package) if package.member else []
    top = app.packages.get(context, package)
    return {
        f"{name}_context": context or ".",
        f"{name}_apart": bool(context),
        f"{name}_inside": folder if member else ".",
        f"{name}_member": member,
        f"{name}_filter": _filter(package),
        f"{name}_before": _build(manager, before, package, own=False),
        f"{name}_build": _build(manager, before, package, own=name == "web" or "build" in package.scripts),
        f"{name}_prepare": "prepare" in top.scripts,
    }


def _before(app: App, package: Package) -> list[str]:
    """The folders of the workspace's packages that a package needs and that are built, in their order."""
    by_name = {each.name: each for each in app.packages.values() if each.member and each.name}
    order: list[str] = []
    seen = {package.folder}

    def visit(one: Package) -> None:
        for need in one.needs:
            other = by_name.get(need)
            if other is not None and other.folder not in seen:
                seen.add(other.folder)
                visit(other)
                if "build" in other.scripts:
                    order.append(other.folder)

    visit(package)
    return order


def _filter(package: Package) -> str:
    """How pnpm's ``--filter`` names a package: `...` may follow."""
    return package.name or f"{{./{package.folder}}}"


def _build(manager: str, before: Sequence[str], package: Package, *, own: bool) -> list[str]:
    """The commands that build a package, and before it the others that it needs.

    Args:
        own: the package itself, too.
    """
    within = package.member and bool(package.folder)
    if manager == "pnpm" and (within or before):
        # pnpm knows the order, and leaves out what has nothing to build.
        wanted = f"{'...' if own else '^...'}" if before else ""
        return [f'pnpm --filter "{_filter(package)}{wanted}" run build'] if before or own else []
    folders = [*before, *([package.folder if within else ""] if own else [])]
    return [f"npm run build --workspace={each}" if each else f"{manager} run build" for each in folders]


def manager_version(app: App, context: str) -> str:
    """The package manager's version: as `packageManager` says it, else pnpm's that reads the lockfile.

    Args:
        context: the folder of the lockfile, ``.`` for the root.
    """
    path = join("" if context == "." else context, "pnpm-lock.yaml")
    if app.manager.version or app.manager.name != "pnpm" or path not in app.files:
        return app.manager.version
    match = _LOCKFILE_VERSION.match(read_bytes(app.root / path))
    return _PNPM.get(match[1], "") if match else ""
