"""Files that nothing reaches any more: what was reached before and is not now; never what was unused."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from ...app.look import App
from ...app.manifests import Package, folder_of, join
from ..engine import Refusal, Removed
from .modules import Modules, is_code

_TEST = re.compile(
    r"(?:^|/)(?:__tests__|__mocks__|tests?|e2e|spec|cypress|playwright|stories)/|[.-](?:test|spec|stories|story|mock|cy|e2e)\.[\w.]+$",
    re.IGNORECASE,
)
_CONFIG = re.compile(
    r"(?:^|/)(?:[\w.-]+\.config|\.\w[\w.-]*rc|gulpfile|gruntfile|webpack[\w.-]*|setupTests?|jest[\w.-]*)\.[cm]?[jt]sx?$"
)
_ROUTES = re.compile(
    r"(?:^|/)(?:src/)?(?:app/(?:.*/)?(?:page|layout|template|loading|error|global-error|not-found|default|route|"
    r"middleware|icon|apple-icon|opengraph-image|twitter-image|sitemap|robots|manifest|forbidden|unauthorized)"
    r"|pages/.*|routes/.*|middleware|proxy|instrumentation(?:-client)?|entry[.-](?:client|server)|root)\.[cm]?[jt]sx?$"
)
_QUOTED = re.compile(rb"""["'`]([^"'`\n]{1,200})["'`]""")


@lru_cache(maxsize=50_000)
def is_test(path: str) -> bool:
    """Whether a file is a test, a story or a mock, by its name."""
    return bool(_TEST.search(path))


@lru_cache(maxsize=50_000)
def _is_config(path: str) -> bool:
    return bool(_CONFIG.search(path))


@lru_cache(maxsize=50_000)
def is_route(path: str) -> bool:
    """Whether a framework takes a file in by its place, and its exports by their names."""
    return bool(_ROUTES.search(path) or _CONFIG.search(path))


@dataclass(frozen=True, slots=True)
class Dead:
    """What goes and what is held back, with the reason."""

    removed: tuple[Removed, ...]
    held: tuple[Refusal, ...]


class Reach:
    """Who reaches whom, before and after.

    Args:
        before: file → the files that it imports.
        dropped: files of the old stack that are no entries any more.
    """

    def __init__(
        self,
        modules: Modules,
        before: Mapping[str, tuple[str, ...]],
        *,
        dropped: Collection[str],
        keep: Collection[str],
        test: Callable[[str], bool],
    ) -> None:
        """``listed`` says afterwards where configurations of tools name what goes: file and places in it."""
        self.modules = modules
        self.before = before
        self.dropped = set(dropped)
        self.keep = set(keep)
        self.test = test
        self.listed: dict[str, list[int]] = {}
        self._entries: set[str] | None = None

    def dead(self, after: Mapping[str, tuple[str, ...]], texts: Callable[[str], bytes | None]) -> Dead:
        """The files that were reached and are not any more.

        Args:
            after: the imports of the files that changed.
            texts: a file's text as it is now.
        """
        nodes = set(self.modules.paths)
        roots = self._roots(nodes)
        reached = self._reach(nodes, roots, self.before)
        now = {**self.before, **after}
        starts = {path for path in roots if path not in self.dropped}
        tests = {path for path in starts if self.test(path)}
        alive = self._reach(nodes, starts - tests, now)
        tested = self._reach(nodes, tests, now)
        candidates = {path for path in (reached | (self.dropped & nodes)) - alive if path not in self.keep}
        were_tested_only = reached - self._reach(
            nodes, roots - {p for p in roots if self.test(p)}, self.before
        )
        candidates -= {path for path in tests | were_tested_only if path not in self.dropped}
        held: list[Refusal] = []
        for path in sorted(candidates & tested):
            by = sorted(one for one in tests if path in self._reach(nodes, {one}, now))
            reason = f"only tests reach it any more: {', '.join(by[:3])}; both are a person's to decide"
            held.append(Refusal("files.test", path, 1, 1, reason))
        candidates -= tested
        candidates, mentioned = self._mentioned(candidates, nodes, texts)
        held += mentioned
        candidates, imported = self._imported(candidates, now, nodes)
        held += imported
        sources: dict[str, list[str]] = {target: [] for target in candidates}
        for path, targets in self.before.items():
            for target in targets:
                if target in sources:
                    sources[target].append(path)
        removed = tuple(
            Removed(path, self._reason(path, sources[path], candidates), tuple(sorted(sources[path])))
            for path in sorted(candidates)
        )
        return Dead(removed, tuple(held))

    def _reason(self, path: str, importers: list[str], candidates: Collection[str]) -> str:
        if path in self.dropped:
            return "it is the old stack's, and nothing that stays imports it"
        gone = [each for each in importers if each in candidates]
        return (
            "only what goes imported it"
            if len(gone) == len(importers) and importers
            else "nothing imports it any more"
        )

    @staticmethod
    def _reach(
        nodes: Collection[str], starts: Iterable[str], links: Mapping[str, tuple[str, ...]]
    ) -> set[str]:
        seen = {path for path in starts if path in nodes}
        waiting = list(seen)
        while waiting:
            for target in links.get(waiting.pop(), ()):
                if target not in seen and target in nodes:
                    seen.add(target)
                    waiting.append(target)
        return seen

    def _roots(self, nodes: set[str]) -> set[str]:
        """Where programs start: what nobody imports, what a convention or a manifest names."""
        imported = {target for path, targets in self.before.items() for target in targets if target != path}
        roots = nodes - imported
        roots |= {path for path in nodes if is_route(path)}
        roots |= self.entries() & nodes
        # What only goes round in a circle was reached in some way that cannot be seen.
        reached = self._reach(nodes, roots, self.before)
        for path in sorted(nodes - reached):
            if path not in reached:
                roots.add(path)
                reached |= self._reach(nodes, {path}, self.before)
        return roots

    def entries(self) -> set[str]:
        """The files that manifests and configurations of tools name."""
        if self._entries is None:
            found: set[str] = set()
            app = self.modules.app
            for package in app.packages.values():
                found |= _entries(app, package)
            for path in self.modules.paths:
                if _is_config(path) and (data := self.modules.read(path)) is not None:
                    for match in _QUOTED.findall(data):
                        found |= _named(app, folder_of(path), match.decode("utf-8", "replace"))
            self._entries = found
        return self._entries

    def _mentioned(
        self, candidates: set[str], nodes: set[str], texts: Callable[[str], bytes | None]
    ) -> tuple[set[str], list[Refusal]]:
        """Hold back what live code names in a text that is no import: a worker, a glob, a mock."""
        if not candidates:
            return candidates, []
        held: list[Refusal] = []
        kept: set[str] = set()
        words = {word for each in candidates for word in _last_words(each)}
        for path in sorted(nodes - candidates):
            data = texts(path)
            if data is None or len(data) > 1_000_000:
                continue
            is_config = _is_config(path)
            for at, text in self.modules.named_paths(path, data):
                # A pattern there says where to look (styles, tests, types), not what the app needs.
                if is_config and "*" in text:
                    continue
                if words.isdisjoint(re.split(r"[/.]", text)) and "*" not in text and "${" not in text:
                    continue
                found = meant(self.modules.app, path, text, candidates - kept, computed=True)
                for each in sorted(found):
                    if each in self.dropped and is_config:
                        self.listed.setdefault(path, []).append(at)
                        continue
                    kept.add(each)
                    line = data.count(b"\n", 0, at) + 1
                    held.append(
                        Refusal("files.mentioned", each, 1, 1, f"{path}:{line} still names it: {text}")
                    )
        return candidates - kept, held

    def _imported(
        self, candidates: set[str], now: Mapping[str, tuple[str, ...]], nodes: set[str]
    ) -> tuple[set[str], list[Refusal]]:
        """Hold back, to a fix-point, what something that stays imports."""
        held: list[Refusal] = []
        while True:
            kept: dict[str, str] = {}
            for path in sorted(nodes - candidates):
                for target in now.get(path, ()):
                    if target in candidates:
                        kept.setdefault(target, path)
            if not kept:
                return candidates, held
            for target, path in kept.items():
                if target in self.dropped:
                    held.append(Refusal("files.imported", target, 1, 1, f"{path}, which stays, imports it"))
            candidates = candidates - set(kept)


def _last_words(path: str) -> tuple[str, str]:
    """What an import of a file has in it: its name, or that of its folder."""
    return posixpath.basename(path).partition(".")[0], posixpath.basename(folder_of(path))


def meant(app: App, path: str, text: str, candidates: Collection[str], *, computed: bool) -> set[str]:
    """The candidates that a text may mean: as a path, or as a pattern of paths.

    Args:
        path: the file that the text stands in.
        computed: whether that file puts names of files together.
    """
    found: set[str] = set()
    if "*" in text or "${" in text:
        head = re.split(r"[*$]", text)[0]
        place = join(folder_of(path), head if head.endswith("/") else posixpath.dirname(head))
        folder = posixpath.normpath(place).removeprefix("./")
        if computed and head.startswith("."):
            found = {each for each in candidates if each.startswith(f"{folder}/")}
        return found
    target = app.resolver.resolve(path, text)
    if target is not None and target in candidates:
        found.add(target)
    elif "/" in text:
        found |= {each for each in _named(app, folder_of(path), text) if each in candidates}
    return found


def named_by_others(modules: Modules, texts: Callable[[str], bytes | None], path: str) -> bool:
    """Whether a file is taken in by a name that is put together: a worker, a glob, a mock."""
    for other in modules.computed:
        data = texts(other) if other != path else None
        for at, text in modules.named_paths(other, data) if data is not None else ():
            if data is None or not meant(modules.app, other, text, {path}, computed=True):
                continue
            line = data[data.rfind(b"\n", 0, at) + 1 : at]
            if not re.search(rb"\bfrom\s*$|^\s*import\s*$|\b(?:import|require)\(\s*$", line):
                return True
    return False


def _entries(app: App, package: Package) -> set[str]:
    """The files that a manifest names: entries, binaries, exports, and in its scripts."""
    found: set[str] = set()
    stack: list[object] = [
        package.manifest.get(key)
        for key in (
            "main",
            "module",
            "browser",
            "types",
            "typings",
            "source",
            "bin",
            "exports",
            "imports",
            "scripts",
            "tsup",
            "jest",
            "nodemonConfig",
            "build",
            "workers",
            "serviceWorker",
        )
    ]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            stack += [*value.values(), *value.keys()]
        elif isinstance(value, list):
            stack += value
        elif isinstance(value, str):
            for part in re.split(r"[\s=\"';&|,]+", value):
                if "/" in part or "." in part:
                    found |= _named(app, package.folder, part)
    if package.member or package.name:
        index = app.resolver.resolve(join(package.folder, "x.ts"), "./index")
        if index is not None and "private" not in package.manifest:
            found.add(index)
    return found


def _named(app: App, folder: str, text: str) -> set[str]:
    """The file that a path in a manifest or configuration means, or the source of what is built."""
    place = posixpath.normpath(join(folder, text.removeprefix("./")))
    found: set[str] = set()
    resolved = app.resolver.resolve(join(folder, "x.ts"), "./" + text.removeprefix("./"))
    if resolved is not None and is_code(resolved):
        found.add(resolved)
    for built in ("dist/", "build/", "lib/", "out/"):
        if text.removeprefix("./").startswith(built):
            stem = text.removeprefix("./")[len(built) :]
            stem = re.sub(r"\.[cm]?js$", "", stem)
            for place in (f"src/{stem}", stem):
                source = app.resolver.resolve(join(folder, "x.ts"), f"./{place}")
                if source is not None:
                    found.add(source)
    return found
