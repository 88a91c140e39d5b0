"""Which Mediasoup it is: the packages asked for and locked, the major version, what stands on top."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ..app.locked import Locks
from ..app.look import App
from ..app.manifests import Package, folder_of, inside, lines_of
from .facts import Call, Site
from .texts import TextFacts

Flavour = Literal["v3", "v2", "library", "native", "leftover", "none"]

_PACKAGE = re.compile(r"mediasoup|mediasfu|^protoo-|^awaitqueue$|^h264-profile-level-id$", re.IGNORECASE)
_OWN = frozenset({"mediasoup", "mediasoup-client", "mediasoup-types"})
_HELPERS = frozenset({"awaitqueue", "h264-profile-level-id", "protoo-client", "protoo-server"})
_TYPES = re.compile(r"^@types/")


@dataclass(frozen=True, slots=True)
class Dependency:
    """A package of Mediasoup's world that a manifest asks for.

    Args:
        version: as asked for.
        locked: as the nearest lockfile has it, ``""`` if none says so.
        used: whether any file of its package imports it.
    """

    name: str
    version: str
    locked: str
    file: str
    line: int
    development: bool
    used: bool

    @property
    def major(self) -> int | None:
        return major_of(self.locked) or major_of(self.version)

    def to_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "version": self.version,
            "locked": self.locked or None,
            "major": self.major,
            "file": self.file,
            "line": self.line,
            "development": self.development,
            "used": self.used,
        }


@dataclass(frozen=True, slots=True)
class Version:
    """What Mediasoup a repository has.

    Args:
        flavour: ``v3`` and ``v2`` for an app; ``library`` for a repository that is itself a package on top of
            Mediasoup; ``native`` where only other languages use it; ``leftover`` where nothing imports it any
            more and something still names it; ``none``.
        major: of the server or, without one, of the client; None where nothing says it.
        on_top: libraries of others on top of Mediasoup that the app uses.
        native: files of other languages that use it: ``Cargo.toml``, ``sfu/main.py``.
        why: one sentence on how the flavour is known, for people.
    """

    flavour: Flavour
    major: int | None
    packages: tuple[Dependency, ...] = ()
    signalling: tuple[str, ...] = ()
    on_top: tuple[str, ...] = ()
    native: tuple[str, ...] = ()
    why: str = ""

    @property
    def unused(self) -> tuple[Dependency, ...]:
        return tuple(each for each in self.packages if not each.used and each.name in _OWN)

    def to_dict(self) -> dict[str, Any]:
        return {
            "flavour": self.flavour,
            "major": self.major,
            "packages": [each.to_dict() for each in self.packages],
            "signalling": list(self.signalling),
            "on_top": list(self.on_top),
            "native": list(self.native),
            "why": self.why,
        }


def major_of(version: str) -> int | None:
    """The major version that a version, a range or a git tag begins with; None for ``latest`` or ``*``."""
    text = version.strip()
    if "://" in text or re.match(r"(github|gitlab|bitbucket|git@|git\+)", text):
        found = re.search(r"#(?:semver:)?[\^~v]*(\d+)(?:\.[\w.-]*)?$", text)
    else:
        found = re.match(r"(?:npm:[^@]+@|workspace:)?[\^~>=v\s]*(\d+)(?:\.|$|\s|-)", text)
    return int(found[1]) if found else None


def version(
    app: App,
    sites: Sequence[Site],
    calls: Sequence[Call],
    texts: Iterable[TextFacts],
    protoo: Sequence[Site],
    *,
    imports: Iterable[str],
) -> Version:
    """The Mediasoup of an app, and what its signalling goes through.

    Args:
        imports: every specifier that a file names.
    """
    texts = list(texts)
    packages = tuple(_dependencies(app, [*sites, *protoo]))
    named = {each.name for each in packages}
    signalling = tuple(_signalling(app, imports))
    on_top = tuple(sorted(name for name in named - _OWN - _HELPERS if not _TYPES.match(name)))
    flavour, why = _flavour(app, sites, calls, packages, texts)
    major = _major(packages, old=flavour == "v2")
    return Version(flavour, major, packages, signalling, on_top, _native(texts), why)


def _flavour(
    app: App,
    sites: Sequence[Site],
    calls: Sequence[Call],
    packages: Sequence[Dependency],
    texts: Sequence[TextFacts],
) -> tuple[Flavour, str]:
    if not sites:
        return _without_sites(packages, texts)
    if (library := _library(app, sites)) is not None:
        return "library", f"{library.file} publishes {library.name or 'a package'} for others to build on"
    server = [each for each in packages if each.name == "mediasoup"]
    older = [each for each in server if each.major is not None and each.major < 3]
    newer = [each for each in server if each.major is not None and each.major >= 3]
    if older:
        said = f"{older[0].file}:{older[0].line} asks for {older[0].name} {older[0].version}"
        # A package of its own on an old version does not make the app around it old.
        if _weight(app, sites, older) >= _weight(app, sites, newer):
            return "v2", said
        return "v3", said
    legacy = next(
        (call for call in calls if call.method in ("Server", "new Server") and call.row == 40), None
    )
    if legacy is not None and not any(each.major == 3 for each in server):
        return "v2", f"{legacy.file}:{legacy.line} calls mediasoup.Server(), which Mediasoup 3 does not have"
    return "v3", ""


def _without_sites(packages: Sequence[Dependency], texts: Sequence[TextFacts]) -> tuple[Flavour, str]:
    if packages:
        first = packages[0]
        return "leftover", f"{first.file}:{first.line} still asks for {first.name}; no file imports it"
    native = _native(texts)
    if native:
        return "native", f"{native[0]} uses it; no JavaScript or TypeScript does"
    named = next((each for each in texts if any(hit.why == "word" for hit in each.hits)), None)
    if named is not None:
        line = next(hit.line for hit in named.hits if hit.why == "word")
        return (
            "leftover",
            f"{named.path}:{line} still names it; no file imports it and no manifest asks for it",
        )
    return "none", ""


def _native(texts: Sequence[TextFacts]) -> tuple[str, ...]:
    return tuple(sorted(each.path for each in texts if _is_native(each)))


def _library(app: App, sites: Sequence[Site]) -> Package | None:
    """The package, when all code that uses Mediasoup belongs to packages that others install."""
    owners = {
        p.folder: p for site in sites if _weighty(site) and (p := app.package_of(site.file)) is not None
    }
    if not owners or not all(is_library(app, each) for each in owners.values()):
        return None
    return owners[min(owners)]


def _weighty(site: Site) -> bool:
    parts = site.file.lower().split("/")
    examples = {"example", "examples", "demo", "demos", "test", "tests", "__tests__", "sample", "samples"}
    return not examples & set(parts)


def is_library(app: App, package: Package) -> bool:
    """Whether a package is made for others to install: it has an entry, is published, and starts nothing."""
    manifest = package.manifest
    if manifest.get("private") is True or package.member:
        return False
    entry = any(key in manifest for key in ("exports", "types", "typings", "module"))
    published = "files" in manifest or "publishConfig" in manifest or "peerDependencies" in manifest
    runs = any(each.side in ("both", "server") for each in app.frameworks.get(package.folder, ()))
    starts = "start" in package.scripts or "dev" in package.scripts
    return entry and published and not runs and not starts


def _dependencies(app: App, sites: Sequence[Site]) -> Iterable[Dependency]:
    used: dict[str, set[str]] = {}
    for site in sites:
        owner = app.package_of(site.file)
        used.setdefault(site.package, set()).add(owner.folder if owner else "")
    locks = Locks(app)
    for folder, package in app.packages.items():
        names = [name for name in package.needs if _PACKAGE.search(name)]
        lines = lines_of(app.root / package.file, names) if names else {}
        for name in names:
            yield Dependency(
                name,
                package.needs[name],
                locks.version(folder, name),
                package.file,
                lines.get(name, 1),
                name in package.development,
                any(inside(place, folder) for place in used.get(name.removeprefix("@types/"), ())),
            )


def _weight(app: App, sites: Sequence[Site], asking: Sequence[Dependency]) -> tuple[int, int]:
    """How many sites of the server's package lie in the packages that ask for it, and how many ask."""
    folders = {folder_of(each.file) for each in asking}
    owners = [app.package_of(site.file) for site in sites if site.package == "mediasoup"]
    return sum(1 for owner in owners if owner is not None and owner.folder in folders), len(asking)


def _major(packages: Sequence[Dependency], *, old: bool) -> int | None:
    """The lowest major version that fits: of version 2 and before for an ``old`` app, else of 3 and later."""
    for name in ("mediasoup", "mediasoup-client"):
        majors = [each.major for each in packages if each.name == name and each.major is not None]
        fitting = [each for each in majors if (each < 3) == old]
        if name == "mediasoup" and old:
            return min(fitting, default=2)
        if fitting or majors:
            return min(fitting or majors)
    return None


def _is_native(text: TextFacts) -> bool:
    if not any(hit.why == "word" for hit in text.hits):
        return False
    return text.kind == "code" or (text.kind == "manifest" and not text.path.endswith("package.json"))


def _signalling(app: App, imports: Iterable[str]) -> list[str]:
    """What carries messages, as far as a file imports it: much is installed that nobody uses."""
    named = {"/".join(each.split("/")[: 2 if each.startswith("@") else 1]) for each in imports}
    found = [f for each in app.frameworks.values() for f in each if f.side == "signalling"]
    names = [f.name for f in found if named & set(f.packages)]
    return list(dict.fromkeys(name.removesuffix("-client").removesuffix("-server") for name in names))
