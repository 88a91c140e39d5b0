"""`lkm config`'s subcommands, found by listing their folder and imported when they run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from . import config
from .late_group import LateGroup

_HELP = re.compile(r'^HELP = "([^"\\]*)"$', re.MULTILINE)


def _found() -> dict[str, str]:
    """Name and help of each, read off its file: importing all for one would make each of them slower."""
    names: dict[str, str] = {}
    for folder in config.__path__:
        for path in sorted(Path(folder).glob("[!_]*.py")):
            match = _HELP.search(path.read_text(encoding="utf-8"))
            if match:
                names[path.stem.replace("_", "-")] = match[1]
    return names


class ConfigGroup(LateGroup):
    """A group of subcommands that are files."""

    LATE: ClassVar[Mapping[str, str]] = _found()
    MODULES: ClassVar[str] = f"{config.__name__}."
