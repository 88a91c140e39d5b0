"""The mapping from Mediasoup to LiveKit, row by row; the rows themselves are data (rows.json)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

Action = Literal["mechanical", "scaffold", "ask", "none", "report"]

WORDS: dict[str, str] = {
    "mechanical": "mechanical",
    "scaffold": "needs new code",
    "ask": "a person decides",
    "none": "no equivalent",
    "report": "named only",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One row.

    Args:
        number: stable; programs know it from ``data.calls[].row``.
        area: ``Server``, ``Client``, ``App`` or ``Ops``.
        topic: what it is about, for headings.
        mediasoup: the names on Mediasoup's side.
        livekit: what takes their place, as a sentence.
        action: who does it: a mechanical edit, a scaffold, a person's decision, nobody.
        work: where the work lies: ``delete``, ``rewrite``, ``server``, ``client``, ``configuration``; empty
            where a decision comes first.
    """

    number: int
    area: str
    topic: str
    mediasoup: str
    livekit: str
    action: Action
    work: str


@lru_cache(maxsize=1)
def rows() -> dict[int, Row]:
    """All rows by number.

    Checked against livekit-client 2.21, livekit-server-sdk 2.18 and livekit-server 1.13.
    """
    found = json.loads((Path(__file__).parent / "rows.json").read_text(encoding="utf-8"))
    return {
        each["row"]: Row(
            each["row"],
            each["area"],
            each["topic"],
            each["mediasoup"],
            each["livekit"],
            each["action"],
            each["work"],
        )
        for each in found
    }


def row(number: int | None) -> Row | None:
    """A row by its number."""
    return rows().get(number) if number is not None else None


def said_of(action: str) -> str:
    """An action in words; ``unknown`` is what no row speaks of."""
    return WORDS.get(action, "unknown to the mapping")
