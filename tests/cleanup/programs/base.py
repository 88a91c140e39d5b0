"""What all parts of the maker of random programs share."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .scope import Scope


class Base:
    """Choices, numbers and types; the rest of the maker is named for those who use it."""

    random: random.Random
    semicolon: str
    typed: bool

    if TYPE_CHECKING:

        def number(self) -> int: ...
        def flag(self, scope: Scope) -> str: ...
        def effect(self, scope: Scope) -> str: ...
        def expression(self, scope: Scope, depth: int = 0) -> str: ...
        def leaf(self, scope: Scope) -> str: ...
        def statements(self, scope: Scope, count: int, depth: int) -> list[str]: ...
        def block(self, scope: Scope, depth: int, *, loop: bool | None = None) -> str: ...
        def simple(self, scope: Scope, *, alone: bool = False) -> str: ...
        def arm(self, scope: Scope, depth: int) -> str: ...
        def element(self, scope: Scope, depth: int) -> str: ...
        def body(self, text: str) -> str: ...
        def _patterns(self, scope: Scope, depth: int) -> list[str]: ...
        @staticmethod
        def paren(text: str) -> str: ...

    @contextmanager
    def still(self, scope: Scope) -> Iterator[None]:
        """Where ``await`` may not stand."""
        before, scope.awaits = scope.awaits, False
        yield
        scope.awaits = before

    def any(self, text: str = "any") -> str:
        """A type's annotation, in TypeScript at times."""
        return f": {text}" if self.typed and self.random.random() < 0.5 else ""

    def must(self, text: str = "any") -> str:
        """A type's annotation, in TypeScript always."""
        return f": {text}" if self.typed else ""

    def other(self) -> str:
        """A condition that has nothing to do with the flag, and is now this, now that."""
        number = self.number()
        return self.random.choice(
            [
                f"rnd({number})",
                f"rnd({number})",
                f"!rnd({number})",
                f"log({number}, rnd({number}))",
                'process.env.MODE === "a"',
                "process.env.MODE",
                'process.env.DEBUG !== "1"',
                f"(rnd({number}) ?? 3) > 1",
            ]
        )
