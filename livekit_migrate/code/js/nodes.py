"""Going through a syntax tree, and a few questions that every reader of one has."""

from __future__ import annotations

from collections.abc import Iterator

from .parse import Node, word


def walk(root: Node) -> Iterator[Node]:
    """All nodes, those without a name too, each before what is in it, in order."""
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(node.children))


def of_type(root: Node, *kinds: str) -> Iterator[Node]:
    """The nodes of these kinds."""
    return (node for node in walk(root) if node.type in kinds)


def text_of(node: Node | None) -> str:
    """What a string literal says; ``""`` for anything else. Escapes stay as they are written."""
    if node is None or node.type not in ("string", "template_string"):
        return ""
    if any(child.type == "template_substitution" for child in node.named_children):
        return ""
    return word(node)[1:-1]


def above(node: Node, *kinds: str) -> Node | None:
    """The nearest node of these kinds that a node lies in."""
    found = node.parent
    while found is not None and found.type not in kinds:
        found = found.parent
    return found


def called(node: Node) -> str:
    """What a call calls, as written: ``app.use``, ``new Hono``; ``""`` for what is no call of a name."""
    if node.type == "new_expression":
        return f"new {word(node.child_by_field_name('constructor'))}"
    if node.type != "call_expression":
        return ""
    function = node.child_by_field_name("function")
    if function is None or function.type not in ("identifier", "member_expression"):
        return ""
    return word(function)


def arguments(node: Node) -> list[Node]:
    """The arguments of a call, comments left out."""
    listed = node.child_by_field_name("arguments")
    if listed is None:
        return []
    return [child for child in listed.named_children if child.type != "comment"]


def bare(node: Node | None) -> Node | None:
    """An expression without what only types or brackets add: ``(x as T)!`` is ``x``."""
    while node is not None and node.type in (
        "parenthesized_expression",
        "as_expression",
        "satisfies_expression",
        "non_null_expression",
        "await_expression",
    ):
        node = node.named_children[0] if node.named_children else None
    return node
