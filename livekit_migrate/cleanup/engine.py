"""Folding a flag in a project's code and taking out what that leaves unused: the one call that others make.

It knows no stack: what counts as the old one arrives as data. Nothing is written; the answer has every file
before and after.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from ..app.look import App

__all__ = [
    "Change",
    "FileEdit",
    "Flag",
    "FoldResult",
    "Grade",
    "Lint",
    "OldStack",
    "Options",
    "Refusal",
    "Removed",
    "Residual",
    "UnusedExport",
    "fold_project",
]

_LARGEST = 64 * 1024 * 1024  # bytes that are read of a file

Grade = Literal["safe", "unsafe", "refuse"]
"""``safe`` keeps what the program does with the flag at its value; ``unsafe`` is done on request only;
``refuse`` is a person's to decide."""


@dataclass(frozen=True, slots=True)
class Flag:
    """An environment variable that chooses a path, and the value that it has from now on.

    Args:
        names: the same flag's names: ``NEXT_PUBLIC_USE_LIVEKIT``, ``USE_LIVEKIT``.
        value: the text that the variable holds where it is set: ``true``.
    """

    names: tuple[str, ...]
    value: str = "true"


@dataclass(frozen=True, slots=True)
class OldStack:
    """What counts as the old stack.

    Args:
        modules: packages by name, their sub-paths included, ``*`` as in shells.
        files: paths that are the old stack's whole: they go, together with what only they reach, when nothing
            that stays imports them.
        messages: names of protocol messages that only the old server answered (``requestJoin``).
    """

    modules: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Options:
    """How to go about it.

    Args:
        old: what counts as the old stack.
        new: packages of the new stack: what its code is known by in the lints.
        unsafe: do what is graded unsafe, too.
        residual: ``report`` keeps what still uses the old stack's objects and lists it; ``twin`` renames it
            to the object of the new stack where that has every member that is used.
        orphans: take out what the folding leaves without a use.
        files: take out files that nothing reaches any more.
        keep: files that are neither edited nor taken out.
        test: whether a path is a test, a story or a mock; None for the usual names.
    """

    old: OldStack = field(default_factory=OldStack)
    new: tuple[str, ...] = ()
    unsafe: bool = False
    residual: Literal["report", "twin"] = "report"
    orphans: bool = True
    files: bool = True
    keep: frozenset[str] = frozenset()
    test: Callable[[str], bool] | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that was done to a file.

    Args:
        rule: stable, dotted: ``fold.branch``, ``orphan.import``.
        line, column: in the file as it was, counted from 1.
        before, after: the text in question, shortened.
    """

    rule: str
    grade: Grade
    line: int
    column: int
    reason: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class FileEdit:
    """A file before and after; ``after`` is None where it goes."""

    path: str
    before: bytes
    after: bytes | None
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A place that a person has to look at, and why; nothing was done there, or too little.

    Args:
        flag: whether the flag is still read there.
    """

    rule: str
    path: str
    line: int
    column: int
    reason: str
    text: str = ""
    flag: bool = False


@dataclass(frozen=True, slots=True)
class Residual:
    """A use of the old stack in code that stays.

    Args:
        name: the object: ``mediasoup``.
        member: what is asked of it: ``socket``; empty where it is passed on whole.
        twin: the new stack's object that has the member, empty where none has.
        stub: that the new object's member is a constant or does nothing.
    """

    path: str
    line: int
    column: int
    name: str
    member: str
    reason: str
    twin: str = ""
    stub: bool = False


@dataclass(frozen=True, slots=True)
class Removed:
    """A file that goes. ``importers`` were those that reached it before."""

    path: str
    reason: str
    importers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UnusedExport:
    """An export that lost its last importer and stays since its own file uses it."""

    path: str
    line: int
    name: str


@dataclass(frozen=True, slots=True)
class Lint:
    """A reason why the path that stays cannot work yet.

    Args:
        rule: ``lint.waits-for-itself``, ``lint.provider-not-mounted``, ``lint.message-unanswered``,
            ``lint.stub``.
    """

    rule: str
    path: str
    line: int
    column: int
    reason: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class FoldResult:
    """What comes of it.

    Args:
        files: edited and removed ones, by path.
        references: how many places decided by the flag there were, of which ``folded`` are gone.
        unused_dependencies: package folder → dependencies that lost their last import there, those of
            ``@types/`` with them.
        unread: files that could not be read as code, with the reason: ``syntax error at line 3``.
        listed: files that mention the flag and are not edited (Vue, Svelte, HTML), with the lines.
    """

    files: tuple[FileEdit, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    residual: tuple[Residual, ...] = ()
    removed: tuple[Removed, ...] = ()
    unused_exports: tuple[UnusedExport, ...] = ()
    unused_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    lints: tuple[Lint, ...] = ()
    unread: Mapping[str, str] = field(default_factory=dict)
    listed: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    references: int = 0
    folded: int = 0

    @property
    def empty(self) -> bool:
        """Whether nothing would change."""
        return not self.files


def fold_project(
    project: App,
    flags: tuple[Flag, ...] = (),
    options: Options | None = None,
    *,
    read: Callable[[str], bytes | None] | None = None,
) -> FoldResult:
    """Fold flags to their values everywhere, and take out what that leaves unused.

    Args:
        flags: none at all only takes out the old stack's files that nothing reaches.
        read: a file's bytes by its path in the project, None where it is not there; default: from disk.
    """
    import gc
    import os

    from .fold.project import run

    def from_disk(path: str) -> bytes | None:
        try:
            with open(os.path.join(project.root, path), "rb") as file:  # noqa: PTH118, PTH123 - thousands of them
                return file.read(_LARGEST)
        except OSError:
            return None

    collecting = gc.isenabled()
    # Trees are many objects that live to the end; looking through them again and again takes longer.
    gc.disable()
    try:
        return run(project, flags, options or Options(), read or from_disk)
    finally:
        if collecting:
            gc.enable()
