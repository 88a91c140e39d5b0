"""Which code ends up in a browser: followed from where it stands, by what uses it, to a page's first file."""

from __future__ import annotations

import re
from collections import deque
from typing import cast

from ...code.js.parse import Node, word
from ...code.js.scope import Binding
from .names import exports, uses
from .nodes import FUNCTIONS, ancestors
from .sources import Module, Sources, specifiers

_TYPES = frozenset(
    {
        "type_annotation",
        "type_arguments",
        "type_query",
        "type_alias_declaration",
        "interface_declaration",
        "type_parameters",
    }
)
_SERVER = frozenset(
    {
        "next", "nuxt", "remix", "react-router", "sveltekit", "solid-start", "astro",
        "nest", "express", "fastify", "hono", "koa", "h3", "adonis", "electron",
    }
)  # fmt: skip
_CRA_ENTRY = re.compile(r"(^|/)src/index\.[cm]?[jt]sx?$")
ANY = "*"
"""Stands for all exports: what a module does when it is loaded."""


def is_root(sources: Sources, module: Module) -> bool:
    """Whether all that a module uses goes to browsers: it says so, or a client-only page loads it."""
    if "use client" in module.directives:
        return True
    return module.path in _entries(sources)


def client_only(sources: Sources, path: str) -> bool:
    """Whether a file's package is built for browsers and for nothing else."""
    package = sources.app.package_of(path)
    if package is None:
        return False
    names = {each.name for each in sources.app.frameworks.get(package.folder, ())}
    return bool(names & {"vite", "cra"}) and not names & _SERVER


def _entries(sources: Sources) -> frozenset[str]:
    """The first files of pages: what an HTML page loads as a module, and where create-react-app starts."""
    if "browser.entries" not in sources.memo:
        found: set[str] = set()
        for path in sources.app.tree.files:
            if not client_only(sources, path):
                continue
            if path.endswith("index.html"):
                found.update(_loaded(sources, path))
            elif _CRA_ENTRY.search(path) and _is_cra(sources, path):
                found.add(path)
        sources.memo["browser.entries"] = frozenset(found)
    return cast("frozenset[str]", sources.memo["browser.entries"])


def _loaded(sources: Sources, path: str) -> set[str]:
    from ...code.js.embed import scripts

    tags = scripts(sources.raw(path), markup=True).tags
    found = (
        sources.resolve(path, tag.src if tag.src.startswith((".", "/")) else f"./{tag.src}") for tag in tags
    )
    return {each for each in found if each}


def _is_cra(sources: Sources, path: str) -> bool:
    package = sources.app.package_of(path)
    return package is not None and "react-scripts" in package.needs


def is_type(node: Node) -> bool:
    """Whether a use of a name is gone after compiling."""
    if node.type == "type_identifier":
        return True
    for outer in ancestors(node):
        if outer.type in _TYPES:
            return True
        if outer.type.endswith(("_statement", "_declaration")) or outer.type in FUNCTIONS:
            return False
    return False


def way(sources: Sources, module: Module, binding: Binding) -> tuple[str, ...] | None:
    """The files from a browser's first one down to this one through which a name is used in browsers.

    None where that is not proven. What is only a type, and exports that nobody asks for, are left out as
    bundlers leave them out; a module of server actions ends the way.
    """
    queue: deque[tuple[Module, list[Node], tuple[str, ...]]] = deque()
    queue.append((module, [node for node in uses(module, binding) if not is_type(node)], (module.path,)))
    seen: set[tuple[str, str]] = set()
    while queue:
        here, nodes, path = queue.popleft()
        if not nodes or here.directives & {"use server"} or _server_only(here):
            continue
        if is_root(sources, here):
            return path
        outside = {name for name in reached(here, nodes) if (here.path, name) not in seen}
        seen.update((here.path, name) for name in outside)
        if not outside or len(path) > 20:
            continue
        for other, source in sources.importers(here.path):
            into = _taken(other, source, outside)
            if into:
                queue.append((other, into, (other.path, *path)))
    return None


def _server_only(module: Module) -> bool:
    return ".server." in module.path or any(word(each)[1:-1] == "server-only" for each in specifiers(module))


def reached(module: Module, nodes: list[Node]) -> set[str]:
    """The exports through which places of a module are reached; ``*`` where loading it is enough."""
    found: set[str] = set()
    waiting = list(nodes)
    seen: set[int] = set()
    while waiting:
        node = waiting.pop()
        if node.id in seen:
            continue
        seen.add(node.id)
        top = _top(node)
        if top is None:
            continue
        declared = top.child_by_field_name("declaration") if top.type == "export_statement" else top
        default = top.type == "export_statement" and any(child.type == "default" for child in top.children)
        if default:
            found.add("default")
        if top.type == "export_statement" and declared is None:
            names = {
                out for each, out, _, _ in exports(module) if top.start_byte <= each.start_byte < top.end_byte
            }
            found |= names or {ANY}
            continue
        holders = _holders(module, declared, node) if declared is not None else None
        if holders is None:
            found.add(ANY)
            continue
        for holder in holders:
            found |= {
                out
                for each, out, _, spec in exports(module)
                if spec is None and module.binding(each) is holder
            }
            waiting += [use for use in uses(module, holder) if not is_type(use)]
    return found


def _top(node: Node) -> Node | None:
    at = node
    while at.parent is not None and at.parent.type != "program":
        at = at.parent
    return None if at.parent is None or at.type == "import_statement" else at


def _holders(module: Module, declared: Node, node: Node) -> list[Binding] | None:
    """The names whose use runs what stands at a node; None where loading the module does."""
    if declared.type in ("function_declaration", "generator_function_declaration", "class_declaration"):
        binding = module.binding(declared.child_by_field_name("name"))
        return [binding] if binding is not None else []
    if declared.type not in ("lexical_declaration", "variable_declaration"):
        return None
    for outer in ancestors(node):
        if outer.id == declared.id:
            return None
        if outer.type in FUNCTIONS or outer.type == "class":
            for holder in ancestors(outer):
                if holder.type == "variable_declarator":
                    binding = module.binding(holder.child_by_field_name("name"))
                    return [binding] if binding is not None else None
                if holder.id == declared.id:
                    return None
    return None


def _taken(module: Module, source: Node, wanted: set[str]) -> list[Node]:
    """Where a module uses some exports of what it imports by a string; the string where it passes them on."""
    statement = source.parent
    if statement is None:
        return []
    kinds = [child.type for child in statement.children]
    if "type" in kinds:
        return []
    if statement.type == "export_statement":
        names = {
            word(each.child_by_field_name("name"))
            for child in statement.named_children
            if child.type == "export_clause"
            for each in child.named_children
        }
        return [source] if names & wanted or (not names and wanted) else []
    if statement.type != "import_statement":
        return []  # require() and import(): what is used of them is not followed
    if ANY in wanted:
        return [statement]
    found: list[Node] = []
    for clause in statement.named_children:
        if clause.type != "import_clause":
            continue
        for part in clause.named_children:
            found += _named_uses(module, part, wanted)
    return found


def _named_uses(module: Module, part: Node, wanted: set[str]) -> list[Node]:
    found: list[Node] = []
    if part.type == "identifier" and "default" in wanted:
        found = _uses(module, part)
    elif part.type == "namespace_import":
        for use in _uses(module, part.named_children[-1]):
            parent = use.parent
            if (
                parent is not None
                and parent.type == "member_expression"
                and (word(parent.child_by_field_name("property")) in wanted)
            ):
                found.append(use)
    elif part.type == "named_imports":
        for each in part.named_children:
            if each.type != "import_specifier" or any(child.type == "type" for child in each.children):
                continue
            if word(each.child_by_field_name("name")).strip("'\"") in wanted:
                found += _uses(module, each.child_by_field_name("alias") or each.child_by_field_name("name"))
    return found


def _uses(module: Module, node: Node | None) -> list[Node]:
    binding = module.binding(node)
    return [use for use in uses(module, binding) if not is_type(use)] if binding is not None else []
