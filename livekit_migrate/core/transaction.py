"""One change of files, all or nothing: the lock, the steps in their order, and what undoes them.

Under the project's lock: the entry with all copies is written (``entries``), then the marker ``open`` names
it, then every new file is built beside the old one, then all are renamed into place, then the entry is
sealed and the marker removed. A kill before the marker has changed nothing; a kill after it is rolled back,
or finished where every file is new already, by ``recover`` at the next command.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from . import entries
from .changes import relative
from .entries import Entry
from .errors import ConfigError, LkmError
from .files import cannot, check_replaceable, stage, sync_directory, temp_name, write_atomic
from .lock import Holder, held
from .state import NAME, open_state
from .states import Item, State, look

_MARKER = "open"
_IGNORED = "open.ignored"

OnWait = Callable[[Holder | None], None]


@contextmanager
def locked(root: Path, title: str, wait: float, on_wait: OnWait | None) -> Iterator[tuple[Path, list[str]]]:
    """The project's journal, for this process alone, with nothing left open in it.

    Returns:
        The journal's folder, and lines to tell the user about what had to be taken back first.
    """
    state = open_state(root)
    journal = state / "journal"
    with held(_lock_file(state), title, timeout=wait, on_wait=on_wait):
        notes = _recover(journal, root)
        yield journal, notes
        with contextlib.suppress(OSError):  # tidying up is no reason to fail
            entries.prune(journal, root)


def _lock_file(state: Path) -> Path:
    return state / "locks" / "changes.lock"


def recover(root: Path) -> list[str]:
    """Finish or take back what a killed lkm left open; nothing while a living one is at it.

    Returns:
        Lines to tell the user; empty when there was nothing to do.

    Raises:
        ConfigError: files cannot be written back; the next call tries again.
    """
    root = root.resolve()
    state = open_state(root, create=False)
    if not os.path.lexists(state / "journal" / _MARKER):
        return []
    try:
        with held(_lock_file(state), "recovery"):
            return _recover(state / "journal", root)
    except LkmError as error:
        if error.code == "lock.held":
            return []
        raise


def carry_out(
    journal: Path,
    root: Path,
    items: list[Item],
    *,
    kind: Literal["change", "undo"],
    title: str,
    undoes: tuple[str, ...] = (),
    drops: tuple[Path, ...] = (),
) -> Entry:
    """Turn every item from its old state into its new one, or none. The lock must be held.

    Raises:
        LkmError: it was not possible; everything is as it was (or the message says that it is not yet).
    """
    entry = entries.write(journal, root, items, kind=kind, title=title, undoes=undoes, drops=drops)
    try:
        write_atomic(journal / _MARKER, entry.id.encode(), mode=0o600, tag=entry.id, follow=False)
        for folder in entry.makes:
            _make_folder(folder)
        for item in items:
            _stage(item.target, item.new, entry.id)
        for item in items:
            if look(item.target) != item.old:
                raise moved_on(item.name)
        for item in items:
            _put(item.target, item.new, entry.id)
        for parent in {item.target.parent for item in items}:
            sync_directory(parent)
        _finish(journal, entry)
    except BaseException as error:
        try:
            _roll_back(entry, items)
        except LkmError as second:
            raise type(second)(
                f"{title}: it was cut off, and cannot be taken back yet: {second.message}",
                code=second.code,
                detail=f"the cause: {error}\nthe next lkm command takes it back by itself",
                hint=second.hint,
            ) from error
        _close(journal)
        entries.remove(entry)
        if isinstance(error, OSError):
            raise cannot("write", "change", root, error) from error
        raise
    return entry


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise cannot("create", "folder", folder, error) from error


def _stage(target: Path, state: State, tag: str) -> None:
    if state.kind == "file":
        stage(target, state.data, mode=state.mode, tag=tag)
    elif state.kind == "link":
        temp_name(target, tag).symlink_to(os.fsdecode(state.data))
    elif os.path.lexists(target) and not target.is_symlink():
        try:
            check_replaceable(target, target.lstat())
        except OSError as error:
            raise cannot("delete", "file", target, error) from error


def _put(target: Path, state: State, tag: str) -> None:
    """The one step that makes a staged state the real one."""
    try:
        if state.kind == "absent":
            target.unlink(missing_ok=True)
        else:
            temp_name(target, tag).replace(target)
    except OSError as error:
        raise cannot("write", "file", target, error) from error


def _finish(journal: Path, entry: Entry) -> None:
    """Every file is new: what is left is to say so."""
    _remove_empty(entry.drops)
    entries.seal(entry)
    _close(journal)


def _remove_empty(folders: Iterable[Path]) -> None:
    for folder in folders:
        with contextlib.suppress(OSError):  # not empty: somebody else's files; or gone already
            folder.rmdir()


def _close(journal: Path) -> None:
    marker = journal / _MARKER
    try:
        marker.unlink(missing_ok=True)
    except OSError as error:
        raise cannot("close", "journal", marker, error) from error
    sync_directory(journal)


def _ignore(journal: Path) -> None:
    marker = journal / _MARKER
    try:
        marker.replace(journal / _IGNORED)
    except OSError as error:
        raise cannot("close", "journal", marker, error) from error


def moved_on(name: str) -> ConfigError:
    """The error for a file that is not what the change was planned on."""
    return ConfigError(
        f"{name}: was changed by somebody else at this moment; nothing was written",
        code="changes.stale",
        hint="run the command again: it will look at the file as it is now",
    )


def _recover(journal: Path, root: Path) -> list[str]:
    """``recover`` with the lock held. Each step may be cut off and is then done again."""
    marker = journal / _MARKER
    if not os.path.lexists(marker):
        return []
    ident = look(marker).data.decode("ascii", "replace")
    entry = entries.read(journal / ident) if "/" not in ident and ident.strip(".") else None
    if entry is None:
        _ignore(journal)
        line = f"{NAME}/journal: an unfinished change is noted there, but not by this user on this machine; "
        return [line + "nothing was done about it: check the files with your version control"]
    what = f"`{entry.title}` from {time.strftime('%H:%M', time.localtime(entry.time))}"
    files = ", ".join(entry.files)
    finished = f"{what} was interrupted after its last write: it is complete ({files})"
    if entry.done:
        _close(journal)
        return [finished]
    try:
        items = entry.items()
    except ConfigError as error:
        _ignore(journal)
        return [f"an interrupted {what} cannot be taken back: {error.message}; look at {files}"]
    if all(item.stands() == "new" for item in items):
        _finish(journal, entry)
        return [finished]
    left = _roll_back(entry, items)
    if left:
        entries.keep(entry)
    _close(journal)
    lines = []
    if undone := [name for name in entry.files if name not in left]:
        lines.append(f"an interrupted {what} was taken back: {', '.join(undone)}")
    if left:
        lines.append(
            f"an interrupted {what} left alone what somebody changed since: {', '.join(left)} "
            f"(the copies from before are in {relative(entry.folder, root)})"
        )
    else:
        entries.remove(entry)
    return lines


def _roll_back(entry: Entry, items: list[Item]) -> list[str]:
    """Every file back to its old state; those that are in neither state stay and are named."""
    left: list[str] = []
    try:
        entries.unseal(entry)
        for item in items:
            temp_name(item.target, entry.id).unlink(missing_ok=True)
        for item in reversed(items):
            stands = item.stands()
            if stands == "new":
                item.target.parent.mkdir(parents=True, exist_ok=True)
                _stage(item.target, item.old, entry.id)
                _put(item.target, item.old, entry.id)
                sync_directory(item.target.parent)
            elif stands == "other":
                left.append(item.name)
        _remove_empty(reversed(entry.makes))
        temp_name(entry.folder.parent / _MARKER, entry.id).unlink(missing_ok=True)
    except OSError as error:
        raise cannot("write back", "files", entry.folder, error) from error
    return left
