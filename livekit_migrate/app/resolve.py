"""Which file of the app an import means: relative, by alias, by workspace package, with endings filled in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from .exports import targets
from .manifests import Package, folder_of, join
from .tsconfig import Configurations, normal

ENDINGS = (
    ".ts", ".tsx", ".d.ts", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".vue", ".svelte", ".json",
)  # fmt: skip
# An import names the file that will be built; on disk is its source.
_BUILT_FROM: Mapping[str, tuple[str, ...]] = {
    ".js": (".ts", ".tsx", ".d.ts"),
    ".jsx": (".tsx",),
    ".mjs": (".mts", ".d.mts"),
    ".cjs": (".cts", ".d.cts"),
}
# What bundler configurations call the source folder when no tsconfig says so.
_USUAL: Mapping[str, tuple[str, ...]] = {
    "@/": ("src/", "", "app/"),
    "~/": ("src/", "app/", ""),
    "@@/": ("",),
    "~~/": ("",),
    "#/": ("src/", ""),
    "src/": ("src/",),
    "$lib/": ("src/lib/",),
    "$app/": (),
}


class Resolver:
    """Resolves specifiers of one app; answers are kept.

    Args:
        root: the app's root.
        files: of the app, relative to it.
        packages: by folder.
    """

    def __init__(self, root: Path, files: frozenset[str], packages: Mapping[str, Package]) -> None:
        self._files = files
        self._packages = packages
        self._by_name = {each.name: each for each in packages.values() if each.name}
        self._configurations = Configurations(root, files, self._folder)
        self._known: dict[tuple[str, str], str | None] = {}

    def resolve(self, from_file: str, specifier: str) -> str | None:
        """The file of the app that an import in ``from_file`` means; None for a package from elsewhere.

        Args:
            from_file: relative to the app's root, as the answer is.
            specifier: as written, a query (``?raw``) included.
        """
        folder = folder_of(from_file)
        key = (folder, specifier)
        if key not in self._known:
            self._known[key] = self._resolve(folder, specifier)
        return self._known[key]

    def package_of(self, path: str) -> Package | None:
        """The package that a file belongs to: the nearest manifest above it."""
        folder = folder_of(path)
        while True:
            if folder in self._packages:
                return self._packages[folder]
            if not folder:
                return None
            folder = folder_of(folder)

    def _folder(self, name: str) -> str | None:
        package = self._by_name.get(name)
        return package.folder if package else None

    def _resolve(self, folder: str, specifier: str) -> str | None:
        specifier = specifier.partition("?")[0]
        if not specifier or "\0" in specifier or "://" in specifier:
            return None
        if specifier.startswith("."):
            return self._file(normal(join(folder, specifier)))
        if specifier.startswith("/"):  # a bundler's or a web server's root
            return self._rooted(folder, specifier.lstrip("/"))
        for aliases in self._configurations.of(folder):
            for candidate in aliases.candidates(specifier):
                if found := self._file(candidate):
                    return found
        if specifier.startswith("#") and (found := self._imported(folder, specifier)):
            return found
        if found := self._from_workspace(specifier):
            return found
        return self._usual(folder, specifier)

    def _file(self, place: str) -> str | None:
        """A file by its path, its ending left out or that of what is built from it, or a folder's index."""
        if place.startswith("../"):
            return None
        if place in self._files:
            return place
        for end, sources in _BUILT_FROM.items():
            if place.endswith(end):
                for source in sources:
                    if (path := place[: -len(end)] + source) in self._files:
                        return path
        for end in ENDINGS:
            if place and (path := place + end) in self._files:
                return path
        package = self._packages.get(place)
        if package is not None and not package.problem and (found := self._entry(package, "")):
            return found
        for end in ENDINGS:
            if (path := join(place, "index" + end)) in self._files:
                return path
        return None

    def _entry(self, package: Package, subpath: str) -> str | None:
        for target in targets(package.manifest, subpath):
            place = normal(join(package.folder, target))
            if place != package.folder and (found := self._file(place)):
                return found
        return None

    def _from_workspace(self, specifier: str) -> str | None:
        parts = specifier.split("/")
        size = 2 if specifier.startswith("@") else 1
        package = self._by_name.get("/".join(parts[:size]))
        if package is None or len(parts) < size:
            return None
        return self._entry(package, "/".join(parts[size:]))

    def _imported(self, folder: str, specifier: str) -> str | None:
        """A ``#name`` of the package's own `imports`."""
        package = self._nearest(folder)
        section = package.manifest.get("imports") if package else None
        if package is None or not isinstance(section, dict):
            return None
        named = {f"./{key}": value for key, value in section.items() if isinstance(key, str)}
        for target in targets({"exports": named}, specifier):
            if found := self._file(normal(join(package.folder, target))):
                return found
        return None

    def _nearest(self, folder: str) -> Package | None:
        return self.package_of(join(folder, "_"))

    def _rooted(self, folder: str, path: str) -> str | None:
        package = self._nearest(folder)
        for top in dict.fromkeys((package.folder if package else "", "")):
            for place in ("", "public/", "static/", "src/"):
                if found := self._file(normal(join(top, place + path))):
                    return found
        return None

    def _usual(self, folder: str, specifier: str) -> str | None:
        for prefix, places in _USUAL.items():
            if specifier.startswith(prefix):
                package = self._nearest(folder)
                top = package.folder if package else ""
                for place in places:
                    if found := self._file(normal(join(top, place + specifier[len(prefix) :]))):
                        return found
        return None
