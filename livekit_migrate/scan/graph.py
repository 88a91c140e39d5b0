"""A graph that values flow along: who holds what, once nothing moves any more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import NamedTuple


class Value(NamedTuple):
    """A value as far as it matters.

    Args:
        kind: ``A`` one of Mediasoup's objects by (side, type), ``T`` one of its classes, ``M`` one of its
            functions by (side, type, name), ``F`` function, ``K`` class, ``I`` instance, ``O`` object,
            ``C`` container, ``X`` something of a library or the platform.
        which: for what is of the repository, (file, number).
        guessed: a step on its way was a guess.
    """

    kind: str
    which: object
    guessed: bool = False

    @property
    def token(self) -> Owner:
        return self.kind, self.which


Owner = tuple[str, object]
Listener = Callable[[Value], None]

OURS = ("A", "T", "M")
GUESSABLE = ("A", "C", "O", "I")

MIXED = 16
"""A node that holds as many values is where the program mixes everything; then only ours go on."""


class Graph:
    """Nodes are integers. Every value is taken along every edge once, in an order that the input sets."""

    def __init__(self) -> None:
        # Dictionaries for their order: the same files give the same answer.
        self.held: list[dict[Value, None]] = []
        self.out: list[list[int]] = []
        self.guess_out: dict[int, list[int]] = defaultdict(list)
        self.listeners: dict[int, list[Listener]] = defaultdict(list)
        self.queue: list[tuple[int, Value]] = []
        self.waiting: list[tuple[Listener, Value]] = []
        self.once: set[tuple[object, ...]] = set()
        self.fields: dict[tuple[str, object, str], int] = {}
        self.stars: dict[Owner, int] = {}
        self.named: dict[Owner, list[int]] = defaultdict(list)
        self.bases: dict[Owner, list[int]] = defaultdict(list)

    def node(self) -> int:
        self.held.append({})
        self.out.append([])
        return len(self.held) - 1

    def first(self, *key: object) -> bool:
        """Whether this is asked for the first time: what a constraint adds is added once."""
        if key in self.once:
            return False
        self.once.add(key)
        return True

    def put(self, node: int, value: Value) -> None:
        held = self.held[node]
        # What is known for certain need not be guessed as well.
        if value in held or (value.guessed and Value(value.kind, value.which) in held):
            return
        if len(held) >= MIXED and value.kind not in OURS:
            return
        held[value] = None
        self.queue.append((node, value))

    def edge(self, source: int, target: int) -> None:
        if source == target or target in self.out[source]:
            return
        self.out[source].append(target)
        for value in tuple(self.held[source]):
            self.put(target, value)

    def listen(self, node: int, listener: Listener) -> None:
        self.listeners[node].append(listener)
        # Not called here: a chain of values would become a chain of Python calls.
        self.waiting += [(listener, value) for value in self.held[node]]

    def run(self) -> None:
        """Until nothing moves. Values only ever spread, and there are finitely many."""
        queue, waiting, out = self.queue, self.waiting, self.out
        while queue or waiting:
            if waiting:
                listener, value = waiting.pop()
                listener(value)
                continue
            node, value = queue.pop()
            for target in tuple(out[node]):
                self.put(target, value)
            if node in self.guess_out:
                for target in self.guess_out[node]:
                    self.guess(target, value)
            if node in self.listeners:
                for listener in tuple(self.listeners[node]):
                    listener(value)

    def guess(self, target: int, value: Value) -> None:
        if value.kind in GUESSABLE:
            self.put(target, Value(value.kind, value.which, guessed=True))

    def pass_on(self, source: int, target: int, *, guessed: bool) -> None:
        """An edge, or one along which what flows becomes a guess."""
        if not guessed:
            self.edge(source, target)
            return
        self.guess_out[source].append(target)
        for value in tuple(self.held[source]):
            self.guess(target, value)

    def field(self, owner: Owner, name: str) -> int:
        key = (*owner, name)
        found = self.fields.get(key)
        if found is None:
            found = self.fields[key] = self.node()
            self.named[owner].append(found)
            if owner in self.stars:
                self.edge(found, self.stars[owner])
        return found

    def every(self, owner: Owner) -> int:
        """All fields of an object, for an index that is computed."""
        found = self.stars.get(owner)
        if found is None:
            found = self.stars[owner] = self.node()
            for field in self.named[owner]:
                self.edge(field, found)
        return found
