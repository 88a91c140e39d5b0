"""The functions that a module exports under their own names."""

from __future__ import annotations

from ...code.js.nodes import above, of_type
from ...code.js.parse import Node, Parsed, word


def declaration(parsed: Parsed, name: str) -> Node | None:
    """A function of the module's that is exported under its own name, or as the default."""
    if name not in exports(parsed):
        return None
    for node in of_type(parsed.root, "function_declaration", "variable_declarator"):
        if word(node.child_by_field_name("name")) != name:
            continue
        if above(node, "statement_block") is not None:
            continue
        value = node.child_by_field_name("value")
        if node.type == "function_declaration" or (
            value is not None and value.type in ("arrow_function", "function_expression")
        ):
            return node
    return None


def exports(parsed: Parsed) -> list[str]:
    """The names of the module's own that it exports."""
    found: list[str] = []
    for node in parsed.root.named_children:
        if node.type != "export_statement" or node.child_by_field_name("source") is not None:
            continue
        declared = node.child_by_field_name("declaration")
        if declared is not None:
            names = [declared.child_by_field_name("name")]
            if declared.type in ("lexical_declaration", "variable_declaration"):
                names = [each.child_by_field_name("name") for each in declared.named_children]
            found += [word(each) for each in names if each is not None and each.type == "identifier"]
        value = node.child_by_field_name("value")
        if value is not None and value.type == "identifier":
            found.append(word(value))
        for each in of_type(node, "export_specifier"):
            if each.child_by_field_name("alias") is None:
                found.append(word(each.child_by_field_name("name")))
    return list(dict.fromkeys(found))


# What components use
