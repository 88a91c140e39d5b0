"""Signalling messages: who sends each, which handler answers it, what takes its place."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from ..app.look import App
from ..core.errors import LkmError
from ..core.files import read_bytes
from .api import EVENT_ROWS
from .facts import Call, FileFacts, Message
from .kinds import LARGEST
from .places import is_test
from .rows import row, rows
from .texts import decoded

Side = Literal["server", "client", "unknown"]

# The life of the connection itself, no message of the app.
_TRANSPORT = frozenset(
    {
        "connect", "connection", "connected", "open", "opened", "close", "closed", "error", "failed",
        "connect_error", "connect_timeout", "reconnect", "reconnecting", "reconnect_attempt",
        "reconnect_error", "reconnect_failed", "ping", "pong", "upgrade", "listening", "disconnecting",
        "newListener", "exit", "data", "end", "finish", "request", "notification", "connectionrequest", "",
    }
)  # fmt: skip
_ANSWER = re.compile(r"[-_:]?(response|reply|ack|result|success)$", re.IGNORECASE)
_SERVER_WORDS = frozenset(
    ["server", "servers", "backend", "api", "sfu", "media", "gateway", "gateways", "signaling", "signalling"]
)
_CLIENT_WORDS = frozenset(
    ["client", "frontend", "web", "app", "ui", "components", "hooks", "pages", "public", "browser", "mobile"]
)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One message, from both ends.

    Args:
        direction: ``client-to-server``, ``server-to-client``, or ``unknown``.
        sent, answered: the places; an end is empty where nobody was seen to send or to answer it by name.
        named: where else its name stands, when an end is empty: a handler may be registered by a function of
            the app's own.
        row: of the mapping, None where it has nothing to do with media: the socket keeps it.
        livekit: what takes its place.
        answer_to: the request that it answers, by its name: ``join`` of ``joinResponse``.
    """

    name: str
    direction: str
    sent: tuple[Message, ...]
    answered: tuple[Message, ...]
    acknowledged: bool
    row: int | None
    livekit: str
    named: tuple[tuple[str, int], ...] = ()
    answer_to: str = ""

    def to_dict(self) -> dict[str, Any]:
        found = row(self.row)
        return {
            "name": self.name,
            "direction": self.direction,
            "sent": [{"file": m.file, "line": m.line} for m in self.sent],
            "answered": [{"file": m.file, "line": m.line, "end_line": m.end_line} for m in self.answered],
            "named": [{"file": file, "line": line} for file, line in self.named],
            "acknowledged": self.acknowledged,
            "answer_to": self.answer_to or None,
            "row": self.row,
            "action": found.action if found else None,
            "livekit": self.livekit,
        }


@lru_cache(maxsize=1)
def _rules() -> list[tuple[re.Pattern[str], int, str]]:
    document = json.loads((Path(__file__).parent / "signalling.json").read_text(encoding="utf-8"))
    return [
        (re.compile(each["match"], re.IGNORECASE), each["row"], each.get("says", "")) for each in document
    ]


def meaning(name: str) -> tuple[int | None, str]:
    """The row of the mapping that a message belongs to, by its name, and what takes its place.

    ``join``, ``NEW_PEER`` and ``sfu:createTransport`` are read alike.
    """
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[_\s:./]+", "-", name).lower()
    for pattern, number, says in _rules():
        if pattern.search(spaced):
            return number, says or rows()[number].livekit
    return None, "Nothing: by its name it is not about media; the socket keeps it."


def exchanges(app: App, sources: Sequence[FileFacts], calls: Sequence[Call]) -> list[Exchange]:
    """The messages of the app's signalling, by name; those of its tests are left out.

    Args:
        calls: of Mediasoup: `transport.on("produce")` listens to Mediasoup, not to the other side.
    """
    own = {(call.file, call.line) for call in calls if call.event}
    ends: dict[str, tuple[list[Message], list[Message]]] = {}
    for each in sources:
        if is_test(each.path):
            continue
        for message in each.messages:
            listens = message.role == "answers" and ((each.path, message.line) in own or _is_event(message))
            if message.name not in _TRANSPORT and not listens and not _is_action(message):
                ends.setdefault(message.name, ([], []))[message.role == "answers"].append(message)
    sides = {each.path: side_of(app, each) for each in sources if each.messages}
    for name, (sent, answered) in list(ends.items()):
        answered[:] = [each for each in answered if not each.compared or _is_sent(each, sent, sides)]
        if not sent and not answered:
            del ends[name]
    found = [_exchange(name, *ends[name], sides) for name in sorted(ends)]
    open_ended = [each.name for each in found if not (each.sent and each.answered)]
    named = _named(app, sources, open_ended)
    found = [_by_handler(each, calls) for each in found]
    requests = {each.name: each for each in found}
    return [_completed(each, named.get(each.name, ()), requests) for each in found]


def _is_sent(message: Message, sent: Sequence[Message], sides: Mapping[str, Side]) -> bool:
    """Whether anybody sends what a line compares with, from another file and from the other side."""
    here = sides[message.file]
    return any(each.file != message.file and (here == "unknown" or sides[each.file] != here) for each in sent)


def _by_handler(each: Exchange, calls: Sequence[Call]) -> Exchange:
    """A message whose name says nothing, by the first call of Mediasoup in the handler that answers it."""
    if each.row is not None:
        return each
    for message in each.answered:
        for call in calls:
            inside = call.file == message.file and message.line <= call.line <= message.end_line
            if inside and call.row is not None:
                return replace(each, row=call.row, livekit=rows()[call.row].livekit)
    return each


def _completed(
    each: Exchange, named: Sequence[tuple[str, int]], requests: Mapping[str, Exchange]
) -> Exchange:
    rest = tuple(place for place in named if place not in _places(each))
    base = requests.get(_ANSWER.sub("", each.name))
    if base is None or base.name == each.name:
        return replace(each, named=rest)
    text = f"Goes with `{base.name}`, which it answers."
    return replace(each, named=rest, row=base.row, livekit=text, answer_to=base.name)


def _is_event(message: Message) -> bool:
    """Whether it is told by an object of Mediasoup's, by the names of both."""
    known = any(message.name.removeprefix("@") in events for events in EVENT_ROWS.values())
    return known and bool(
        re.search(r"(transport|producer|consumer|worker|router|observer)!?$", message.receiver, re.IGNORECASE)
    )


def _is_action(message: Message) -> bool:
    """Whether it is a reducer's case: `switch (action.type)`."""
    return message.role == "answers" and bool(re.match(r"action\b|.*\baction(\.type)?$", message.receiver))


def _places(each: Exchange) -> set[tuple[str, int]]:
    return {(message.file, message.line) for message in (*each.sent, *each.answered)}


def _named(app: App, sources: Sequence[FileFacts], names: Sequence[str]) -> dict[str, list[tuple[str, int]]]:
    """Where names stand in quotes as the first argument of a call, or as a key."""
    if not names:
        return {}
    words = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    pattern = re.compile(rf"[(,]\s*(['\"`])({words})\1\s*[,)]")
    found: dict[str, list[tuple[str, int]]] = {}
    for each in sources:
        if is_test(each.path):
            continue
        try:
            text = decoded(read_bytes(app.root / each.path, limit=LARGEST)) or ""
        except LkmError:
            continue
        for match in pattern.finditer(text):
            place = (each.path, text.count("\n", 0, match.start(2)) + 1)
            found.setdefault(match[2], []).append(place)
    return found


def _exchange(
    name: str, sent: Sequence[Message], answered: Sequence[Message], sides: dict[str, Side]
) -> Exchange:
    senders = tuple(sorted(sent, key=lambda each: (each.file, each.line)))
    handlers = tuple(sorted(answered, key=lambda each: (each.file, each.line)))
    ends = {sides[m.file] for m in senders if sides[m.file] != "unknown"}
    others = {sides[m.file] for m in handlers if sides[m.file] != "unknown"}
    if "server" in others or (ends == {"client"} and not others):
        direction = "client-to-server"
    elif "client" in others or ends == {"server"}:
        direction = "server-to-client"
    else:
        direction = "unknown"
    acknowledged = any(message.acknowledged for message in (*senders, *handlers))
    return Exchange(name, direction, senders, handlers, acknowledged, *meaning(name))


def side_of(app: App, facts: FileFacts) -> Side:
    """Where a file's code runs: by what it imports, else by its package, else by its path."""
    sites = {site.side for site in facts.sites}
    if "server" in sites and "client" not in sites:
        return "server"
    if "client" in sites and "server" not in sites:
        return "client"
    if facts.language in ("vue", "svelte", "html", "tsx") or facts.path.endswith(".jsx"):
        return "client"
    if any(name.startswith(("node:", "socket.io-client")) or name in _NODE for name in facts.imports):
        return "client" if "socket.io-client" in facts.imports else "server"
    return _by_place(app, facts.path)


_NODE = frozenset(
    {
        "http", "https", "fs", "os", "path", "express", "ws", "socket.io", "fastify", "hono", "koa",
        "protoo-server", "child_process", "@nestjs/websockets", "@nestjs/common",
    }
)  # fmt: skip


def _by_place(app: App, path: str) -> Side:
    package = app.package_of(path)
    found = {each.side for each in app.frameworks.get(package.folder, ())} if package else set()
    if "server" in found and not found & {"client", "both"}:
        return "server"
    if "client" in found and not found & {"server", "both"}:
        return "client"
    for word in re.split(r"[/._-]", path.lower())[:-1]:
        if word in _SERVER_WORDS:
            return "server"
        if word in _CLIENT_WORDS:
            return "client"
    return "unknown"
