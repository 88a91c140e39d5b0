"""Small questions to nodes of the tree: what is called, with what, in which function."""

from __future__ import annotations

from collections.abc import Iterator

from ...code.js.parse import Node, word

FUNCTIONS = frozenset(
    {
        "function_declaration",
        "function_expression",
        "generator_function",
        "generator_function_declaration",
        "arrow_function",
        "method_definition",
    }
)
WRAPPERS = frozenset(
    {
        "parenthesized_expression",
        "as_expression",
        "satisfies_expression",
        "non_null_expression",
        "type_assertion",
    }
)


def unwrap(node: Node | None) -> Node | None:
    """An expression without parentheses and casts around it."""
    while node is not None and node.type in WRAPPERS and node.named_children:
        inner = [child for child in node.named_children if child.type != "comment"]
        node = (inner[-1] if node.type == "type_assertion" else inner[0]) if inner else None
    return node


def outward(node: Node) -> Node:
    """The outermost of the parentheses and casts around an expression."""
    while node.parent is not None and node.parent.type in WRAPPERS:
        node = node.parent
    return node


def callee(node: Node) -> Node | None:
    """What a call or ``new`` calls."""
    return unwrap(node.child_by_field_name("function") or node.child_by_field_name("constructor"))


def arguments(node: Node) -> list[Node]:
    """The arguments of a call; none of a tagged template."""
    found = node.child_by_field_name("arguments")
    if found is None or found.type != "arguments":
        return []
    return [child for child in found.named_children if child.type != "comment"]


def method(node: Node) -> str:
    """``b`` of a call ``a.b()``; the name of a plain call ``b()``; empty for all else."""
    called = callee(node)
    if called is None:
        return ""
    if called.type == "member_expression":
        return word(called.child_by_field_name("property"))
    return word(called) if called.type == "identifier" else ""


def receiver(node: Node) -> Node | None:
    """``a`` of a call ``a.b()``."""
    called = callee(node)
    if called is None or called.type != "member_expression":
        return None
    return unwrap(called.child_by_field_name("object"))


def string(node: Node | None) -> str | None:
    """The text of a string without substitutions; None for all else."""
    node = unwrap(node)
    if node is None or node.type not in ("string", "template_string"):
        return None
    if any(child.type == "template_substitution" for child in node.named_children):
        return None
    return word(node)[1:-1]


def number(node: Node | None) -> float | None:
    """The value of a number, or of a product of numbers."""
    node = unwrap(node)
    if node is None:
        return None
    if node.type == "number":
        try:
            return float(word(node).replace("_", ""))
        except ValueError:
            return None
    if node.type == "binary_expression" and word(node.child_by_field_name("operator")) == "*":
        left = number(node.child_by_field_name("left"))
        right = number(node.child_by_field_name("right"))
        return None if left is None or right is None else left * right
    return None


def fields(node: Node | None) -> dict[str, Node]:
    """The fields of an object literal by name; a shorthand's value is the identifier itself."""
    node = unwrap(node)
    found: dict[str, Node] = {}
    if node is None or node.type != "object":
        return found
    for child in node.named_children:
        if child.type == "pair":
            key, value = child.child_by_field_name("key"), child.child_by_field_name("value")
            if key is not None and value is not None and key.type in ("property_identifier", "string"):
                found[word(key).strip("'\"")] = value
        elif child.type == "shorthand_property_identifier":
            found[word(child)] = child
        elif child.type == "method_definition" and (name := child.child_by_field_name("name")) is not None:
            found[word(name)] = child
    return found


def spreads(node: Node | None) -> bool:
    """Whether an object literal takes fields of another one."""
    node = unwrap(node)
    return node is not None and any(child.type == "spread_element" for child in node.named_children)


def function_of(node: Node) -> Node | None:
    """The function that a node is in."""
    at = node.parent
    while at is not None and at.type not in FUNCTIONS:
        at = at.parent
    return at


def is_async(function: Node) -> bool:
    return any(child.type == "async" for child in function.children)


def ancestors(node: Node) -> Iterator[Node]:
    at = node.parent
    while at is not None:
        yield at
        at = at.parent


def inside(node: Node, outer: Node) -> bool:
    return outer.start_byte <= node.start_byte and node.end_byte <= outer.end_byte


def same(one: Node | None, other: Node | None) -> bool:
    return one is not None and other is not None and one.id == other.id


def members(node: Node | None) -> list[str]:
    """``["a", "b", "c"]`` of ``a.b?.c`` or ``a["b"].c``; empty where anything else is in it."""
    parts: list[str] = []
    node = unwrap(node)
    while node is not None:
        if node.type in ("identifier", "this", "shorthand_property_identifier"):
            parts.append(word(node))
            return parts[::-1]
        if node.type == "member_expression":
            parts.append(word(node.child_by_field_name("property")))
        elif node.type == "subscript_expression":
            index = string(node.child_by_field_name("index"))
            if index is None:
                return []
            parts.append(index)
        elif node.type == "meta_property":
            parts.append(word(node))
            return parts[::-1]
        else:
            return []
        node = unwrap(node.child_by_field_name("object"))
    return []
