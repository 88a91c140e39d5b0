"""Signalling messages: who sends each, which handler answers it, what takes its place."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from ..app.look import App
from .facts import FileFacts, Message
from .rows import row

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
        sent, answered: the places; an end that no file of the repository has is empty.
        row: of the mapping, None where it has nothing to do with media: the socket keeps it.
    """

    name: str
    direction: str
    sent: tuple[Message, ...]
    answered: tuple[Message, ...]
    acknowledged: bool
    row: int | None

    @property
    def livekit(self) -> str:
        found = row(self.row)
        return found.livekit if found else "Nothing: it is not about media; the socket keeps it."

    def to_dict(self) -> dict[str, Any]:
        found = row(self.row)
        return {
            "name": self.name,
            "direction": self.direction,
            "sent": [{"file": m.file, "line": m.line} for m in self.sent],
            "answered": [{"file": m.file, "line": m.line, "end_line": m.end_line} for m in self.answered],
            "acknowledged": self.acknowledged,
            "row": self.row,
            "action": found.action if found else None,
            "livekit": self.livekit,
        }


@lru_cache(maxsize=1)
def _rules() -> list[tuple[re.Pattern[str], int]]:
    document = json.loads((Path(__file__).parent / "signalling.json").read_text(encoding="utf-8"))
    return [(re.compile(each["match"], re.IGNORECASE), each["row"]) for each in document]


def row_of(name: str) -> int | None:
    """The row of the mapping that a message belongs to, by its name: ``join``, ``NEW_PEER``."""
    # One spelling for camelCase, snake_case and `ns:name`.
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[_\s:./]+", "-", name).lower()
    return next((number for pattern, number in _rules() if pattern.search(spaced)), None)


def exchanges(app: App, sources: Sequence[FileFacts]) -> list[Exchange]:
    """The messages of the app's signalling, by name.

    Only those that go through the sockets which carry the call: a message counts when one of its ends lies
    in a package that uses Mediasoup, or another end of the same file does.
    """
    sides = {each.path: side_of(app, each) for each in sources if each.messages}
    sent: dict[str, list[Message]] = {}
    answered: dict[str, list[Message]] = {}
    for each in sources:
        for message in each.messages:
            if message.name not in _TRANSPORT:
                (sent if message.role == "sends" else answered).setdefault(message.name, []).append(message)
    names = sorted({*sent, *answered})
    return [_exchange(name, sent.get(name, []), answered.get(name, []), sides) for name in names]


def _exchange(
    name: str, sent: Iterable[Message], answered: Iterable[Message], sides: dict[str, Side]
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
    return Exchange(name, direction, senders, handlers, acknowledged, row_of(name))


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
