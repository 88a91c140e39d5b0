"""Modules that a file takes as a whole and does more with than to ask them for names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .modules import Modules, is_code
from .source import Binding, Node, Source, bare, children, field

_LOADERS = frozenset({"lazy", "dynamic", "loadable", "defineAsyncComponent"})  # they take the default export
_WHOLE = re.compile(rb"\*\s*(?:as|from)\b|\b(?:import|require)\s*\(")
_ASKS = frozenset({"nested_identifier", "nested_type_identifier", "type_query"})


def taken_whole(modules: Modules, path: str) -> bool:
    """Whether some file does more with a module as a whole than to ask it for names, also through others."""
    modules.index()
    seen, waiting = {path}, [path]
    while waiting:
        via = waiting.pop()
        for importer in modules.importers.get(via, ()):
            data = modules.read(importer) if is_code(importer) else None
            if data is None or not _WHOLE.search(data):
                continue
            source = modules.source(importer)
            if source is None:
                return True  # it cannot be read
            exports = modules.exports(source)
            passed = (each.specifier for each in exports.names.values() if each.name == "*")
            if any(modules.target(source, each) == via for each in (*escaping(source), *passed)):
                return True
            if importer not in seen and any(modules.target(source, each) == via for each in exports.stars):
                seen.add(importer)
                waiting.append(importer)
    return False


def escaping(source: Source) -> Iterator[str]:
    """The specifiers of the modules that a file hands on, lists, or asks for a name that is computed."""
    for statement in source.root.named_children:
        if statement.type != "import_statement":
            continue
        origin = field(statement, "source")
        for clause in statement.named_children:
            for space in clause.named_children if clause.type == "import_clause" else ():
                if space.type == "namespace_import" and origin is not None:
                    binding = source.binding(space.named_children[-1])
                    if binding is not None and not only_asked(source, binding):
                        yield source.word(origin)[1:-1]
    for match in re.finditer(rb"\b(?:import|require)\s*\(", source.code):
        callee = source.at(match.start())
        call = source.parent(callee)
        if call is not None and call.type == "import":
            callee, call = call, source.parent(call)
        given = children(field(call, "arguments") or callee) if call is not None else []
        if call is None or call.type != "call_expression" or not given or given[0].type != "string":
            continue
        if not _asked(source, call, promise=callee.type == "import"):
            yield source.word(given[0])[1:-1]


def only_asked(source: Source, binding: Binding) -> bool:
    """Whether a name is used for nothing but to ask it for members by their names."""
    return all(_asks(source, source.at(at)) for at in binding.used)


def _asks(source: Source, node: Node) -> bool:
    """Whether a value is only asked for a member, or taken apart by names."""
    node, parent = _outermost(source, node)
    if parent is None:
        return False
    if parent.type == "member_expression":
        return field(parent, "object") == node
    if parent.type in _ASKS or parent.type == "expression_statement":
        return True
    name = field(parent, "name") if parent.type == "variable_declarator" else None
    return name is not None and field(parent, "value") == node and _named_only(source, name)


def _named_only(source: Source, name: Node) -> bool:
    """Whether a declared name, or a pattern, takes nothing but members that it names."""
    if name.type == "object_pattern":
        return not any(
            child.type == "rest_pattern"
            or (
                child.type == "pair_pattern"
                and (field(child, "key") or child).type == "computed_property_name"
            )
            for child in name.named_children
        )
    binding = source.binding(name) if name.type == "identifier" else None
    return binding is not None and not binding.written and only_asked(source, binding)


def _asked(source: Source, call: Node, *, promise: bool) -> bool:
    """Whether what ``import("…")`` or ``require("…")`` gives is only asked for members by their names."""
    if not promise:
        return _asks(source, call)
    parent = _outermost(source, call)[1]
    if parent is None:
        return False
    if parent.type == "await_expression":
        return _asks(source, parent)
    if parent.type == "expression_statement" or (
        parent.type == "unary_expression" and source.word(parent).startswith("void")
    ):
        return True
    if parent.type == "arrow_function":
        outer = source.parent(parent)
        loader = source.parent(outer) if outer is not None and outer.type == "arguments" else None
        callee = field(loader, "function") if loader is not None else None
        return callee is not None and source.word(callee).rpartition(".")[2] in _LOADERS
    if parent.type != "member_expression" or source.word(field(parent, "property") or parent) != "then":
        return False
    then = source.parent(parent)
    given = children(field(then, "arguments") or parent) if then is not None else []
    function = bare(given[0]) if given else None
    if function is None or function.type not in ("arrow_function", "function_expression"):
        return False
    parameters = field(function, "parameters")
    first = field(function, "parameter") or next(
        iter(children(parameters) if parameters is not None else []), None
    )
    if first is None:
        return True
    return _named_only(source, field(first, "pattern") or first)


def _outermost(source: Source, node: Node) -> tuple[Node, Node | None]:
    """A value with its parentheses and assertions, and what is around them."""
    parent = source.parent(node)
    while parent is not None and bare(parent) == bare(node):
        node, parent = parent, source.parent(parent)
    return node, parent
