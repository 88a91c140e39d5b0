"""A URL that only containers or this machine can reach, in the hands of a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...code.js.parse import Node, word
from ...core.result import Finding
from ..context import Context
from ..model import Check, Fault
from ..source.browser import is_root
from ..source.envs import PUBLIC, is_environment
from ..source.names import Definition, meaning
from ..source.nodes import arguments, fields, members, method, string, unwrap
from ..source.problem import Problem, report
from ..source.requests import routes
from ..source.settings import Setting, dockerfiles, services, settings
from ..source.sources import Module, Sources
from ..source.tokens import tokens
from ..source.urls import is_url, reach

_GIVEN = re.compile(r"^(livekit_?|lk_?|ws_?|server_?|rtc_?|media_?)?url$", re.IGNORECASE)
_PRODUCTION = re.compile(r"(^|/)\.env\.(production|prod)(\.local)?$")
_BUILDS = re.compile(
    r"\b(next|vite|react-scripts|nuxt|astro|ng)\s+build\b|\b(run|yarn|pnpm|bun|npm)\b[^&;]*\bbuild\b"
)


def problems(sources: Sources) -> Iterator[Problem]:
    names = frozenset(each.name for each in services(sources))
    for setting in settings(sources):
        for_calls = "LIVEKIT" in setting.name or setting.value.startswith("ws")
        if setting.name.startswith(PUBLIC) and is_url(setting.value) and for_calls:
            yield from _public(sources, setting, names)
    yield from _sent(sources, names)
    yield from _in_client(sources, names)


def _public(sources: Sources, setting: Setting, names: frozenset[str]) -> Iterator[Problem]:
    """A variable that a bundler writes into the client."""
    kind = reach(setting.value, names)
    if kind == "internal":
        yield _problem(
            setting,
            f"browsers get {setting.name}={setting.value}, which only containers can reach",
            f"`{setting.name}` goes into the JavaScript of the page; no browser can resolve the name of a "
            f"service.",
            "set the address that browsers use, such as wss://livekit.example.com",
        )
    elif kind == "loopback" and (_PRODUCTION.search(setting.file) or _baked(sources, setting)):
        yield _problem(
            setting,
            f"production builds get {setting.name}={setting.value}",
            "It is written into the JavaScript when that is built: every user's browser then looks for the "
            "server on the user's own machine.",
            "set the public address where production is built",
        )


def _baked(sources: Sources, setting: Setting) -> bool:
    """Whether an image's own default goes into what is built in it, with nobody giving another one."""
    if setting.where != "dockerfile":
        return False
    listed = dockerfiles(sources).get(setting.file, ())
    built = any(
        each.name == "RUN" and each.line > setting.line and _BUILDS.search(each.text) for each in listed
    )
    given = any(
        each.name == setting.name
        for service in services(sources)
        if service.dockerfile == setting.file
        for each in service.settings
        if each.where == "build"
    )
    return built and not given


def _problem(setting: Setting, title: str, detail: str, remedy: str) -> Problem:
    return Problem(
        "fail", title, setting.file, setting.line, None, detail, remedy,
        evidence={"name": setting.name, "value": setting.value, "where": setting.where},
    )  # fmt: skip


def _sent(sources: Sources, names: frozenset[str]) -> Iterator[Problem]:
    """A token route that tells clients the address that the back end itself uses."""
    seen: set[tuple[str, int]] = set()
    for token in tokens(sources):
        for route in routes(sources, token.module, token.function):
            if (route.module.path, route.function.id) in seen:
                continue
            seen.add((route.module.path, route.function.id))
            for node, value in _answers(route.module, route.function):
                name = _variable(sources, route.module, value)
                if not name:
                    continue
                for setting in settings(sources):
                    if (
                        setting.name != name
                        or not is_url(setting.value)
                        or not setting.is_for(route.module.path)
                    ):
                        continue
                    if reach(setting.value, names) == "internal":
                        yield Problem(
                            "fail",
                            f"{route.label} sends {name} to browsers, and it is {setting.value}",
                            route.module.path,
                            route.module.line(node),
                            route.module.column(node),
                            f"{setting.file}:{setting.line} sets it to an address that only containers can "
                            f"reach.",
                            "keep two variables: the internal URL for the back end's own calls, and the "
                            "public one that clients get",
                            evidence={
                                "name": name,
                                "value": setting.value,
                                "set_at": f"{setting.file}:{setting.line}",
                            },
                        )
                        break


def _answers(module: Module, function: Node) -> Iterator[tuple[Node, Node]]:
    """Fields named like a server's URL in what a route answers."""
    for call in module.nodes("call_expression", "new_expression"):
        if not (function.start_byte <= call.start_byte and call.end_byte <= function.end_byte):
            continue
        if method(call) in ("json", "send", "stringify") and arguments(call):
            given = arguments(call)[0]
            whole = unwrap(given)
            if whole is not None and whole.type == "identifier":
                binding = module.binding(whole)
                declared = (
                    module.at(binding.declared[0]) if binding is not None and not binding.written else None
                )
                holder = declared.parent if declared is not None else None
                whole = unwrap(holder.child_by_field_name("value")) if holder is not None else None
            for name, value in fields(whole).items():
                if _GIVEN.match(name):
                    yield value, value


def _variable(sources: Sources, module: Module, node: Node) -> str:
    """The variable of the environment that a value is, through names of the app; empty for all else."""
    node = unwrap(node) or node
    if node.type == "binary_expression" and word(node.child_by_field_name("operator")) in ("||", "??"):
        left = node.child_by_field_name("left")
        return _variable(sources, module, left) if left is not None else ""
    parts = members(node)
    if len(parts) == 3 and is_environment(parts[:2]):
        return parts[2]
    if len(parts) == 2 and parts[0] in ("env", "config") and parts[1].isupper():
        return parts[1]  # a checked copy of the environment
    if node.type in ("identifier", "shorthand_property_identifier"):
        binding = module.binding(node)
        if binding is not None and binding.declared and not binding.written:
            declared = module.at(binding.declared[0])
            holder = declared.parent if declared is not None else None
            if holder is not None and holder.type == "variable_declarator":
                value = holder.child_by_field_name("value")
                return _variable(sources, module, value) if value is not None else ""
            found = meaning(sources, module, node)
            if isinstance(found, Definition) and found.node.id != node.id and binding.kind == "import":
                return _variable(sources, found.module, found.node)
    return ""


def _in_client(sources: Sources, names: frozenset[str]) -> Iterator[Problem]:
    """An internal address written into a file of the client."""
    for module in sources.holding(
        *(f"//{name}".encode() for name in sorted(names | {"livekit", "livekit-server"}))
    ):
        if (
            not is_root(sources, module)
            and b"livekit-client" not in module.text.code
            and (b"@livekit/components-react" not in module.text.code)
        ):
            continue
        for node in module.nodes("string", "template_string"):
            text = string(node)
            if text and is_url(text) and text.lower().startswith("ws") and reach(text, names) == "internal":
                if not is_root(sources, module) and not _connects(node):
                    continue
                yield Problem(
                    "fail",
                    f"browsers get {text}, which only containers can reach",
                    module.path,
                    module.line(node),
                    module.column(node),
                    "The name of a service is known inside the network of its containers only.",
                    "let the token route tell the client the public address",
                    evidence={"value": text},
                )


def _connects(node: Node) -> bool:
    """Whether a text is what a client connects to: ``room.connect("…")``, ``<LiveKitRoom serverUrl="…">``."""
    parent = node.parent
    if parent is not None and parent.type == "arguments" and parent.parent is not None:
        return method(parent.parent) in ("connect", "prepareConnection")
    return parent is not None and parent.type == "jsx_attribute"


def _run(context: Context) -> Iterator[Finding]:
    return report(CHECK, context, problems)


CHECK = Check(
    id="app.internal-url",
    title="Browsers get addresses that browsers can reach",
    category="app",
    run=_run,
    seconds=10.0,
    order=20,
    why="`ws://livekit:7880` works from container to container, and for no browser. What begins with "
    "NEXT_PUBLIC_ or VITE_ is written into the page when it is built, whatever the server's environment "
    "says later.",
    source="livekit-examples/meet#1172",
    evidence="The browser's console: `WebSocket connection to 'ws://livekit:7880/rtc…' failed: "
    "net::ERR_NAME_NOT_RESOLVED`.",
    remedy="Keep an internal and a public URL apart, and give clients the public one.",
    faults=(
        Fault(
            "NEXT_PUBLIC_LIVEKIT_URL=ws://livekit:7880 in Compose",
            "browsers get NEXT_PUBLIC_LIVEKIT_URL=ws://livekit:7880, which only containers can reach",
            "the browser: `net::ERR_NAME_NOT_RESOLVED`; `curl` from another container works",
        ),
        Fault(
            "NEXT_PUBLIC_LIVEKIT_URL=ws://localhost:7880 in .env.production",
            "production builds get NEXT_PUBLIC_LIVEKIT_URL=ws://localhost:7880",
            "it works on the developer's machine; for all others `net::ERR_CONNECTION_REFUSED`",
        ),
    ),
)
