"""Where an object comes from: a literal, a context's provider, a hook's result, in whatever file.

A flag that escapes into an object comes back out of it under a property's name. A read of that name is
decided only where every object that it can be read from is known and has the flag there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .modules import Export, Modules, text_of
from .names import stable, value_of
from .source import Binding, Node, Source, bare, children, field, statements

_DEEP = 12
_READERS = frozenset({"useContext", "use", "useContextSelector"})
_CONTEXT_PACKAGES = frozenset(
    {"react", "preact/hooks", "preact", "use-context-selector", "@fluentui/react-context-selector"}
)
_FUNCTIONS = frozenset(
    {
        "arrow_function",
        "function_expression",
        "function_declaration",
        "generator_function",
        "method_definition",
        "generator_function_declaration",
    }
)
_CHAINS = frozenset({"member_expression", "subscript_expression", "call_expression", "non_null_expression"})
_ENDS = frozenset({"return_statement", "throw_statement"})
_NOTHING = frozenset({"null", "undefined"})


@dataclass(frozen=True)
class Object:
    """An object literal in a file."""

    path: str
    start: int


Origins = frozenset[Object] | None
"""All literals that a value may be; None where it may be something else, too."""

NOWHERE: frozenset[Object] = frozenset()
ABSENT = Object("", 0)
"""Stands for ``null`` and ``undefined``: asking it for a property throws, but with ``?.`` gives nothing."""
FALSE = Object("", 1)
"""Stands for whatever else counts as false: asking it for a property gives nothing."""


class Objects:
    """Follows objects through a project. ``unsafe`` takes it that a context is read below its provider."""

    def __init__(self, modules: Modules, *, unsafe: bool) -> None:
        self.modules = modules
        self.unsafe = unsafe
        self._contexts: dict[tuple[str, int], Origins] = {}
        self._busy: set[tuple[str, int, int]] = set()
        self._known: dict[tuple[str, int, int], Origins] = {}

    def trace(self, source: Source, node: Node, depth: int = _DEEP) -> Origins:
        """The literals that an expression may come to."""
        key = (source.path, node.start_byte, node.end_byte)
        if key in self._known:
            return self._known[key]
        if not depth or key in self._busy:
            return None
        self._busy.add(key)
        try:
            found = self._trace(source, bare(node), depth - 1)
        finally:
            self._busy.discard(key)
        if depth == _DEEP:
            self._known[key] = found
        return found

    def _trace(self, source: Source, node: Node, depth: int) -> Origins:
        match node.type:
            case "object":
                return frozenset({Object(source.path, node.start_byte)})
            case kind if kind in _NOTHING:
                return frozenset({ABSENT})
            case "false":
                return frozenset({FALSE})
            case "identifier" | "shorthand_property_identifier":
                binding = source.binding(node)
                return self._binding(source, binding, depth) if binding is not None else None
            case "member_expression":
                owner, name = field(node, "object"), field(node, "property")
                if owner is None or name is None:
                    return None
                return self._member(source, owner, source.word(name), depth, optional=optional(node))
            case "call_expression":
                return self._call(source, node, depth)
            case "ternary_expression":
                return self._union(source, [field(node, "consequence"), field(node, "alternative")], depth)
            case "binary_expression":
                operator = field(node, "operator")
                sign = operator.type if operator is not None else ""
                left = self._union(source, [field(node, "left")], depth) if sign != "&&" else NOWHERE
                right = self._union(source, [field(node, "right")], depth)
                if left is None or right is None:
                    return None
                if sign == "&&":
                    return right | {FALSE}
                if sign in ("||", "??"):
                    return (left - ({ABSENT, FALSE} if sign == "||" else {ABSENT})) | right
        return None

    def _union(self, source: Source, nodes: list[Node | None], depth: int) -> Origins:
        found: frozenset[Object] = NOWHERE
        for node in nodes:
            one = self.trace(source, node, depth) if node is not None else None
            if one is None:
                return None
            found |= one
        return found

    def _member(
        self, source: Source, owner: Node, name: str, depth: int, *, optional: bool = False
    ) -> Origins:
        """The objects that a property may hold."""
        inner = bare(owner)
        binding = source.binding(inner) if inner.type == "identifier" else None
        taken = self.modules.import_of(source, binding) if binding is not None else None
        if taken is not None and taken.name == "*":
            target = self.modules.target(source, taken.specifier)
            found = self.modules.lookup(target, name) if target is not None else None
            return self._export(found, depth) if found is not None else None
        origins = self.trace(source, owner, depth)
        if origins is None:
            return None
        found_: frozenset[Object] = NOWHERE
        for each in origins:
            if each is ABSENT:
                found_ |= {ABSENT} if optional else NOWHERE
                continue
            value = self.property(each, name)
            if value is None:
                return None
            one = self.trace(*value, depth)
            if one is None:
                return None
            found_ |= one
        return found_

    def property(self, each: Object, name: str) -> tuple[Source, Node] | None:
        """The value that a literal gives a property; None where it gives none, or that is not plain."""
        source = self.modules.source(each.path) if each.path else None
        if source is None:
            return None
        literal = self.literal(source, each)
        value: Node | None = None
        for entry in children(literal):
            if entry.type == "spread_element":
                inner = children(entry)
                held = self.trace(source, inner[0]) if inner else None
                if held is None:
                    value = None
                    continue
                for other in held:
                    if self.names(other, name):
                        return self.property(other, name) if len(held) == 1 else None
            elif self.computed(entry):
                value = None
            elif self.key(source, entry) == name:
                value = field(entry, "value") if entry.type == "pair" else entry
        return (source, value) if value is not None else None

    def names(self, each: Object, name: str) -> bool:
        """Whether a literal has a property of a name."""
        if not each.path:
            return False
        source = self.modules.source(each.path)
        if source is None:
            return True
        return any(
            entry.type == "spread_element" or self.computed(entry) or self.key(source, entry) == name
            for entry in children(self.literal(source, each))
        )

    @staticmethod
    def computed(entry: Node) -> bool:
        """Whether an entry's name is only known when it runs."""
        key = field(entry, "key") or field(entry, "name")
        return key is not None and key.type == "computed_property_name"

    @staticmethod
    def literal(source: Source, each: Object) -> Node:
        node = source.at(each.start)
        while node.type != "object":
            parent = source.parent(node)
            assert parent is not None  # noqa: S101 - it was found there
            node = parent
        return node

    @staticmethod
    def key(source: Source, entry: Node) -> str:
        """An entry's name; empty where it is computed."""
        if entry.type == "shorthand_property_identifier":
            return source.word(entry)
        key = field(entry, "key") or field(entry, "name")
        if key is None or key.type not in ("property_identifier", "string"):
            return ""
        return source.word(key).strip("\"'")

    def _binding(self, source: Source, binding: Binding, depth: int) -> Origins:
        if binding.kind == "import":
            found = self.modules.follow(source, binding)
            return self._export(found, depth) if found is not None else None
        if binding.kind == "param":
            return self._parameter(source, binding, depth)
        if binding.kind == "var" and not stable(source, binding):
            return None  # before its own line it is undefined
        value = value_of(source, binding)
        if value is not None:
            return self.trace(source, value, depth)
        return self._destructured(source, binding, depth)

    def _export(self, found: tuple[Source, Export], depth: int) -> Origins:
        source, export = found
        if export.binding is not None:
            return self._binding(source, export.binding, depth)
        return self.trace(source, export.value, depth) if export.value is not None else None

    def _destructured(self, source: Source, binding: Binding, depth: int) -> Origins:
        """``const { config } = …``: what the property holds."""
        if binding.written or len(binding.declared) != 1 or binding.kind not in ("const", "let", "var"):
            return None
        entry = pattern_entry(source, source.at(binding.declared[0]))
        if entry is None:
            return None
        name, value = entry
        return self._member(source, value, name, depth)

    def _parameter(self, source: Source, binding: Binding, depth: int) -> Origins:
        """The parameter of a selector is the context's value."""
        name = source.at(binding.declared[0])
        function = next((above for above in source.above(name) if above.type in _FUNCTIONS), None)
        if function is None or binding.written:
            return None
        parameters = field(function, "parameters") or field(function, "parameter")
        first = children(parameters)[0] if parameters is not None and children(parameters) else parameters
        if first is None or source.at(first.start_byte) != name:
            return None
        arguments = source.parent(function)
        call = source.parent(arguments) if arguments is not None else None
        if (
            arguments is None
            or call is None
            or call.type != "call_expression"
            or arguments.type != "arguments"
        ):
            return None
        given = children(arguments)
        if len(given) == 2 and given[1] == function and self._reader(source, call) == "useContextSelector":
            return self._context_of(source, given[0], depth)
        return None

    # Calls

    def _call(self, source: Source, node: Node, depth: int) -> Origins:
        callee, arguments = field(node, "function"), field(node, "arguments")
        if callee is None or arguments is None:
            return None
        given = children(arguments)
        word = source.word(callee)
        if word == "require" and given and given[0].type == "string":
            target = self.modules.target(source, text_of(source, given[0]))
            found = self.modules.lookup(target, "*") if target is not None else None
            return self._export(found, depth) if found is not None else None
        if word in ("Object.freeze", "Object.seal") and given:
            return self.trace(source, given[0], depth)
        reader = self._reader(source, node)
        if reader == "useMemo" and given:
            return self._returns(source, given[0], depth)
        if reader in _READERS and given:
            if reader == "useContextSelector":
                return self._returns(source, given[1], depth) if len(given) > 1 else None
            return self._context_of(source, given[0], depth)
        if callee.type != "identifier":
            return None
        binding = source.binding(callee)
        found = self.modules.follow(source, binding) if binding is not None else None
        if found is None:
            return None
        owner, export = found
        function = self.function(owner, export)
        return self._returns(owner, function, depth) if function is not None else None

    def _reader(self, source: Source, call: Node) -> str:
        """What React calls a hook, whatever it is imported as; empty for others."""
        callee = field(call, "function")
        if callee is None:
            return ""
        if callee.type == "member_expression":
            owner, name = field(callee, "object"), field(callee, "property")
            return (
                source.word(name)
                if owner is not None and name is not None and source.word(owner) == "React"
                else ""
            )
        binding = source.binding(callee) if callee.type == "identifier" else None
        taken = self.modules.import_of(source, binding) if binding is not None else None
        if taken is None or taken.specifier not in _CONTEXT_PACKAGES:
            return ""
        return taken.name

    def function(self, source: Source, export: Export) -> Node | None:
        """The function that a name stands for."""
        node = export.value
        if export.binding is not None:
            if export.binding.written or len(export.binding.declared) != 1:
                return None
            node = value_of(source, export.binding)
            if node is None:
                declared = source.parent(source.at(export.binding.declared[0]))
                node = declared if declared is not None and declared.type == "function_declaration" else None
        return bare(node) if node is not None and bare(node).type in _FUNCTIONS else None

    def _returns(self, source: Source, function: Node, depth: int) -> Origins:
        function = bare(function)
        if function.type not in _FUNCTIONS or source.word(function).startswith("async"):
            return None
        body = field(function, "body")
        if body is None or "generator" in function.type:
            return None
        if body.type != "statement_block":
            return self.trace(source, body, depth)
        items = statements(body)
        found = NOWHERE if items and items[-1].type in _ENDS else frozenset({ABSENT})
        for each in returns(body):
            values = children(each)
            one = self.trace(source, values[0], depth) if values else frozenset({ABSENT})
            if one is None:
                return None
            found |= one
        return found

    # Contexts

    def _context_of(self, source: Source, node: Node, depth: int) -> Origins:
        del depth
        key = self.context(source, node)
        if key is None:
            return None
        if key not in self._contexts:
            self._contexts[key] = None
            self._contexts[key] = self._provided(key)
        return self._contexts[key]

    def context(self, source: Source, node: Node) -> tuple[str, int] | None:
        """Which context an expression names: the file and place of its ``createContext``."""
        node = bare(node)
        binding = source.binding(node) if node.type == "identifier" else None
        found = self.modules.follow(source, binding) if binding is not None else None
        if found is None or found[1].binding is None:
            return None
        owner, value = found[0], value_of(found[0], found[1].binding)
        if value is None or bare(value).type != "call_expression":
            return None
        name = owner.word(field(bare(value), "function") or value)
        return (
            (owner.path, found[1].binding.declared[0]) if name.rpartition(".")[2] == "createContext" else None
        )

    def _provided(self, key: tuple[str, int]) -> Origins:
        path, at = key
        owner = self.modules.source(path)
        if owner is None:
            return None
        found: frozenset[Object] = NOWHERE
        providers = 0
        for source in self._users(owner):
            for element, value in self._providers(source, key):
                providers += 1
                one = self.trace(source, value) if value is not None else None
                if one is None:
                    return None
                found |= one
                del element
        default = value_of(owner, owner.scopes.at[at])
        given = children(field(bare(default), "arguments") or default) if default is not None else []
        if given and not (self.unsafe and providers):
            one = self.trace(owner, given[0])
            if one is None:
                return None
            found |= one
        return found

    def _users(self, owner: Source) -> Iterator[Source]:
        """The files that may name a context: its own, those that import it, also through others."""
        self.modules.index()
        seen = {owner.path}
        waiting = [owner.path]
        while waiting:
            path = waiting.pop()
            source = self.modules.source(path)
            if source is not None:
                yield source
            for importer in self.modules.importers.get(path, ()):
                if importer in seen:
                    continue
                other = self.modules.source(importer)
                if other is None:
                    continue
                exports = self.modules.exports(other)
                passes_on = exports.stars or any(each.specifier for each in exports.names.values())
                seen.add(importer)
                if passes_on:
                    waiting.append(importer)
                else:
                    yield other

    def _providers(self, source: Source, key: tuple[str, int]) -> Iterator[tuple[Node, Node | None]]:
        for element in opening_elements(source):
            name = field(element, "name")
            if name is None:
                continue
            owner = field(name, "object") if name.type == "member_expression" else None
            if owner is not None and source.word(name).endswith(".Provider"):
                if self.context(source, owner) == key:
                    yield element, attribute(source, element, "value")
            elif name.type == "identifier" and self.context(source, name) == key:
                yield element, attribute(source, element, "value")


def opening_elements(source: Source) -> Iterator[Node]:
    """The JSX elements of a file whose name may be a context's."""
    if b"Provider" not in source.code and b"value=" not in source.code:
        return
    stack = [source.root]
    while stack:
        node = stack.pop()
        if node.type in ("jsx_opening_element", "jsx_self_closing_element"):
            yield node
        stack += node.named_children


def attribute(source: Source, element: Node, name: str) -> Node | None:
    """The value of a JSX attribute; None where there is none, or it may come from a spread."""
    found: Node | None = None
    for each in element.named_children:
        if each.type == "jsx_expression":
            return None
        if each.type == "jsx_attribute" and source.word(each.named_children[0]) == name:
            value = each.named_children[-1]
            inner = children(value) if value.type == "jsx_expression" else []
            found = inner[0] if inner else None
    return found


def optional(node: Node) -> bool:
    """Whether a property is asked for only if its object is there: ``a?.b``, also further left."""
    while node.type in (
        "member_expression",
        "subscript_expression",
        "call_expression",
        "non_null_expression",
    ):
        if any(child.type == "optional_chain" for child in node.children):
            return True
        inner = field(node, "object") or field(node, "function")
        if inner is None:
            inner = node.named_children[0] if node.named_children else None
        if inner is None:
            return False
        node = inner
    return False


def returns(body: Node) -> Iterator[Node]:
    """The return statements of a function, those of functions in it left out."""
    stack = [body]
    while stack:
        node = stack.pop()
        if node.type == "return_statement":
            yield node
        elif node.type not in _FUNCTIONS and node.type != "class_body":
            stack += node.named_children


def pattern_entry(source: Source, name: Node) -> tuple[str, Node] | None:
    """For a name in ``const { key: name } = value``: the key and the value. None in deeper patterns."""
    entry = name
    key = source.word(name)
    parent = source.parent(entry)
    while parent is not None and parent.type in (
        "object_assignment_pattern",
        "assignment_pattern",
        "pair_pattern",
    ):
        if parent.type == "pair_pattern":
            named = field(parent, "key")
            if named is None or named.type not in ("property_identifier", "string"):
                return None
            key = source.word(named).strip("\"'")
        entry, parent = parent, source.parent(parent)
    declarator = source.parent(parent) if parent is not None else None
    if parent is None or parent.type != "object_pattern" or declarator is None:
        return None
    if declarator.type != "variable_declarator" or any(c.type == "rest_pattern" for c in parent.children):
        return None
    value = field(declarator, "value")
    return (key, value) if value is not None else None
