"""What a run stands on: the files by now, and who still imports what from whom."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase

from ...app.look import App
from ..engine import Flag, Options, Removed
from .files import is_route, is_test, named_by_others
from .modules import Modules, is_code
from .source import Binding, Source
from .state import State
from .uses import declaration
from .wholes import taken_whole


class Ground:
    """The files of one run, before and by now."""

    def __init__(
        self,
        app: App,
        flags: tuple[Flag, ...],
        options: Options,
        read: Callable[[str], bytes | None],
        refused: Mapping[str, str],
    ) -> None:
        self.app = app
        self.options = options
        self.flags = {name: flag.value for flag in flags for name in flag.names}
        self.modules = Modules(app, read)
        self.refused = dict(refused)
        self.states: dict[str, State] = {}
        self.removed: dict[str, Removed] = {}
        self.owned: dict[str, set[int]] = {}
        self.test = options.test or is_test

    def editable(self, path: str) -> bool:
        return path not in self.options.keep and path not in self.refused and path not in self.removed

    def texts(self, path: str) -> bytes | None:
        """A file's bytes as they are by now; None where it goes."""
        if path in self.removed:
            return None
        state = self.states.get(path)
        return state.source.raw if state is not None else self.modules.read(path)

    def state(self, path: str) -> State | None:
        if path not in self.states:
            source = self.modules.source(path) if self.editable(path) else None
            if source is None:
                return None
            self.states[path] = State(source, source)
        return self.states[path]

    def _own_exports(self, path: str) -> dict[str, None]:
        """The exports that nobody imports and that their file lost its use for, and those of the flag."""
        state = self.states.get(path)
        if state is None or not self.modules.importers.get(path) or is_route(path):
            return {}
        found: dict[str, None] = {}
        for name, export in self.modules.exports(state.source).names.items():
            at = state.back(export.binding.declared[0]) if export.binding is not None else None
            old = state.first.scopes.at.get(at) if at is not None else None
            if export.binding is None or old is None:
                continue
            lost = _uses(state.first, old) and not _uses(state.source, export.binding)
            if (lost or at in self.owned.get(path, ())) and self._unimported(path, name):
                found[name] = None
        return found

    def _local(self, source: Source, unexported: Mapping[str, None]) -> set[str]:
        """The names in the file of exports that nobody imports any more."""
        exports = self.modules.exports(source)
        found = set(unexported) - {"default"}
        for name in unexported:
            export = exports.names.get(name)
            if export is not None and export.binding is not None and name != "default":
                found.add(export.binding.name)
        return found

    def _lost(self, before: Source, after: Source) -> set[tuple[str, str]]:
        return self._taken(before) - self._taken(after)

    def _taken(self, source: Source) -> set[tuple[str, str]]:
        """What a file takes from others: (file, name)."""
        found: set[tuple[str, str]] = set()
        for each in self.modules.imports(source) if source is not None else ():
            if (target := self.modules.target(source, each.specifier)) is not None:
                found.add((target, each.name))
        for export in self.modules.exports(source).names.values():
            if export.specifier and (target := self.modules.target(source, export.specifier)) is not None:
                found.add((target, export.name))
        return found

    def _unimported(self, path: str, name: str) -> bool:
        """Whether surely nobody takes a name from a file."""
        if name in ("*", "default") or path in self.removed or self._public(path):
            return False
        source = self.modules.source(path)
        if source is None or name not in self.modules.exports(source).names:
            return False
        self.modules.index()
        if self.auto_imported(path):
            return False
        if named_by_others(self.modules, self.texts, path) or taken_whole(self.modules, path):
            return False
        word = re.compile(rb"(?<![\w$])" + re.escape(name.encode()) + rb"(?![\w$])")
        seen: set[tuple[str, str]] = set()
        waiting = [path]
        while waiting:
            via = waiting.pop()
            for importer in self.modules.importers.get(via, ()):
                if (importer, via) in seen:
                    continue
                seen.add((importer, via))
                data = self.texts(importer)
                if data is None:
                    continue
                if word.search(data) and not self._own(importer, via, name):
                    return False
                if b"export *" in data or not is_code(importer):
                    waiting.append(importer)
        return True

    def _own(self, importer: str, via: str, name: str) -> bool:
        """Whether an importer has the word and surely does not mean this export by it."""
        source = self.modules.source(importer)
        if source is None or b"require" in source.code or b"import(" in source.code:
            return False
        if any(each.name == "*" for each in self.modules.imports(source)):
            return False
        return (via, name) not in self._taken(source)

    def auto_imported(self, path: str) -> bool:
        """Whether files of the package are used without an import: Nuxt, and what does the same for Vite."""
        package = self.app.package_of(path)
        return package is not None and bool({"nuxt", "nuxt3", "unplugin-auto-import"} & set(package.needs))

    def _public(self, path: str) -> bool:
        """Whether others than this project may import a file: it belongs to a package that is published."""
        package = self.app.package_of(path)
        if package is None or package.manifest.get("private") or "exports" not in package.manifest:
            return (
                package is not None
                and not package.manifest.get("private")
                and bool(package.manifest.get("main") or package.manifest.get("module"))
                and bool(package.manifest.get("version"))
                and self.app.resolver.resolve(path, package.name) == path
            )
        return self.app.resolver.resolve(path, package.name) == path

    def _is_old(self, path: str) -> bool:
        """Whether a file has to do with the old stack, by what it imports and what that imports."""
        seen, waiting = {path}, [path]
        while waiting:
            path = waiting.pop()
            if path in self.options.old.files or any(
                fnmatchcase(name, pattern)
                for name in self.modules.packages.get(path, ())
                for pattern in self.options.old.modules
            ):
                return True
            fresh = [each for each in self.modules.targets.get(path, ()) if each not in seen]
            seen.update(fresh)
            waiting += fresh
        return False

    def _lines(self, path: str) -> tuple[int, ...]:
        data = self.modules.read(path) or b""
        words = re.compile(b"|".join(re.escape(name.encode()) for name in self.flags))
        return tuple(dict.fromkeys(data.count(b"\n", 0, m.start()) + 1 for m in words.finditer(data)))


def _uses(source: Source, binding: Binding) -> bool:
    """Whether a file uses a name of its own beyond declaring and exporting it."""
    found = [each for at in binding.declared if (each := declaration(source, at)) is not None]
    for at in binding.used:
        if any(each.node.start_byte <= at < each.node.end_byte for each in found):
            continue
        parent = source.parent(source.at(at))
        if parent is None or parent.type not in ("export_specifier", "export_statement"):
            return True
    return False
