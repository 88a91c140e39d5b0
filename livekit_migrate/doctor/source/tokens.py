"""The access tokens that an app signs with livekit-server-sdk: options, grants, and what becomes of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

from ...code.js.parse import Node, word
from .names import Definition, Origin, literal, meaning, uses
from .nodes import arguments, callee, fields, function_of, method, outward, receiver, same, unwrap
from .sources import Module, Sources

SDK = "livekit-server-sdk"
ADMIN = ("roomAdmin", "roomCreate", "roomList", "roomRecord", "ingressAdmin")


@dataclass(slots=True, eq=False)
class Grant:
    """One ``addGrant``: the call and its object, in the module where the object is written."""

    call: Node
    module: Module
    node: Node
    fields: dict[str, Node]


@dataclass(slots=True, eq=False)
class Token:
    """One ``new AccessToken(…)``.

    Args:
        options: of its third argument and of assignments to it, by name: ``identity``, ``ttl``, ``metadata``.
        grants: those whose object is a literal.
        jwts: the calls of ``toJwt`` on it.
        complete: all that is done with it was seen: no other function gets it.
    """

    module: Module
    node: Node
    options: dict[str, tuple[Module, Node]] = field(default_factory=dict)
    grants: list[Grant] = field(default_factory=list)
    jwts: list[Node] = field(default_factory=list)
    complete: bool = True

    @property
    def function(self) -> Node | None:
        return function_of(self.node)


def tokens(sources: Sources) -> tuple[Token, ...]:
    """All tokens that the app signs."""
    if "tokens" not in sources.memo:
        sources.memo["tokens"] = tuple(_tokens(sources))
    return cast("tuple[Token, ...]", sources.memo["tokens"])


def _tokens(sources: Sources) -> Iterator[Token]:
    for module in sources.holding(b"AccessToken"):
        for node in module.nodes("new_expression"):
            if is_sdk(meaning(sources, module, callee(node)), "AccessToken"):
                yield _read(sources, module, node)


def is_sdk(found: object, name: str) -> bool:
    return isinstance(found, Origin) and found.package == SDK and found.name == name


def _read(sources: Sources, module: Module, node: Node) -> Token:
    token = Token(module, node)
    given = arguments(node)
    if len(given) > 2:
        options = literal(sources, module, given[2])
        if options is not None:
            token.options.update({name: (options[0], value) for name, value in options[2].items()})
        elif (inner := unwrap(given[2])) is not None and inner.type == "object":  # with a spread in it
            token.options.update({name: (module, value) for name, value in fields(inner).items()})
    at = outward(node)
    parent = at.parent
    if parent is not None and parent.type == "member_expression":
        _used(sources, token, parent)
    elif parent is not None and parent.type == "variable_declarator":
        binding = module.binding(parent.child_by_field_name("name"))
        if binding is None:
            token.complete = False
        for use in uses(module, binding) if binding is not None else ():
            over = outward(use).parent
            if (
                over is not None
                and over.type == "member_expression"
                and same(unwrap(over.child_by_field_name("object")), use)
            ):
                _used(sources, token, over)
            else:
                token.complete = False
    else:
        token.complete = False
    return token


def _used(sources: Sources, token: Token, member: Node) -> None:
    """``at.addGrant(…)``, ``at.toJwt()``, ``at.identity = …``."""
    name = word(member.child_by_field_name("property"))
    parent = outward(member).parent
    if parent is None:
        return
    if parent.type == "assignment_expression" and same(parent.child_by_field_name("left"), member):
        value = parent.child_by_field_name("right")
        if value is not None:
            token.options[name] = (token.module, value)
    elif parent.type == "call_expression" and same(callee(parent), member):
        if name == "toJwt":
            token.jwts.append(parent)
        elif name == "addGrant" and arguments(parent):
            found = literal(sources, token.module, arguments(parent)[0])
            if found is not None:
                token.grants.append(Grant(parent, *found))
            else:
                token.complete = False


def jwt_calls(sources: Sources) -> Iterator[tuple[Module, Node]]:
    """The calls of ``toJwt`` on what is, by its names, a token of livekit-server-sdk."""
    for module in sources.holding(b"toJwt"):
        for call in module.nodes("call_expression"):
            if method(call) == "toJwt" and _is_token(sources, module, receiver(call)):
                yield module, call


def _is_token(sources: Sources, module: Module, node: Node | None) -> bool:
    found = meaning(sources, module, node)
    if not isinstance(found, Definition):
        return False
    if found.node.type == "new_expression":
        return is_sdk(meaning(sources, found.module, callee(found.node)), "AccessToken")
    if found.node.type == "call_expression":  # a function of the app that makes one
        made = meaning(sources, found.module, callee(found.node))
        if isinstance(made, Definition) and made.node.type != "call_expression":
            return any(
                token.module is made.module and same(token.function, made.node) and _is_returned(token)
                for token in tokens(sources)
            )
        return False
    return _typed(sources, found)


def _is_returned(token: Token) -> bool:
    parent = outward(token.node).parent
    if parent is None:
        return False
    if parent.type in ("return_statement", "arrow_function"):
        return True
    if parent.type != "variable_declarator":
        return False
    binding = token.module.binding(parent.child_by_field_name("name"))
    return binding is not None and any(
        use.parent is not None and use.parent.type == "return_statement"
        for use in uses(token.module, binding)
    )


def _typed(sources: Sources, found: Definition) -> bool:
    """A parameter or variable whose type is AccessToken."""
    parent = found.node.parent
    written = parent.child_by_field_name("type") if parent is not None else None
    inner = written.named_children[0] if written is not None and written.named_children else None
    if inner is None or inner.type != "type_identifier":
        return False
    return is_sdk(meaning(sources, found.module, inner), "AccessToken")


_MAJOR = re.compile(r"\d+")


def sdk_major(sources: Sources, path: str) -> int | None:
    """The major version of livekit-server-sdk that a file's package asks for; None where it does not say."""
    package = sources.app.package_of(path)
    while package is not None:
        if SDK in package.needs:
            match = _MAJOR.search(package.needs[SDK])
            return int(match[0]) if match else None
        if not package.folder:
            break
        package = sources.app.package_of(package.folder)
    return None
