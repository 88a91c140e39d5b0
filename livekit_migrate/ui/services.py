"""Lines of several services on one stream: each with its service in front, in a colour of its own."""

from __future__ import annotations

import os
from typing import IO

from .text import fitted

_COLOURS = (
    36,
    33,
    32,
    35,
    34,
    96,
    93,
    92,
    95,
    94,
)  # of a terminal: cyan, yellow, green, magenta, blue, bright
_NARROWEST = 8


class Labels:
    """Writes lines; the column grows with the longest name that has come."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._colours: dict[str, int] = {}
        self._width = _NARROWEST
        forced = bool(os.environ.get("FORCE_COLOR"))
        plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
        self._coloured = forced or (stream.isatty() and not plain)

    def write(self, service: str, text: str) -> None:
        """A line, or several, of one service."""
        colour = self._colours.setdefault(service, _COLOURS[len(self._colours) % len(_COLOURS)])
        self._width = max(self._width, len(service))
        name = fitted(self._stream, f"{service:<{self._width}}")
        head = f"\x1b[{colour}m{name}\x1b[0m" if self._coloured else name
        for line in text.splitlines() or [""]:
            self._stream.write(f"{head} | {fitted(self._stream, line)}\n")
