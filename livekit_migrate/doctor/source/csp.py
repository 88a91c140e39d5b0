"""Content security policies that an app sends, wherever it writes them, and what they let through."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ...code.js.parse import Node, word
from .names import Definition, meaning
from .nodes import arguments, fields, method, string, unwrap
from .sources import Module, Sources

_NAME = "content-security-policy"
_DIRECTIVE = re.compile(r"(?:^|;)\s*(connect-src|default-src)\s+([^;]*)", re.IGNORECASE)
_HEADER = re.compile(
    r"(?:add_header\s+|header\s+|Header\s+(?:always\s+)?set\s+|\+?)Content-Security-Policy[\"']?\s*[:=]?\s*"
    r"(?P<quote>[\"'])(?P<policy>[^\"\n]*?)(?P=quote)",
    re.IGNORECASE,
)
_PROXY = re.compile(
    r"(^|/)(Caddyfile[^/]*|[^/]*nginx[^/]*|[^/]*\.conf(\.template)?|_headers|\.htaccess)$", re.IGNORECASE
)
UNKNOWN = "?"
"""Stands in a list of sources for a part that is only known later."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What a policy says of connections.

    Args:
        sources: of ``connect-src``, else of ``default-src``; ``UNKNOWN`` for what cannot be read.
        directive: which of the two it was.
    """

    file: str
    line: int
    column: int | None
    directive: str
    sources: tuple[str, ...]


def policies(sources: Sources) -> Iterator[Policy]:
    """All policies of the app that restrict connections."""
    for module in sources.holding(
        b"Content-Security-Policy", b"content-security-policy", b"contentSecurityPolicy"
    ):
        yield from _in_code(sources, module)
        yield from _in_helmet(module)
        if module.path.endswith((".html", ".htm")):
            continue
    for path in sources.app.tree.files:
        if path.endswith((".html", ".htm")):
            yield from _in_html(sources, path)
        elif _PROXY.search(path):
            yield from _in_proxy(sources, path)


def _policy(file: str, line: int, column: int | None, text: str) -> Policy | None:
    found = {name.lower(): value.split() for name, value in _DIRECTIVE.findall(text)}
    for directive in ("connect-src", "default-src"):
        if directive in found:
            if directive == "default-src" and UNKNOWN in text.split():
                return None  # what is put in may be a connect-src
            return Policy(file, line, column, directive, tuple(found[directive]))
    return None


def _in_code(sources: Sources, module: Module) -> Iterator[Policy]:
    """``{ key: "Content-Security-Policy", value: … }`` and ``setHeader("Content-Security-Policy", …)``."""
    for node in module.nodes("object"):
        said = fields(node)
        name = string(said.get("key") or said.get("name"))
        if name and name.lower() == _NAME and (value := said.get("value")) is not None:
            yield from _value(sources, module, value)
        for key, value in said.items():
            if key.lower() == _NAME:
                yield from _value(sources, module, value)
    for call in module.nodes("call_expression"):
        given = arguments(call)
        if method(call) in ("set", "setHeader", "header", "append") and len(given) > 1:
            name = string(given[0])
            if name and name.lower() == _NAME:
                yield from _value(sources, module, given[1])
    for node in module.nodes("jsx_self_closing_element", "jsx_opening_element"):
        if word(node.child_by_field_name("name")) == "meta":
            yield from _in_meta(sources, module, node)


def _in_meta(sources: Sources, module: Module, element: Node) -> Iterator[Policy]:
    """``<meta httpEquiv="Content-Security-Policy" content={…} />``."""
    said = {
        word(each.named_children[0]): each.named_children[1]
        for each in element.named_children
        if each.type == "jsx_attribute" and len(each.named_children) > 1
    }
    content = said.get("content")
    if content is None or (string(said.get("httpEquiv")) or "").lower() != _NAME:
        return
    if content.type == "jsx_expression" and content.named_children:
        content = content.named_children[0]
    yield from _value(sources, module, content)


def _value(sources: Sources, module: Module, node: Node) -> Iterator[Policy]:
    text = text_of_value(sources, module, node)
    if text is not None:
        found = _policy(module.path, module.line(node), module.column(node), text)
        if found is not None:
            yield found


def text_of_value(sources: Sources, module: Module, node: Node | None, depth: int = 8) -> str | None:
    """A text put together by code, with ``?`` for what is not known; None where it is no text at all."""
    node = unwrap(node)
    if node is None or depth <= 0:
        return None
    match node.type:
        case "string":
            return word(node)[1:-1]
        case "template_string":
            parts: list[str] = []
            at = node.start_byte + 1
            code = module.text.code
            for child in node.named_children:
                if child.type != "template_substitution":
                    continue
                parts.append(code[at : child.start_byte].decode("utf-8", "replace"))
                inner = child.named_children[0] if child.named_children else None
                parts.append(text_of_value(sources, module, inner, depth - 1) or UNKNOWN)
                at = child.end_byte
            parts.append(code[at : node.end_byte - 1].decode("utf-8", "replace"))
            return "".join(parts)
        case "binary_expression" if word(node.child_by_field_name("operator")) == "+":
            both = [
                text_of_value(sources, module, node.child_by_field_name(n), depth - 1)
                for n in ("left", "right")
            ]
            return "".join(each if each is not None else UNKNOWN for each in both)
        case "array":
            listed = [
                text_of_value(sources, module, each, depth - 1) or UNKNOWN
                for each in node.named_children
                if each.type != "comment"
            ]
            return "; ".join(listed)
        case "call_expression":
            return _called(sources, module, node, depth)
        case "identifier" | "shorthand_property_identifier" | "member_expression":
            found = meaning(sources, module, node)
            if (
                isinstance(found, Definition)
                and found.node.id != node.id
                and found.node.type
                not in (
                    "identifier",
                    "shorthand_property_identifier_pattern",
                )
            ):
                return text_of_value(sources, found.module, found.node, depth - 1)
    return None


def _called(sources: Sources, module: Module, call: Node, depth: int) -> str | None:
    """``[…].join("; ")`` and ``text.replace(…).trim()``."""
    function = call.child_by_field_name("function")
    base = unwrap(function.child_by_field_name("object")) if function is not None else None
    if base is None:
        return None
    name, given = method(call), arguments(call)
    if name == "join" and base.type == "array":
        glue = string(given[0]) if given else ","
        listed = [
            text_of_value(sources, module, each, depth - 1) or UNKNOWN
            for each in base.named_children
            if each.type != "comment"
        ]
        return (glue or "").join(listed) if glue is not None else None
    if name in ("trim", "replace", "replaceAll"):
        text = text_of_value(sources, module, base, depth - 1)
        return " ".join(text.split()) if text is not None else None
    if name == "join":
        found = meaning(sources, module, base)
        if isinstance(found, Definition) and found.node.type == "array":
            listed = [
                text_of_value(sources, found.module, each, depth - 1) or UNKNOWN
                for each in found.node.named_children
                if each.type != "comment"
            ]
            return ((string(given[0]) or "") if given else ",").join(listed)
    return None


def _in_helmet(module: Module) -> Iterator[Policy]:
    """helmet: ``contentSecurityPolicy: { directives: { connectSrc: […] } }``."""
    for node in module.nodes("object"):
        said = fields(fields(node).get("contentSecurityPolicy"))
        directives = fields(said.get("directives"))
        for name, directive in (("connectSrc", "connect-src"), ("connect-src", "connect-src")):
            listed = unwrap(directives.get(name))
            if listed is not None and listed.type == "array":
                values = tuple(
                    string(each) or UNKNOWN for each in listed.named_children if each.type != "comment"
                )
                yield Policy(module.path, module.line(listed), module.column(listed), directive, values)


_META = re.compile(rb"<meta\b[^>]*http-equiv\s*=\s*[\"']?content-security-policy[^>]*>", re.IGNORECASE)
_CONTENT = re.compile(rb"content\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE)


def _in_html(sources: Sources, path: str) -> Iterator[Policy]:
    data = sources.raw(path)
    for match in _META.finditer(data):
        content = _CONTENT.search(match[0])
        if content is not None:
            text = (content[1] or content[2]).decode("utf-8", "replace")
            found = _policy(
                path, data.count(b"\n", 0, match.start()) + 1, None, re.sub(r"[%{$]\S*", UNKNOWN, text)
            )
            if found is not None:
                yield found


def _in_proxy(sources: Sources, path: str) -> Iterator[Policy]:
    text = sources.text(path)
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("#"):
            continue
        for match in _HEADER.finditer(line):
            said = re.sub(r"[^\s;]*[${][^\s;]*", UNKNOWN, match["policy"])
            found = _policy(path, number, None, said)
            if found is not None:
                yield found


def allows(policy: Policy, scheme: str, host: str) -> bool | None:
    """Whether a policy lets a page connect; None where that cannot be said.

    As Chromium does it, tried with it: ``ws://host`` does not stand for ``http://host``, nor the other way
    round; ``*`` stands for both.

    Args:
        scheme: ``wss`` or ``https``.
        host: with its port, if it has one of its own.
    """
    unknown = UNKNOWN in policy.sources
    for source in policy.sources:
        if UNKNOWN in source:
            unknown = True
        elif source == "*" or source.lower() == f"{scheme}:" or _covers(source, scheme, host):
            return True
        elif source == "'self'":
            unknown = True  # where the server has the page's own address, it is enough
        elif "://" not in source and _host(source.lower(), host):
            unknown = (
                True  # without a scheme the page's own counts, and browsers differ on what that lets through
            )
    return None if unknown else False


def _covers(source: str, scheme: str, host: str) -> bool:
    said, _, rest = source.lower().rpartition("://")
    if said and said != scheme:
        return said == {"wss": "ws", "https": "http"}[scheme] and _host(rest, host)
    return bool(said) and _host(rest, host)


def _host(pattern: str, host: str) -> bool:
    name, _, port = pattern.partition("/")[0].partition(":")
    mine, _, mine_port = host.partition(":")
    if port not in ("", "*") and port != (mine_port or "443"):
        return False
    if not port and mine_port not in ("", "443"):
        return False
    return mine.endswith(name[1:]) and mine != name[2:] if name.startswith("*.") else mine == name
