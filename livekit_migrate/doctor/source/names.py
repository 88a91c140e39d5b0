"""What a name means: a package's export or a declaration of the app, through imports, aliases, re-exports."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from ...code.js.parse import Node, word
from ...code.js.scope import Binding
from .nodes import arguments, callee, fields, outward, same, spreads, string, unwrap
from .sources import Module, Sources

_DEEPEST = 12  # re-exports and aliases, one after the other; a circle ends here


@dataclass(frozen=True, slots=True)
class Origin:
    """An export of a package from elsewhere; ``*`` is the package itself."""

    package: str
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Definition:
    """What a name of the app stands for: a function, a class, an expression, a parameter's identifier."""

    module: Module
    node: Node


Meaning = Origin | Definition | None


def meaning(sources: Sources, module: Module, node: Node | None, depth: int = _DEEPEST) -> Meaning:
    """What an expression is, as far as names alone say; None where they do not."""
    node = unwrap(node)
    if node is None or depth <= 0:
        return None
    match node.type:
        case "identifier" | "shorthand_property_identifier" | "type_identifier":
            binding = module.binding(node)
            return of_binding(sources, module, binding, depth - 1) if binding is not None else None
        case "member_expression" | "nested_identifier" | "nested_type_identifier":
            parts = node.named_children
            return _member(sources, module, parts[0], word(parts[-1]), depth - 1)
        case "await_expression":
            inner = node.named_children[0] if node.named_children else None
            return meaning(sources, module, inner, depth - 1)
        case "call_expression":
            return _required(sources, module, node, depth - 1)
        case _:
            return Definition(module, node)


def _member(sources: Sources, module: Module, base: Node, name: str, depth: int) -> Meaning:
    whole = meaning(sources, module, base, depth)
    if isinstance(whole, Origin):
        return Origin(whole.package, name) if whole.name in ("*", "default") else None
    if isinstance(whole, Definition):
        if whole.node.type == "program":
            return exported(sources, whole.module, name, depth)
        if (value := fields(whole.node).get(name)) is not None:
            return meaning(sources, whole.module, value, depth)
    return None


def _required(sources: Sources, module: Module, call: Node, depth: int) -> Meaning:
    called = callee(call)
    specifier = string(arguments(call)[0]) if arguments(call) else None
    if (
        called is not None
        and specifier
        and (called.type == "import" or (word(called) == "require" and module.binding(called) is None))
    ):
        return imported(sources, module, specifier, "*", depth)
    return Definition(module, call)


def of_binding(sources: Sources, module: Module, binding: Binding, depth: int = _DEEPEST) -> Meaning:
    """What a declared name stands for, where it is declared once and never assigned to."""
    if depth <= 0 or not binding.declared:
        return None
    name = module.at(binding.declared[0])
    parent = name.parent if name is not None else None
    if name is None or parent is None:
        return None
    if binding.kind == "import":
        return _of_import(sources, module, name, depth)
    if binding.kind in ("function", "class", "enum"):
        return Definition(module, parent)
    if binding.kind == "param":
        return Definition(module, name)
    if binding.written or len(binding.declared) > 1:
        return None
    return _declared(sources, module, name, depth)


def _declared(sources: Sources, module: Module, name: Node, depth: int) -> Meaning:
    """A variable's value, through the patterns that take it apart."""
    path: list[str] = []
    at, parent = name, name.parent
    while parent is not None and parent.type != "variable_declarator":
        if parent.type == "pair_pattern":
            path.append(word(parent.child_by_field_name("key")).strip("'\""))
        elif parent.type == "object_pattern" and at.type in (
            "shorthand_property_identifier_pattern",
            "object_assignment_pattern",
        ):
            path.append(word(at.child_by_field_name("left") or at))
        elif parent.type not in ("object_pattern", "object_assignment_pattern", "assignment_pattern"):
            return Definition(module, name)
        at, parent = parent, parent.parent
    value = parent.child_by_field_name("value") if parent is not None else None
    if value is None:
        return Definition(module, name)
    found = meaning(sources, module, value, depth - 1)
    for part in reversed(path):
        if isinstance(found, Origin) and found.name in ("*", "default"):
            found = Origin(found.package, part)
        elif isinstance(found, Definition) and found.node.type == "program":
            found = exported(sources, found.module, part, depth - 1)
        elif isinstance(found, Definition) and (inner := fields(found.node).get(part)) is not None:
            found = meaning(sources, found.module, inner, depth - 1)
        else:
            return Definition(module, name)
    return found


def _of_import(sources: Sources, module: Module, name: Node, depth: int) -> Meaning:
    statement: Node | None = name
    imported_name = "default"
    while statement is not None and statement.type not in ("import_statement", "import_alias"):
        if statement.type == "import_specifier":
            imported_name = word(statement.child_by_field_name("name")).strip("'\"")
        elif statement.type in ("namespace_import", "import_require_clause"):
            imported_name = "*"
        if statement.type == "import_require_clause":
            break
        statement = statement.parent
    source = statement.child_by_field_name("source") if statement is not None else None
    if source is None:
        return None
    return imported(sources, module, word(source)[1:-1], imported_name, depth)


def imported(sources: Sources, module: Module, specifier: str, name: str, depth: int = _DEEPEST) -> Meaning:
    """What a name of an import stands for."""
    if depth <= 0:
        return None
    path = sources.resolve(module.path, specifier)
    if path is None:
        return None if specifier.startswith((".", "/")) else Origin(specifier, name)
    other = sources.module(path)
    if other is None:
        return None
    if name == "*":
        return Definition(other, other.parsed.root)
    return exported(sources, other, name, depth - 1)


def exported(sources: Sources, module: Module, name: str, depth: int = _DEEPEST) -> Meaning:
    """What a module exports by a name."""
    if depth <= 0:
        return None
    for node, outside, inside_, specifier in exports(module):
        if outside == name:
            if specifier is not None:
                return imported(sources, module, specifier, inside_, depth - 1)
            if node.type in ("identifier", "type_identifier"):
                binding = module.binding(node)
                return of_binding(sources, module, binding, depth - 1) if binding is not None else None
            return meaning(sources, module, node, depth - 1)
    for node, outside, _, specifier in exports(module):
        if outside == "*" and specifier is not None:
            found = imported(sources, module, specifier, name, depth - 1)
            if found is not None and not (isinstance(found, Origin) and not _certain(module, specifier)):
                return found
        elif outside == "=" and name != "default":
            inner = meaning(sources, module, node, depth - 1)
            if isinstance(inner, Definition) and (value := fields(inner.node).get(name)) is not None:
                return meaning(sources, inner.module, value, depth - 1)
        elif outside == "=" and name == "default":
            return meaning(sources, module, node, depth - 1)
    return None


def _certain(module: Module, specifier: str) -> bool:
    """Whether a name that is asked for can only come from here: one ``export *`` of a package."""
    stars = [each for _, outside, _, each in exports(module) if outside == "*"]
    return stars == [specifier]


Export = tuple[Node, str, str, str | None]
"""The node of what is exported, its name outside and inside, and where it comes from if from elsewhere."""


def exports(module: Module) -> list[Export]:
    """What a module exports; ``*`` stands for all of another module, ``=`` for CommonJS's whole."""
    if "exports" not in module.memo:
        module.memo["exports"] = list(_exports(module))
    return cast("list[Export]", module.memo["exports"])


def _exports(module: Module) -> Iterator[Export]:
    for node in module.nodes("export_statement"):
        source = node.child_by_field_name("source")
        specifier = word(source)[1:-1] if source is not None else None
        kinds = {child.type for child in node.children}
        declaration, value = node.child_by_field_name("declaration"), node.child_by_field_name("value")
        if declaration is not None:
            if "default" in kinds:
                yield declaration, "default", "default", None
            else:
                yield from ((name, word(name), word(name), None) for name in declared_names(declaration))
        elif value is not None:
            yield value, "default", "default", None
        for child in node.children:
            if child.type == "export_clause":
                yield from _listed(child, specifier)
            elif child.type == "namespace_export":
                yield child, word(child.named_children[-1]), "*", specifier
            elif child.type == "*":
                yield node, "*", "*", specifier
    yield from _of_commonjs(module)


def _listed(clause: Node, specifier: str | None) -> Iterator[Export]:
    for each in clause.named_children:
        name = each.child_by_field_name("name")
        if name is not None:
            outside = word(each.child_by_field_name("alias") or name).strip("'\"")
            yield name, outside, word(name).strip("'\""), specifier


def _of_commonjs(module: Module) -> Iterator[Export]:
    for node in module.nodes("assignment_expression"):
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        text = word(left)
        if right is None:
            continue
        if text == "module.exports":
            yield right, "=", "=", None
        elif text.startswith(("exports.", "module.exports.")):
            yield right, text.rpartition(".")[2], text.rpartition(".")[2], None


def declared_names(declaration: Node) -> Iterator[Node]:
    """The identifiers that a declaration declares."""
    name = declaration.child_by_field_name("name")
    if name is not None:
        yield name
        return
    stack = [child.child_by_field_name("name") for child in reversed(declaration.named_children)]
    while stack:
        part = stack.pop()
        if part is None:
            continue
        if part.type in ("identifier", "shorthand_property_identifier_pattern"):
            yield part
        elif part.type in ("object_pattern", "array_pattern", "rest_pattern"):
            stack += part.named_children
        elif part.type == "pair_pattern":
            stack.append(part.child_by_field_name("value"))
        elif part.type in ("object_assignment_pattern", "assignment_pattern"):
            stack.append(part.child_by_field_name("left"))


def uses(module: Module, binding: Binding) -> list[Node]:
    """The identifiers that mean a declared name, declarations not among them, in order."""
    found = (module.at(offset) for offset in sorted(binding.used))
    return [node for node in found if node is not None]


def literal(
    sources: Sources, module: Module, node: Node | None
) -> tuple[Module, Node, dict[str, Node]] | None:
    """The object literal that an expression is, with its fields; None where it is none, or not only that.

    Fields that are assigned to it later (``options.identity = …``) are among them; one that is handed to
    ``Object.assign``, spread into or indexed by what is not known, is no longer only that literal.
    """
    found = meaning(sources, module, node)
    if not isinstance(found, Definition) or found.node.type != "object" or spreads(found.node):
        return None
    known = fields(found.node)
    holder = outward(found.node).parent
    if holder is None or holder.type != "variable_declarator":
        return found.module, found.node, known
    binding = found.module.binding(holder.child_by_field_name("name"))
    for use in uses(found.module, binding) if binding is not None else ():
        parent = use.parent
        if parent is None:
            continue
        if parent.type == "subscript_expression" and same(parent.child_by_field_name("object"), use):
            return None
        if (
            parent.type == "arguments"
            and parent.parent is not None
            and word(callee(parent.parent)) == "Object.assign"
        ):
            return None
        over = parent.parent
        if parent.type == "member_expression" and over is not None and over.type == "assignment_expression":
            value = over.child_by_field_name("right")
            if same(over.child_by_field_name("left"), parent) and value is not None:
                known[word(parent.child_by_field_name("property"))] = value
    return found.module, found.node, known


def callers(sources: Sources, module: Module, function: Node) -> Iterator[tuple[Module, Node]]:
    """The calls of a function of the app by its name, in its own file and in those that import it."""
    name = name_of(function)
    binding = module.binding(name)
    if name is None or binding is None:
        return
    for node in uses(module, binding):
        call = node.parent
        if call is not None and call.type == "call_expression" and same(callee(call), node):
            yield module, call
    outside = {
        out
        for node, out, _, specifier in exports(module)
        if specifier is None and _is(module, node, function)
    }
    if not outside:
        return
    for other in users(sources, module):
        for call in other.nodes("call_expression"):
            called = callee(call)
            if called is None or called.type not in ("identifier", "member_expression"):
                continue
            found = meaning(sources, other, called)
            if isinstance(found, Definition) and found.module is module and same(found.node, function):
                yield other, call


def users(sources: Sources, module: Module) -> Iterator[Module]:
    """The other modules that may use what a module exports: that import it, or what exports it again."""
    waiting = [module.path]
    seen = {module.path}
    while waiting:
        for other, source in sources.importers(waiting.pop()):
            if other.path in seen:
                continue
            seen.add(other.path)
            yield other
            if source.parent is not None and source.parent.type == "export_statement":
                waiting.append(other.path)


def _is(module: Module, node: Node, function: Node) -> bool:
    if node.id == function.id:
        return True
    name = name_of(function)
    one, other = module.binding(node), module.binding(name)
    return one is not None and one is other


def name_of(function: Node) -> Node | None:
    """The identifier that a function is called by: its own, or its variable's."""
    name = function.child_by_field_name("name")
    if name is not None:
        return name
    parent = function.parent
    while parent is not None and parent.type in (
        "parenthesized_expression",
        "as_expression",
        "call_expression",
        "arguments",
    ):
        # useCallback(() => …) and memo(function …) are known by the variable that holds them.
        parent = parent.parent
    if parent is not None and parent.type == "variable_declarator":
        name = parent.child_by_field_name("name")
        return name if name is not None and name.type == "identifier" else None
    return None
