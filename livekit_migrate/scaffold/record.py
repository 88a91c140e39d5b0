"""What `lkm init` remembers in the repository: its answers, and its texts as the base of later merges.

It is committed, so that a teammate's run agrees: no secret, no path of a machine, no date is in it, and the
same run writes the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..core.errors import ConfigError
from ..core.files import read_text

FILE = "lkm.init.json"
VERSION = 1


@dataclass(frozen=True, slots=True)
class Record:
    """What the last run decided and wrote.

    Args:
        answers: name → what was answered or seen; texts only.
        templates: template → its version.
        base: file → what lkm wrote, of which the user's edits are told apart.
    """

    answers: Mapping[str, str] = field(default_factory=dict)
    templates: Mapping[str, int] = field(default_factory=dict)
    base: Mapping[str, str] = field(default_factory=dict)


def read(root: Path) -> Record | None:
    """The record of a project; None where `lkm init` has not run.

    Raises:
        ConfigError: it cannot be read, or a newer lkm wrote it.
    """
    path = root / FILE
    if not path.is_file():
        return None
    try:
        document = json.loads(read_text(path, what="record of lkm init"))
        version = int(document["version"])
        found = Record(
            {str(key): str(value) for key, value in document["answers"].items()},
            {str(key): int(value) for key, value in document["templates"].items()},
            {str(key): str(value) for key, value in document["base"].items()},
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(
            f"{FILE}: is not as lkm wrote it",
            code="init.record",
            hint=f"take it back from version control: git checkout -- {FILE}",
        ) from error
    if version > VERSION:
        raise ConfigError(
            f"{FILE}: of version {version}; this lkm knows up to {VERSION}",
            code="init.record-newer",
            hint="upgrade: uv tool upgrade livekit-migrate (or pipx upgrade livekit-migrate)",
        )
    return found


def text(record: Record) -> str:
    """The record as its file has it."""
    document: dict[str, Any] = {
        "version": VERSION,
        "about": "What lkm init decided and wrote. Commit it: anybody's next run goes on from here.",
        "answers": dict(sorted(record.answers.items())),
        "templates": dict(sorted(record.templates.items())),
        "base": dict(sorted(record.base.items())),
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
