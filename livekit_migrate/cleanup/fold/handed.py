"""Who gets hold of an object that a flag is in, as a whole: the functions that it is given to, in any file.

An object that is only asked for its members cannot be written to by anybody who is not given it. So it is
followed from its literal to its names, to the calls that it is an argument of, and into what is called.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from .called import FUNCTIONS, HARMLESS, Called, Search, Span, whole
from .modules import Export
from .rewrite import WATCHING
from .source import Binding, Node, Source, children, field

_PASSING = frozenset(
    {
        "parenthesized_expression", "as_expression", "satisfies_expression", "non_null_expression",
        "await_expression", "object",
    }
)  # fmt: skip
# What gives another file's exports on, or takes them as a whole or under other names.
_PASSES = re.compile(
    rb"\bexport\s*[*{]|\*\s*as\b|[\w$]\s+as\s+[\w$]+\s*[,}][^;]{0,400}?\bfrom\b|\b(?:require|import)\s*\("
)
_IMPORT = re.compile(rb"""\bimport\b[^;'"]*\bfrom\s*["'][^"'\n]*["']""")
_TAKEN_APART = (
    rb"(?:const|let|var)\s*\{[^{}.\[]*\}\s*=\s*(?:[\w.]*useContext\(\s*)?%s(?:\(\s*\))?\s*\)?"
    rb"\s*(?=[;\r\n])"
)
_SAME = frozenset({"freeze", "seal", "createContext", "useMemo", "useRef", "useState", "memo", "resolve"})
_CARRIERS = frozenset({"pair", "array"})
_OPERATORS = frozenset({"ternary_expression", "binary_expression", "sequence_expression"})


@dataclass(frozen=True)
class Given:
    """Where an object is at hand as a whole.

    Args:
        names: those under which it may lie in what is given; empty texts stand for lists.
        files: all files that have a name for it, or for what it lies in.
        entries: where it lies in other objects: the entry's name, file and place.
        shown: whether something may list, print or copy what it has.
        unread: whether a file that cannot be read may do anything with it.
    """

    spans: frozenset[Span]
    names: frozenset[str]
    files: frozenset[str]
    entries: frozenset[tuple[str, str, int]]
    shown: bool
    unread: bool

    def at(self, path: str, place: int) -> bool:
        """Whether a place may have the object."""
        return any(path == each and low <= place < high for each, low, high in self.spans)


class Handed(Called):
    """Follows objects to whom they are given."""

    def find(self, writers: Iterable[tuple[str, int]]) -> Given:
        """The stretches of code that get hold of an object as a whole.

        Args:
            writers: where the entries with the flag are: file and place.
        """
        found, carried, files = set[Span](), set[str](), set[str]()
        entries: set[tuple[str, str, int]] = set()
        shown = unread = False
        for path, start in writers:
            source = self.modules.source(path)
            if source is None:
                continue
            literals = [above for above in source.above(source.at(start)) if above.type == "object"]
            pairs = (source.parent(each) for each in literals)
            keys = {
                self.objects.key(source, pair) for pair in pairs if pair is not None and pair.type == "pair"
            }
            search = Search(frozenset(keys))
            if literals:
                self._value(search, source, literals[0])
            self._abroad(search)
            found |= search.spans
            carried |= search.carried | keys
            files |= search.files
            entries |= search.entries
            shown |= search.shown
            unread |= search.unread
        return Given(
            frozenset(found), frozenset(carried), frozenset(files), frozenset(entries), shown, unread
        )

    # From file to file

    def _abroad(self, search: Search) -> None:
        """Go on in the files that import what holds the object."""
        self.modules.index()
        done: set[tuple[str, int]] = set()
        while fresh := [each for each in (*search.exported, *search.contexts) if each not in done]:
            done.update(fresh)
            for path in sorted({path for path, _ in fresh}):
                places = {place for each, place in fresh if each == path}
                for user in self._users(search, path, None if search.keys else self._outer(path, places)):
                    self._imported(search, user)

    def _outer(self, path: str, places: Collection[int]) -> frozenset[str] | None:
        """The names that a file exports something under; None for one that others name as they like."""
        source = self.modules.source(path)
        if source is None:
            return None
        exports = self.modules.exports(source).names.items()
        names = {name for name, each in exports if _place((source, each))[1] in places}
        return None if "default" in names or "*" in names else frozenset(names)

    def _users(self, search: Search, path: str, names: frozenset[str] | None) -> Iterator[Source]:
        """The files that may do something with what a file exports under some names, also through others."""
        seen, waiting = {path}, [path]
        while waiting:
            path = waiting.pop()
            for importer in self.modules.importers.get(path, ()):
                if importer in seen:
                    continue
                seen.add(importer)
                data = self.modules.read(importer)
                if data is None or (names is not None and _only_asks(data, names)):
                    continue
                source = self.modules.readable(importer)
                if source is None:
                    search.unread = True
                    continue
                yield source
                exports = self.modules.exports(source)
                imported = {each.binding for each in self.modules.imports(source)}
                if exports.stars or any(
                    each.specifier or each.binding in imported for each in exports.names.values()
                ):
                    waiting.append(importer)

    def _imported(self, search: Search, source: Source) -> None:
        search.files.add(source.path)
        for taken in self.modules.imports(source):
            target = self.modules.target(source, taken.specifier)
            if target is None:
                continue
            if taken.name != "*":
                self._known(search, source, taken.binding, self.modules.lookup(target, taken.name))
                continue
            for at in taken.binding.used:
                parent = source.parent(source.at(at))
                name = field(parent, "property") if parent is not None else None
                if parent is None or name is None:
                    search.spans.add(whole(source))
                    continue
                found = self.modules.lookup(target, source.word(name))
                if found is not None and (kind := search.exported.get(_place(found))) is not None:
                    self._use(search, source, parent, kind)

    def _known(
        self, search: Search, source: Source, binding: Binding, found: tuple[Source, Export] | None
    ) -> None:
        if found is None:
            return
        if (kind := search.exported.get(_place(found))) is not None:
            self._name(search, source, binding, kind)
        for at in binding.used if _place(found) in search.contexts else ():
            call = source.parent(source.at(at))
            call = source.parent(call) if call is not None and call.type == "arguments" else None
            if call is None or call.type != "call_expression":
                continue
            given = children(field(call, "arguments") or call)
            if len(given) < 2:
                self._value(search, source, call)
            elif given[1].type in FUNCTIONS:
                # A selector: its parameter is the context's value.
                named = field(given[1], "parameter") or field(given[1], "parameters")
                first = (
                    children(named)[:1]
                    if named is not None and named.type == "formal_parameters"
                    else [named]
                )
                for each in first:
                    self._targets(search, source, (field(each, "pattern") or each) if each else None)

    # Within a file

    def _name(self, search: Search, source: Source, binding: Binding, kind: str) -> None:
        """Follow a name of the object, or of a function that gives it."""
        key = (source.path, binding.declared[0])
        if key in search.names:
            return
        search.names.add(key)
        if any(each.binding is binding for each in self.modules.exports(source).names.values()):
            search.exported[key] = kind
        for at in binding.used:
            self._use(search, source, source.at(at), kind)

    def _use(self, search: Search, source: Source, node: Node, kind: str) -> None:
        if kind == "value":
            self._value(search, source, node)
            return
        call = source.parent(node)
        if call is not None and call.type == "call_expression" and field(call, "function") == node:
            self._value(search, source, call)

    def _value(self, search: Search, source: Source, node: Node) -> None:
        """Follow an expression that is the object, or has it in it, to where it goes."""
        carried = False
        while (parent := source.parent(node)) is not None:
            kind = parent.type
            following: Node | None = parent
            if kind in _CARRIERS or (node.type == "shorthand_property_identifier" and kind == "object"):
                following = self._entry(search, source, node, parent)
                carried = True
            elif kind in ("member_expression", "subscript_expression"):
                following = self._member(search, source, node, parent, carried=carried)
            elif kind == "spread_element":
                following = self._spread(search, source, parent, carried=carried)
            elif kind in _OPERATORS:
                following = self._operand(search, node, parent)
            elif kind == "arguments":
                call = source.parent(parent)
                following = call if call is not None and self._same(search, source, call) else None
            elif kind not in _PASSING:
                self._ends(search, source, node, parent)
                return
            if following is None:
                return
            node = following

    def _entry(self, search: Search, source: Source, node: Node, parent: Node) -> Node | None:
        """An object or a list that it is put into."""
        if parent.type == "pair" and field(parent, "value") != node:
            return None
        entry = node if parent.type == "object" else parent
        under = self.objects.key(source, entry) if parent.type != "array" else ""
        search.carried.add(under)
        search.entries.add((under, source.path, entry.start_byte))
        return parent

    @staticmethod
    def _member(search: Search, source: Source, node: Node, parent: Node, *, carried: bool) -> Node | None:
        """A member of it, which has it only where it lies in others."""
        name = field(parent, "property")
        asked = source.word(name) if name is not None else ""
        search.shown |= name is None and (field(parent, "index") or parent).type != "string"
        within = carried or asked in search.keys
        return parent if within and field(parent, "object") == node else None

    @staticmethod
    def _spread(search: Search, source: Source, parent: Node, *, carried: bool) -> Node | None:
        around = source.parent(parent)
        search.shown |= around is None or around.type in ("object", "jsx_expression")
        copied = around is not None and around.type == "object" and not (carried or search.keys)
        return None if copied else parent

    @staticmethod
    def _operand(search: Search, node: Node, parent: Node) -> Node | None:
        """An operand that the whole may come to."""
        if parent.type == "ternary_expression" and field(parent, "condition") == node:
            return None
        operator = field(parent, "operator")
        if operator is not None and operator.type not in ("&&", "||", "??"):
            search.shown |= operator.type == "in"
            return None
        return parent

    def _same(self, search: Search, source: Source, call: Node) -> bool:
        """Whether a call gives back what it is given; of others, what is called is looked at."""
        callee = field(call, "function") or field(call, "constructor")
        if callee is None:
            return False
        name = source.word(callee)
        if name.rpartition(".")[2] in _SAME:
            return True
        if WATCHING.match(name.rpartition(".")[2]):
            return False  # a list of dependencies
        if name.partition(".")[0] in HARMLESS:
            search.shown = True
            return False
        if not self._callee(search, source, callee):
            search.spans.add(whole(source))
        return True  # it may be what the call gives, too

    def _ends(self, search: Search, source: Source, node: Node, parent: Node) -> None:
        """What becomes of the object where an expression ends."""
        kind = parent.type
        if kind == "variable_declarator" and field(parent, "value") == node:
            self._targets(search, source, field(parent, "name"))
        elif kind == "assignment_expression" and field(parent, "right") == node:
            left = field(parent, "left")
            if left is not None and left.type == "identifier":
                self._targets(search, source, left)
            else:
                search.spans.add(whole(source))
        elif kind in ("assignment_pattern", "object_assignment_pattern"):
            self._targets(search, source, field(parent, "left"))
        elif kind in ("required_parameter", "optional_parameter"):
            self._targets(search, source, field(parent, "pattern"))
        elif kind == "for_in_statement" and field(parent, "right") == node:
            search.shown = True
            self._targets(search, source, field(parent, "left"))
        elif kind == "return_statement" or (kind == "arrow_function" and field(parent, "body") == node):
            self._returned(search, source, parent)
        elif kind == "export_statement":
            search.exported[source.path, node.start_byte] = "value"
        elif kind == "jsx_expression":
            self._attribute(search, source, parent)
        elif kind in ("yield_expression", "public_field_definition", "field_definition", "throw_statement"):
            search.spans.add(whole(source))

    def _targets(self, search: Search, source: Source, name: Node | None) -> None:
        """Follow what a declaration, or a pattern, gives the object to."""
        if name is None:
            return
        stack = [name]
        while stack:
            node = stack.pop()
            if node.type in ("identifier", "shorthand_property_identifier_pattern"):
                binding = source.binding(node)
                if binding is not None and (node == name or search.keys or name.type == "array_pattern"):
                    self._name(search, source, binding, "value")
            else:
                search.shown |= node.type == "rest_pattern"
                stack += [each for each in node.named_children if each != field(node, "key")]

    def _returned(self, search: Search, source: Source, node: Node) -> None:
        function = node if node.type == "arrow_function" else None
        for above in source.above(node) if function is None else ():
            if above.type in FUNCTIONS:
                function = above
                break
        if function is None:
            return
        parent = source.parent(function)
        name = field(function, "name")
        if parent is not None and parent.type == "variable_declarator":
            name = field(parent, "name")
        binding = source.binding(name) if name is not None and name.type == "identifier" else None
        if binding is not None:
            self._name(search, source, binding, "call")
        elif parent is not None and parent.type == "export_statement":
            search.exported[source.path, function.start_byte] = "call"
        elif (
            parent is not None and parent.type == "arguments" and (call := source.parent(parent)) is not None
        ):
            if source.word(field(call, "function") or call).rpartition(".")[2] in _SAME:
                self._value(search, source, call)
            else:
                search.spans.add(whole(source))
        else:
            search.spans.add(whole(source))

    def _attribute(self, search: Search, source: Source, expression: Node) -> None:
        """A property of a component: what it is given to, or a context whose readers get it."""
        attribute = source.parent(expression)
        element = source.parent(attribute) if attribute is not None else None
        if attribute is None or attribute.type != "jsx_attribute" or element is None:
            return
        name = field(element, "name")
        if name is None:
            return
        owner = field(name, "object") if name.type == "member_expression" else name
        context = self.objects.context(source, owner) if owner is not None else None
        if context is None:
            self._callee(search, source, name)
            return
        search.contexts.add(context)
        home = self.modules.source(context[0])
        binding = home.scopes.at.get(context[1]) if home is not None else None
        if home is not None and binding is not None:
            self._known(search, home, binding, (home, Export(binding)))


def _only_asks(data: bytes, names: Collection[str]) -> bool:
    """Whether a text surely does no more with names that it imports than to ask them for members."""
    if _PASSES.search(data):
        return False
    data = _IMPORT.sub(b"", data)
    for name in names:
        word = re.escape(name.encode())
        data = re.sub(_TAKEN_APART % word, b"", data)
        if re.search(rb"(?<![\w$])" + word + rb"(?![\w$])(?!\s*\??\.\s*[A-Za-z_$])", data):
            return False
    return True


def _place(found: tuple[Source, Export]) -> tuple[str, int]:
    source, export = found
    if export.binding is not None:
        return source.path, export.binding.declared[0]
    return source.path, export.value.start_byte if export.value is not None else -1
