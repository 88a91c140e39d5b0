"""Who gets hold of an object that a flag is in, as a whole: the functions that it is given to, in any file.

An object that is only asked for its members cannot be written to by anybody who is not given it. So it is
followed from its literal to its names, to the calls that it is an argument of, and into what is called.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from dataclasses import field as new

from .modules import Export, Modules, is_code
from .objects import Objects
from .source import Binding, Node, Source, bare, field

Span = tuple[str, int, int]
"""A stretch of a file: path, start and end."""

_FUNCTIONS = frozenset(
    {
        "arrow_function", "function_expression", "function_declaration", "generator_function",
        "generator_function_declaration", "method_definition",
    }
)  # fmt: skip
_CLASSES = frozenset({"class_declaration", "abstract_class_declaration", "class"})
_PASSING = frozenset(
    {
        "parenthesized_expression", "as_expression", "satisfies_expression", "non_null_expression",
        "await_expression",
    }
)  # fmt: skip
_SAME = frozenset({"freeze", "seal", "createContext", "useMemo", "useRef", "useState", "memo", "resolve"})
_CARRIERS = frozenset({"pair", "array"})
# What is asked, shown or copied, and not written to.
_HARMLESS = frozenset({"console", "JSON", "Object", "Array", "Boolean", "String", "Number", "Reflect"})


@dataclass(frozen=True)
class Given:
    """Where an object is at hand as a whole.

    Args:
        names: those under which it may lie in what is given; empty texts stand for lists.
        files: all files that have a name for it, or for what it lies in.
        entries: where it lies in other objects: the entry's name, file and place.
        shown: whether something may list, print or copy what it has.
    """

    spans: frozenset[Span]
    names: frozenset[str]
    files: frozenset[str]
    entries: frozenset[tuple[str, str, int]]
    shown: bool

    def at(self, path: str, place: int) -> bool:
        """Whether a place may have the object."""
        return any(path == each and low <= place < high for each, low, high in self.spans)


@dataclass
class _Search:
    """One object on its way.

    Args:
        keys: the names under which literals lie in others, down to the one that has the flag.
        carried: the names under which it lies in what it is given in.
    """

    keys: frozenset[str]
    carried: set[str] = new(default_factory=set)
    entries: set[tuple[str, str, int]] = new(default_factory=set)
    spans: set[Span] = new(default_factory=set)
    exported: dict[tuple[str, int], str] = new(default_factory=dict)
    contexts: set[tuple[str, int]] = new(default_factory=set)
    names: set[tuple[str, int]] = new(default_factory=set)
    called: set[tuple[str, int]] = new(default_factory=set)
    files: set[str] = new(default_factory=set)
    shown: bool = False


class Handed:
    """Follows objects to whom they are given."""

    def __init__(self, modules: Modules, objects: Objects) -> None:
        self.modules = modules
        self.objects = objects

    def find(self, writers: Iterable[tuple[str, int]]) -> Given:
        """The stretches of code that get hold of an object as a whole.

        Args:
            writers: where the entries with the flag are: file and place.
        """
        found, carried, files = set[Span](), set[str](), set[str]()
        entries: set[tuple[str, str, int]] = set()
        shown = False
        for path, start in writers:
            source = self.modules.source(path)
            if source is None:
                continue
            literals = [above for above in source.above(source.at(start)) if above.type == "object"]
            pairs = (source.parent(each) for each in literals)
            keys = {
                self.objects.key(source, pair) for pair in pairs if pair is not None and pair.type == "pair"
            }
            search = _Search(frozenset(keys))
            if literals:
                self._value(search, source, literals[0])
            self._abroad(search)
            found |= search.spans
            carried |= search.carried | keys
            files |= search.files
            entries |= search.entries
            shown |= search.shown
        return Given(frozenset(found), frozenset(carried), frozenset(files), frozenset(entries), shown)

    # From file to file

    def _abroad(self, search: _Search) -> None:
        """Go on in the files that import what holds the object."""
        self.modules.index()
        done: set[tuple[str, int]] = set()
        while fresh := [each for each in (*search.exported, *search.contexts) if each not in done]:
            done.update(fresh)
            for path in {path for path, _ in fresh}:
                for user in self._users(path):
                    self._imported(search, user)

    def _users(self, path: str) -> Iterator[Source]:
        """The files that may name what a file exports, also through others."""
        seen, waiting = {path}, [path]
        while waiting:
            path = waiting.pop()
            for importer in self.modules.importers.get(path, ()):
                if importer in seen or not is_code(importer):
                    continue
                seen.add(importer)
                source = self.modules.source(importer)
                if source is None:
                    continue
                yield source
                exports = self.modules.exports(source)
                imported = {each.binding for each in self.modules.imports(source)}
                if exports.stars or any(
                    each.specifier or each.binding in imported for each in exports.names.values()
                ):
                    waiting.append(importer)

    def _imported(self, search: _Search, source: Source) -> None:
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
                    search.spans.add(_whole(source))
                    continue
                found = self.modules.lookup(target, source.word(name))
                if found is not None and (kind := search.exported.get(_place(found))) is not None:
                    self._use(search, source, parent, kind)

    def _known(
        self, search: _Search, source: Source, binding: Binding, found: tuple[Source, Export] | None
    ) -> None:
        if found is None:
            return
        if (kind := search.exported.get(_place(found))) is not None:
            self._name(search, source, binding, kind)
        for at in binding.used if _place(found) in search.contexts else ():
            call = source.parent(source.at(at))
            call = source.parent(call) if call is not None and call.type == "arguments" else None
            if call is not None and call.type == "call_expression":
                self._value(search, source, call)

    # Within a file

    def _name(self, search: _Search, source: Source, binding: Binding, kind: str) -> None:
        """Follow a name of the object, or of a function that gives it."""
        key = (source.path, binding.declared[0])
        if key in search.names:
            return
        search.names.add(key)
        if any(each.binding is binding for each in self.modules.exports(source).names.values()):
            search.exported[key] = kind
        for at in binding.used:
            self._use(search, source, source.at(at), kind)

    def _use(self, search: _Search, source: Source, node: Node, kind: str) -> None:
        if kind == "value":
            self._value(search, source, node)
            return
        call = source.parent(node)
        if call is not None and call.type == "call_expression" and field(call, "function") == node:
            self._value(search, source, call)

    def _value(self, search: _Search, source: Source, node: Node) -> None:
        """Follow an expression that is the object, or has it in it, to where it goes."""
        carried = False
        while (parent := source.parent(node)) is not None:
            kind = parent.type
            if kind in _PASSING:
                node = parent
            elif kind in ("member_expression", "subscript_expression"):
                name = field(parent, "property")
                asked = source.word(name) if name is not None else ""
                search.shown |= name is None and (field(parent, "index") or parent).type != "string"
                if field(parent, "object") != node or not (carried or asked in search.keys):
                    return
                node = parent
            elif kind in _CARRIERS or (node.type == "shorthand_property_identifier" and kind == "object"):
                if kind == "pair" and field(parent, "value") != node:
                    return
                carried = True
                entry = node if kind == "object" else parent
                under = self.objects.key(source, entry) if kind != "array" else ""
                search.carried.add(under)
                search.entries.add((under, source.path, entry.start_byte))
                node = parent
            elif kind == "object":
                node = parent
            elif kind == "spread_element":
                around = source.parent(parent)
                search.shown |= around is None or around.type in ("object", "jsx_expression")
                if around is not None and around.type == "object" and not (carried or search.keys):
                    return  # a copy
                node = parent
            elif kind == "ternary_expression":
                if field(parent, "condition") == node:
                    return
                node = parent
            elif kind in ("binary_expression", "sequence_expression"):
                operator = field(parent, "operator")
                if operator is not None and operator.type not in ("&&", "||", "??"):
                    search.shown |= operator.type == "in"
                    return
                node = parent
            elif kind == "arguments":
                call = source.parent(parent)
                if call is None or not self._same(search, source, call):
                    return
                node = call
            else:
                self._ends(search, source, node, parent)
                return

    def _same(self, search: _Search, source: Source, call: Node) -> bool:
        """Whether a call gives back what it is given; of others, what is called is looked at."""
        callee = field(call, "function") or field(call, "constructor")
        if callee is None:
            return False
        name = source.word(callee)
        if name.rpartition(".")[2] in _SAME:
            return True
        search.shown = True
        if name.partition(".")[0] in _HARMLESS:
            return False
        if not self._callee(search, source, callee):
            search.spans.add(_whole(source))
        return True  # it may be what the call gives, too

    def _ends(self, search: _Search, source: Source, node: Node, parent: Node) -> None:
        """What becomes of the object where an expression ends."""
        kind = parent.type
        if kind == "variable_declarator" and field(parent, "value") == node:
            self._targets(search, source, field(parent, "name"))
        elif kind == "assignment_expression" and field(parent, "right") == node:
            left = field(parent, "left")
            if left is not None and left.type == "identifier":
                self._targets(search, source, left)
            else:
                search.spans.add(_whole(source))
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
            search.spans.add(_whole(source))

    def _targets(self, search: _Search, source: Source, name: Node | None) -> None:
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

    def _returned(self, search: _Search, source: Source, node: Node) -> None:
        function = node if node.type == "arrow_function" else None
        for above in source.above(node) if function is None else ():
            if above.type in _FUNCTIONS:
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
                search.spans.add(_whole(source))
        else:
            search.spans.add(_whole(source))

    def _attribute(self, search: _Search, source: Source, expression: Node) -> None:
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

    # What is called

    def _callee(self, search: _Search, source: Source, callee: Node) -> bool:
        """Look at what is given the object; whether that can be found, or is a package's."""
        root = bare(callee)
        while root.type in ("member_expression", "call_expression", "new_expression", "subscript_expression"):
            inner = field(root, "object") or field(root, "function") or field(root, "constructor")
            if inner is None:
                return False
            root = bare(inner)
        binding = source.binding(root) if root.type in ("identifier", "jsx_identifier") else None
        if root.type in _FUNCTIONS | _CLASSES:
            self._body(search, source, root)
            return True
        if binding is None:
            return root.type == "identifier"
        taken = self.modules.import_of(source, binding)
        if taken is not None:
            target = self.modules.target(source, taken.specifier)
            if target is None:
                return True  # a package's
            name = taken.name
            if name == "*" and callee.type == "member_expression":
                name = source.word(field(callee, "property") or callee)
            found = self.modules.lookup(target, name)
            if found is None:
                search.spans.add((target, 0, _END))
                return True
            self._declared(search, *found)
            return True
        self._declared(search, source, Export(binding))
        return binding.kind not in ("param", "catch")

    def _declared(self, search: _Search, source: Source, export: Export) -> None:
        node = export.value
        if export.binding is not None:
            name = source.at(export.binding.declared[0])
            node = source.parent(name)
            if node is not None and node.type == "variable_declarator":
                node = field(node, "value")
            if export.binding.written or len(export.binding.declared) != 1:
                search.spans.add(_whole(source))
        inner = bare(node) if node is not None else None
        if inner is not None and inner.type in _FUNCTIONS | _CLASSES:
            self._body(search, source, inner)
        else:
            search.spans.add(_whole(source))

    def _body(self, search: _Search, source: Source, function: Node) -> None:
        """What a function may do with what it is given, and those that it calls with something of its own."""
        key = (source.path, function.start_byte)
        if key in search.called:
            return
        search.called.add(key)
        low, high = function.start_byte, function.end_byte
        search.spans.add((source.path, low, high))
        stack = [function]
        while stack:
            node = stack.pop()
            stack += node.named_children
            target = field(node, "left") if node.type == "assignment_expression" else None
            if (
                target is not None
                and not self._local(source, target, low, high)
                and self._own(source, field(node, "right") or node, low, high, whole=True)
            ):
                search.spans.add(_whole(source))  # it may be kept
            if node.type in ("call_expression", "new_expression"):
                arguments = field(node, "arguments")
                callee = field(node, "function") or field(node, "constructor")
                if arguments is None or callee is None or not self._own(source, arguments, low, high):
                    continue
                if source.word(callee).partition(".")[0] not in _HARMLESS:
                    self._callee(search, source, callee)

    @staticmethod
    def _local(source: Source, target: Node | None, low: int, high: int) -> bool:
        """Whether an assignment goes to a variable of the function itself, or into it."""
        while target is not None and target.type in ("member_expression", "subscript_expression"):
            target = field(target, "object")
        binding = source.binding(target) if target is not None and target.type == "identifier" else None
        return binding is not None and binding.kind != "param" and low <= binding.declared[0] < high

    @staticmethod
    def _own(source: Source, node: Node, low: int, high: int, *, whole: bool = False) -> bool:
        """Whether an expression has a name in it that belongs to the function.

        Args:
            whole: one that is only asked for a member does not count.
        """
        stack = [node]
        while stack:
            node = stack.pop()
            if node.type in ("identifier", "shorthand_property_identifier", "this"):
                binding = source.binding(node)
                around = source.parent(node) if whole else None
                if around is not None and around.type == "member_expression":
                    continue
                if node.type == "this" or (binding is not None and low <= binding.declared[0] < high):
                    return True
            stack += node.named_children
        return False


_END = 1 << 40


def _whole(source: Source) -> Span:
    return source.path, 0, _END


def _place(found: tuple[Source, Export]) -> tuple[str, int]:
    source, export = found
    if export.binding is not None:
        return source.path, export.binding.declared[0]
    return source.path, export.value.start_byte if export.value is not None else -1
