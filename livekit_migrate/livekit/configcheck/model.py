"""A configuration as a rule sees it: what is set, what holds, and where it stands."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...core.result import Finding, Fix, Location, Status
from . import gonumbers
from .decode import Entry
from .schema import Release, Schema
from .tree import Node, Parsed

CATEGORY = "config"


_SECRET = re.compile(r"(?:^|[._])(?:keys|secrets?|password|credential|account_key|access_key)(?:\.|$)")


def is_secret(path: str) -> bool:
    """Whether what stands at a path is nothing to show: API secrets, passwords, TURN credentials."""
    return _SECRET.search(path) is not None


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known beside the file.

    Args:
        keys: the keys that LIVEKIT_KEYS or --keys give: they replace those of the file. None: not known, so
            that a file without keys may be all right; empty: there are none.
        folder: where the server would look for the files that the configuration names (certificates, key
            files); None when they are not on this machine.
        dev: the server is started with --dev.
        given: what options and variables set, key → value: it beats the text.
    """

    keys: Mapping[str, str] | None = None
    folder: Path | None = None
    dev: bool = False
    given: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing to look at.

    Args:
        id: of its findings: ``config.turn-ports``.
        status: ``fail`` where the server does not start, ``warn`` where it starts and then hurts, ``info``.
        title: what is wrong, in a few words.
        about: a sentence for the list of rules.
        source: where the fact comes from: a place in the server's source, or a thread.
        check: yields findings, made with ``Config.found``.
    """

    id: str
    status: Status
    title: str
    about: str
    source: str
    check: Callable[[Config], Iterator[Finding]]


@dataclass(slots=True)
class Config:
    """A decoded configuration.

    Args:
        name: how findings call the file.
        entries: what the text sets, by dotted path.
        sound: the parser found nothing wrong.
    """

    name: str
    schema: Schema
    parsed: Parsed
    entries: Mapping[str, Entry]
    facts: Facts = field(default_factory=Facts)
    sound: bool = True

    @property
    def release(self) -> Release:
        return self.schema.release

    def get(self, path: str) -> Any:
        """The value that holds: an option's, else the text's, else the default; durations in nanoseconds."""
        if path in self.facts.given:
            return self.facts.given[path]
        entry = self.entries.get(path)
        if entry is not None:
            return entry.value
        value = self.schema.defaults.get(path)
        if path == "rtc.udp_port":
            return (0, 0)
        if isinstance(value, str) and self.schema.leaf_kinds.get(path) == "duration":
            return gonumbers.duration(value)
        return value

    def sets(self, path: str) -> bool:
        """Whether the text, an option or a variable sets a key, to whatever."""
        return path in self.entries or path in self.facts.given

    def knows(self, path: str) -> bool:
        """Whether this version has the key."""
        return path in self.schema.defaults

    @property
    def development(self) -> bool:
        return self.facts.dev or bool(self.get("development"))

    @property
    def keys(self) -> Mapping[str, str] | None:
        """The keys that the server has, None when that is not known."""
        if self.facts.keys:
            return self.facts.keys
        if self.get("key_file"):
            return None
        keys: Mapping[str, str] = self.get("keys") or {}
        if not keys and self.development:
            return {"devkey": "secret"}
        return None if not keys and self.facts.keys is None else keys

    def place(self, *paths: str) -> Node | None:
        """The node to point at: the key of the first path that is set, else of what it would be in."""
        for path in paths:
            if (entry := self.entries.get(path)) is not None:
                return entry.key or entry.node
        for path in paths:
            parent = path
            while parent:
                parent = parent.rpartition(".")[0]
                if (entry := self.entries.get(parent)) is not None:
                    return entry.key or entry.node
        return None

    def location(self, node: Node | None) -> Location:
        return Location(self.name, node.line, node.column) if node else Location(self.name, 1, 1)

    def found(
        self,
        rule: Rule,
        at: str | Node,
        detail: str,
        *,
        title: str = "",
        fix: Fix | None = None,
        status: Status | None = None,
        evidence: Mapping[str, Any] | None = None,
        edit: Mapping[str, Any] | None = None,
    ) -> Finding:
        """A finding of a rule.

        Args:
            at: a key's path, or a node.
            title: in place of the rule's own.
            edit: what carries out a safe fix, from ``edit``.
        """
        node = self.place(at) if isinstance(at, str) else at
        more: dict[str, Any] = {"key": at} if isinstance(at, str) and at else {}
        if edit:
            more["edit"] = dict(edit)
        return Finding(
            rule.id,
            status or rule.status,
            title or rule.title,
            detail,
            CATEGORY,
            self.location(node),
            {**more, **(evidence or {}), "source": rule.source},
            fix,
        )
