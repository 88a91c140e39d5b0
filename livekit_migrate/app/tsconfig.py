"""tsconfig.json and jsconfig.json: what a specifier may stand for (`paths`, `baseUrl`, `extends`)."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .jsonc import read_jsonc
from .manifests import folder_of, join

_DEPTH = 12  # configurations that extend one another; a circle ends here


@dataclass(frozen=True, slots=True)
class Aliases:
    """What a configuration says of specifiers that are not relative.

    Args:
        paths: pattern with at most one ``*`` → targets, relative to the app's root, longest prefix first.
        base: the folder of `baseUrl`, None where none is set.
    """

    paths: tuple[tuple[str, tuple[str, ...]], ...] = ()
    base: str | None = None

    def candidates(self, specifier: str) -> list[str]:
        """The files (without an ending, mostly) that a specifier may mean, the likeliest first."""
        found: list[str] = []
        for pattern, targets in self.paths:
            head, star, tail = pattern.partition("*")
            if star:
                long_enough = len(specifier) >= len(head) + len(tail)
                if not (long_enough and specifier.startswith(head) and specifier.endswith(tail)):
                    continue
                part = specifier[len(head) : len(specifier) - len(tail)]
                found += [target.replace("*", part, 1) for target in targets]
            elif pattern == specifier:
                found += targets
        if self.base is not None:
            found.append(normal(join(self.base, specifier)))
        return found


class Configurations:
    """The configurations of an app, read when they are first asked for.

    Args:
        files: of the app.
        package: gives the folder of a workspace package by its name, for ``extends``.
    """

    def __init__(self, root: Path, files: frozenset[str], package: Callable[[str], str | None]) -> None:
        self._root = root
        self._files = files
        self._package = package
        self._of_folder: dict[str, tuple[Aliases, ...]] = {}
        self._read: dict[str, Aliases] = {}

    def of(self, folder: str) -> tuple[Aliases, ...]:
        """What holds for the files of a folder, the nearest configuration first."""
        if folder not in self._of_folder:
            mine = tuple(
                self._aliases(path)
                for path in (join(folder, name) for name in self._names(folder))
                if path in self._files
            )
            above = self.of(folder_of(folder)) if folder else ()
            self._of_folder[folder] = (
                tuple(each for each in mine if each.paths or each.base is not None) + above
            )
        return self._of_folder[folder]

    def _names(self, folder: str) -> list[str]:
        # Vite's template keeps the aliases in tsconfig.app.json, which tsconfig.json only references.
        names = ["tsconfig.json", "tsconfig.app.json", "tsconfig.base.json", "jsconfig.json"]
        return names if folder else [*names, "tsconfig.paths.json"]

    def _aliases(self, path: str) -> Aliases:
        if path not in self._read:
            self._read[path] = Aliases()  # a circle of `extends` ends
            self._read[path] = self._load(path, _DEPTH)
        return self._read[path]

    def _load(self, path: str, depth: int) -> Aliases:
        document = read_jsonc(self._root / path)
        if not isinstance(document, dict):
            return Aliases()
        inherited = Aliases()
        extended = document.get("extends")
        for each in extended if isinstance(extended, list) else [extended]:
            target = self._extended(each, folder_of(path)) if isinstance(each, str) else None
            if target and depth:
                deeper = self._load(target, depth - 1)
                inherited = Aliases(
                    deeper.paths or inherited.paths,
                    inherited.base if deeper.base is None else deeper.base,
                )
        options = document.get("compilerOptions")
        return _merged(options if isinstance(options, dict) else {}, folder_of(path), inherited)

    def _extended(self, name: str, folder: str) -> str | None:
        if name.startswith("."):
            place = normal(join(folder, name))
        else:
            parts = name.split("/")
            size = 2 if name.startswith("@") else 1
            package = self._package("/".join(parts[:size]))
            if package is None:
                return None
            place = join(package, "/".join(parts[size:]) or "tsconfig.json")
        return next((each for each in (place, f"{place}.json") if each in self._files), None)


def configurations(folder: Path) -> list[str]:
    """The configurations that check a package's code: its tsconfig.json, and those that it refers to.

    One with ``references`` and an empty ``files`` checks nothing itself (`tsc -p` succeeds and says nothing);
    Vite's templates have one.

    Args:
        folder: the package's, with a tsconfig.json in it.

    Returns:
        Their paths relative to it, in order; those of other packages are left out.
    """
    found: dict[str, dict[str, Any]] = {}
    waiting = ["tsconfig.json"]
    while waiting:
        path = waiting.pop(0)
        document = read_jsonc(folder / path)
        if path in found or not isinstance(document, dict):
            continue
        found[path] = document
        references = document.get("references")
        for each in references if isinstance(references, list) else []:
            named = each.get("path") if isinstance(each, dict) else None
            place = normal(join(folder_of(path), named)) if isinstance(named, str) else ".."
            if (folder / place).is_dir():
                place = join(place, "tsconfig.json")
            inside = not place.startswith("..")
            if inside and not (folder_of(place) and (folder / folder_of(place) / "package.json").is_file()):
                waiting.append(place)
    checks = [
        path for path, document in found.items() if document.get("files") != [] or document.get("include")
    ]
    return checks or list(found) or ["tsconfig.json"]


def _merged(options: Mapping[str, Any], folder: str, inherited: Aliases) -> Aliases:
    base_url = options.get("baseUrl")
    base = normal(join(folder, base_url)) if isinstance(base_url, str) else inherited.base
    written = options.get("paths")
    if not isinstance(written, dict):
        return Aliases(inherited.paths, base)
    origin = folder if base is None else base
    paths = [
        (pattern, tuple(normal(join(origin, each)) for each in targets if isinstance(each, str)))
        for pattern, targets in written.items()
        if isinstance(targets, list)
    ]
    paths.sort(key=lambda item: len(item[0].partition("*")[0]), reverse=True)
    return Aliases(tuple(paths), base)


def normal(path: str) -> str:
    """A path relative to the root without ``.`` and ``..``; one that leads out of it keeps its ``..``."""
    clean = posixpath.normpath(path) if path else ""
    return "" if clean == "." else clean
