"""Which files are the old stack's and nothing else: they may go; all others stay for a person to edit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ..app.exports import targets
from ..app.manifests import Package, join
from ..scan.kinds import LARGEST, is_source
from ..scan.places import is_test
from ..scan.version import is_library
from .imports import package_of, rough, specifiers
from .links import along, targets_of
from .work import Work

_COMMENT = re.compile(r"/\*.*?\*/|(?<![:\"'\w])//[^\n]*", re.DOTALL)
_EDITED = (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs")
_BARREL = re.compile(r"(^|/)index\.[cm]?[jt]s$")
_ONLY_EXPORTS = re.compile(
    r"\s*(?:export\s+(?:type\s+)?(?:\*(?:\s+as\s+\w+)?|\{[^{}]*\})\s*from\s*[\"'][^\"'\n]+[\"']\s*;?\s*)+"
)
_STORY = re.compile(r"\.stories\.[cm]?[jt]sx?$")


@dataclass(frozen=True, slots=True)
class Whole:
    """The files that may go.

    Args:
        files: all of them.
        asked: those that go with ``--unsafe`` alone: nothing but they reach a file of ``left``.
        left: files that take the old stack in and do something else, too: they stay, and nothing starts them.
    """

    files: frozenset[str] = frozenset()
    asked: frozenset[str] = frozenset()
    left: frozenset[str] = frozenset()


def whole_files(work: Work) -> Whole:
    """The files that take the old stack in and do nothing else, by the recipe; tests are never among them.

    One that alone reaches a file which does something else stays as well: nobody would start that one any
    more. On request it goes where that one belongs to the old stack's program, and that one stays.
    """
    found, mixed = old_files(work)
    if not found:
        return Whole()
    targets = targets_of(work)
    safe = with_barrels(work, _without_guards(targets, found, mixed))
    if not work.chosen.unsafe:
        return Whole(frozenset(safe))
    ours = {
        path for path in mixed if path.endswith(_EDITED) and _takes_old(work, path, work.now(path) or b"")
    }
    files = safe | with_barrels(work, _without_guards(targets, found, mixed - ours))
    left = ours & along(files, targets)
    return Whole(frozenset(files), frozenset(files - safe), frozenset(left))


def old_files(work: Work) -> tuple[set[str], set[str]]:
    """The files that take the old stack in and do nothing else, and all that do something else."""
    found: set[str] = set()
    mixed: set[str] = set()
    if why_not(work)[1]:
        return found, mixed
    moved, offered = has_moved(work), _offered(work)
    for path in work.app.tree.files:
        if not is_source(path) or is_test(path) or _STORY.search(path):
            continue
        data = work.now(path)
        if not data or len(data) > LARGEST:
            continue
        if work.recipe.is_file(path):
            found.add(path)
            continue
        if path in offered:
            mixed.add(path)
            continue
        other = bool(work.recipe.elsewhere.search(_COMMENT.sub("", data.decode("utf-8", "replace"))))
        takes = path.endswith(_EDITED) and _takes_old(work, path, data)
        if takes and (not other or (moved and work.recipe.speaks(path.rpartition("/")[2]))):
            found.add(path)
        elif other:
            mixed.add(path)
    return found, mixed


def entries(work: Work) -> set[str]:
    """What packages of the app that other packages of it depend on give when they are imported."""
    asked = {name for package in work.app.packages.values() for name in package.needs}
    found: set[str] = set()
    for folder, package in work.app.packages.items():
        if package.name in asked:
            found |= _entries_of(work, folder, package)
    return found


def _takes_old(work: Work, path: str, data: bytes) -> bool:
    if not any(map(work.recipe.is_package, map(package_of, rough(data)))):
        return False
    return any(map(work.recipe.is_package, map(package_of, specifiers(path, data))))


def _offered(work: Work) -> set[str]:
    """Entry points of packages that others may install: libraries, which nobody starts."""
    found: set[str] = set()
    for folder, package in work.app.packages.items():
        published = {"repository", "publishConfig", "files"} & set(package.manifest)
        started = {"start", "dev", "serve"} & set(package.scripts)
        if package.manifest.get("private") or (started and not published):
            continue
        found |= _entries_of(work, folder, package)
    return found


def _entries_of(work: Work, folder: str, package: Package) -> set[str]:
    found: set[str] = set()
    for target in targets(package.manifest, ""):
        place = join(folder, target.removeprefix("./"))
        found |= {path for path in (place, f"{place}.js", join(place, "index.js")) if path in work.app.files}
    return found


def why_not(work: Work) -> tuple[str, str]:
    """The manifest and the reason why no file here counts as the old stack's; empty where there is none."""
    for package in work.app.packages.values():
        named = bool(package.name) and work.recipe.is_package(package.name)
        # A program that is named after it is none: a call app is often called mediasoup-something.
        if named and (is_library(work.app, package) or "bin" in package.manifest):
            return package.file, f"{package.name} is a library on top of {work.recipe.old}, for others to use"
        for name, version in package.needs.items():
            if work.recipe.is_too_old(name, version):
                said = f"{name} {version} is older than version {work.recipe.since}"
                return package.file, f"{said}: its code is a person's to move"
    return "", ""


def has_moved(work: Work) -> bool:
    """Whether code takes the new stack in: then a file that is named after the old one is its server or
    client, whatever else it did for it.
    """
    if not work.recipe.stays:
        return False
    for path in work.app.tree.files:
        data = work.now(path) if is_source(path) else None
        if (
            data
            and len(data) < LARGEST
            and any(map(work.recipe.is_new, map(package_of, rough(data))))
            and any(map(work.recipe.is_new, map(package_of, specifiers(path, data))))
        ):
            return True
    return False


def with_barrels(work: Work, whole: set[str]) -> set[str]:
    """With the files that do nothing but pass on what those export."""
    found = set(whole)
    for path in work.app.tree.files:
        if path in found or not path.endswith(_EDITED) or not _BARREL.search(path):
            continue
        data = work.now(path)
        if not data or not _ONLY_EXPORTS.fullmatch(_COMMENT.sub("", data.decode("utf-8", "replace"))):
            continue
        targets = [work.app.resolver.resolve(path, spec) for spec in specifiers(path, data)]
        if targets and all(target in found for target in targets):
            found.add(path)
    return found


def _without_guards(targets: Mapping[str, Mapping[str, str]], whole: set[str], mixed: set[str]) -> set[str]:
    """Those whose going would not take a file along that does something else."""
    while True:
        going = along(whole, targets)
        guarded = going & mixed
        if not guarded:
            return whole
        # Whoever leads to one of them stays.
        leads = set(guarded)
        grown = True
        while grown:
            new = {path for path in going - leads if leads & set(targets.get(path, {}).values())}
            grown = bool(new)
            leads |= new
        whole = whole - leads
