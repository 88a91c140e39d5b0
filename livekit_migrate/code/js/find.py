"""Nodes of some kinds, wherever they are in a tree, found by the parser's own search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Literal, get_args

from tree_sitter import Query, QueryCursor

from .endings import Grammar
from .parse import Node, Parsed, language

Kind = Literal[
    "assignment_expression",
    "call_expression",
    "export_statement",
    "import_clause",
    "import_specifier",
    "import_statement",
    "jsx_attribute",
    "jsx_opening_element",
    "jsx_self_closing_element",
    "member_expression",
    "new_expression",
    "object",
    "object_pattern",
    "string",
    "subscript_expression",
    "switch_case",
    "template_string",
    "variable_declarator",
]
"""What can be looked for. All at once: to compile a query takes 3 to 5 ms (TypeScript's grammar, tree-sitter
0.25), as long as to search some ten files, and a query of one kind takes no less than one of all."""


@cache
def _query(grammar: Grammar) -> Query:
    known = language(grammar)
    # A kind that the grammar does not have (JSX in plain TypeScript) is found nowhere.
    here = [kind for kind in get_args(Kind) if known.id_for_node_kind(kind, True)]
    return Query(known, " ".join(f"({kind}) @{kind}" for kind in here))


def found(parsed: Parsed) -> Mapping[str, Sequence[Node]]:
    """All nodes of each ``Kind`` that the tree has, in no order."""
    return QueryCursor(_query(parsed.grammar)).captures(parsed.root)
