"""Writing MIGRATION_PLAN.md: through the journal, and never over what somebody wrote into it."""

from __future__ import annotations

import hashlib
import os
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from ..core.changes import ChangeSet, change
from ..core.document import Document
from ..core.errors import LkmError
from ..core.files import read_bytes
from ..core.settings import find_root
from ..scan.texts import PLAN_MARK
from .base import Run

FILE = "MIGRATION_PLAN.md"
_SEAL = re.compile(rf"\n{PLAN_MARK}, unedited: ([0-9a-f]{{32}}) -->\n\Z".encode())


@dataclass(frozen=True, slots=True)
class Written:
    """What became of the plan. ``diff`` is empty where it was the same already."""

    file: str
    changed: bool
    diff: str
    note: str


def write_plan(run: Run, root: Path, plan: Document, *, force: bool) -> Written:
    """Write the plan into the folder.

    Raises:
        LkmError: there is a plan that was edited, or one that lkm did not write, and ``force`` is not given.
        ConfigError: it cannot be written.
    """
    from ..core import journal
    from ..ui.formats.md import document

    path = root / FILE
    # Where `lkm undo` looks for it: the project that the folder belongs to.
    home, _ = find_root(root)
    shown = os.path.relpath(path) if root != run.settings.root else FILE
    folder = f" {shlex.quote(os.path.relpath(root))}" if root != run.settings.root else ""
    undo = "lkm undo" if home == run.settings.root else f"lkm undo -C{folder}"
    text = sealed(document(plan).encode("utf-8"))
    if not force and path.is_file() and not is_own(read_bytes(path)):
        raise LkmError(
            f"{shown}: was edited, or is not lkm's: it stays as it is",
            code="scan.plan-edited",
            hint=f"lkm scan{folder} --plan --force replaces it ({undo} brings it back), or elsewhere: "
            f"lkm scan{folder} --format md > plan.md",
        )
    changes = ChangeSet("lkm scan --plan", home, (change(path, text),))
    if changes.empty:
        return Written(FILE, False, "", f"{shown} is up to date")
    diff = changes.diff()
    journal.apply(changes, on_wait=lambda holder: run.reporter.note(f"waiting for another lkm: {holder}"))
    return Written(FILE, True, diff, f"wrote {shown}; {undo} takes it back")


def sealed(text: bytes) -> bytes:
    """The text with a last line that says whether anybody changed it since."""
    return text + f"\n{PLAN_MARK}, unedited: {_hash(text)} -->\n".encode()


def is_own(text: bytes) -> bool:
    """Whether it is as lkm wrote it; line ends that git changed do not count."""
    text = text.replace(b"\r\n", b"\n")
    found = _SEAL.search(text)
    return bool(found and found[1].decode() == _hash(text[: found.start()]))


def _hash(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()[:32]
