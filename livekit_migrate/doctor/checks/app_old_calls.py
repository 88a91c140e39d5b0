"""Calls to the old media server that are left in the client, and that nobody answers any more."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...code.js.parse import Node
from ...core.result import Finding
from ..context import Context
from ..model import Check, Fault
from ..source.nodes import FUNCTIONS, arguments, fields, method, receiver, string
from ..source.problem import Problem, report
from ..source.sources import Module, Sources

# Nothing but Mediasoup's handshake has messages and routes of such names.
_HANDSHAKE = re.compile(
    r"(get|request)?-?_?router-?_?rtp-?_?capabilities|create-?_?web-?_?rtc-?_?transport|connect-?_?web-?_?rtc-?_?transport"
    r"|(connect|create)-?_?(send|recv|receive|producer|consumer)-?_?transport|mediasoup|consumer-?_?resume"
    r"|resume-?_?consumer|transport-?_?(connect|produce|consume|recv-?_?connect)",
    re.IGNORECASE,
)
_SENDS = ("emit", "request", "send", "notify", "emitWithAck", "call")
_ASKS = frozenset({"fetch", "get", "post", "put", "request", "axios"})
_SERVES = (
    "get",
    "post",
    "put",
    "all",
    "use",
    "route",
    "on",
    "once",
    "onRequest",
    "handle",
    "SubscribeMessage",
)


def problems(sources: Sources) -> Iterator[Problem]:
    if not _moved(sources):
        return
    calls = list(_calls(sources))
    if not calls:
        return
    answered = set(_answered(sources, {_last(text) for _, _, text in calls}))
    for module, node, text in calls:
        if _key(text) in answered:
            continue
        yield Problem(
            "warn",
            f"`{text}` still asks the old media server, and nothing in the app answers it",
            module.path,
            module.line(node),
            module.column(node),
            "No package of the app needs mediasoup any more, and no route or handler of this name is left: "
            "the call waits until it times out, or fails.",
            "remove it with what waits for its answer: `room.connect(url, token)` does all of the handshake",
            evidence={"message": text},
        )


def _moved(sources: Sources) -> bool:
    """LiveKit's client is there, Mediasoup is in no package any more, and the back end is in this project."""
    needs = {name for package in sources.app.packages.values() for name in package.needs}
    server = any(
        each.side in ("server", "both") for found in sources.app.frameworks.values() for each in found
    )
    here = server or bool(needs & {"socket.io", "ws", "livekit-server-sdk"})
    return (
        here
        and bool(needs & {"livekit-client", "@livekit/components-react"})
        and not any("mediasoup" in name or "protoo" in name for name in needs)
    )


def _calls(sources: Sources) -> Iterator[tuple[Module, Node, str]]:
    for module in sources.holding(b"emit", b"request", b"fetch", b"axios", b"send"):
        for call in module.nodes("call_expression"):
            given = arguments(call)
            name = method(call)
            text = string(given[0]) if given else None
            if not text or not _HANDSHAKE.search(text):
                continue
            if (name in _SENDS and receiver(call) is not None) or (name in _ASKS and "/" in text):
                yield module, given[0], text


def _answered(sources: Sources, names: set[str]) -> Iterator[str]:
    """Those of some names and paths that something in the app answers."""
    for module in sources.holding(*(name.encode() for name in sorted(names))):
        for call in module.nodes("call_expression"):
            given = arguments(call)
            if method(call) in _SERVES and given and (text := string(given[0])):
                yield _key(text)
        for node in module.nodes("switch_case"):
            if text := string(node.child_by_field_name("value")):
                yield _key(text)
        for node in module.nodes("object"):
            yield from (_key(name) for name in _functions(node))


def _functions(node: Node) -> Iterator[str]:
    """Tables of handlers: ``{ createWebRtcTransport: async (…) => … }``."""
    for name, value in fields(node).items():
        if value.type in FUNCTIONS or value.type == "identifier":
            yield name


def _last(text: str) -> str:
    return text.partition("?")[0].rstrip("/").rpartition("/")[2]


def _key(text: str) -> str:
    return _last(text).lower()


def _run(context: Context) -> Iterator[Finding]:
    return report(CHECK, context, problems)


CHECK = Check(
    id="app.old-calls",
    title="Nothing asks the old media server any more",
    category="app",
    run=_run,
    seconds=10.0,
    order=60,
    why="What is left of the old handshake waits for an answer that nobody gives; a join that goes through "
    "it hangs.",
    source="found in real migrations: leftover routes and messages of the old server",
    evidence="In the network tab, a request to the old route that ends in 404, or a message without an "
    "answer.",
    remedy="`lkm scan` lists all that is left; `lkm cleanup-mediasoup` removes it.",
    faults=(
        Fault(
            "`socket.emit('getRouterRtpCapabilities')` after the server's handler was removed",
            "`getRouterRtpCapabilities` still asks the old media server, and nothing in the app answers it",
            "nothing: the call waits",
        ),
    ),
)
