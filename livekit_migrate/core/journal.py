"""ChangeSets carried out and taken back: apply, history, undo. All or nothing by ``transaction``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from . import entries
from .changes import ChangeSet, FileChange, relative
from .entries import Entry
from .errors import ConfigError, LkmError, UsageError
from .files import check_replaceable, link_end
from .state import open_state
from .states import ABSENT, Item, State, look
from .transaction import OnWait, carry_out, locked, moved_on, recover

__all__ = [
    "Applied",
    "Conflict",
    "Entry",
    "Past",
    "UndoPlan",
    "apply",
    "history",
    "plan_undo",
    "recover",
    "undo",
]

_WAIT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Applied:
    """What was carried out. ``id`` is what `lkm undo --to` takes; empty when there was nothing to do.

    Args:
        files: names relative to the project.
        notes: lines to tell the user, about an earlier change that had to be taken back first.
    """

    id: str
    files: tuple[str, ...]
    notes: tuple[str, ...] = ()


def apply(
    changes: ChangeSet, *, tidy: bool = False, wait: float = _WAIT_SECONDS, on_wait: OnWait | None = None
) -> Applied:
    """Carry out a ChangeSet, all of it or nothing.

    Args:
        tidy: also remove the folders that deleting files leaves empty.
        wait: seconds to wait for another lkm that is changing files here.
        on_wait: called once with who that is, before waiting.

    Raises:
        ConfigError: a file is no longer what it was when the change was planned, or cannot be written.
        NotReadyError: the disk is full.
        LkmError: another lkm holds the lock for longer than ``wait``.
    """
    if changes.empty:
        return Applied("", ())
    root = changes.root.resolve()
    with locked(root, changes.title, wait, on_wait) as (journal, notes):
        items = [_item(change, root) for change in changes.changes if not change.empty]
        _refuse_twins(items)
        drops = _emptied(items, root) if tidy else ()
        entry = carry_out(journal, root, items, kind="change", title=changes.title, drops=drops)
        return Applied(entry.id, entry.files, tuple(notes))


def _emptied(items: list[Item], root: Path) -> tuple[Path, ...]:
    """The folders above deleted files, innermost first; those with something in them stay by themselves."""
    folders = {
        folder
        for item in items
        if item.new.kind == "absent"
        for folder in item.target.parents
        if folder.is_relative_to(root) and folder != root
    }
    return tuple(sorted(folders, key=lambda folder: len(folder.parts), reverse=True))


@dataclass(frozen=True, slots=True)
class Past:
    """An entry of the history with its fate. ``undone_at`` is Unix time, None while it stands."""

    entry: Entry
    undone_at: float | None

    @property
    def id(self) -> str:
        return self.entry.id


def history(root: Path) -> list[Past]:
    """The changes that were carried out and are still remembered, newest first."""
    return _history(open_state(root.resolve(), create=False) / "journal")


@dataclass(frozen=True, slots=True)
class Conflict:
    """A file that cannot be taken back.

    Args:
        compare: the command that shows what changed since, or empty.
        merge: the command that takes lkm's part of the file back and leaves the rest, or empty.
    """

    file: str
    why: str
    compare: str = ""
    merge: str = ""

    def __str__(self) -> str:
        return f"{self.file}: {self.why}" + (f"; see: {self.compare}" if self.compare else "")


class ChangedSinceError(LkmError):
    """Files were changed after lkm changed them: nothing is taken back."""

    def __init__(self, conflicts: tuple[Conflict, ...]) -> None:
        count = len(conflicts)
        super().__init__(
            f"nothing was taken back: {count} file{'s' if count > 1 else ''} changed since",
            code="undo.changed",
            detail="\n".join(
                f"{c.file}: {c.why}" + (f"; see: {c.compare}" if c.compare else "") for c in conflicts
            ),
            hint="put back what lkm wrote, or take the rest back by hand",
        )
        self.conflicts = conflicts


@dataclass(frozen=True, slots=True)
class UndoPlan:
    """What an undo would do. ``undoes`` is newest first; ``changes`` shows it as a diff."""

    undoes: tuple[Entry, ...]
    changes: ChangeSet
    items: tuple[Item, ...]


def plan_undo(root: Path, to: str | None = None) -> UndoPlan:
    """What ``undo`` would do.

    Raises:
        as ``undo``.
    """
    root = root.resolve()
    return _plan_undo(open_state(root, create=False) / "journal", root, to)


def undo(
    root: Path, to: str | None = None, *, wait: float = _WAIT_SECONDS, on_wait: OnWait | None = None
) -> UndoPlan:
    """Take back the latest change that still stands; with ``to``, that one and all after it.

    Args:
        to: an entry's id, or as much of its beginning or end as names one only.

    Raises:
        UsageError: ``to`` is empty.
        LkmError: nothing to undo, no such entry (``undo.nothing``, ``undo.unknown``).
        ChangedSinceError: a file is not as lkm left it; nothing was taken back.
        ConfigError: the copy of a secret file was pruned, a file cannot be written.
    """
    root = root.resolve()
    _plan_undo(open_state(root, create=False) / "journal", root, to)  # refuse before making anything
    with locked(root, "lkm undo", wait, on_wait) as (journal, _):
        plan = _plan_undo(journal, root, to)
        undoes = tuple(entry.id for entry in plan.undoes)
        drops = tuple(folder for entry in plan.undoes for folder in reversed(entry.makes))
        carry_out(journal, root, list(plan.items), kind="undo", title="lkm undo", undoes=undoes, drops=drops)
        return plan


def _item(change: FileChange, root: Path) -> Item:
    """A change as an item, the file compared with what the change was planned on."""
    deletes_link = change.after is None and change.path.is_symlink()
    target = change.path.absolute() if deletes_link else link_end(change.path)
    name = relative(change.path, root)
    now = look(target)
    if now.kind == "other":
        check_replaceable(target, target.lstat())
    if (None if now.kind == "absent" else now.data) != change.before:
        raise moved_on(name)
    if change.after is None:
        return Item(name, target, now, ABSENT, change.secret)
    mode = change.mode if change.mode is not None else now.mode if now.kind == "file" else 0o644
    return Item(name, target, now, State("file", change.after, mode), change.secret)


def _refuse_twins(items: list[Item]) -> None:
    seen: dict[Path, str] = {}
    for item in items:
        if other := seen.get(item.target):
            raise ConfigError(
                f"{item.name} and {other}: the same file, {item.target}; nothing was written",
                code="changes.same-file",
            )
        seen[item.target] = item.name


def _history(journal: Path) -> list[Past]:
    known = [entry for entry in entries.read_all(journal) if entry.done]
    undone = {ident: entry.time for entry in known if entry.kind == "undo" for ident in entry.undoes}
    return [Past(entry, undone.get(entry.id)) for entry in reversed(known) if entry.kind == "change"]


def _select(past: list[Past], to: str | None) -> list[Entry]:
    standing = [item.entry for item in past if item.undone_at is None]
    if to is not None and not to.strip():  # it would be a part of every id
        raise UsageError("--to: the id is empty", code="usage", hint="lkm undo --list")
    if to is None:
        if not standing:
            raise LkmError(
                "nothing to undo",
                code="undo.nothing",
                detail="every change that lkm remembers here was taken back"
                if past
                else "lkm has changed no file here",
            )
        return standing[:1]
    named = [item for item in past if item.id == to] or [
        item for item in past if item.id.startswith(to) or item.id.endswith(to)
    ]
    if len(named) != 1:
        raise LkmError(
            f"{to!r}: {'no such change' if not named else 'names more than one change'}",
            code="undo.unknown",
            hint="lkm undo --list",
        )
    if named[0].undone_at is not None:
        raise LkmError(f"{named[0].id}: was taken back already", code="undo.nothing", hint="lkm undo --list")
    return [entry for entry in standing if entry.seq >= named[0].entry.seq]


def _plan_undo(journal: Path, root: Path, to: str | None) -> UndoPlan:
    chosen = _select(_history(journal), to)
    planned: dict[Path, Item] = {}
    conflicts: dict[str, Conflict] = {}
    for entry in chosen:
        for index, item in enumerate(entry.items()):
            first = planned.get(item.target)
            now = first.new if first else look(item.target)
            if not now.same_content(item.new):
                conflicts.setdefault(item.name, _conflict(entry, index, item, now, root))
                continue
            # A mode that the user set since is the user's.
            old = item.old
            if now.kind == old.kind == "file" and now.mode != item.new.mode:
                old = State("file", old.data, now.mode)
            secret = item.secret or (first.secret if first else False)
            planned[item.target] = Item(item.name, item.target, first.old if first else now, old, secret)
    if conflicts:
        raise ChangedSinceError(tuple(conflicts.values()))
    items = tuple(item for item in planned.values() if item.old != item.new)
    return UndoPlan(tuple(chosen), ChangeSet("lkm undo", root, tuple(map(_as_change, items))), items)


def _conflict(entry: Entry, index: int, item: Item, now: State, root: Path) -> Conflict:
    import shlex

    if item.new.kind == "absent":
        return Conflict(item.name, f"lkm deleted it ({entry.id}), now there is one again")
    if now.kind == "absent":
        return Conflict(item.name, f"it is gone; lkm wrote it ({entry.id})")
    if now.kind == "other":
        return Conflict(item.name, f"it is no file any more; lkm wrote one ({entry.id})")
    new, old = (relative(entry.copy(index, side), root) for side in ("new", "old"))
    # Three ways: what is there now, what lkm wrote, what was there before.
    merge = shlex.join(["git", "merge-file", item.name, new, old]) if item.old.kind == "file" else ""
    why = f"it is not as `{entry.title}` left it ({entry.id})"
    return Conflict(item.name, why, shlex.join(["diff", new, item.name]), merge)


def _as_change(item: Item) -> FileChange:
    before = None if item.old.kind == "absent" else item.old.data
    after = None if item.new.kind == "absent" else item.new.data
    path = item.target.parent / Path(item.name).name if Path(item.name).is_absolute() else item.target
    return FileChange(
        path, before, after, item.new.mode if after is not None else None, item.secret, item.old.mode or None
    )
