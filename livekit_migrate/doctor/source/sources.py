"""The source files of an app: read once, parsed when a check asks, within bounds of time and memory."""

from __future__ import annotations

import posixpath
import re
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, cast

from ...app.look import App
from ...code.js.embed import of_file
from ...code.js.find import Kind, found
from ...code.js.parse import Node, Parsed, parse, word
from ...code.js.scope import NO_SCOPES, Binding, Scopes, resolve
from ...code.js.text import NotTextError, Text
from ...core.errors import LkmError
from ...scan.kinds import LARGEST, is_source
from ...scan.read import not_written
from ..model import OUT_OF_TIME

if TYPE_CHECKING:
    from ..context import Context

FEW = 200
"""Files up to which all is looked at, however long it takes."""
SECONDS = 2.0
"""For an app of more files, all checks of its code together."""
_LARGEST_TEXT = 512 * 1024
_KEPT_BYTES = 24_000_000
_MOST_TREES = 4_000_000  # bytes of text; a tree takes about fifteen times as much
# Code that no user runs: what is wrong there breaks no call.
_ASIDE = re.compile(
    r"(^|/)(__tests__|__mocks__|tests?|spec|e2e|cypress|playwright|fixtures?|stories|storybook|\.storybook)/"
    r"|[._-](test|tests|spec|stories|story|mock|cy|e2e)\.[cm]?[jt]sx?$",
    re.IGNORECASE,
)


class OutOfTimeError(LkmError):
    """The app is too large for the time that a check has."""


class Module:
    """One parsed file. Nodes are compared by place: ``text`` gives lines, ``scopes`` what names mean."""

    def __init__(self, path: str, text: Text, parsed: Parsed) -> None:
        self.path = path
        self.text = text
        self.parsed = parsed
        self.memo: dict[str, object] = {}
        self._nodes: dict[tuple[Kind, ...], list[Node]] = {}

    @cached_property
    def scopes(self) -> Scopes:
        """Empty where the file is nested too deep to be followed."""
        try:
            return resolve(self.parsed)
        except RecursionError:
            return NO_SCOPES

    @cached_property
    def _found(self) -> Mapping[str, Sequence[Node]]:
        return found(self.parsed)

    def nodes(self, *kinds: Kind) -> list[Node]:
        """All nodes of these kinds in the order of their first bytes, an outer one before an inner one."""
        if kinds not in self._nodes:
            several = (node for kind in kinds for node in self._found.get(kind, ()))
            self._nodes[kinds] = sorted(several, key=lambda node: (node.start_byte, -node.end_byte))
        return self._nodes[kinds]

    def binding(self, node: Node | None) -> Binding | None:
        """What an identifier means."""
        return self.scopes.at.get(node.start_byte) if node is not None else None

    def at(self, offset: int) -> Node | None:
        """The smallest named node that begins at an offset: the identifier there."""
        return self.parsed.root.named_descendant_for_byte_range(offset, offset + 1)

    def line(self, node: Node) -> int:
        return self.text.line(node.start_byte)

    def column(self, node: Node) -> int:
        return self.text.column(node.start_byte)

    @cached_property
    def directives(self) -> frozenset[str]:
        """``use client`` and the like: strings that stand alone before all else."""
        found = set()
        for node in self.parsed.root.named_children:
            if node.type in ("comment", "hash_bang_line"):
                continue
            inner = (
                node.named_children[0]
                if node.type == "expression_statement" and node.named_children
                else None
            )
            if inner is None or inner.type != "string":
                break
            found.add(word(inner)[1:-1])
        return frozenset(found)


class Sources:
    """The files of one app. Whoever reads modules holds ``lock``: parsers are not for many threads.

    Args:
        deadline: as ``time.monotonic()``; with more than ``FEW`` files, reading raises after it.
    """

    def __init__(self, app: App) -> None:
        self.app = app
        self.lock = threading.RLock()
        self.deadline = time.monotonic() + SECONDS
        self.paths = tuple(path for path in app.tree.files if is_source(path) and not aside(path))
        self._raw: dict[str, bytes] = {}
        self._raw_bytes = 0
        self._modules: dict[str, Module | None] = {}
        self._tree_bytes = 0
        self.memo: dict[str, object] = {}
        """What one analysis found out and others use, too, by its name."""

    @property
    def none(self) -> bool:
        return not self.paths

    def raw(self, path: str) -> bytes:
        """A file's bytes; none of one that cannot be read or that nobody writes by hand."""
        if path in self._raw:
            return self._raw[path]
        self.in_time()
        try:
            with (self.app.root / path).open("rb") as file:
                data = file.read(LARGEST + 1)
        except OSError:
            data = b""
        if len(data) > LARGEST:
            data = b""
        if self._raw_bytes + len(data) <= _KEPT_BYTES:
            self._raw[path] = data
            self._raw_bytes += len(data)
        return data

    def in_time(self) -> None:
        """Say that there is no time left, where there is none.

        Raises:
            OutOfTimeError: the app is large, and its time is over.
        """
        if len(self.paths) > FEW and time.monotonic() > self.deadline:
            raise self._too_large()

    def _too_large(self) -> OutOfTimeError:
        return OutOfTimeError(
            f"{len(self.paths)} source files are more than fit into its time and memory",
            code=OUT_OF_TIME,
            detail="lkm doctor --all waits for all of them",
        )

    def holding(self, *needles: bytes) -> Iterator[Module]:
        """The modules with one of these texts anywhere in them, in order."""
        for path in self.paths:
            self.in_time()
            data = self.raw(path)
            if any(needle in data for needle in needles) and (module := self.module(path)):
                yield module

    def module(self, path: str) -> Module | None:
        """A file parsed; None where it cannot be, or is made by a program."""
        if path not in self._modules:
            self.in_time()
            if self._tree_bytes > _MOST_TREES and self.deadline != float("inf"):
                raise self._too_large()
            self._modules[path] = made = self._parse(path)
            self._tree_bytes += len(made.text.code) if made else 0
        return self._modules[path]

    def _parse(self, path: str) -> Module | None:
        raw = self.raw(path)
        try:
            text = Text(raw)
        except NotTextError:
            return None
        if not raw or not_written(path, text):
            return None
        script = of_file(path, text.code)
        return None if script.empty else Module(path, text, parse(script.code, script.grammar))

    def resolve(self, path: str, specifier: str) -> str | None:
        """The app's file that an import means."""
        return self.app.resolver.resolve(path, specifier)

    def text(self, path: str) -> str:
        """A file that is no source code; empty where it cannot be read or is large."""
        try:
            with (self.app.root / path).open("rb") as file:
                data = file.read(_LARGEST_TEXT + 1)
        except OSError:
            return ""
        return data.decode("utf-8", "replace") if len(data) <= _LARGEST_TEXT else ""

    def importers(self, path: str) -> list[tuple[Module, Node]]:
        """The modules that import a file, each with the string of its import."""
        key = f"importers {path}"
        if key not in self.memo:
            self.memo[key] = list(self._importers(path))
        return cast("list[tuple[Module, Node]]", self.memo[key])

    def _importers(self, path: str) -> Iterator[tuple[Module, Node]]:
        folder, name = posixpath.split(path)
        stem = name.partition(".")[0]
        package = self.app.package_of(path)
        wanted = {stem, posixpath.basename(folder)} if stem == "index" else {stem}
        if package is not None and package.name:
            wanted.add(package.name)
        needles = [each.encode() for each in wanted if each and each != "index"]
        for module in self.holding(*needles):
            for source in self._specifiers(module):
                if self.resolve(module.path, word(source)[1:-1]) == path:
                    yield module, source

    @staticmethod
    def _specifiers(module: Module) -> list[Node]:
        if "specifiers" not in module.memo:
            module.memo["specifiers"] = list(specifiers(module))
        return cast("list[Node]", module.memo["specifiers"])


def specifiers(module: Module) -> Iterator[Node]:
    """The strings that a module imports by: of imports, exports, ``import()`` and ``require()``."""
    for node in module.nodes("import_statement", "export_statement"):
        source = node.child_by_field_name("source")
        if source is not None:
            yield source
    for node in module.nodes("call_expression"):
        callee = node.child_by_field_name("function")
        if callee is not None and (callee.type == "import" or word(callee) == "require"):
            arguments = node.child_by_field_name("arguments")
            first = (
                arguments.named_children[0] if arguments is not None and arguments.named_children else None
            )
            if first is not None and first.type == "string":
                yield first


def aside(path: str) -> bool:
    """Whether a file is for tests, stories or mocks only."""
    return bool(_ASIDE.search(path))


def of_context(context: Context) -> Sources:
    """The sources of the project, shared by all checks of a run."""
    return context.once("app.sources", lambda: Sources(context.app))
