"""Which files are the old stack's and nothing else: they may go; all others stay for a person to edit."""

from __future__ import annotations

import re

from ..scan.kinds import LARGEST, is_source
from ..scan.places import is_test
from .imports import package_of, specifiers
from .work import Work

_COMMENT = re.compile(r"/\*.*?\*/|(?<![:\"'\w])//[^\n]*", re.DOTALL)
_EDITED = (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs")
_STORY = re.compile(r"\.stories\.[cm]?[jt]sx?$")


def whole_files(work: Work) -> list[str]:
    """The files that take the old stack in and do nothing else, by the recipe; tests are never among them.

    One that alone reaches a file which does something else stays as well: else that one would go with it.
    """
    found: set[str] = set()
    mixed: set[str] = set()
    for path in work.app.tree.files:
        if not is_source(path) or is_test(path) or _STORY.search(path):
            continue
        data = work.before(path)
        if not data or len(data) > LARGEST:
            continue
        text = _COMMENT.sub("", data.decode("utf-8", "replace"))
        other = bool(work.recipe.elsewhere.search(text))
        if other:
            mixed.add(path)
        elif path.endswith(_EDITED) and (
            work.recipe.is_file(path)
            or any(map(work.recipe.is_package, map(package_of, specifiers(path, data))))
        ):
            found.add(path)
    return sorted(_without_guards(work, found, mixed)) if found else []


def takes_old(work: Work, path: str) -> bool:
    """Whether a file takes the old stack in."""
    data = work.before(path)
    return bool(data) and any(map(work.recipe.is_package, map(package_of, specifiers(path, data or b""))))


def _without_guards(work: Work, whole: set[str], mixed: set[str]) -> set[str]:
    """Those whose going would not take a file along that does something else."""
    imports: dict[str, set[str]] = {}
    importers: dict[str, set[str]] = {}
    for path in work.app.tree.files:
        data = work.before(path) if is_source(path) else None
        if not data or len(data) > LARGEST:
            continue
        targets = {t for spec in specifiers(path, data) if (t := work.app.resolver.resolve(path, spec))}
        imports[path] = targets
        for target in targets:
            importers.setdefault(target, set()).add(path)
    while True:
        # What only files that go reach, step by step.
        along = set(whole)
        grown = True
        while grown:
            new = {
                target
                for path in along
                for target in imports.get(path, ())
                if target not in along and importers.get(target, set()) <= along
            }
            grown = bool(new)
            along |= new
        guarded = along & mixed
        if not guarded:
            return whole
        # Whoever leads to one of them stays.
        leads = set(guarded)
        grown = True
        while grown:
            new = {i for path in leads for i in importers.get(path, ()) if i in along and i not in leads}
            grown = bool(new)
            leads |= new
        whole = whole - leads
