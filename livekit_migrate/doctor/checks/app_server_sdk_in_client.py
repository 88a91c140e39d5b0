"""livekit-server-sdk, which signs with the API secret, in code that goes to browsers."""

from __future__ import annotations

from collections.abc import Iterator

from ...code.js.parse import Node, word
from ...core.result import Finding
from ..context import Context
from ..model import Check, Fault
from ..source.browser import is_type, way
from ..source.names import uses
from ..source.problem import Problem, report
from ..source.sources import Module, Sources

_SDK = ("livekit-server-sdk", "@livekit/rtc-node", "@livekit/agents")


def problems(sources: Sources) -> Iterator[Problem]:
    for module in sources.holding(*(name.encode() for name in _SDK)):
        for statement in module.nodes("import_statement"):
            source = statement.child_by_field_name("source")
            package = word(source)[1:-1]
            if package in _SDK:
                yield from _imported(sources, module, statement, package)


def _imported(sources: Sources, module: Module, statement: Node, package: str) -> Iterator[Problem]:
    if any(child.type == "type" for child in statement.children):
        return
    for name in _names(statement):
        binding = module.binding(name)
        if binding is None or all(is_type(use) for use in uses(module, binding)):
            continue
        path = way(sources, module, binding)
        if path is None:
            continue
        through = " → ".join(path)
        yield Problem(
            "fail",
            f"{package} is used in code that goes to browsers",
            module.path,
            module.line(statement),
            module.column(statement),
            f"`{word(name)}` gets there through {through}. It needs the API secret, which no browser may have."
            if len(path) > 1
            else f"`{word(name)}` is used in a file of the client. It needs the API secret, which no browser may have.",
            "move what signs tokens or calls the server into a route, and let the client fetch the result",
            evidence={"way": list(path), "name": word(name)},
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
    id="app.server-sdk-in-client",
    title="The server's SDK stays on the server",
    category="security",
    run=_run,
    seconds=3.0,
    order=10,
    why="Whoever has the API secret signs tokens for every room and calls the server's whole API. Code that signs in "
    "a browser has it there, for everybody to read.",
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
