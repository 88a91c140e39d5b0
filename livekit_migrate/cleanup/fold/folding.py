"""Folding flags in a project: what is known spreads from file to file, then each file is rewritten once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from ...code.js.text import Edit
from .changes import Changes, assigned, in_markup
from .handed import Handed
from .modules import Modules, is_code
from .names import Names
from .objects import ABSENT, Object, Objects, Origins, optional, pattern_entry
from .pure import pure
from .reduce import Const
from .schemas import checked
from .source import Binding, Node, Source, bare, children, field
from .state import State
from .statements import Statements
from .wholes import taken_whole

Writer = tuple[str, int]
"""An object's entry that holds a flag: file, and where the entry starts."""


class Folding:
    """The flags of a project.

    Args:
        flags: variables of the environment and their texts.
        editable: whether a file may be edited.
        test: whether a file is a test: what it asks objects for is what it expects, and stays.
    """

    def __init__(
        self,
        modules: Modules,
        flags: dict[str, str],
        *,
        unsafe: bool,
        editable: Callable[[str], bool],
        test: Callable[[str], bool],
    ) -> None:
        self.modules = modules
        self.flags = flags
        self.unsafe = unsafe
        self.editable = editable
        self.test = test
        self.undecided: dict[str, set[str]] = {}
        self.names: dict[str, Names] = {}
        self.objects = Objects(modules, unsafe=unsafe)
        self.changes = Changes(self.objects)
        self.handed = Handed(modules, self.objects)
        self.exported: dict[tuple[str, str], tuple[Const, str]] = {}
        self.writers: dict[str, dict[Writer, Const]] = {}
        self.readers: dict[str, set[tuple[str, int]]] = {}
        self.unclear: dict[str, str] = {}
        self.shown: set[str] = set()
        self._seen: dict[str, int] = {}

    def learn(self, holding: Iterable[str]) -> None:
        """Find out everything that the flags decide, from the files that read them on."""
        known = [names for path in holding if (names := self.of(path)) is not None]
        checked = self._check(known)
        for names in known:
            names.start(checked)
        while True:
            for names in tuple(self.names.values()):
                names.grow()
            if not self._export() and not self._properties():
                return

    def _check(self, known: Iterable[Names]) -> dict[str, Const]:
        """What the project's own schemas make of the variables."""
        found: dict[str, set[Const]] = {}
        for names in known:
            for name, text in self.flags.items():
                const = checked(names.source, name, text)
                if isinstance(const, str):
                    self.unclear[name] = const
                elif const is not None:
                    found.setdefault(name, set()).add(const)
        return {
            name: next(iter(consts))
            for name, consts in found.items()
            if len(consts) == 1 and name not in self.unclear
        }

    def of(self, path: str) -> Names | None:
        """What is known of a file; None for one that cannot be edited."""
        if path not in self.names:
            source = self.modules.source(path) if is_code(path) and self.editable(path) else None
            if source is None:
                return None
            self.names[path] = Names(source, self.flags)
        return self.names[path]

    # From file to file

    def _export(self) -> bool:
        """Take what is known of exported names to those who import them; whether anything was new."""
        waiting: list[tuple[str, str, Const, str]] = []
        for path, names in tuple(self.names.items()):
            if not names.places:
                continue
            for name, export in self.modules.exports(names.source).names.items():
                for kind, known in (("value", names.facts.consts), ("call", names.facts.calls)):
                    if export.binding is not None and (const := known.get(export.binding)) is not None:
                        waiting.append((path, name, const, kind))
                if export.value is not None:
                    if (const := names.reducer.flag_constant(export.value)) is not None:
                        waiting.append((path, name, const, "value"))
                    elif (const := names.returned(bare(export.value))) is not None:
                        waiting.append((path, name, const, "call"))
        some = False
        while waiting:
            path, name, const, kind = waiting.pop()
            if (path, name) in self.exported:
                continue
            self.exported[path, name] = const, kind
            some = True
            self.modules.index()
            for importer in self.modules.importers.get(path, ()):
                waiting += self._import(importer, path, name, const, kind)
        return some

    def _import(
        self, path: str, origin: str, name: str, const: Const, kind: str
    ) -> list[tuple[str, str, Const, str]]:
        """Tell a file what it imports; what it passes on itself comes back."""
        source = self.modules.source(path)
        if source is None:
            return []
        passed: list[tuple[str, str, Const, str]] = []
        exports = self.modules.exports(source)
        for outer, export in exports.names.items():
            if (
                export.specifier
                and export.name == name
                and self.modules.target(source, export.specifier) == origin
            ):
                passed.append((path, outer, const, kind))
        if name != "default" and any(self.modules.target(source, star) == origin for star in exports.stars):
            passed.append((path, name, const, kind))
        names = self.of(path)
        if names is None:
            return passed
        for taken in self.modules.imports(source):
            if self.modules.target(source, taken.specifier) != origin:
                continue
            if taken.name == name:
                self._know(names, taken.binding, const, kind)
            elif taken.name == "*":
                self._members(names, taken.binding, name, const, kind)
        self._required(names, origin, name, const, kind)
        return passed

    @staticmethod
    def _know(names: Names, binding: Binding, const: Const, kind: str) -> None:
        if kind == "call":
            names.know_call(binding, const)
        else:
            names.know(binding, const)

    def _members(self, names: Names, binding: Binding, name: str, const: Const, kind: str) -> None:
        """``flags.F`` and ``flags.isF()`` of a module that was imported whole."""
        for at in binding.used:
            node = names.source.at(at)
            parent = names.source.parent(node)
            if parent is None or parent.type != "member_expression" or field(parent, "object") != node:
                continue
            if names.source.word(field(parent, "property") or parent) == name:
                self._member(names, parent, const, kind)

    @staticmethod
    def _member(names: Names, node: Node, const: Const, kind: str) -> None:
        if kind == "value":
            names.know_member(node, const)
            return
        call = names.source.parent(node)
        if call is not None and call.type == "call_expression" and field(call, "function") == node:
            names.know_member(call, const)

    def _required(self, names: Names, origin: str, name: str, const: Const, kind: str) -> None:
        """``require("./flags").F``, ``const { F } = require("./flags")``, ``const flags = require(…)``."""
        source = names.source
        for match in re.finditer(rb"\brequire\s*\(", source.code):
            callee = source.at(match.start())
            call = source.parent(callee)
            given = children(field(call, "arguments") or callee) if call is not None else []
            if call is None or call.type != "call_expression" or not given or given[0].type != "string":
                continue
            if self.modules.target(source, source.word(given[0])[1:-1]) != origin:
                continue
            parent = source.parent(call)
            if parent is None:
                continue
            if (
                parent.type == "member_expression"
                and source.word(field(parent, "property") or parent) == name
            ):
                self._member(names, parent, const, kind)
            target = field(parent, "name") if parent.type == "variable_declarator" else None
            if target is None:
                continue
            if target.type == "identifier" and (binding := source.binding(target)) is not None:
                if names.stable(binding):
                    self._members(names, binding, name, const, kind)
            elif target.type == "object_pattern":
                for entry in children(target):
                    key, local = _pattern_names(source, entry)
                    binding = source.binding(local) if local is not None else None
                    if key == name and binding is not None and names.stable(binding):
                        self._know(names, binding, const, kind)

    # Through objects

    def _properties(self) -> bool:
        """Take flags that are written into objects to where they are read; whether anything was new."""
        found: dict[str, dict[Writer, Const]] = {}
        for names in tuple(self.names.values()):
            for key, start, const in self._written(names):
                found.setdefault(key, {})[names.source.path, start] = const
        fresh = [key for key, writers in found.items() if self._seen.get(key) != len(writers)]
        if not fresh:
            return False
        self.writers = found
        self.modules.index()
        some = False
        holding = self.modules.holding(fresh)
        sources = [
            source for path in holding if is_code(path) and (source := self.modules.source(path)) is not None
        ]
        others = [path for path in holding if not is_code(path)]
        changed = {key for key in fresh if self._changes(key, found[key], sources, others)}
        for key in changed:
            self.undecided.setdefault(key, set()).add("something that is written to")
        for source in sources:
            for key in fresh:
                if key not in changed:
                    some |= self._reads(source, key)
        for key in fresh:
            self._seen[key] = len(found[key])
        return some

    def _changes(
        self, key: str, writers: dict[Writer, Const], sources: list[Source], pages: list[str]
    ) -> bool:
        """Whether something may write to a property that holds a flag, by its name or blindly.

        Args:
            sources: the files that name it.
            pages: the components and pages (Vue, Svelte, HTML) that name it.
        """
        if any(in_markup(self.modules.read(path) or b"", key) for path in pages):
            return True
        given = self.handed.find(writers)
        if given.unread:
            return True
        if given.shown:
            self.shown.add(key)
        others = {path for path, _, _ in given.spans} | given.files | set(pages)
        others -= {source.path for source in sources}
        more = [source for path in sorted(others) if (source := self.modules.readable(path)) is not None]
        # What it lies in under another name must not be given another one either.
        around = [(name, ((path, start),)) for name, path, start in sorted(given.entries) if name]
        return any(
            self.changes.any(source, name, places, given)
            for source in (*sources, *more)
            for name, places in ((key, tuple(writers)), *around)
        )

    def _written(self, names: Names) -> Iterable[tuple[str, int, Const]]:
        for place in tuple(names.places):
            node = names.source.at(place)
            entry: Node | None = None
            for above in (node, *names.source.above(node)):
                if above.type in ("pair", "shorthand_property_identifier"):
                    entry = above
                    break
                if above.type in ("statement_block", "arguments", "array"):
                    break
            if entry is None:
                continue
            const = self._entry(names, entry)
            key = self.objects.key(names.source, entry)
            if const is not None and (const.literal or const.env) and key:
                yield key, entry.start_byte, const

    @staticmethod
    def _entry(names: Names, entry: Node) -> Const | None:
        if entry.type == "shorthand_property_identifier":
            binding = names.source.binding(entry)
            return names.facts.consts.get(binding) if binding is not None else None
        return names.reducer.flag_constant(field(entry, "value"))

    def _reads(self, source: Source, key: str) -> bool:
        """The reads of a property in a file that are decided; whether any is new."""
        some = False
        for match in re.finditer(rb"(?<![\w$])" + re.escape(key.encode()) + rb"(?![\w$])", source.code):
            if (source.path, match.start()) in self.readers.get(key, ()):
                continue
            node = source.at(match.start())
            parent = source.parent(node)
            owner = self._asked(source, node, parent, key) if parent is not None else None
            if parent is None or owner is None:
                continue
            origins = self.objects.trace(source, owner)
            if origins is not None and not (parent.type == "member_expression" and optional(parent)):
                origins -= {ABSENT}  # asking it would throw
            const = self.value(origins, key)
            if const is None or not self._know_read(source, node, parent, owner, const):
                self._leave(source, key, match.start())
                continue
            self.readers.setdefault(key, set()).add((source.path, match.start()))
            some = True
        return some

    def _leave(self, source: Source, key: str, at: int) -> None:
        self.undecided.setdefault(key, set()).add(f"{source.path}:{source.text.line(at)}")

    def _asked(self, source: Source, node: Node, parent: Node, key: str) -> Node | None:
        """The object that a name of a property is asked for at a place; None where it is not asked for."""
        if parent.type == "member_expression" and field(parent, "property") == node:
            return field(parent, "object") if not assigned(source, parent) else None
        paired = parent.type == "pair_pattern"
        if not paired and "pattern" not in node.type:
            return None
        if paired and field(parent, "key") != node:
            return None
        holder = source.parent(parent) if paired else parent
        if holder is not None and any(child.type == "rest_pattern" for child in holder.children):
            # Without the name, the rest would have one more.
            self._leave(source, key, node.start_byte)
        local = field(parent, "value") if paired else node
        entry = pattern_entry(source, _innermost(local)) if local is not None else None
        return entry[1] if entry is not None and entry[0] == key else None

    def _know_read(self, source: Source, node: Node, parent: Node, owner: Node, const: Const) -> bool:
        """Take a decided read down; False where it is to stay."""
        if self.test(source.path) or not self._droppable(source, owner, node):
            return False
        names = self.of(source.path)
        if names is None:
            return False
        if parent.type == "member_expression" and field(parent, "property") == node:
            names.know_member(parent, const)
            return True
        local = _innermost(field(parent, "value") or node) if parent.type == "pair_pattern" else node
        binding = source.binding(local)
        if binding is None or not names.stable(binding):
            return False
        names.know(binding, const)
        return True

    @staticmethod
    def _droppable(source: Source, owner: Node, node: Node) -> bool:
        """Whether the object need not be asked at all: asking a hook does nothing but give it."""
        inner = bare(owner)
        if node.type != "property_identifier" or pure(source, inner):
            return True
        callee = field(inner, "function") if inner.type == "call_expression" else None
        return (
            callee is not None
            and bool(re.match(r"use[A-Z]", source.word(callee)))
            and all(pure(source, each) for each in children(field(inner, "arguments") or inner))
        )

    def value(self, origins: Origins, key: str) -> Const | None:
        """What a property of any of some objects is; None where they differ, or one is not known."""
        values: set[Const] = set()
        for each in origins or ():
            const = self._held(each, key)
            if const is None:
                return None
            values.add(Const(const.value, env=const.env))
        return values.pop() if len(values) == 1 else None

    def _held(self, each: Object, key: str) -> Const | None:
        found = self.objects.property(each, key)
        names = self.names.get(found[0].path) if found is not None else None
        if found is None or names is None:
            return None
        source, value = found
        if value.type == "shorthand_property_identifier":
            binding = source.binding(value)
            const = names.facts.consts.get(binding) if binding is not None else None
        else:
            const = names.reducer.flag_constant(value)
        return const if const is not None and (const.literal or const.env) else None

    # Writing

    def rewrite(self, names: Names) -> tuple[list[Edit], Statements] | None:
        """The edits of one file; None where there are none."""
        if not names.places:
            return None
        self.modules.index()
        exported = {each for each in names.facts.consts if names.exported(each)}
        if exported and (
            not self.modules.importers.get(names.source.path) or taken_whole(self.modules, names.source.path)
        ):
            # Whoever takes an export of it is not in this project, a framework most often, or takes them all.
            names.facts.printed |= exported
        work = Statements(names.source, names.facts, names.hot, unsafe=self.unsafe)
        work.run()
        edits = work.result()
        return (edits, work) if edits else None


def fold_file(state: State, folding: Folding, names: Names) -> bool:
    """Rewrite a file; whether it changed."""
    found = folding.rewrite(names)
    if found is None:
        return False
    edits, work = found
    state.apply(edits, work.made)
    return True


def _innermost(node: Node) -> Node:
    while node.type in ("assignment_pattern", "object_assignment_pattern"):
        left = field(node, "left")
        if left is None:
            break
        node = left
    return node


def _pattern_names(source: Source, entry: Node) -> tuple[str, Node | None]:
    """The key of a pattern's entry, and the name that it gets."""
    if entry.type == "shorthand_property_identifier_pattern":
        return source.word(entry), entry
    if entry.type == "object_assignment_pattern":
        left = field(entry, "left")
        return (source.word(left), left) if left is not None else ("", None)
    if entry.type == "pair_pattern":
        key, value = field(entry, "key"), field(entry, "value")
        local = _innermost(value) if value is not None else None
        return (source.word(key).strip("\"'") if key is not None else ""), local
    return "", None
