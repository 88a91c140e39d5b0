"""What an editor says: the splices it would make, that it is done already, or what to do by hand and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ...code.js.text import Edit

State = Literal["edit", "already", "by-hand"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One edit of one file.

    Args:
        id: stable, for the finding: ``init.routes``.
        what: one phrase: ``mount /livekit in the server``.
        file: relative to the app's root.
        line: where, for what is to be done by hand.
        why: why it is left to the user.
        text: the exact edit, as lines to type.
    """

    id: str
    what: str
    file: str
    state: State
    edits: tuple[Edit, ...] = ()
    line: int | None = None
    why: str = ""
    text: str = ""
