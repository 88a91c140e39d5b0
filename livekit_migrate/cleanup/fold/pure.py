"""What can be left out without anybody noticing, since evaluating it does nothing."""

from __future__ import annotations

from .source import Node, Source, children, field

_LEAVES = frozenset(
    {
        "identifier",
        "this",
        "super",
        "number",
        "string",
        "true",
        "false",
        "null",
        "undefined",
        "regex",
        "arrow_function",
        "function_expression",
        "generator_function",
        "property_identifier",
        "meta_property",
        "shorthand_property_identifier",
        "private_property_identifier",
        "type_identifier",
        "comment",
        "string_fragment",
        "escape_sequence",
        "jsx_text",
        "html_character_reference",
    }
)
_WHOLES = frozenset(
    {
        "parenthesized_expression",
        "as_expression",
        "satisfies_expression",
        "non_null_expression",
        "member_expression",
        "subscript_expression",
        "binary_expression",
        "ternary_expression",
        "array",
        "object",
        "pair",
        "template_string",
        "template_substitution",
        "computed_property_name",
        "sequence_expression",
        "jsx_element",
        "jsx_self_closing_element",
        "jsx_opening_element",
        "jsx_closing_element",
        "jsx_fragment",
        "jsx_attribute",
        "jsx_expression",
        "optional_chain",
        "nested_identifier",
        "jsx_namespace_name",
    }
)
_TYPES = frozenset({"type_annotation", "type_arguments"})
_CONSTRUCTORS = frozenset(
    {"Map", "Set", "WeakMap", "WeakSet", "Date", "AbortController", "EventTarget", "Error"}
)
_HOOKS = frozenset({"useState", "useRef", "useCallback", "useId", "useContext", "useReducer"})
_MAKERS = frozenset({"createContext", "memo", "forwardRef", "lazy", "createRef", "dynamic"})
_FUNCTIONS = frozenset({"Boolean", "String", "Number", "Symbol", "BigInt"})
_METHODS = frozenset(
    {
        "split",
        "slice",
        "trim",
        "trimStart",
        "trimEnd",
        "toLowerCase",
        "toUpperCase",
        "startsWith",
        "endsWith",
        "includes",
        "indexOf",
        "lastIndexOf",
        "substring",
        "padStart",
        "padEnd",
        "charAt",
        "toFixed",
        "toString",
    }
)
_FROM = frozenset({"react", "preact", "preact/hooks", "next/dynamic", "use-context-selector"})


def pure(source: Source, node: Node | None) -> bool:
    """Whether evaluating an expression has no effect.

    A getter that stands in the expression itself may have one; of others nobody can know that they are
    getters, and they are taken to have none, as bundlers do.
    """
    if node is None:
        return True
    kind = node.type
    if kind in _LEAVES:
        return True
    if kind == "unary_expression":
        operator = field(node, "operator")
        return operator is not None and operator.type != "delete" and pure(source, field(node, "argument"))
    if kind == "binary_expression":
        # A chain is as deep as it is long.
        while node.type == "binary_expression":
            right, left = field(node, "right"), field(node, "left")
            if not pure(source, right) or left is None:
                return False
            node = left
        return pure(source, node)
    if kind in _WHOLES:
        return all(
            pure(source, child)
            for child in children(node)
            if child.type not in _TYPES and not _type(node, child)
        )
    if kind == "spread_element":
        # Spreading walks an iterator; what is written out as a list or an object has none of its own.
        inner = children(node)
        return bool(inner) and inner[0].type in ("array", "object") and pure(source, inner[0])
    if kind == "method_definition":
        return not any(child.type == "get" for child in node.children)
    if kind == "new_expression":
        return _free(source, field(node, "constructor"), _CONSTRUCTORS) and _arguments(source, node)
    if kind == "call_expression":
        return _call(source, node)
    return False


def _type(node: Node, child: Node) -> bool:
    """Whether a child is the type in ``x as T``."""
    return node.type in ("as_expression", "satisfies_expression") and child != children(node)[0]


def _arguments(source: Source, node: Node) -> bool:
    arguments = field(node, "arguments")
    return arguments is None or all(pure(source, each) for each in children(arguments))


def _call(source: Source, node: Node) -> bool:
    callee = field(node, "function")
    if callee is None or (field(node, "arguments") or callee).type != "arguments":
        return False
    if callee.type == "import" or _free(source, callee, frozenset({"require"})):
        # What a module does when it is loaded goes with the last who wanted it.
        return _arguments(source, node)
    name = callee
    if callee.type == "member_expression":
        owner, member = field(callee, "object"), field(callee, "property")
        if owner is None or member is None:
            return False
        if source.word(owner) == "Object" and source.word(member) in ("freeze", "keys", "values", "entries"):
            return source.binding(owner) is None and _arguments(source, node)
        if source.word(member) in _METHODS:
            return pure(source, owner) and _arguments(source, node)
        if source.word(owner) == "Math":
            return source.binding(owner) is None and _arguments(source, node)
        if owner.type != "identifier" or not _of_react(source, owner):
            return False
        name = member
    elif callee.type != "identifier":
        return False
    elif _free(source, callee, _FUNCTIONS):
        return _arguments(source, node)
    elif not _of_react(source, callee):
        return False
    return source.word(name) in _HOOKS | _MAKERS and _arguments(source, node)


def _free(source: Source, node: Node | None, names: frozenset[str]) -> bool:
    return (
        node is not None
        and node.type == "identifier"
        and source.word(node) in names
        and source.binding(node) is None
    )


def _of_react(source: Source, node: Node) -> bool:
    """Whether a name is imported from React or what stands in for it."""
    binding = source.binding(node)
    if binding is None or binding.kind != "import":
        return False
    for above in source.above(source.at(binding.declared[0])):
        if above.type == "import_statement":
            origin = field(above, "source")
            return origin is not None and source.word(origin).strip("\"'") in _FROM
    return False
