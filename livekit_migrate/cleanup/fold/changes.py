"""Whether what holds a flag may be changed: its property written to or deleted, by name or blindly."""

from __future__ import annotations

import re
from collections.abc import Collection

from .handed import Given
from .objects import ABSENT, FALSE, Objects
from .source import Node, Source, bare, children, field

_WRITING = frozenset(
    {
        "assignment_expression", "augmented_assignment_expression", "update_expression",
        "assignment_pattern", "for_in_statement",
    }
)  # fmt: skip
# An element that is written to or deleted, and the functions that write to what they are given first.
_BLIND = re.compile(
    rb"\](?=(?:\s|/\*[^*]*\*/|//[^\n]*\n)*"
    rb"(?:(?:[-+*/%&|^<>?]{1,3})?=(?![=>])|\+\+|--|[\],)}!]|of\b|in\b|as\b|satisfies\b))|\bdelete\b"
    rb"|\b(?:assign|defineProperty|defineProperties|merge|extend|defaults"
    rb"|deleteProperty)(?=\s*\()|\bset(?=\s*\(\s*[\w.$\[\]]+\s*,)"
)


# In a template no tree says what is written to: Vue's and Svelte's handlers and two-way bindings.
_MARKUP = (
    rb"[\w$)\]!?]\s*\.\s*%(key)s\s*(?:(?:[-+*/%%&|^<>?]{1,3})?=(?![=>])|\+\+|--)"
    rb"|(?:\+\+|--|\bdelete\s)\s*[\w$.?!\[\]]*\.%(key)s(?![\w$])"
    rb"|(?:\bv-model[\w.:-]*\s*=\s*[\"']|\bbind:[\w-]+\s*=\s*[\"']?\{)[^\"'}]*\.\s*%(key)s(?![\w$])"
)


def in_markup(text: bytes, key: str) -> bool:
    """Whether a component or page writes to a property of that name, in its scripts or its markup."""
    return re.search(_MARKUP % {b"key": re.escape(key.encode())}, text) is not None


class Changes:
    """Looks for writes to properties."""

    def __init__(self, objects: Objects) -> None:
        self.objects = objects

    def any(self, source: Source, key: str, writers: Collection[tuple[str, int]], given: Given) -> bool:
        """Whether a file may assign to a property of that name of an object that is known.

        Args:
            writers: where objects hold a flag under the name: file and place.
            given: where such an object is at hand as a whole.
        """
        named = rb"\.(?:\s|/\*[^*]*\*/)*" + re.escape(key.encode()) + rb"(?![\w$])"
        for match in re.finditer(named, source.code):
            node = source.at(match.end() - 1)
            parent = source.parent(node)
            if parent is None or parent.type != "member_expression" or not assigned(source, parent):
                continue
            owner = field(parent, "object")
            if owner is None or source.word(owner) in ("exports", "module.exports"):
                continue
            if self._objects_of(source, owner):
                return True
        return self._blindly(source, key, writers, given)

    def _objects_of(self, source: Source, node: Node) -> bool:
        """Whether an expression may be an object at all."""
        origins = self.objects.trace(source, node)
        return origins is None or bool(origins - {ABSENT, FALSE})

    def _blindly(self, source: Source, key: str, writers: Collection[tuple[str, int]], given: Given) -> bool:
        """Whether a file may change a property without its name after a dot: ``o[k] = …``, ``assign(o)``."""
        for match in _BLIND.finditer(source.code):
            node = source.at(match.start())
            if node.type == "]":
                asked = source.parent(node)
            else:
                call = source.parent(node)
                while call is not None and call.type == "member_expression":
                    call = source.parent(call)
                deleted = field(call, "argument") if call is not None else None
                asked = bare(deleted) if deleted is not None else call
            if asked is None:
                continue
            if asked.type == "subscript_expression" and assigned(source, asked):
                owner, index = field(asked, "object"), field(asked, "index")
                if owner is None or index is None or index.type == "number":
                    continue
                if index.type == "string":
                    if source.word(index)[1:-1] == key and self._objects_of(source, owner):
                        return True
                    continue
            elif asked.type == "call_expression":
                items = children(field(asked, "arguments") or asked)
                owner = items[0] if items else None
                if owner is None or field(asked, "arguments") is None:
                    continue
            else:
                continue
            if self._may_hold(source, owner, key, writers):
                return True
            if given.at(source.path, match.start()) and self._may_be_given(source, owner, given):
                return True
        return False

    def _may_hold(self, source: Source, owner: Node, key: str, writers: Collection[tuple[str, int]]) -> bool:
        """Whether an expression may be an object that holds a flag under a name."""
        origins = self.objects.trace(source, owner)
        if origins is not None:
            return any(each.path and self.objects.property(each, key) is not None for each in origins)
        # A function's own parameter, in the file that writes the object: it may well be given it.
        inner = bare(owner)
        if inner.type == "this":
            return any(
                path == source.path and _is_this(source, inner, source.at(start)) for path, start in writers
            )
        binding = source.binding(inner) if inner.type == "identifier" else None
        return binding is not None and binding.kind == "param" and any(p == source.path for p, _ in writers)

    def _may_be_given(self, source: Source, owner: Node, given: Given, depth: int = 6) -> bool:
        """Whether an expression may be what a function was given, or came out of that."""
        node = bare(owner)
        while node.type in ("member_expression", "subscript_expression", "await_expression"):
            name, index = field(node, "property"), field(node, "index")
            plain = name is not None or (index is not None and index.type in ("string", "number"))
            word = source.word(name or index or node).strip("\"'")
            # ``this.o`` is what a constructor was given, under whatever name it keeps it.
            kept = bare(field(node, "object") or node).type == "this"
            if plain and not kept and word not in given.names and not word.isdigit():
                return False
            inner = field(node, "object") or (children(node)[0] if children(node) else None)
            if inner is None:
                return True
            node = bare(inner)
        if node.type == "this":
            return True
        if node.type in ("call_expression", "new_expression"):
            callee = field(node, "function") or field(node, "constructor")
            parts = [callee] if callee is not None and callee.type == "member_expression" else []
            parts += children(field(node, "arguments") or node)
        elif node.type in ("ternary_expression", "binary_expression", "array", "sequence_expression"):
            parts = children(node)
        elif node.type == "identifier":
            return self._name_may_be(source, node, given, depth)
        else:
            return False
        return depth == 0 or any(self._may_be_given(source, part, given, depth - 1) for part in parts)

    def _name_may_be(self, source: Source, name: Node, given: Given, depth: int) -> bool:
        binding = source.binding(name)
        if binding is None or not depth:
            return binding is not None
        if binding.kind in ("param", "catch"):
            return True
        if binding.kind == "import":
            taken = self.objects.modules.import_of(source, binding)
            return taken is not None and self.objects.modules.target(source, taken.specifier) is not None
        if binding.written or len(binding.declared) != 1:
            return True
        for above in source.above(source.at(binding.declared[0])):
            if above.type in ("variable_declarator", "for_in_statement"):
                value = field(above, "value") or field(above, "right")
                return value is None or self._may_be_given(source, value, given, depth - 1)
            if above.type.endswith("_declaration"):
                break
        return False


def _is_this(source: Source, this: Node, entry: Node) -> bool:
    """Whether ``this`` is, in a method of it, the literal that an entry lies in."""
    literal = next((above for above in source.above(entry) if above.type == "object"), None)
    for above in source.above(this):
        if above.type in ("method_definition", "function_expression", "generator_function"):
            around = source.parent(above)
            if around is not None and around.type == "pair":
                around = source.parent(around)
            return around == literal
    return False


def assigned(source: Source, node: Node) -> bool:
    """Whether a property is written to or deleted."""
    parent = source.parent(node)
    while parent is not None and parent.type in (
        "parenthesized_expression", "non_null_expression", "as_expression", "satisfies_expression",
    ):  # fmt: skip
        node, parent = parent, source.parent(parent)
    if parent is None:
        return False
    if parent.type == "pair_pattern":
        return field(parent, "value") == node
    if parent.type == "unary_expression":
        return source.word(parent).startswith("delete")
    return parent.type in ("array_pattern", "rest_pattern") or (
        parent.type in _WRITING and (field(parent, "left") or field(parent, "argument")) == node
    )
