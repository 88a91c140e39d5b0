"""An e-mail address as identity, name or metadata: all participants of a room see it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...code.js.parse import Node, word
from ...core.result import Finding
from ..context import Context
from ..model import Check, Fault
from ..source.nodes import arguments, fields, function_of, method, receiver, unwrap
from ..source.problem import Problem, report
from ..source.sources import Module, Sources
from ..source.tokens import tokens

_EMAIL = re.compile(r"^(e_?mail(_?address)?|user_?email|mail_?address)$", re.IGNORECASE)
_SHOWN = ("identity", "name", "metadata", "attributes")


def problems(sources: Sources) -> Iterator[Problem]:
    for token in tokens(sources):
        for option in _SHOWN:
            if (given := token.options.get(option)) is not None:
                yield from _shown(given[0], given[1], option)


def _shown(module: Module, node: Node, option: str) -> Iterator[Problem]:
    found = _email(module, node, 4)
    if found is None:
        return
    yield Problem(
        "warn",
        f"an e-mail address becomes the {option} that all participants see",
        module.path,
        module.line(found),
        module.column(found),
        f"`{' '.join(word(found).split())[:80]}` is sent to every browser in the room, and to webhooks and "
        f"recordings.",
        "take the user's id, and a display name" if option in ("identity", "name") else "leave it out",
        evidence={"option": option, "value": " ".join(word(found).split())[:80]},
    )


def _email(module: Module, node: Node | None, depth: int) -> Node | None:
    """Where in a value an address is taken over as it is; hashes and the like hide it."""
    node = unwrap(node)
    if node is None or depth <= 0:
        return None
    match node.type:
        case "member_expression":
            return node if _EMAIL.match(word(node.child_by_field_name("property"))) else None
        case "identifier" | "shorthand_property_identifier":
            if _EMAIL.match(word(node)):
                return node
            value = _value(module, node)
            return node if value is not None and _email(module, value, depth - 1) is not None else None
        case "template_string":
            parts = [
                child.named_children[0]
                for child in node.named_children
                if child.type == "template_substitution" and child.named_children
            ]
        case "binary_expression" if word(node.child_by_field_name("operator")) in ("||", "??"):
            # What comes second is taken for users without the first.
            parts = [
                each for each in (node.child_by_field_name(n) for n in ("left", "right")) if each is not None
            ]
        case "object":
            parts = list(fields(node).values())
        case "call_expression":
            if method(node) in ("stringify", "String"):
                parts = arguments(node)
            elif method(node) in ("toLowerCase", "trim", "toString") and (base := receiver(node)) is not None:
                parts = [base]
            else:
                return None
        case _:
            return None
    return next((found for part in parts if (found := _email(module, part, depth - 1)) is not None), None)


def _value(module: Module, node: Node) -> Node | None:
    binding = module.binding(node)
    if (
        binding is None
        or binding.kind not in ("const", "let", "var")
        or binding.written
        or function_of(node) is None
    ):
        return None
    declared = module.at(binding.declared[0])
    parent = declared.parent if declared is not None else None
    return (
        parent.child_by_field_name("value")
        if parent is not None and parent.type == "variable_declarator"
        else None
    )


def _run(context: Context) -> Iterator[Finding]:
    return report(CHECK, context, problems)


CHECK = Check(
    id="security.email-identity",
    title="No e-mail address is shown to a room",
    category="security",
    run=_run,
    seconds=10.0,
    order=24,
    why="Identity, name, metadata and attributes go to every participant, to webhooks and into egress file "
    "names. An address there is personal data given to strangers.",
    source="LiveKit's docs: participant identity and metadata are visible to all in the room; found in "
    "real migrations",
    evidence="`room.remoteParticipants` in the browser's console, or the payload of a webhook.",
    remedy="Sign the user's id as identity and a display name; keep addresses on the back end.",
    faults=(
        Fault(
            "`identity: session.user.email`",
            "an e-mail address becomes the identity that all participants see",
            "nothing: calls work, and every participant reads the others' addresses",
        ),
    ),
)
