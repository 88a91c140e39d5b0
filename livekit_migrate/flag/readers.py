"""Who reads the flag: packages whose framework fills it in, with the files that each framework looks into."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from ..app.look import App
from ..app.manifests import Package, join
from ..code.js.endings import GRAMMAR_OF_ENDING
from ..code.js.parse import parse, word
from ..code.js.text import NotTextError, Text
from ..core.errors import LkmError
from ..core.files import read_bytes
from .model import Reader, Site

_LABELS = {"next": "Next.js", "vite": "Vite", "cra": "Create React App"}
MODES = ("development", "production")
_SCRIPTS = {"development": ("dev", "start:dev", "develop"), "production": ("build", "start", "preview")}
_GIVEN = re.compile(r"(?:^|\s)(?:-e|-f|--file|--env-file(?:-if-exists)?)[= ]([^\s'\"]+)")
_GIVERS = re.compile(r"\b(?:dotenv|dotenvx|env-cmd)\b|--env-file")


def readers(app: App, sites: Sequence[Site]) -> tuple[Reader, ...]:
    """The packages that read the flag, in their own code or in that of a workspace package they need."""
    by_package: dict[str, list[Site]] = {}
    for site in sites:
        if site.kind != "type":
            by_package.setdefault(site.package, []).append(site)
    by_name = {each.name: each for each in app.packages.values() if each.name}
    found: list[Reader] = []
    served: set[str] = set()
    for folder, package in app.packages.items():
        via = _framework(app, folder)
        needed = [folder, *(each.folder for each in _needs(package, by_name))]
        own = tuple(site for each in needed for site in by_package.get(each, ()))
        if via and own:
            found.append(Reader(folder, via, own))
            served.update(needed)
    for folder, own_sites in by_package.items():
        if folder not in served:
            found.append(Reader(folder, "Node", tuple(own_sites)))
    return tuple(sorted(found, key=lambda reader: reader.folder))


def _framework(app: App, folder: str) -> str:
    names = [each.name for each in app.frameworks.get(folder, ())]
    return next((label for name, label in _LABELS.items() if name in names), "")


def _needs(package: Package, by_name: Mapping[str, Package]) -> Iterator[Package]:
    """The packages of the workspace that a package needs, those that they need included."""
    seen = {package.folder}
    queue = [package]
    while queue:
        for name in queue.pop().needs:
            inner = by_name.get(name)
            if inner is not None and inner.folder not in seen:
                seen.add(inner.folder)
                queue.append(inner)
                yield inner


def env_files(app: App, reader: Reader, mode: str) -> tuple[Path, ...]:
    """The files that fill in a reader's variables in a mode, the one that wins first.

    Next.js and Create React App put ``.env.local`` above ``.env.production``, Vite below it; both from
    the documentation of Next.js 16 and Vite 7. What a script of package.json gives comes before all of them:
    it is part of the environment.
    """
    folder = app.root / reader.folder
    given = tuple(_given(app, reader, mode))
    if reader.via == "Vite":
        folder = _vite_folder(app, reader.folder)
        names: Iterable[str] = (f".env.{mode}.local", f".env.{mode}", ".env.local", ".env")
    elif reader.via in _LABELS.values():
        names = (f".env.{mode}.local", ".env.local", f".env.{mode}", ".env")
    else:
        names = (".env",)
    return (*given, *(folder / name for name in names))


def _given(app: App, reader: Reader, mode: str) -> Iterator[Path]:
    package = app.packages.get(reader.folder)
    if package is None:
        return
    for name in _SCRIPTS[mode]:
        text = package.scripts.get(name, "")
        if _GIVERS.search(text):
            for match in _GIVEN.finditer(text):
                yield Path(app.root / reader.folder / match[1]).resolve()


def _vite_folder(app: App, folder: str) -> Path:
    """Vite's ``envDir``, where it is a plain text; else the package's own folder."""
    for ending in GRAMMAR_OF_ENDING:
        path = join(folder, f"vite.config{ending}")
        if path not in app.files:
            continue
        try:
            code = Text(read_bytes(app.root / path)).code
        except (LkmError, NotTextError):
            continue
        at = code.find(b"envDir")
        node = parse(code, GRAMMAR_OF_ENDING[ending]).root.descendant_for_byte_range(at, at + 6)
        pair = node.parent if node is not None and at >= 0 else None
        value = pair.child_by_field_name("value") if pair is not None and pair.type == "pair" else None
        if value is not None and value.type == "string":
            return Path(app.root / folder / word(value)[1:-1]).resolve()
    return app.root / folder
