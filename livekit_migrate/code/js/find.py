"""Nodes of some kinds, wherever they are in a tree, found by the parser's own search."""

from __future__ import annotations

from functools import cache

from tree_sitter import Query, QueryCursor

from .endings import Grammar
from .parse import Node, Parsed, language


@cache
def _query(grammar: Grammar, kinds: tuple[str, ...]) -> Query | None:
    known = language(grammar)
    here = [kind for kind in kinds if known.id_for_node_kind(kind, True)]
    return Query(known, " ".join(f"({kind}) @found" for kind in here)) if here else None


def find(parsed: Parsed, *kinds: str) -> list[Node]:
    """All nodes of these kinds, in the order of their first bytes, an outer one before an inner one.

    A kind that the grammar does not have (JSX in plain TypeScript) is found nowhere.
    """
    query = _query(parsed.grammar, kinds)
    if query is None:
        return []
    found = QueryCursor(query).captures(parsed.root).get("found", [])
    return sorted(found, key=lambda node: (node.start_byte, -node.end_byte))
