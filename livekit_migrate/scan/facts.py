"""What reading the source files of a repository gives: plain, frozen, picklable records.

``read_source`` (scan/read.py) makes one ``FileFacts`` of one file's bytes and knows no other file, so a
worker process can run it and a cache can keep it under the hash of the bytes. ``link`` (scan/link.py) then
follows values from file to file through a ``Project`` and finds the calls.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

FORMAT = 1
"""Goes up whenever the same bytes would give other facts: part of every cache key."""

Kind = Literal[
    "import",
    "import-type",
    "export-from",
    "require",
    "dynamic-import",
    "ts-import-type",
    "jsdoc-import",
    "mock",
    "declare-module",
    "script-tag",
    "global",
    "bare-global",
]

Confidence = Literal["proven", "inferred"]
"""``proven``: the receiver was followed to Mediasoup. ``inferred``: what the names around it say."""


@dataclass(frozen=True, slots=True)
class Site:
    """One place where a file takes in a package.

    Args:
        line, column: of the statement or expression, counted from 1; the column counts characters.
        specifier: as written: ``mediasoup/types``, a script's URL, ``window.mediasoupClient``.
        names: what is imported, as written: ``Device``, ``types as t``, ``*:mediasoup``, ``default:client``.
        package: the package's name without a sub-path, ``url:mediasoup-client`` for a script tag.
        family: what it is part of: ``mediasoup`` (with everything built on it), ``protoo`` (the signalling
            protocol that its demo uses) or ``livekit``.
        side: ``server``, ``client`` or ``signalling``.
    """

    file: str
    line: int
    column: int
    kind: Kind
    specifier: str
    names: tuple[str, ...]
    package: str
    family: Literal["mediasoup", "protoo", "livekit"]
    side: Literal["server", "client", "signalling"]


@dataclass(frozen=True, slots=True)
class Call:
    """One call of Mediasoup's API, ``new Device()`` and ``new Peer()`` of protoo included.

    Args:
        receiver: what the method is called on, as written and shortened: ``this.transport``, ``peer``.
        method: the method's name; ``new Device`` for a constructor.
        type: the receiver's type as far as known: ``Producer``, ``Transport``, ``mediasoup``; else empty.
        side: where the receiver comes from; ``unknown`` where nothing says whether it is server or client.
        row: the number of its row in the mapping, None where the mapping does not know it.
        event: for ``on``, ``once`` and ``observer.on``: the event's name.
        why: one phrase on how it is known, for people.
    """

    file: str
    line: int
    column: int
    receiver: str
    method: str
    type: str
    side: Literal["server", "client", "signalling", "unknown"]
    row: int | None
    confidence: Confidence
    event: str = ""
    why: str = ""


def called(call: Call) -> str:
    """A call as people write it: ``transport.produce()``, ``new Device()``."""
    if call.method.startswith("new ") or not call.receiver:
        return f"{call.method}()"
    event = f'"{call.event}"' if call.event else ""
    return f"{call.receiver}.{call.method}({event})"


@dataclass(frozen=True, slots=True)
class Message:
    """A signalling message that the file sends or answers.

    Args:
        line, end_line: the call, with the handler's body for ``answers``: what is to be replaced.
        name: the message's name: ``join``, ``createWebRtcTransport``.
        role: ``sends`` (``socket.emit``, ``peer.request``, ``ws.send({type: ...})``) or ``answers``
            (``socket.on``, ``case "join":`` or ``if (type === "join")`` in a message handler).
        receiver: what it is sent through, as written: ``socket``, ``this._protoo``.
        acknowledged: the sender waits for an answer (a callback, an awaited request).
        compared: told by ``if (type === "join")`` alone, which people also write about other things: a
            message only where the other side sends one of that name.
    """

    file: str
    line: int
    end_line: int
    name: str
    role: Literal["sends", "answers"]
    receiver: str
    acknowledged: bool
    compared: bool = False


@dataclass(frozen=True, slots=True)
class Mention:
    """A word with a meaning for the migration that is no call: an option, a layer name, a streaming address.

    Args:
        kind: ``key`` (``encodings:``), ``event`` (``"score"``), ``text`` (part of a string: ``.m3u8``),
            ``name`` (a browser function: ``getDisplayMedia``).
        row: the number of its row in the mapping.
    """

    file: str
    line: int
    kind: Literal["key", "event", "text", "name"]
    word: str
    row: int


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a file, or a part of it, was not read.

    Args:
        kind: ``syntax`` (the rest of the file is read), ``minified`` and ``generated`` (only script-level
            facts of no use to a person are left out), ``too-large``, ``binary``, ``encoding``, ``too-deep``.
        line: where, None for the whole file.
    """

    file: str
    line: int | None
    kind: Literal["syntax", "minified", "generated", "too-large", "binary", "encoding", "too-deep"]
    detail: str


@dataclass(frozen=True, slots=True)
class FileFacts:
    """All that one file says.

    Args:
        path: relative to the project, ``/`` between folders.
        language: ``javascript``, ``typescript``, ``tsx``, ``vue``, ``svelte``, ``html``.
        lines: how many lines the file has; 0 where it is too large to be read.
        sites: Mediasoup's and protoo's, told apart by ``Site.family``.
        livekit: the sites of LiveKit's packages: how far a migration is.
        imports: every specifier that the file names, for the graph of files: ``./room``, ``react``.
        unit: what ``link`` needs; None where nothing in the file can matter to it.
    """

    path: str
    language: str
    lines: int
    sites: tuple[Site, ...] = ()
    livekit: tuple[Site, ...] = ()
    messages: tuple[Message, ...] = ()
    mentions: tuple[Mention, ...] = ()
    problems: tuple[Problem, ...] = ()
    imports: tuple[str, ...] = ()
    unit: Any = None


class Project(Protocol):
    """What ``link`` asks of the project on disk."""

    def resolve(self, from_file: str, specifier: str) -> str | None:
        """The file that ``specifier`` means in ``from_file``, None for an installed package or nothing.

        Both are paths relative to the project. Relative specifiers, path aliases (tsconfig, bundler),
        workspace packages and ``exports`` are the project's business.
        """


@dataclass(frozen=True, slots=True)
class Linked:
    """What all files together say. ``calls`` is sorted by file, line and column.

    ``own`` are sites that are none: what looks like a package (``mediasoup/utils``) is a file of the
    repository.
    """

    calls: tuple[Call, ...]
    own: tuple[Site, ...] = ()


def by_path(facts: Iterable[FileFacts]) -> dict[str, FileFacts]:
    """The facts under their paths; of two with the same path the last one counts."""
    return {fact.path: fact for fact in facts}
