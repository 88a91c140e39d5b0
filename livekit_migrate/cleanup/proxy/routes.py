"""What the proxies' modules have in common: a route that goes, and one that a person must look at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ...code.directives import Directive


@dataclass(frozen=True, slots=True)
class Route:
    """One directive, and what is said of it.

    Args:
        title: ``route /sfu/``.
        why: where it leads, or why it is a person's.
    """

    at: Directive
    title: str
    why: str


@dataclass
class Found:
    """What goes of one file, and what of it a person decides about."""

    gone: dict[Directive, Route] = field(default_factory=dict)
    left: list[Route] = field(default_factory=list)

    def go(self, at: Directive, title: str, why: str) -> None:
        self.gone.setdefault(at, Route(at, title, why))

    def stay(self, at: Directive, title: str, why: str) -> None:
        self.left.append(Route(at, title, why))

    def drop(self, places: Iterable[Directive]) -> None:
        """Take back that these go."""
        for each in places:
            self.gone.pop(each, None)
