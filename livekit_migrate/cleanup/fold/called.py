"""What is called with an object: the stretches of code that may write to it, and whom those give it on to."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as new

from .modules import Export, Modules
from .objects import Objects
from .source import Node, Source, bare, field

Span = tuple[str, int, int]
"""A stretch of a file: path, start and end."""

FUNCTIONS = frozenset(
    {
        "arrow_function", "function_expression", "function_declaration", "generator_function",
        "generator_function_declaration", "method_definition",
    }
)  # fmt: skip
_CLASSES = frozenset({"class_declaration", "abstract_class_declaration", "class"})
# What is asked, shown or copied, and not written to.
HARMLESS = frozenset({"console", "JSON", "Object", "Array", "Boolean", "String", "Number", "Reflect"})


@dataclass
class Search:
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
    unread: bool = False


class Called:
    """Looks at functions that are given objects."""

    def __init__(self, modules: Modules, objects: Objects) -> None:
        self.modules = modules
        self.objects = objects

    def _callee(self, search: Search, source: Source, callee: Node) -> bool:
        """Look at what is given the object; whether that can be found, or is a package's."""
        root = bare(callee)
        while root.type in ("member_expression", "call_expression", "new_expression", "subscript_expression"):
            inner = field(root, "object") or field(root, "function") or field(root, "constructor")
            if inner is None:
                return False
            root = bare(inner)
        binding = source.binding(root) if root.type in ("identifier", "jsx_identifier") else None
        if root.type in FUNCTIONS | _CLASSES:
            self._body(search, source, root)
            return True
        if binding is None:
            search.shown = True
            return root.type == "identifier"
        taken = self.modules.import_of(source, binding)
        if taken is not None:
            target = self.modules.target(source, taken.specifier)
            if target is None:
                search.shown |= not source.word(root).startswith("use")
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

    def _declared(self, search: Search, source: Source, export: Export) -> None:
        node = export.value
        if export.binding is not None:
            name = source.at(export.binding.declared[0])
            node = source.parent(name)
            if node is not None and node.type == "variable_declarator":
                node = field(node, "value")
            if export.binding.written or len(export.binding.declared) != 1:
                search.spans.add(whole(source))
        inner = bare(node) if node is not None else None
        if inner is not None and inner.type in FUNCTIONS | _CLASSES:
            self._body(search, source, inner)
        else:
            search.spans.add(whole(source))

    def _body(self, search: Search, source: Source, function: Node) -> None:
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
                search.spans.add(whole(source))  # it may be kept
            if node.type in ("call_expression", "new_expression"):
                arguments = field(node, "arguments")
                callee = field(node, "function") or field(node, "constructor")
                if arguments is None or callee is None or not self._own(source, arguments, low, high):
                    continue
                if source.word(callee).partition(".")[0] not in HARMLESS:
                    self._callee(search, source, callee)
                elif self._own(source, arguments, low, high, whole=True):
                    search.shown = True
            around = source.parent(node)
            if node.type == "for_in_statement" or (
                node.type == "spread_element" and around is not None and around.type != "arguments"
            ):
                asked = field(node, "right") or node
                search.shown |= self._own(source, asked, low, high, whole=True)

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


def whole(source: Source) -> Span:
    return source.path, 0, _END
