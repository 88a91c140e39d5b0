"""What another release of the server would do differently with a start: its options and variables, too."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace

from ...core.settings import Settings
from ..configcheck.schema import load, nearest
from ..configcheck.upgrade import Side, differences
from .lint import Judged, judge
from .starts import Start


def upgrade(
    start: Start,
    settings: Settings,
    versions: tuple[str, str],
    env: Mapping[str, str] = os.environ,
    known: Mapping[str, str] | None = None,
) -> tuple[Judged, tuple[Side, Side]]:
    """A start as the second release judges it, its findings what changes from the first; and both sides.

    Raises:
        UsageError: one of the versions is no version.
    """
    before, after = (judge(start, settings, version, env, known) for version in versions)
    name = after.text.at.file or after.text.name
    sides = (_side(before), _side(after))
    found = tuple(replace(one, category=start.who) for one in differences(name, *sides))
    return replace(after, findings=found), sides


def _side(judged: Judged) -> Side:
    entries = judged.checked.config.entries if judged.checked and judged.checked.config else {}
    values = {key: entry.value for key, entry in entries.items()}
    values |= {key: one.value for key, one in judged.options.setters().items()}
    where = {key: judged.text.location(entry.node.line, entry.node.column) for key, entry in entries.items()}
    return Side(judged.version, load(nearest(judged.version)), judged.findings, values, where)
