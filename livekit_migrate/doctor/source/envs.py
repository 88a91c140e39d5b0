"""Which variables code reads from its environment, and where an app says what they are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from ...code.js.parse import Node, word
from .names import uses
from .nodes import (
    FUNCTIONS,
    ancestors,
    arguments,
    callee,
    fields,
    members,
    method,
    outward,
    same,
    string,
    unwrap,
)
from .sources import Module, Sources

PUBLIC = (
    "NEXT_PUBLIC_",
    "VITE_",
    "REACT_APP_",
    "NUXT_PUBLIC_",
    "PUBLIC_",
    "EXPO_PUBLIC_",
    "GATSBY_",
    "VUE_APP_",
)
_NAME = re.compile(r"^[A-Z][A-Z0-9_]*$")


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """One place where a variable is read.

    Args:
        needed: nothing is there in its place, and nothing asks first whether it is there.
    """

    name: str
    module: Module
    node: Node
    needed: bool


def reads(sources: Sources) -> tuple[Read, ...]:
    """All places where code reads a variable by its name."""
    if "envs.reads" not in sources.memo:
        sources.memo["envs.reads"] = tuple(_reads(sources))
    return cast("tuple[Read, ...]", sources.memo["envs.reads"])


def _reads(sources: Sources) -> Iterator[Read]:
    for module in sources.holding(b"process.env", b"import.meta.env", b"Bun.env", b"Deno.env"):
        for node in module.nodes("member_expression", "subscript_expression"):
            parts = members(node)
            named = len(parts) == 3 and is_environment(parts[:2]) and _NAME.match(parts[2])
            if named and module.binding(_first(node)) is None:
                yield Read(parts[2], module, node, _needed(module, node))
        for node in module.nodes("object_pattern"):
            parent = node.parent
            value = parent.child_by_field_name("value") if parent is not None else None
            if parent is not None and parent.type == "variable_declarator" and is_environment(members(value)):
                for child in node.named_children:
                    if child.type in ("shorthand_property_identifier_pattern", "pair_pattern"):
                        name = word(child.child_by_field_name("key") or child)
                        if _NAME.match(name):
                            yield Read(name, module, child, needed=False)
        for call in module.nodes("call_expression"):
            if method(call) == "get" and members(
                unwrap((callee(call) or call).child_by_field_name("object"))
            ) == [
                "Deno",
                "env",
            ]:
                text = string(arguments(call)[0]) if arguments(call) else None
                if text:
                    yield Read(text, module, call, _needed(module, call))


def is_environment(parts: list[str]) -> bool:
    return parts in (["process", "env"], ["import.meta", "env"], ["Bun", "env"])


def _first(node: Node) -> Node:
    while (inner := node.child_by_field_name("object")) is not None:
        node = inner
    return node


def _needed(module: Module, node: Node) -> bool:
    at = outward(node)
    parent = at.parent
    if parent is None:
        return False
    if parent.type == "variable_declarator":
        binding = module.binding(parent.child_by_field_name("name"))
        return binding is not None and not any(_optional(use) for use in uses(module, binding))
    if at.type == "non_null_expression":
        return True
    return parent.type in ("arguments", "template_substitution", "pair", "return_statement") or (
        parent.type == "assignment_expression" and same(parent.child_by_field_name("right"), at)
    )


_ENDS = re.compile(r"\bthrow\b|process\.exit|\b500\b|console\.error")


def _optional(use: Node) -> bool:
    """Whether a variable's use asks if it is there, and goes on without it."""
    at = use
    for outer in ancestors(use):
        if outer.type in FUNCTIONS:
            return False
        if outer.type == "binary_expression" and word(outer.child_by_field_name("operator")) in (
            "||",
            "??",
            "===",
        ):
            holder = outer.parent
            while holder is not None and holder.type in ("parenthesized_expression", "binary_expression"):
                holder = holder.parent
            if holder is None or holder.type != "if_statement":
                return True
        if outer.type in ("ternary_expression", "if_statement") and same(
            outer.child_by_field_name("condition"), at
        ):
            return outer.type == "ternary_expression" or not _ENDS.search(
                word(outer.child_by_field_name("consequence"))
            )
        at = outer
    return False


def schema_names(sources: Sources) -> frozenset[str]:
    """The names that a schema of the environment has: of zod, envalid, valibot, t3-env and their like."""
    if "envs.schema" not in sources.memo:
        found: set[str] = set()
        for module in sources.holding(
            b"z.object",
            b"cleanEnv",
            b"createEnv",
            b"envsafe",
            b"v.object",
            b"Joi.object",
            b"joi.object",
            b"S.struct",
            b"Type.Object",
            b"envSchema",
            b"yup.object",
        ):
            for call in module.nodes("call_expression"):
                for given in arguments(call):
                    found |= set(_upper(given))
        sources.memo["envs.schema"] = frozenset(found)
    return cast("frozenset[str]", sources.memo["envs.schema"])


def _upper(node: Node) -> Iterator[str]:
    for name, value in fields(node).items():
        if _NAME.match(name):
            yield name
        else:
            yield from _upper(value)


def written(sources: Sources, kinds: frozenset[str]) -> Mapping[str, tuple[str, int]]:
    """Words in capitals in files of some kinds (``env``, ``compose``, …), with a place of each."""
    from ...scan.kinds import kind_of

    key = f"envs.written.{','.join(sorted(kinds))}"
    if key not in sources.memo:
        found: dict[str, tuple[str, int]] = {}
        for path in sources.app.tree.files:
            if kind_of(path) in kinds:
                for number, line in enumerate(sources.text(path).splitlines(), 1):
                    for match in _CAPITALS.finditer(line):
                        found.setdefault(match[0], (path, number))
        for file in sources.app.env_files:
            for name, number in file.names.items():
                found.setdefault(name, (file.path, number))
        sources.memo[key] = found
    return cast("Mapping[str, tuple[str, int]]", sources.memo[key])


_CAPITALS = re.compile(r"\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b")
