"""Journal entries on disk: the plan of a change, the bytes before and after, and whether it is done.

``.lkm/journal/<id>/`` holds ``plan.json``, ``plan.mac`` and the copies ``0.old``, ``0.new``, …; the copies of
secret files lie in ``state_dir()/undo/<project>/<id>/`` instead, outside the repository, and the plan says
nothing about their content. The plan is signed with a key that lies there too: what a cloned repository
brings along as ``.lkm`` is never carried out.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from .errors import ConfigError
from .files import cannot, private_directory, sync_directory
from .states import ABSENT, Item, State
from .vault import open_vault, prune_vaults, sha256, sign, vault_of, write_durable

KEEP_ENTRIES = 20
KEEP_SECONDS = 30 * 86400.0
_DONE = "done"
_KEPT = "kept"
_MAC_LENGTH = 64


@dataclass(frozen=True, slots=True)
class Entry:
    """A change that the journal knows.

    Args:
        seq: what orders entries; ``id`` sorts the same way.
        kind: ``change``, or ``undo`` for one that takes others back.
        time: Unix time, seconds.
        undoes: ids of the entries that an undo took back.
        makes: folders that did not exist before, outermost first.
        drops: folders to remove in the end if they are empty, innermost first.
        vault: where the copies of its secret files lie.
    """

    folder: Path
    id: str
    seq: int
    kind: Literal["change", "undo"]
    title: str
    time: float
    files: tuple[str, ...]
    undoes: tuple[str, ...]
    makes: tuple[Path, ...]
    drops: tuple[Path, ...]
    vault: Path | None
    plan: dict[str, Any]

    @property
    def done(self) -> bool:
        return (self.folder / _DONE).exists()

    def copy(self, index: int, side: Literal["old", "new"]) -> Path:
        """Where the bytes of a file before or after this change are kept."""
        secret = self.plan["items"][index]["secret"]
        return (self.vault if secret and self.vault else self.folder) / f"{index}.{side}"

    def items(self) -> list[Item]:
        """The files of this change with their bytes.

        Raises:
            ConfigError: a copy is gone (pruned, or another machine) or damaged.
        """
        root = self.folder.parent.parent.parent
        return [
            Item(
                item["path"],
                root / item["target"],
                self._state(index, "old"),
                self._state(index, "new"),
                item["secret"],
            )
            for index, item in enumerate(self.plan["items"])
        ]

    def _state(self, index: int, side: Literal["old", "new"]) -> State:
        item = self.plan["items"][index]
        said = item[side]
        if said["kind"] == "absent":
            return ABSENT
        path = self.copy(index, side)
        try:
            data = path.read_bytes()
        except OSError as error:
            raise ConfigError(
                f"{item['path']}: its copy from {self.id} cannot be read",
                code="journal.copy-missing",
                detail=f"{path}: {(error.strerror or str(error)).lower()}; copies of secret files are kept "
                f"for {KEEP_SECONDS / 86400:.0f} days, in the state folder of this user on this machine",
            ) from error
        if not item["secret"] and sha256(data) != said["sha256"]:
            raise ConfigError(
                f"{item['path']}: its copy from {self.id} is damaged",
                code="journal.copy-damaged",
                detail=f"{path} is not what lkm wrote",
            )
        return State(said["kind"], data, said["mode"])


def write(
    journal: Path,
    root: Path,
    items: list[Item],
    *,
    kind: Literal["change", "undo"],
    title: str,
    undoes: tuple[str, ...] = (),
    drops: tuple[Path, ...] = (),
) -> Entry:
    """Write a new entry, durably, before anything else is touched. It is not done yet.

    Raises:
        LkmError: it cannot be written; nothing else has changed then.
    """
    now = time.time()
    seq = max([int(now * 4096), *(entry.seq + 1 for entry in read_all(journal))])
    # Never a folder that is there: a cloned repository may have laid links out in it.
    while os.path.lexists(journal / _ident(seq)):
        seq += 1
    ident = _ident(seq)
    folder = journal / ident
    vault = vault_of(root) / ident if any(item.secret for item in items) else None
    makes = _missing_folders(items)
    plan = {
        "id": ident,
        "seq": seq,
        "kind": kind,
        "title": title,
        "time": now,
        "undoes": list(undoes),
        "vault": str(vault) if vault else None,
        "makes": [_relative(path, root) for path in makes],
        "drops": [_relative(path, root) for path in drops],
        "items": [_item(item, root) for item in items],
    }
    try:
        private_directory(folder)
        if vault:
            open_vault(root)
            private_directory(vault)
        for index, item in enumerate(items):
            for side, state in (("old", item.old), ("new", item.new)):
                if state.kind != "absent":
                    where = vault if item.secret and vault else folder
                    write_durable(where / f"{index}.{side}", state.data)
        text = json.dumps(plan, indent=1).encode()
        write_durable(folder / "plan.json", text)
        write_durable(folder / "plan.mac", sign(text).encode())  # what makes it an entry comes last
        for path in (folder, vault, journal):
            if path:
                sync_directory(path)
    except BaseException as error:
        for path in (folder, vault):
            if path:
                shutil.rmtree(path, ignore_errors=True)
        if isinstance(error, OSError):
            raise cannot("write", "journal", folder, error) from error
        raise
    entry = read(folder)
    assert entry is not None  # noqa: S101 - it was signed a moment ago
    return entry


def _ident(seq: int) -> str:
    """Time in UTC, and a fraction of a second in three digits: sorts like ``seq``, short enough to type."""
    return f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime(seq // 4096))}-{seq % 4096:03x}"


def read(folder: Path) -> Entry | None:
    """The entry in a folder; None when there is none that this user wrote on this machine."""
    try:
        text = (folder / "plan.json").read_bytes()
        mac = (folder / "plan.mac").read_text(encoding="ascii")
        if not secrets.compare_digest(mac, sign(text, make_key=False)):
            return None
        plan = json.loads(text)
    except (OSError, ValueError):
        return None
    if plan["id"] != folder.name:
        return None
    root = folder.parent.parent.parent
    return Entry(
        folder,
        plan["id"],
        plan["seq"],
        plan["kind"],
        plan["title"],
        plan["time"],
        tuple(item["path"] for item in plan["items"]),
        tuple(plan["undoes"]),
        tuple(root / path for path in plan["makes"]),
        tuple(root / path for path in plan["drops"]),
        Path(plan["vault"]) if plan["vault"] else None,
        plan,
    )


def signed(folder: Path) -> bool:
    """Whether there is a whole signature, be it anybody's."""
    try:
        return (folder / "plan.mac").stat().st_size == _MAC_LENGTH
    except OSError:
        return False


def read_all(journal: Path) -> list[Entry]:
    """Every readable entry, oldest first, done or not."""
    if not journal.is_dir():
        return []
    found = (read(folder) for folder in sorted(journal.iterdir()) if folder.is_dir())
    return [entry for entry in found if entry is not None]


def seal(entry: Entry) -> None:
    """Say that the change is complete."""
    write_durable(entry.folder / _DONE, b"")
    sync_directory(entry.folder)


def unseal(entry: Entry) -> None:
    (entry.folder / _DONE).unlink(missing_ok=True)


def keep(entry: Entry) -> None:
    """Keep the copies of a change that was cut off and could not be taken back whole."""
    write_durable(entry.folder / _KEPT, b"")


def remove(entry: Entry) -> None:
    """Forget an entry; what a kill leaves of it is no longer done and goes at the next pruning."""
    unseal(entry)
    if entry.vault:
        shutil.rmtree(entry.vault, ignore_errors=True)
    shutil.rmtree(entry.folder, ignore_errors=True)


def prune(journal: Path, root: Path) -> None:
    """Forget what is too old or too much, what was never done, and secrets of projects that are gone.

    The lock must be held. Oldest first: an undo is never forgotten before what it took back.
    """
    entries = read_all(journal)
    done = [entry for entry in entries if entry.done and entry.kind == "change"]
    oldest = time.time() - KEEP_SECONDS
    first_kept = done[-KEEP_ENTRIES].seq if len(done) >= KEEP_ENTRIES else 0
    for entry in entries:
        never_done = not entry.done and not (entry.folder / _KEPT).exists()
        if never_done or entry.seq < first_kept or entry.time < oldest:
            remove(entry)
    for folder in journal.iterdir() if journal.is_dir() else ():
        # Killed while it was being written, or while it was being removed.
        if folder.is_dir() and not (folder / _DONE).exists() and not signed(folder):
            shutil.rmtree(folder, ignore_errors=True)
    for path in journal.glob(".open.lkm-*.tmp"):  # killed while the marker was being made
        path.unlink(missing_ok=True)
    prune_vaults(journal, root, keep=KEEP_SECONDS)


def _item(item: Item, root: Path) -> dict[str, Any]:
    return {
        "path": item.name,
        "target": _relative(item.target, root),
        "secret": item.secret,
        "old": _said(item.old, secret=item.secret),
        "new": _said(item.new, secret=item.secret),
    }


def _said(state: State, *, secret: bool) -> dict[str, Any]:
    said: dict[str, Any] = {"kind": state.kind, "mode": state.mode}
    if not secret:
        said["sha256"] = sha256(state.data)
    return said


def _relative(path: Path, root: Path) -> str:
    """Inside the project relative to it, so that a moved project keeps its history."""
    return str(path.relative_to(root) if path.is_relative_to(root) else path)


def _missing_folders(items: list[Item]) -> list[Path]:
    missing: set[Path] = set()
    for item in items:
        folder = item.target.parent
        while item.new.kind != "absent" and not os.path.lexists(folder):
            missing.add(folder)
            folder = folder.parent
    return sorted(missing)
