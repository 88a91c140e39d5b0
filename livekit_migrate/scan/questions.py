"""What a person must answer before the migration, each question with the lines that raise it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..app.look import App
from ..app.manifests import lines_of
from ..core.errors import LkmError
from ..core.files import read_bytes
from .artefacts import Artefact
from .facts import Call, FileFacts, called
from .kinds import LARGEST
from .places import is_test
from .signalling import Exchange, side_of
from .texts import decoded
from .version import Version

# Options that many transports and consumers have, whatever they are for.
_COMMON = frozenset({"enableRtx", "enableSrtp", "rtcpMux"})


@dataclass(frozen=True, slots=True)
class Place:
    """A line that raises a question, and what stands there."""

    file: str
    line: int
    what: str

    def to_dict(self) -> dict[str, Any]:
        return {"file": self.file, "line": self.line, "what": self.what}


@dataclass(frozen=True, slots=True)
class Question:
    """A question with what it is about.

    Args:
        id: stable: ``recording``.
        ask: one sentence, ending in a question mark.
        why: what depends on it.
        hours: of work, from and to, when the answer is that it must go on as it is.
    """

    id: str
    ask: str
    why: str
    hours: tuple[float, float]
    places: tuple[Place, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "question": self.ask,
            "why": self.why,
            "hours": list(self.hours),
            "places": [place.to_dict() for place in self.places],
        }


@dataclass(frozen=True, slots=True)
class _Rule:
    question: Question
    rows: frozenset[int]
    messages: frozenset[int]
    methods: frozenset[str]
    words: re.Pattern[str] | None
    packages: re.Pattern[str] | None
    source: re.Pattern[str] | None


@lru_cache(maxsize=1)
def _rules() -> list[_Rule]:
    document = json.loads((Path(__file__).parent / "questions.json").read_text(encoding="utf-8"))
    return [
        _Rule(
            Question(each["id"], each["ask"], each["why"], (each["hours"][0], each["hours"][1])),
            frozenset(each["rows"]),
            frozenset(each["messages"]),
            frozenset(each["methods"]),
            re.compile(each["words"]) if each["words"] else None,
            re.compile(each["packages"]) if each["packages"] else None,
            re.compile(each["source"], re.IGNORECASE) if each["source"] else None,
        )
        for each in document
    ]


def questions(
    app: App,
    sources: Sequence[FileFacts],
    *,
    calls: Sequence[Call],
    messages: Sequence[Exchange],
    found: Sequence[Artefact],
    which: Version,
    near: frozenset[str],
    read: Mapping[str, tuple[Place, ...]],
) -> list[Question]:
    """The questions that something in the app raises, in the order of the catalogue.

    Args:
        near: files in which an option's name means Mediasoup's.
        read: what ``lines_read`` found in them.
    """
    asked = []
    clients = frozenset(each.path for each in sources if side_of(app, each) == "client")
    for rule in _rules():
        places = {
            (place.file, place.line): place
            for place in (
                *_from_calls(rule, calls),
                *_from_mentions(rule, sources, near),
                *_from_messages(rule, messages, clients),
                *_from_packages(rule, app),
                *_from_artefacts(rule, found),
                *_from_natives(rule, which),
                *read.get(rule.question.id, ()),
            )
        }
        if places:
            ordered = tuple(places[key] for key in sorted(places))
            base = rule.question
            asked.append(Question(base.id, base.ask, base.why, base.hours, ordered))
    return asked


def _from_calls(rule: _Rule, calls: Sequence[Call]) -> Iterator[Place]:
    for call in calls:
        if call.row in rule.rows or call.method in rule.methods:
            yield Place(call.file, call.line, called(call))


def _from_mentions(rule: _Rule, sources: Sequence[FileFacts], near: frozenset[str]) -> Iterator[Place]:
    for each in sources:
        if is_test(each.path):
            continue
        for mention in each.mentions:
            if mention.word in _COMMON:
                continue
            # `encodings:` is Mediasoup's beside Mediasoup; `createEncodedStreams` is the same everywhere.
            if mention.kind == "key" and each.path not in near:
                continue
            if mention.row in rule.rows or (rule.words and rule.words.search(mention.word)):
                yield Place(each.path, mention.line, mention.word)


def _from_messages(rule: _Rule, messages: Sequence[Exchange], clients: frozenset[str]) -> Iterator[Place]:
    for each in messages:
        if each.row in rule.messages and not each.answer_to:
            # What a client asks for, no line of the client answers.
            asked = each.direction == "client-to-server"
            others = [where for where in each.named if not (asked and where[0] in clients)]
            ends = [(m.file, m.line) for m in each.answered] or others
            ends = ends or [(m.file, m.line) for m in each.sent]
            yield from (Place(file, line, f'message "{each.name}"') for file, line in ends)


def _from_packages(rule: _Rule, app: App) -> Iterator[Place]:
    for package in app.packages.values():
        for name in package.needs:
            if rule.packages and rule.packages.match(name):
                yield Place(
                    package.file, lines_of(app.root / package.file, [name]).get(name, 1), f"depends on {name}"
                )


def _from_artefacts(rule: _Rule, found: Sequence[Artefact]) -> Iterator[Place]:
    for each in found:
        for hit in each.hits:
            if rule.words and hit.why != "word" and rule.words.search(hit.word):
                yield Place(each.file, hit.line, hit.word)


def lines_read(app: App, near: frozenset[str]) -> dict[str, tuple[Place, ...]]:
    """What no fact of a file says: how its lines themselves read. Question's id → places."""
    found: dict[str, list[Place]] = {}
    for path in sorted(near):
        text = "" if is_test(path) else _text(app, path)
        for rule in _rules() if text else ():
            for match in rule.source.finditer(text) if rule.source else ():
                line = text.count("\n", 0, match.start()) + 1
                found.setdefault(rule.question.id, []).append(Place(path, line, " ".join(match[0].split())))
    return {name: tuple(places) for name, places in found.items()}


def _text(app: App, path: str) -> str:
    try:
        return decoded(read_bytes(app.root / path, limit=LARGEST)) or ""
    except LkmError:
        return ""


def _from_natives(rule: _Rule, which: Version) -> Iterator[Place]:
    if rule.question.id == "other-clients":
        for path in which.native:
            yield Place(path, 1, "another language")
