"""What a piece of a random program may name."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_LISTS = ("values", "objects", "arrays", "functions", "writable", "flags", "holders")


@dataclass
class Scope:
    """What a piece of program may name; ``own`` are the names that it has declared itself."""

    values: list[str] = field(default_factory=list)
    objects: list[str] = field(default_factory=list)
    arrays: list[str] = field(default_factory=list)
    functions: list[str] = field(default_factory=list)
    writable: list[str] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    holders: list[str] = field(default_factory=list)
    own: set[str] = field(default_factory=set)
    taken: set[str] = field(default_factory=set)
    text: str = ""
    inside: bool = False
    loop: bool = False
    label: str = ""
    awaits: bool = False

    def inner(
        self, *, inside: bool | None = None, loop: bool | None = None, awaits: bool | None = None
    ) -> Scope:
        fresh = Scope(
            own=set(),
            taken=set(),
            inside=self.inside if inside is None else inside,
            loop=self.loop if loop is None else loop,
            label=self.label if inside is None else "",
            awaits=self.awaits if awaits is None else awaits,
        )
        for name in _LISTS:
            setattr(fresh, name, list(getattr(self, name)))
        return fresh

    def hide(self, name: str) -> None:
        for name_of in _LISTS:
            each = getattr(self, name_of)
            each[:] = [one for one in each if not re.match(rf"{re.escape(name)}(?![\w$])", one)]
