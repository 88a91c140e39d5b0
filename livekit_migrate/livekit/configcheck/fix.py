"""Mending what is safe to mend: the same text, with as few characters changed as need be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ...core.files import BOM
from ...core.result import Finding
from .check import examine
from .edits import applied, safe
from .model import Facts

_ROUNDS = 5  # a corrected section may hold more


@dataclass(frozen=True, slots=True)
class Mend:
    """What was changed in a line."""

    line: int
    old: str
    new: str


def fixed(data: bytes, *, name: str, version: str, facts: Facts) -> tuple[bytes, list[Mend]]:
    """The bytes of a configuration with its safe fixes done; the same where there are none.

    A fix that does not make it better is not done: what it leads to is judged like the file itself.
    """
    mends: list[Mend] = []
    for _ in range(_ROUNDS):
        before = examine(data, name=name, version=version, facts=facts)
        edits = safe(before.findings)
        if not edits or before.config is None:
            break
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:  # UTF-16
            break
        mark, text = (BOM, text[1:]) if text.startswith(BOM) else ("", text)
        # All at once; where that does not help, the first one that does.
        for chosen in (edits, *([edit] for edit in edits)):
            new = (mark + applied(text, chosen)).encode("utf-8")
            after = examine(new, name=name, version=version, facts=facts)
            if _better(after.findings, before.findings):
                data = new
                mends += [Mend(text.count("\n", 0, e["start"]) + 1, e["old"], e["new"]) for e in chosen]
                break
        else:
            break
    return data, sorted(mends, key=lambda mend: mend.line)


def _better(after: Sequence[Finding], before: Sequence[Finding]) -> bool:
    """Whether less fails, or as much and less is warned of, and nothing of a kind that was not there."""
    for status in ("fail", "warn"):
        new, old = (Counter(one.id for one in side if one.status == status) for side in (after, before))
        if new - old:
            return False
        if new != old:
            return True
    return False
