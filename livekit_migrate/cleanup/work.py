"""What a cleanup works on: the app's files before and after in memory, and every decision with its reason."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from ..app.look import App
from ..code import env as dotenv
from ..core.errors import LkmError
from ..core.files import read_bytes
from .recipe import Recipe

Grade = Literal["safe", "unsafe", "refuse"]
"""``safe`` is proven and done; ``unsafe`` is done on request; ``refuse`` is a person's to decide."""

STEPS: dict[str, str] = {
    "flag": "the flag, where it decides",
    "orphans": "what nothing uses any more",
    "code": "files of the old stack, and what only starts them",
    "dependencies": "packages, scripts, build permissions",
    "variables": "environment variables nobody reads",
    "services": "Compose, Docker, Kubernetes, proxies, CI",
    "texts": "summary, README section",
    "locks": "lockfiles, by the project's own package manager",
}
"""The steps in their order; `--only` and `--skip` take them, and rules as ``step.rule``."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One thing that was decided about a place.

    Args:
        rule: ``step.rule``: ``dependencies.unused``.
        title: what is done, or what stays.
        reason: why, in one sentence.
        before, after: the lines of the file, short; empty where a diff says it better.
        equivalent: what takes its place, where there is something to say.
        done: whether the plan carries it out.
    """

    rule: str
    grade: Grade
    file: str
    title: str
    reason: str = ""
    line: int | None = None
    before: str = ""
    after: str = ""
    equivalent: str = ""
    done: bool = True

    @property
    def step(self) -> str:
        return self.rule.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a person asked for: steps and rules.

    Args:
        only, skip: ``step`` or ``step.rule``; nothing in ``only`` means all.
        unsafe: do what is graded unsafe, too.
        cut: let files of the old stack go although code that stays uses them.
    """

    only: frozenset[str] = frozenset()
    skip: frozenset[str] = frozenset()
    unsafe: bool = False
    cut: bool = False

    def wants(self, rule: str) -> bool:
        """Whether a rule or step is to be carried out."""
        step = rule.partition(".")[0]
        if {rule, step} & self.skip:
            return False
        return (
            not self.only
            or bool({rule, step} & self.only)
            or any(o.startswith(f"{rule}.") for o in self.only)
        )


@dataclass
class Work:
    """The app, before and after.

    Args:
        after: path → new bytes, None for a file that goes; only what changes.
        packages, variables, services: what goes, for the texts.
        tested: variables that only tests still read: they stay, what they stood for goes.
        still: packages of the old stack that something still uses.
    """

    app: App
    recipe: Recipe
    chosen: Chosen = field(default_factory=Chosen)
    after: dict[str, bytes | None] = field(default_factory=dict)
    decisions: list[Decision] = field(default_factory=list)
    packages: list[str] = field(default_factory=list)
    variables: list[str] = field(default_factory=list)
    tested: list[str] = field(default_factory=list)
    services: list[str] = field(default_factory=list)
    still: list[str] = field(default_factory=list)
    _before: dict[str, bytes | None] = field(default_factory=dict)
    _moved: dict[str, tuple[bytes, dict[int, int]]] = field(default_factory=dict)

    def before(self, path: str) -> bytes | None:
        """A file's bytes as they are on disk; None where it cannot be read."""
        if path not in self._before:
            try:
                self._before[path] = read_bytes(self.app.root / path)
            except LkmError:
                self._before[path] = None
        return self._before[path]

    def now(self, path: str) -> bytes | None:
        """A file's bytes as the plan has them so far; None where it goes, or cannot be read."""
        return self.after[path] if path in self.after else self.before(path)

    def put(self, path: str, data: bytes | None) -> None:
        """Plan a file's new bytes."""
        if data == self.before(path):
            self.after.pop(path, None)
        else:
            self.after[path] = data

    def disk_line(self, path: str, line: int) -> int:
        """A line of a file as the plan has it so far, as the line on disk."""
        before, now = self.before(path), self.now(path)
        if before is None or now is None or before == now:
            return line
        if path not in self._moved or self._moved[path][0] != now:
            self._moved[path] = now, moved_lines(now, before)
        return self._moved[path][1].get(line, line)

    @cached_property
    def env_values(self) -> tuple[dotenv.EnvFile, ...]:
        """The .env files as they are on disk; those that cannot be read are left out."""
        found: list[dotenv.EnvFile] = []
        for each in self.app.env_files:
            with suppress(LkmError):
                found.append(dotenv.read(self.app.root / each.path))
        return tuple(found)

    def say(self, decision: Decision) -> None:
        self.decisions.append(decision)

    @property
    def removed(self) -> list[str]:
        """The files that go."""
        return sorted(path for path, data in self.after.items() if data is None)

    def files(self) -> Iterator[str]:
        """The files that are there afterwards."""
        return (path for path in self.app.tree.files if self.after.get(path, b"") is not None)


def moved_lines(old: bytes, new: bytes) -> dict[int, int]:
    """Line → the same line in another state of the file, or the one that stands in its place."""
    import difflib

    a, b = old.split(b"\n"), new.split(b"\n")
    if a == b:
        return {number: number for number in range(1, len(a) + 1)}
    found: dict[int, int] = {}
    for kind, a1, a2, b1, b2 in difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if kind in ("equal", "replace"):
            for offset in range(a2 - a1):
                found[a1 + offset + 1] = min(b1 + offset, max(b1, b2 - 1)) + 1
    return found


def first_difference(old: bytes, new: bytes) -> int:
    """The first line that is another one, from 1."""
    pairs = zip(old.split(b"\n"), [*new.split(b"\n"), b""], strict=False)
    return next((number for number, (a, b) in enumerate(pairs, 1) if a != b), 1)


def line_of(data: bytes, at: int) -> int:
    """The line of an offset, from 1."""
    return data.count(b"\n", 0, at) + 1
