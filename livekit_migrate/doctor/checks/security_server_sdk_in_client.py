"""livekit-server-sdk, which signs with the API secret, in code that goes to browsers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...code.js.parse import Node, word
from ...core.result import Finding
from ..context import Context
from ..model import Check, Fault
from ..source.browser import is_type, way
from ..source.names import Origin, meaning, uses
from ..source.problem import Problem, report
from ..source.sources import Module, Sources

_SDK = "livekit-server-sdk"
_SIGNS = re.compile(r"^(AccessToken|TokenVerifier|WebhookReceiver|\w+Client)$|^\*$|^default$")
"""What of it takes the API secret; the rest are enums and messages."""


def problems(sources: Sources) -> Iterator[Problem]:
    for module in sources.holding(_SDK.encode()):
        for statement in module.nodes("import_statement"):
            if word(statement.child_by_field_name("source"))[1:-1] == _SDK:
                yield from _imported(sources, module, statement)


def _imported(sources: Sources, module: Module, statement: Node) -> Iterator[Problem]:
    if any(child.type == "type" for child in statement.children):
        return
    for name in _names(statement):
        binding = module.binding(name)
        found = meaning(sources, module, name)
        if (
            binding is None
            or not isinstance(found, Origin)
            or all(is_type(use) for use in uses(module, binding))
        ):
            continue
        path = way(sources, module, binding)
        if path is None:
            continue
        secret = bool(_SIGNS.match(found.name))
        there = (
            f"gets there through {' → '.join(path)}" if len(path) > 1 else "is used in a file of the client"
        )
        yield Problem(
            "fail" if secret else "info",
            f"{_SDK} is used in code that goes to browsers"
            if secret
            else f"{_SDK} is bundled for `{found.name}`",
            module.path,
            module.line(statement),
            module.column(statement),
            f"`{found.name}` {there}. "
            + (
                "It needs the API secret, which no browser may have."
                if secret
                else "It works, and needs no secret."
            ),
            "move what signs tokens or calls the server into a route, and let the client fetch the result"
            if secret
            else "livekit-client has what a client needs, such as `Track.Source`",
            evidence={"way": list(path), "name": found.name},
        )
        return


def _names(statement: Node) -> Iterator[Node]:
    stack = list(statement.named_children)
    while stack:
        node = stack.pop(0)
        if node.type == "identifier":
            yield node
        elif node.type == "import_specifier":
            if any(child.type == "type" for child in node.children):
                continue
            name = node.child_by_field_name("alias") or node.child_by_field_name("name")
            if name is not None:
                yield name
        elif node.type in ("import_clause", "named_imports", "namespace_import"):
            stack += node.named_children


def _run(context: Context) -> Iterator[Finding]:
    return report(CHECK, context, problems)


CHECK = Check(
    id="security.server-sdk-in-client",
    title="The server's SDK stays on the server",
    category="security",
    run=_run,
    seconds=10.0,
    order=10,
    why="Whoever has the API secret signs tokens for every room and calls the server's whole API. Code "
    "that signs in a browser has it there, for everybody to read.",
    source="livekit-server-sdk itself logs an error where there is a `document`: it is not for browsers",
    evidence="The browser's console: `You should not include your API secret in your web client bundle`.",
    remedy="Sign tokens in a route of the back end; the client asks that route.",
    faults=(
        Fault(
            "a component signs its own token",
            "livekit-server-sdk is used in code that goes to browsers",
            "calls work; the secret is in the page's JavaScript",
        ),
    ),
)
