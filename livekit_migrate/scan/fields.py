"""Modules, imports, fields and elements: what reading and writing them lets flow."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping
from typing import cast

from . import api
from .behaviour import PULLS, SPLITS
from .facts import FileFacts
from .graph import Graph, Owner, Value
from .packages import classify
from .reach import own_file
from .sites import GLOBALS, WINDOWS

FOREIGN = Value("X", ".")
"""Something that is not ours and not of this repository."""
RESULT = Value("X", "()")
"""What a function that is not of this repository gave: nothing is known of its fields."""


Resolve = Callable[[str, str], str | None]


class Fields(Graph):
    """The part of the solver that has no calls in it."""

    def __init__(self, files: Mapping[str, FileFacts], resolve: Resolve) -> None:
        super().__init__()
        self.files = files
        self.resolve = resolve
        self.offsets: dict[str, int] = {}
        self.exports: dict[str, int] = {}
        self.globals: dict[str, int] = {}
        self.elements: dict[object, int] = {}
        self.loads: list[tuple[int, str, int]] = []

    # Modules

    def module(self, path: str, specifier: str) -> int:
        """The node of a module object."""
        file = self.resolve(path, specifier) if path else None
        found = classify(specifier)
        if file is not None and file in self.exports and (found is None or own_file(file, specifier)):
            return self.exports[file]
        if found is not None and found[1].api:
            node = self.node()
            self.put(node, Value("A", (found[1].side, "module")))
            return node
        node = self.node()
        self.put(node, Value("X", posixpath.basename(specifier).replace(".", "-")))
        return node

    def import_(self, path: str, dst: int, specifier: str, name: str) -> None:
        module = self.module(path, specifier)
        if name == "*":
            self.edge(module, dst)
            return
        self.load(module, name, dst)
        if name != "default":
            return
        # `import x from` of a CommonJS file gives module.exports; of Mediasoup, the module.
        file = self.resolve(path, specifier)
        if file is None or self.exports.get(file) != module:
            self.edge(module, dst)
        elif file in self.offsets and self.files[file].unit.cjs >= 0:
            self.edge(self.files[file].unit.cjs + self.offsets[file], dst)

    def shared(self, name: str) -> int:
        """The node of a name that all scripts of a page share."""
        if name not in self.globals:
            self.globals[name] = self.node()
        return self.globals[name]

    # Reading

    def load(self, base: int, name: str, dst: int) -> None:
        if base == dst or not self.first("load", base, name, dst):
            return
        self.loads.append((base, name, dst))
        self.listen(base, lambda value: self.load_from(value, base, name, dst))

    def load_from(self, value: Value, base: int, name: str, dst: int) -> None:
        match value.kind:
            case "C":
                self.load_element(value, name, dst)
            case _ if name in SPLITS:
                # A pair of a map's entries: the element stands for both halves.
                self.put(dst, value)
            case "A":
                self.load_api(value, name, dst)
            case "O" | "I" | "K" | "F":
                self.load_field(value, base, name, dst)
            case "X":
                self.load_foreign(value, name, dst)

    def load_element(self, value: Value, name: str, dst: int) -> None:
        element = self.elements[value.which]
        made = isinstance(value.which, tuple) and value.which[1] == "call"
        if made and (name in SPLITS or name == "Provider"):
            # `const [state, setState] =`: the second puts into what the first is, as a provider does.
            self.put(dst, value)
        if name in SPLITS or name in PULLS:
            self.pass_on(element, dst, guessed=value.guessed)
        else:
            self.load(element, name, dst)

    def load_field(self, value: Value, base: int, name: str, dst: int) -> None:
        owner = value.token
        if name == "[]":
            self.pass_on(self.every(owner), dst, guessed=value.guessed)
        else:
            self.pass_on(self.field(owner, name), dst, guessed=value.guessed)
            if value.kind == "O":
                self.pass_on(self.field(owner, "[]"), dst, guessed=value.guessed)
        for more in self.bases.get(owner, ()):
            if more != base:
                self.load(more, name, dst)

    def load_foreign(self, value: Value, name: str, dst: int) -> None:
        if value == RESULT:
            return
        if value.which in WINDOWS:
            if name in GLOBALS:
                self.edge(self.module("", GLOBALS[name]), dst)
                return
            if name in self.globals:
                self.edge(self.globals[name], dst)
                return
        # One step is enough: `React.useRef`, `Object.values`, `zustand.create`.
        self.put(dst, FOREIGN if "." in str(value.which) else Value("X", f".{name}"))

    def load_api(self, value: Value, name: str, dst: int) -> None:
        side, kind = cast("tuple[str, str]", value.which)
        guessed = value.guessed
        known = api.APIS[side].get(kind)
        if kind == "module" and name in ("types", "default"):
            self.put(dst, value)
        elif kind == "module" and name in api.APIS[side] and name != "module":
            self.put(dst, Value("T", (side, name), guessed))
        elif known is not None and name in known.props:
            self.put(dst, Value("A", (side, known.props[name]), guessed))
        elif known is not None and name in known.methods:
            self.put(dst, Value("M", (side, kind, name), guessed))
        elif name not in ("data", "appData"):
            # Those two are the application's own.
            self.put(dst, FOREIGN)

    # Writing

    def store(self, base: int, name: str, source: int) -> None:
        def listener(value: Value) -> None:
            if value.kind in ("O", "I", "K", "F"):
                self.edge(source, self.field(value.token, name))
            elif value.kind == "C" and name in PULLS:
                self.edge(source, self.elements[value.which])
            elif value.kind == "C" and self.first("store", value.which, name, source):
                self.store(self.elements[value.which], name, source)

        self.listen(base, listener)

    def instance(self, kind_node: int, dst: int, container: Owner | None) -> None:
        """What a variable holds whose type is named: an instance of the class, one of Mediasoup's objects."""

        def listener(value: Value) -> None:
            if value.kind == "K":
                self.put(dst, Value("I", value.which, value.guessed))
            elif value.kind == "T":
                self.put(dst, Value("A", value.which, value.guessed))
            elif value.kind == "X" and container is not None:
                self.put(dst, Value(*container, guessed=value.guessed))
            else:
                self.put(dst, value)

        self.listen(kind_node, listener)
