"""Whether what holds a flag may be changed: its property written to or deleted, by name or blindly."""

from __future__ import annotations

import re
from collections.abc import Iterable

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
    rb"\](?=\s*(?:(?:[-+*/%&|^<>?]{1,3})?=(?![=>])|\+\+|--|[\],)}]|of\b|in\b))|\bdelete\b"
    rb"|\b(?:assign|defineProperty|defineProperties|merge|extend|defaults)(?=\s*\()|\bset(?=\s*\(\s*\w+\s*,)"
)


class Changes:
    """Looks for writes to properties."""

    def __init__(self, objects: Objects) -> None:
        self.objects = objects

    def any(self, source: Source, key: str, writers: Iterable[tuple[str, int]]) -> bool:
        """Whether a file may assign to a property of that name of an object that is known.

        Args:
            writers: where objects hold a flag under the name: file and place.
        """
        paths = {path for path, _ in writers}
        for match in re.finditer(rb"\.\s*" + re.escape(key.encode()) + rb"(?![\w$])", source.code):
            node = source.at(match.end() - 1)
            parent = source.parent(node)
            if parent is None or parent.type != "member_expression" or not assigned(source, parent):
                continue
            owner = field(parent, "object")
            if owner is None or source.word(owner) in ("exports", "module.exports"):
                continue
            if self._objects_of(source, owner):
                return True
        return self._blindly(source, key, paths)

    def _objects_of(self, source: Source, node: Node) -> bool:
        """Whether an expression may be an object at all."""
        origins = self.objects.trace(source, node)
        return origins is None or bool(origins - {ABSENT, FALSE})

    def _blindly(self, source: Source, key: str, paths: set[str]) -> bool:
        """Whether a file may change a property without its name after a dot: ``o[k] = …``, ``assign(o)``."""
        for match in _BLIND.finditer(source.code):
            node = source.at(match.start())
            if node.type == "]":
                asked = source.parent(node)
            else:
                call = source.parent(node)
                while call is not None and call.type == "member_expression":
                    call = source.parent(call)
                given = field(call, "argument") if call is not None else None
                asked = bare(given) if given is not None else call
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
            if self._may_hold(source, owner, key, paths):
                return True
        return False

    def _may_hold(self, source: Source, owner: Node, key: str, paths: set[str]) -> bool:
        """Whether an expression may be an object that holds a flag under a name."""
        origins = self.objects.trace(source, owner)
        if origins is not None:
            return any(each.path and self.objects.property(each, key) is not None for each in origins)
        # A function's own parameter, in the file that writes the object: it may well be given it.
        inner = bare(owner)
        binding = source.binding(inner) if inner.type in ("identifier", "this") else None
        return binding is not None and binding.kind == "param" and source.path in paths


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
