"""How statements end: whether the next one is reached, and whether it could be taken for a part of them."""

from __future__ import annotations

from .source import Node, children, field, statements

JUMPS = frozenset({"return_statement", "throw_statement", "break_statement", "continue_statement"})
_OPEN_ENDED = frozenset(
    {
        "expression_statement",
        "lexical_declaration",
        "variable_declaration",
        "return_statement",
        "throw_statement",
        "type_alias_declaration",
        "import_statement",
        "break_statement",
        "continue_statement",
        "debugger_statement",
    }
)


def jumps(node: Node) -> bool:
    """Whether a statement, as it was written, never lets the next one be reached."""
    if node.type in JUMPS:
        return True
    if node.type == "statement_block":
        items = statements(node)
        return bool(items) and jumps(items[-1])
    if node.type == "if_statement":
        body, clause = field(node, "consequence"), field(node, "alternative")
        other = children(clause) if clause is not None else []
        return body is not None and bool(other) and jumps(body) and jumps(other[0])
    return False


def terminated(node: Node, code: bytes) -> bool:
    """Whether a statement ends where it ends whatever comes next."""
    end = code[node.end_byte - 1 : node.end_byte]
    if end == b";":
        return True
    if node.type == "comment":
        return True
    if end != b"}" or node.type in _OPEN_ENDED:
        return False
    last = node.named_children[-1] if node.named_children else None
    if (
        last is not None
        and last.end_byte == node.end_byte
        and node.type not in ("statement_block", "class_body")
    ):
        if last.type in ("object", "object_type", "template_string", "arrow_function", "function_expression"):
            return False
        return terminated(last, code)
    return True
