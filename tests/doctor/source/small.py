"""A small app on disk and what a check says of it: ``status file:line title`` per finding."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from textwrap import dedent

from livekit_migrate.app.look import look
from livekit_migrate.doctor.source.problem import Problem
from livekit_migrate.doctor.source.sources import Sources

Look = Callable[[Sources], Iterable[Problem]]


def sources(folder: Path, files: Mapping[str, str], **needs: str) -> Sources:
    """An app of these files; ``needs`` are the dependencies of its package.json, ``_`` for ``-``."""
    package = {"name": "small", "dependencies": {k.replace("_", "-"): v for k, v in needs.items()}}
    written = {"package.json": json.dumps(package), **files}
    for name, text in written.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip("\n"))
    return Sources(look(folder))


def said(look_: Look, folder: Path, files: Mapping[str, str], **needs: str) -> list[str]:
    """What a check says, in order."""
    found = look_(sources(folder, files, **needs))
    return [
        f"{each.status} {each.file}:{each.line} {each.title}"
        for each in sorted(found, key=lambda each: (each.file, each.line or 0, each.column or 0))
    ]
