"""Signalling messages that a file sends and answers, whatever they travel through."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from ..code.js.parse import Node, Parsed, word
from ..code.js.text import Text
from . import api
from .facts import Message

CALLS = re.compile(
    rb"\b(on|once|emit|emitWithAck|request|notify|send\w*|publish|broadcast\w*|request\w*|SubscribeMessage)"
    rb"\s*(?:<[^<>()]{0,80}>\s*)?\("
)
CASES = re.compile(rb"\bcase\s*(?=['\"`])")
COMPARISONS = re.compile(rb"(?<!!)===?(?=\s*['\"`])")
# What a message travels through, by the last word of its name.
CHANNEL = re.compile(
    r"(?:socket|io|ws|wss|conn|connection|client|peer|protoo|channel|nsp|namespace|room|signal\w*|server|transport"
    r"|nc|rpc|emitter|sfu|gateway|to\(.*\)|in\(.*\)|of\(.*\)|except\(.*\)|broadcast|volatile|current|self|this)\W*$",
    re.IGNORECASE,
)
# Events of the channels themselves, and of what else has `on`.
PLUMBING = frozenset(
    {"connect", "connection", "disconnect", "disconnecting", "connect_error", "reconnect", "error", "close"}
    | {"open", "message", "data", "end", "finish", "drain", "upgrade", "listening", "ping", "pong", "timeout"}
    | {"exit", "uncaughtException", "unhandledRejection", "SIGINT", "SIGTERM", "request", "notification"}
    | {"disconnected", "failed", "connectionrequest", "change", "ready", "abort", "reconnect_attempt"}
)
NAME = re.compile(r"^@?[A-Za-z][\w:./@-]{1,80}$")
KEYS = ("type", "event", "action", "method", "op", "cmd", "command", "request", "id")
SWITCHED = re.compile(
    r"(?:^|\W)(?:type|event|action|method|op|cmd|command|request|msg|message|eventName|messageType)\W*$",
    re.IGNORECASE,
)
REDUX = re.compile(r"^[A-Z][A-Z0-9_]+$")
OURS = re.compile(r"(?:observer|transport|producer|consumer|router|worker|device)s?\W*$", re.IGNORECASE)


def messages(text: Text, path: str, parsed: Parsed) -> Iterator[Message]:
    """Every message of the file, in order."""
    for match in CALLS.finditer(parsed.code):
        call = _around(parsed, match.start(1), match.end(1), "call_expression")
        if call is None:
            continue
        callee = call.child_by_field_name("function")
        if callee is None or not callee.start_byte <= match.start(1) < callee.end_byte:
            continue
        found = _of_call(text, path, call, callee, match[1].decode())
        if found is not None:
            yield found
    for match in CASES.finditer(parsed.code):
        case = _around(parsed, match.start(), match.start() + 4, "switch_case")
        found = _of_case(text, path, case) if case is not None else None
        if found is not None:
            yield found
    for match in COMPARISONS.finditer(parsed.code):
        comparison = _around(parsed, match.start(), match.end(), "binary_expression")
        found = _of_comparison(text, path, comparison) if comparison is not None else None
        if found is not None:
            yield found


def _around(parsed: Parsed, start: int, end: int, kind: str) -> Node | None:
    """The smallest node of that kind around a word, within a few steps."""
    node = parsed.root.descendant_for_byte_range(start, end)
    for _ in range(4):
        if node is None or node.type == kind:
            return node
        node = node.parent
    return None


def _of_call(text: Text, path: str, call: Node, callee: Node, method: str) -> Message | None:
    arguments = call.child_by_field_name("arguments")
    given = [a for a in arguments.named_children if a.type != "comment"] if arguments is not None else []
    if not given:
        return None
    base = callee.child_by_field_name("object") if callee.type == "member_expression" else None
    receiver = " ".join(word(base).split())[:80]
    answers = method in ("on", "once", "SubscribeMessage")
    name = _name(given[0])
    if answers:
        if name in PLUMBING or name in api.EVENT_GIVES or (base is not None and not CHANNEL.search(receiver)):
            return None
        if OURS.search(receiver) and any(name in events for events in api.EVENT_ROWS.values()):
            return None
        if base is None and method != "SubscribeMessage":
            return None
    elif not name:
        name = _named_in(given[0])
    elif base is not None and not CHANNEL.search(receiver):
        return None
    if not NAME.match(name) or name in PLUMBING:
        return None
    line, last = text.line(call.start_byte), text.line(call.end_byte)
    waits = call.parent is not None and call.parent.type == "await_expression"
    waits = waits or (not answers and given[-1].type in ("arrow_function", "function_expression"))
    return Message(path, line, last, name, "answers" if answers else "sends", receiver, waits)


def _name(node: Node) -> str:
    plain = node.type == "template_string" and all(
        each.type != "template_substitution" for each in node.named_children
    )
    return word(node)[1:-1] if node.type == "string" or plain else ""


def _named_in(node: Node) -> str:
    """``ws.send(JSON.stringify({ type: "join" }))``: the message's name is in what is sent."""
    if node.type == "call_expression":
        inner = node.child_by_field_name("arguments")
        called = word(node.child_by_field_name("function"))
        if inner is None or not inner.named_children or "stringify" not in called:
            return ""
        node = inner.named_children[0]
    if node.type != "object":
        return ""
    for pair in node.named_children:
        key, value = pair.child_by_field_name("key"), pair.child_by_field_name("value")
        if key is not None and value is not None and word(key).strip("'\"") in KEYS[:-1]:
            return _name(value)
    return ""


def _of_case(text: Text, path: str, case: Node) -> Message | None:
    value = case.child_by_field_name("value")
    switch = case.parent.parent if case.parent is not None else None
    subject = switch.child_by_field_name("value") if switch is not None else None
    if value is None or subject is None:
        return None
    return _told_by(text, path, subject, value, start=case, end=case)


def _of_comparison(text: Text, path: str, comparison: Node) -> Message | None:
    """``if (type === "join") {…}``, also as one of several conditions."""
    subject, value = comparison.child_by_field_name("left"), comparison.child_by_field_name("right")
    node, above = comparison, comparison.parent
    while above is not None and above.type in ("parenthesized_expression", "binary_expression"):
        node, above = above, above.parent
    if above is None or above.type != "if_statement" or node != above.child_by_field_name("condition"):
        return None
    body = above.child_by_field_name("consequence")
    if subject is None or value is None or body is None or subject.type == "unary_expression":
        return None  # `typeof type` is about a language's types
    found = _told_by(text, path, subject, value, start=above, end=body)
    return replace(found, compared=True) if found is not None else None


def _told_by(text: Text, path: str, subject: Node, value: Node, *, start: Node, end: Node) -> Message | None:
    on, name = word(subject).strip("()"), _name(value)
    if not NAME.match(name) or not SWITCHED.search(on) or ("action" in on and REDUX.match(name)):
        return None
    line, last = text.line(start.start_byte), text.line(end.end_byte)
    return Message(path, line, last, name, "answers", " ".join(on.split())[:80], acknowledged=False)
