"""What the server's parser finds wrong, in its own words and with the place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .tree import Node


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that the parser refuses.

    Args:
        kind: the last part of the finding's id: ``unknown-key``, ``wrong-type``, ``bad-value``, …
        message: as the server prints it.
        node: where.
        path: the key it is about, dotted.
        wants: the Go type that was expected; of an unknown key, the struct that has no such key.
        facts: more, for whoever explains it.
    """

    kind: str
    message: str
    node: Node
    path: str
    wants: str = ""
    facts: tuple[tuple[str, Any], ...] = ()


class StopError(Exception):
    """The parser gives up at once; what it found before that is never printed."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem
