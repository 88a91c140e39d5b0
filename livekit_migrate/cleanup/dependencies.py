"""Which packages a cleanup leaves without a user: exactly those, per manifest, and why the others stay."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..app.manifests import Package
from ..scan.kinds import is_source
from .configs import names_elsewhere
from .imports import package_of, places, rough
from .work import Decision, Work

_KINDS = ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies")
_PUBLISHED = ("main", "module", "exports", "types")


@dataclass(frozen=True, slots=True)
class Unused:
    """A package that a manifest may drop. ``why`` says what used it."""

    folder: str
    name: str
    why: str


def unused(work: Work) -> list[Unused]:
    """The packages that nothing uses any more, in the order of the manifests.

    A package that nothing used before either stays, unless it is the recipe's: that is not this cleanup's
    business. Types (``@types/x``) go with their package.
    """
    found: list[Unused] = []
    touched = {
        package_of(spec)
        for path in work.after
        if is_source(path) and (data := work.before(path))
        for spec in rough(data)
    }
    for folder, package in work.app.packages.items():
        if package.problem:
            continue
        gone = {each.name: each for each in _of(work, folder, package, touched)}
        for name in package.needs:
            typed = _typed(name)
            if name not in gone and typed in gone:
                gone[name] = Unused(folder, name, f"the types of {typed}, which goes")
        found += [gone[name] for name in package.needs if name in gone]
    return found


def note_what_is_still_used(work: Work) -> None:
    """Find the old stack's packages in use where no dependency is to go: its services must not go either."""
    decisions = list(work.decisions)
    unused(work)
    work.decisions = decisions


def _of(work: Work, folder: str, package: Package, touched: set[str]) -> Iterator[Unused]:
    local = {each.name for each in work.app.packages.values() if each.name}
    for name in package.needs:
        ours = work.recipe.is_package(name)
        if name in local or not (ours or name in touched):
            continue
        before = _users(work, name, folder, after=False)
        if not before and not ours:
            continue
        after = _users(work, name, folder, after=True)
        if after:
            if ours:
                path, line = after[0]
                work.still.append(name)
                more = f" and {len(after) - 1} more" if len(after) > 1 else ""
                work.say(
                    Decision(
                        "dependencies.used",
                        "refuse",
                        package.file,
                        f"{name} stays",
                        f"{path}:{line}{more} still uses it",
                        line=_line_in(work, package.file, name),
                        done=False,
                    )
                )
            continue
        if not ours and (other := _other_use(work, name, folder)):
            work.say(
                Decision(
                    "dependencies.named",
                    "refuse",
                    package.file,
                    f"{name} stays",
                    f"nothing imports it any more, but {other} names it",
                    line=_line_in(work, package.file, name),
                    done=False,
                )
            )
            continue
        why = f"only {before[0][0]} used it" if before else f"{work.recipe.old or 'the recipe'}'s, and unused"
        yield Unused(folder, name, why)


def _users(work: Work, name: str, folder: str, *, after: bool) -> list[tuple[str, int]]:
    """The files that belong to a manifest and take a package in, with the line.

    A file belongs to the nearest manifest above it; one whose own manifest does not ask for the package
    takes it from a manifest above.
    """
    needle = name.encode()
    found: list[tuple[str, int]] = []
    for path in work.app.tree.files:
        if not is_source(path) or not _belongs(work, path, folder, name):
            continue
        data = work.now(path) if after else work.before(path)
        if data is None or needle not in data or name not in map(package_of, rough(data)):
            continue
        found += [(path, line) for spec, line in places(path, data) if package_of(spec) == name][:1]
    return found


def _belongs(work: Work, path: str, folder: str, name: str) -> bool:
    owner = work.app.package_of(path)
    while owner is not None and owner.folder != folder:
        if name in owner.needs or not owner.folder:
            return False
        owner = work.app.package_of(owner.folder)  # the manifest above that one
    return owner is not None


def _typed(name: str) -> str:
    if not name.startswith("@types/"):
        return ""
    bare = name.removeprefix("@types/")
    return f"@{bare.replace('__', '/')}" if "__" in bare else bare


def _other_use(work: Work, name: str, folder: str) -> str:
    """Where a package is used without an import: a script's command, a configuration's plugin."""
    package = work.app.packages[folder]
    word = re.compile(rf"(?<![\w@/.-]){re.escape(name)}(?![\w/-]|\.\w)")
    for script, command in package.scripts.items():
        if word.search(command):
            return f"the script {script} of {package.file}"
    for path in work.files():
        base = path.rpartition("/")[2]
        if not re.search(r"(^\.\w+rc(\.\w+)?$|\.config\.\w+$|^(tsconfig|jsconfig).*\.json$)", base):
            continue
        data = work.now(path)
        if not data or name.encode() not in data or not _belongs(work, path, folder, name):
            continue
        quoted = re.search(rf"[\"'`]{re.escape(name)}[\"'`]".encode(), data)
        if quoted and names_elsewhere(path, data, name):
            return path
    return ""


def _line_in(work: Work, file: str, name: str) -> int | None:
    data = work.before(file) or b""
    at = data.find(f'"{name}"'.encode())
    return data.count(b"\n", 0, at) + 1 if at >= 0 else None
