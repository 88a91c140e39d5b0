"""Which source file takes in which, and what goes along with files that go."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ..scan.kinds import LARGEST, is_source
from .imports import rough
from .work import Work


def targets_of(work: Work) -> dict[str, dict[str, str]]:
    """Source file → specifier → the file of the app that it means."""
    found: dict[str, dict[str, str]] = {}
    for path in work.app.tree.files:
        data = work.now(path) if is_source(path) else None
        if not data or len(data) > LARGEST:
            continue
        resolve = work.app.resolver.resolve
        found[path] = {spec: t for spec in rough(data) if (t := resolve(path, spec))}
    return found


def along(
    files: Collection[str], targets: Mapping[str, Mapping[str, str]], stays: Collection[str] = ()
) -> set[str]:
    """Files, and those that only they reach, step by step: whoever imports one of these goes.

    Args:
        stays: never go along.
    """
    importers: dict[str, set[str]] = {}
    for path, their in targets.items():
        for target in their.values():
            if target != path:
                importers.setdefault(target, set()).add(path)
    found = set(files)
    waiting = list(found)
    while waiting:
        for target in targets.get(waiting.pop(), {}).values():
            if target not in found and target not in stays and importers[target] <= found:
                found.add(target)
                waiting.append(target)
    return found
