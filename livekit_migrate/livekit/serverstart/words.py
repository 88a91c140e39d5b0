"""A word of a command line, or the value of a variable, with the place where it is written."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ...core.secret import MASK
from ..key_texts import Spot

_LONGEST = 40


@dataclass(frozen=True, slots=True)
class Word:
    """A word.

    Args:
        at: where it is written.
        indent: characters before each line of a block of text there.
        unknown: why it is not known here what it will be; empty where it is.
        secret: it is not to be shown.
        names: variables that Compose filled in.
    """

    text: str = field(repr=False)
    at: Spot
    indent: int = 0
    unknown: str = ""
    secret: bool = False
    names: tuple[str, ...] = ()

    def having(self, text: str) -> Word:
        """Another text at the same place."""
        return replace(self, text=text)

    @property
    def shown(self) -> str:
        """The text for a message: cut, and masked where it may be a secret."""
        if self.secret:
            return MASK
        return self.text if len(self.text) <= _LONGEST else f"{self.text[:_LONGEST]}…"
