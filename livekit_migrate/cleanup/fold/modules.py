"""The files of a project as modules: who imports what from where, through whatever is re-exported."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from dataclasses import field as new

from ...app.look import App
from ...code.js.embed import of_file
from ...code.js.endings import GRAMMAR_OF_ENDING
from ...code.js.parse import errors
from ...code.js.text import NotTextError, Text
from ...scan.kinds import LARGEST, is_source
from ...scan.read import SPECIFIER, not_written
from .source import Binding, Node, Source, bare, children, field

_KEPT = 16_000_000  # bytes of source that are kept in memory
_GENERATED = re.compile(rb"@generated\b|DO NOT EDIT|auto-?generated (?:file|by)", re.IGNORECASE)
_SIGNS = (b".glob", b".context", b"import(", b"require(", b"URL(", b"Worker(", b"fork(", b"ock(", b"readdir")
_PATHS = re.compile(rb"""["'`](\.{0,2}/?[@~\w./*$\{}-]{1,200})["'`]""")
_VENDORED = re.compile(r"(?:^|/)(?:vendor|third[_-]party|vendored)/")
_COMPUTED = re.compile(
    rb"import\.meta\.glob|require\.context|(?:import|require)\(\s*[`\w$]|new URL\(|Worker\("
    rb"|\bfork\(|[mM]ock\(|readdir"
)


def is_code(path: str) -> bool:
    """Whether a file can be edited: JavaScript or TypeScript by itself."""
    return path[path.rfind(".") :].lower() in GRAMMAR_OF_ENDING


@dataclass(frozen=True, slots=True)
class Export:
    """What an export of a file is: a name of the file, a value, or another file's export."""

    binding: Binding | None = None
    value: Node | None = None
    specifier: str = ""
    name: str = ""


@dataclass(slots=True)
class Exports:
    """The exports of a file; ``stars`` are the specifiers of ``export *``."""

    names: dict[str, Export] = new(default_factory=dict)
    stars: list[str] = new(default_factory=list)


@dataclass(frozen=True, slots=True)
class Import:
    """One name that a file imports; ``*`` is the whole module."""

    binding: Binding
    specifier: str
    name: str


class Modules:
    """All source files of a project, read when they are asked for.

    Args:
        read: a file's bytes, None where there is none.
    """

    def __init__(self, app: App, read: Callable[[str], bytes | None]) -> None:
        self.app = app
        self._read = read
        self.unread: dict[str, str] = {}
        self._sources: dict[str, Source | None] = {}
        self._scripts: dict[str, Source | None] = {}
        # By the text, not by the path: a file before and after is asked about side by side.
        self._exports: dict[Source, Exports] = {}
        self._imports: dict[Source, tuple[Import, ...]] = {}
        self.paths = [path for path in app.tree.files if is_source(path)]
        self.targets: dict[str, tuple[str, ...]] = {}
        self.packages: dict[str, tuple[str, ...]] = {}
        self.importers: dict[str, list[str]] = defaultdict(list)
        self.computed: list[str] = []
        self._kept: dict[str, bytes | None] = {}
        self._room = _KEPT
        self._named: dict[str, tuple[int, list[tuple[int, str]]]] = {}
        self._indexed = False

    def read(self, path: str) -> bytes | None:
        """A file's bytes as they are on disk; those of a project that is not large are kept."""
        if path in self._kept:
            return self._kept[path]
        data = self._read(path)
        size = len(data) if data is not None else 0
        if self._room >= size:
            self._room -= size
            self._kept[path] = data
        return data

    def index(self) -> None:
        """Read who imports whom."""
        if self._indexed:
            return
        self._indexed = True
        for path in self.paths:
            data = self.read(path)
            if data is None or len(data) > LARGEST:
                continue
            targets, packages = self.links(path, data)
            if has_computed_imports(data):
                self.computed.append(path)
            if targets:
                self.targets[path] = targets
            if packages:
                self.packages[path] = packages
            for target in targets:
                self.importers[target].append(path)

    def named_paths(self, path: str, data: bytes) -> list[tuple[int, str]]:
        """The texts of a file that look like paths, with their places."""
        key = hash(data)
        known = self._named.get(path)
        if known is None or known[0] != key:
            found = [
                (match.start(), match[1].decode("utf-8", "replace"))
                for match in _PATHS.finditer(data)
                if b"/" in match[1] or b"." in match[1]
            ]
            known = self._named[path] = (key, found)
        return known[1]

    def links(self, path: str, data: bytes) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The files and the packages that a text imports, or mentions as if it did."""
        targets: dict[str, None] = {}
        packages: dict[str, None] = {}
        if b"import" not in data and b"require" not in data and b"from" not in data:
            return (), ()
        for found in SPECIFIER.findall(data):
            specifier = found.decode("utf-8", "replace")
            target = self.app.resolver.resolve(path, specifier)
            if target is not None and target != path:
                targets[target] = None
            if (target is None or target != path) and (name := package_of(specifier)):
                packages[name] = None  # of this workspace, too: a manifest asks for those as well
        return tuple(targets), tuple(packages)

    def holding(self, names: Iterable[str]) -> list[str]:
        """The files that have one of some words in them."""
        words = b"|".join(re.escape(name.encode()) for name in names)
        pattern = re.compile(rb"(?<![\w$])(?:" + words + rb")(?![\w$])")
        return [
            path for path in self.paths if (data := self._read(path)) is not None and pattern.search(data)
        ]

    def source(self, path: str) -> Source | None:
        """A file ready to be edited; None where that cannot be, with the reason in ``unread``."""
        if path not in self._sources:
            self._sources[path] = self._load(path)
        return self._sources[path]

    def readable(self, path: str) -> Source | None:
        """A file to be read only: the scripts of a component or page (Vue, Svelte, HTML), all else blank.

        None where it is no text, or cannot be parsed.
        """
        if is_code(path):
            return self.source(path)
        if path not in self._scripts:
            self._scripts[path] = self._load_scripts(path)
        return self._scripts[path]

    def _load_scripts(self, path: str) -> Source | None:
        data = self.read(path)
        if data is None or len(data) > LARGEST:
            return None
        try:
            script = of_file(path, Text(data).code)
            source = Source(path, script.code, script.grammar)
            _ = source.scopes
        except (NotTextError, RecursionError):
            return None
        return source if source.parsed.sound else None

    def _load(self, path: str) -> Source | None:
        data = self.read(path)
        if data is None or not is_code(path):
            return None
        if len(data) > LARGEST:
            self.unread[path] = f"{len(data)} bytes; the limit is {LARGEST}"
            return None
        try:
            source = Source(path, data)
        except NotTextError as error:
            self.unread[path] = str(error)
            return None
        if problem := not_written(path, source.text):
            self.unread[path] = f"{problem[0]}: {problem[1]}"
        elif _VENDORED.search(path):
            self.unread[path] = "vendored: it lies in a folder for other people's code"
        elif _GENERATED.search(source.code[:1000]):
            self.unread[path] = "generated: its head says so"
        elif not source.parsed.sound:
            first = next(errors(source.root), None)
            line = source.text.line(first.start_byte) if first is not None else 1
            self.unread[path] = f"syntax error at line {line}"
        else:
            try:
                _ = source.scopes
            except RecursionError:
                self.unread[path] = "nested too deep"
        return None if path in self.unread else source

    def put(self, path: str, source: Source | None) -> None:
        """A file's new state."""
        self._sources[path] = source

    # Exports

    def exports(self, source: Source) -> Exports:
        if source not in self._exports:
            self._exports[source] = _exports(source)
        return self._exports[source]

    def imports(self, source: Source) -> tuple[Import, ...]:
        if source not in self._imports:
            self._imports[source] = tuple(_imports(source))
        return self._imports[source]

    def import_of(self, source: Source, binding: Binding) -> Import | None:
        if binding.kind != "import":
            return None
        return next((each for each in self.imports(source) if each.binding is binding), None)

    def target(self, source: Source, specifier: str) -> str | None:
        return self.app.resolver.resolve(source.path, specifier)

    def lookup(
        self, path: str, name: str, seen: frozenset[tuple[str, str]] = frozenset()
    ) -> tuple[Source, Export] | None:
        """Where an export of a file comes from in the end; None where that cannot be told."""
        source = self.source(path)
        if source is None or (path, name) in seen:
            return None
        seen |= {(path, name)}
        exports = self.exports(source)
        export = exports.names.get(name)
        if export is None:
            for star in exports.stars if name != "default" else ():
                target = self.target(source, star)
                if target is not None and (found := self.lookup(target, name, seen)) is not None:
                    return found
            return None
        if export.specifier:
            target = self.target(source, export.specifier)
            return (
                self.lookup(target, export.name, seen) if target is not None and export.name != "*" else None
            )
        if export.binding is not None and (taken := self.import_of(source, export.binding)) is not None:
            target = self.target(source, taken.specifier)
            return self.lookup(target, taken.name, seen) if target is not None and taken.name != "*" else None
        return source, export

    def follow(self, source: Source, binding: Binding) -> tuple[Source, Export] | None:
        """What a name means, in whatever file that is."""
        taken = self.import_of(source, binding)
        if taken is None:
            return source, Export(binding)
        target = self.target(source, taken.specifier)
        return self.lookup(target, taken.name) if target is not None and taken.name != "*" else None


def package_of(specifier: str) -> str:
    """The package's name in a specifier; empty for a file, an alias or an address."""
    if specifier.startswith((".", "/", "~", "#", "@/", "$")) or "://" in specifier:
        return ""
    parts = specifier.removeprefix("node:").split("/")
    return "/".join(parts[:2]) if specifier.startswith("@") else parts[0]


def has_computed_imports(data: bytes) -> bool:
    """Whether a text imports files by names that are put together."""
    return any(sign in data for sign in _SIGNS) and bool(_COMPUTED.search(data))


def text_of(source: Source, node: Node | None) -> str:
    """A string literal's text."""
    return source.word(node)[1:-1] if node is not None else ""


def _imports(source: Source) -> Iterator[Import]:
    for statement in source.root.named_children:
        if statement.type != "import_statement":
            continue
        origin = field(statement, "source")
        specifier = text_of(source, origin)
        stack = [child for child in statement.named_children if child != origin]
        while stack:
            node = stack.pop()
            if node.type == "import_specifier":
                name = field(node, "name")
                local = field(node, "alias") or name
                binding = source.binding(local) if local is not None else None
                if binding is not None and name is not None:
                    yield Import(binding, specifier, source.word(name).strip("\"'"))
            elif node.type == "identifier":
                parent = source.parent(node)
                whole = parent is not None and parent.type == "namespace_import"
                binding = source.binding(node)
                if parent is not None and parent.type == "import_require_clause":
                    specifier, whole = text_of(source, field(parent, "source")), True
                if binding is not None:
                    yield Import(binding, specifier, "*" if whole else "default")
            else:
                stack += node.named_children


def _exports(source: Source) -> Exports:
    found = Exports()
    for statement in source.root.named_children:
        if statement.type == "export_statement":
            _export(source, statement, found)
        elif statement.type == "expression_statement" and b"exports" in source.code:
            _common(source, statement, found)
    return found


def _export(source: Source, statement: Node, found: Exports) -> None:
    specifier = text_of(source, field(statement, "source"))
    declared, value = field(statement, "declaration"), field(statement, "value")
    default = any(child.type == "default" for child in statement.children)
    clause = next((child for child in statement.named_children if child.type == "export_clause"), None)
    if clause is not None:
        for each in children(clause):
            name = field(each, "name")
            if name is None:
                continue
            word = source.word(name).strip("\"'")
            outer = source.word(field(each, "alias") or name).strip("\"'")
            if specifier:
                found.names[outer] = Export(specifier=specifier, name=word)
            elif (binding := source.binding(name)) is not None:
                found.names[outer] = Export(binding)
    elif specifier:
        space = next((child for child in statement.named_children if child.type == "namespace_export"), None)
        if space is None:
            found.stars.append(specifier)
        else:
            found.names[source.word(space.named_children[-1])] = Export(specifier=specifier, name="*")
    elif default:
        node = value or declared
        name = field(node, "name") if node is not None and node == declared else None
        binding = source.binding(name) if name is not None else None
        if binding is None and value is not None and bare(value).type == "identifier":
            binding = source.binding(bare(value))
        if node is not None:
            found.names["default"] = Export(binding, None if binding else node)
    elif declared is not None:
        for binding in source.scopes.module.names.values():
            if any(declared.start_byte <= at < declared.end_byte for at in binding.declared):
                found.names[binding.name] = Export(binding)


def _common(source: Source, statement: Node, found: Exports) -> None:
    """``module.exports = { a }``, ``exports.a = b``."""
    assignment = children(statement)[0]
    if assignment.type != "assignment_expression":
        return
    left, right = field(assignment, "left"), field(assignment, "right")
    if left is None or right is None or left.type != "member_expression":
        return
    owner, name = source.word(field(left, "object") or left), source.word(field(left, "property") or left)
    if owner in ("exports", "module.exports"):
        found.names[name] = _exported_value(source, right)
    elif owner == "module" and name == "exports":
        found.names["default"] = found.names["*"] = _exported_value(source, right)
        for entry in children(right) if right.type == "object" else ():
            if (
                entry.type == "shorthand_property_identifier"
                and (binding := source.binding(entry)) is not None
            ):
                found.names[source.word(entry)] = Export(binding)
            elif entry.type == "pair" and (value := field(entry, "value")) is not None:
                found.names[source.word(field(entry, "key") or entry)] = _exported_value(source, value)


def _exported_value(source: Source, node: Node) -> Export:
    inner = bare(node)
    binding = source.binding(inner) if inner.type == "identifier" else None
    return Export(binding) if binding is not None else Export(value=node)
