"""The two sides of an app, web and server: which package each is, on which framework, how it is laid out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ..app.frameworks import Framework
from ..app.look import App
from ..app.manifests import Package, join
from ..core.errors import UsageError
from ..scan.places import is_test
from .source import Sources, is_built

WEB: tuple[str, ...] = ("next", "vite")
SERVER: tuple[str, ...] = ("hono", "express", "fastify")

# In the order in which one says most about a package that has several.
_WEB_FOUND = (
    "nuxt", "sveltekit", "remix", "react-router", "solid-start", "astro", "angular", "vue", "svelte", "solid",
    "react-native", "electron", "cra",
)  # fmt: skip
_SERVER_FOUND = ("nest", "adonis", "fastify", "hono", "koa", "h3", "express")
_SCRIPT = re.compile(r"\.(?:[cm]?[jt]sx?)$")
_ENTRY_WORDS = re.compile(r"(?:^|\s)\.?/?((?:[\w.-]+/)*[\w.-]+\.[cm]?[jt]s)\b")
_ENTRIES = ("src/index", "src/server", "src/main", "src/app", "index", "server", "main", "app")

Language = Literal["ts", "js"]
Module = Literal["esm", "cjs"]


@dataclass(frozen=True, slots=True)
class Side:
    """A package that is one side of the app.

    Args:
        folder: of its package.json, relative to the root, ``""`` for the root.
        kind: the framework that is done in full, of ``WEB`` or ``SERVER``; ``""`` for another.
        found: the framework by name, whatever it is.
        source: the folder its source lies in, relative to the root.
        entry: a server's first file, ``""`` where none can be told.
        language, module: what its own files are.
        why: why it is not done in full, ``""`` where it is.
    """

    package: Package
    kind: str
    found: str
    source: str
    entry: str
    language: Language
    module: Module
    why: str = ""

    @property
    def folder(self) -> str:
        return self.package.folder

    @property
    def shown(self) -> str:
        return self.folder or "."


def web_sides(app: App, sources: Sources) -> list[Side]:
    """The packages that are web front ends, whatever they are made with."""
    found = []
    for folder, package in app.packages.items():
        kind, name, why = _web_kind(package, app.frameworks[folder])
        if name:
            source = join(folder, "src") if _has(sources.of_package(folder), join(folder, "src")) else folder
            language, module = _language(package, sources, prefer=".ts .tsx")
            found.append(Side(package, kind, name, source, "", language, module, why))
    return found


def _web_kind(package: Package, frameworks: Sequence[Framework]) -> tuple[str, str, str]:
    """The kind, the name and why it is not done in full."""
    names = {each.name: each for each in frameworks}
    if "next" in names and "react-native" not in names:
        router = names["next"].router
        if "app" in router.split("+"):
            return "next", "next (app router)", ""
        if router:
            return "next", "next (pages router)", ""
        return "", "next", "neither an app/ nor a pages/ folder was found"
    for name in _WEB_FOUND:
        if name in names:
            return "", name, f"{name} is not one of those done in full: Next.js, Vite with React"
    if "vite" in names and "react" in names:
        return "vite", "vite with react", ""
    if "react" in names and ("webpack" in names or ("react-dom" in package.needs and "express" not in names)):
        if not _is_app(package):
            return "", "", ""
        return "", "react", "how it is bundled cannot be told: neither Next.js nor Vite is a dependency"
    if "webpack" in names and "mediasoup-client" in package.needs:
        return "", "webpack", "no framework was found whose components could be added"
    return "", "", ""


def _is_app(package: Package) -> bool:
    """Not a library: those say what they export."""
    manifest = package.manifest
    return not any(key in manifest for key in ("exports", "peerDependencies", "types", "module"))


def server_sides(app: App, sources: Sources) -> list[Side]:
    """The packages that answer HTTP."""
    found = []
    for folder, package in app.packages.items():
        names = {each.name: each for each in app.frameworks[folder]}
        name = next((each for each in _SERVER_FOUND if each in names), "")
        if not name and "mediasoup" in package.needs:
            name = next((each for each in ("ws", "socket.io", "protoo-server") if each in names), "")
        if not name:
            continue
        kind = name if name in SERVER else ""
        why = "" if kind else f"{name} is not one of those done in full: Hono, Express, Fastify"
        entry = _entry(package, sources)
        language, module = _language(package, sources, entry=entry)
        source = entry.rpartition("/")[0] if entry else folder
        if not source.startswith(folder):
            source = folder
        found.append(Side(package, kind, name, source, entry, language, module, why))
    return found


def _entry(package: Package, sources: Sources) -> str:
    """The file that a server starts with: what its scripts run, what `main` is made from, or a usual name."""
    mine = sources.of_package(package.folder)
    said = [package.scripts.get(name, "") for name in ("dev", "start:dev", "start", "serve", "server")]
    main = package.manifest.get("main")
    names = [match for script in said for match in _ENTRY_WORDS.findall(script)]
    for name in [*names, *([main] if isinstance(main, str) else [])]:
        stem = _SCRIPT.sub("", name.removeprefix("./"))
        inner = stem.partition("/")[2]
        for each in [stem, *([f"src/{inner}", inner] if inner else [])]:
            if (path := sources.file(join(package.folder, each))) is not None and path in mine:
                return path
    for name in _ENTRIES:
        if (path := sources.file(join(package.folder, name))) is not None and path in mine:
            return path
    return ""


def _language(
    package: Package, sources: Sources, *, entry: str = "", prefer: str = ""
) -> tuple[Language, Module]:
    mine = [
        path
        for path in sources.of_package(package.folder)
        if not is_test(path) and not is_built(path) and not _is_configuration(path)
    ]
    typed = sum(path.endswith((".ts", ".tsx", ".mts", ".cts")) for path in mine)
    language: Language = "ts" if typed * 2 >= len(mine) and typed else "js"
    if entry:
        language = "ts" if re.search(r"\.[cm]?tsx?$", entry) else "js"
    if language == "ts" or prefer:
        return language, "esm"
    if entry.endswith(".mjs") or (package.manifest.get("type") == "module" and not entry.endswith(".cjs")):
        return language, "esm"
    return language, "esm" if entry and sources.is_esm(entry) else "cjs"


def _is_configuration(path: str) -> bool:
    return bool(re.search(r"(?:\.config|rc|\.setup)\.[cm]?[jt]s$|\.d\.ts$", path))


def _has(files: Sequence[str], folder: str) -> bool:
    return any(path.startswith(f"{folder}/") and _SCRIPT.search(path) for path in files)


def choose(
    sides: Sequence[Side], wanted: str | None, option: str, mediasoup: str
) -> tuple[Side | None, tuple[Side, ...]]:
    """The side to use: the one asked for, the only one, or the only one that uses Mediasoup.

    Args:
        wanted: what the user named: a folder or the name of a package; ``none`` for no such side.
        option: how the user would name one: ``--web``.
        mediasoup: the package that marks a side: ``mediasoup-client``.

    Returns:
        the side, or None and the candidates between which only the user can decide.

    Raises:
        UsageError: there is no such package, or it is no such side.
    """
    if wanted == "none":
        return None, ()
    if wanted is not None:
        folder = wanted.strip("/").removeprefix("./")
        for side in sides:
            if side.package.name == wanted or side.folder == ("" if folder == "." else folder):
                return side, ()
        there = ", ".join(each.shown for each in sides) or "none was found"
        raise UsageError(
            f"{option} {wanted}: no such package here", code="init.no-such-side", hint=f"there are: {there}"
        )
    if len(sides) < 2:
        return (sides[0] if sides else None), ()
    for marked in (
        [each for each in sides if mediasoup in each.package.needs and each.kind],
        [each for each in sides if each.kind and (each.package.member or not each.folder)],
        [each for each in sides if each.kind],
        [each for each in sides if mediasoup in each.package.needs],
    ):
        if len(marked) == 1:
            return marked[0], ()
        if marked:
            return None, tuple(marked)
    return None, tuple(sides)
