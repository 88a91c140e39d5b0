"""Looking at nodes of a syntax tree: the statement around one, what a chain begins with, what it requires."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence

from ..code.js.endings import GRAMMAR_OF_ENDING
from ..code.js.parse import Node, Parsed, parse, word
from ..code.js.text import NotTextError, Text

_PURE = frozenset(
    {
        "identifier", "string", "number", "true", "false", "null", "undefined", "template_string", "object",
        "array", "arrow_function", "function_expression", "member_expression", "regex", "as_expression",
        "satisfies_expression", "parenthesized_expression", "class",
    }
)  # fmt: skip
CALLS = ("call_expression", "new_expression", "await_expression", "yield_expression")
FUNCTIONS = ("arrow_function", "function_expression", "function_declaration", "method_definition")


def read(path: str, data: bytes) -> Parsed | None:
    """A file's tree; None where it is no code, no text, or does not parse."""
    grammar = GRAMMAR_OF_ENDING.get("." + path.rpartition(".")[2].lower())
    if grammar is None:
        return None
    try:
        parsed = parse(Text(data).code, grammar)
    except NotTextError:
        return None
    return parsed if parsed.sound else None


def top_level(statements: Sequence[Node]) -> Callable[[int], int | None]:
    """Which of a file's statements an offset is in.

    Args:
        statements: in their order.
    """
    starts = [node.start_byte for node in statements]

    def at(offset: int) -> int | None:
        number = bisect_right(starts, offset) - 1
        return number if number >= 0 and offset < statements[number].end_byte else None

    return at


def enclosing(node: Node, kind: str) -> Node | None:
    here: Node | None = node
    while here is not None and here.type != kind:
        here = here.parent
    return here


def shown(node: Node) -> str:
    return " ".join(word(node).split())[:120]


def unquoted(node: Node | None) -> str:
    return word(node).strip("\"'`")


def source_of(statement: Node) -> str:
    return unquoted(statement.child_by_field_name("source"))


def required_by(declarator: Node) -> str:
    value = declarator.child_by_field_name("value")
    while value is not None and value.type in (
        "member_expression",
        "await_expression",
        "parenthesized_expression",
    ):
        value = value.child_by_field_name("object") or (
            value.named_children[0] if value.named_children else None
        )
    return call_source(value)


def required_alone(statement: Node) -> str:
    return call_source(statement.named_children[0]) if statement.named_children else ""


def call_source(value: Node | None) -> str:
    """What a ``require("…")`` or an ``import("…")`` names; empty for anything else."""
    if value is None or value.type != "call_expression":
        return ""
    if word(value.child_by_field_name("function")) not in ("require", "import"):
        return ""
    arguments = value.child_by_field_name("arguments")
    first = arguments.named_children[0] if arguments is not None and arguments.named_children else None
    return unquoted(first) if first is not None and first.type == "string" else ""


def identifiers(node: Node | None) -> Iterator[Node]:
    if node is None:
        return
    for each in walk(node, ()):
        if each.type in ("identifier", "type_identifier", "shorthand_property_identifier_pattern"):
            yield each


def walk(node: Node, skip: tuple[str, ...]) -> Iterator[Node]:
    stack = [node]
    while stack:
        here = stack.pop()
        yield here
        if here.type not in skip or here is node:
            stack.extend(reversed(here.named_children))


def statement_of(node: Node) -> Node | None:
    """The innermost statement around a node; None where a function's expression body comes first."""
    here: Node | None = node
    while here is not None:
        if here.type in ("expression_statement", "lexical_declaration", "variable_declaration"):
            return here
        if here.type.endswith("_statement") or here.type in ("program", "statement_block", "class_body"):
            return None
        above = here.parent
        if above is not None and above.type == "arrow_function" and above.child_by_field_name("body") == here:
            return None
        here = above
    return None


def unwrapped(node: Node) -> Node:
    while node.type in (
        "await_expression",
        "parenthesized_expression",
        "unary_expression",
        "non_null_expression",
    ):
        if not node.named_children:
            return node
        node = node.named_children[-1]
    return node


def root_of(node: Node) -> Node | None:
    """The identifier that a chain of calls and members begins with."""
    here: Node | None = node
    while here is not None:
        here = unwrapped(here)
        if here.type in ("identifier", "type_identifier"):
            return here
        if here.type == "call_expression":
            here = here.child_by_field_name("function")
        elif here.type == "new_expression":
            here = here.child_by_field_name("constructor")
        elif here.type in ("member_expression", "subscript_expression"):
            here = here.child_by_field_name("object")
        elif here.type in ("assignment_expression", "augmented_assignment_expression"):
            here = here.child_by_field_name("left")
        elif here.type in ("as_expression", "satisfies_expression"):
            here = here.named_children[0] if here.named_children else None
        else:
            return None
    return None


def is_pure(value: Node) -> bool:
    """Whether making a value does nothing else; functions are made, not called."""
    return value.type in _PURE and not any(
        node.type in CALLS or node.type.endswith("assignment_expression") or node.type == "update_expression"
        for node in walk(value, FUNCTIONS)
        if node is not value or value.type not in FUNCTIONS
    )
