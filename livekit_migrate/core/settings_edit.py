"""Writing keys into lkm.toml: as splices, so that comments, order and everything else stay as they are."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from .changes import ChangeSet, change
from .errors import ConfigError
from .files import BOM, line_end, read_text
from .settings import FILE, Settings


def keep(settings: Settings, values: Mapping[str, str], title: str) -> ChangeSet:
    """The change that sets texts in lkm.toml; the file is made where there is none.

    Args:
        values: full key (``compose.roles.livekit``) → text.
        title: the command as a user types it.

    Raises:
        ConfigError: the file cannot be read, or is written in a way that cannot be edited without risk.
    """
    path = settings.root / FILE
    text = read_text(path, what="project file") if settings.file else ""
    changed = text
    for key, value in values.items():
        changed = assign(changed, key, value)
    return ChangeSet(title, settings.root, (change(path, changed.encode()),))


def assign(text: str, key: str, value: str) -> str:
    """A TOML document with one text set.

    Raises:
        ConfigError: it holds the key in a form that is not edited here (an inline table).
    """
    table, _, name = key.rpartition(".")
    written = f"{name} = {json.dumps(value, ensure_ascii=False)}"
    lines = text.splitlines(keepends=True)
    end = line_end(text)
    place = _assignment(lines, key)
    if place is not None:
        head = re.match(r"\s*[^=]+?\s*=\s*", lines[place])
        old = lines[place][head.end() if head else 0 :]
        comment = re.match(r"(?:\"[^\"\\\r\n]*\"|'[^'\r\n]*')(\s*(?:#.*)?)$", old.rstrip("\r\n"))
        rest = old[len(old.rstrip("\r\n")) :]
        said = json.dumps(value, ensure_ascii=False) + (comment[1] if comment else "") + rest
        lines[place] = (head[0] if head else "") + said
    else:
        after = _table_end(lines, table)
        if after is None:
            if lines and not lines[-1].endswith("\n"):
                lines[-1] += end
            lines += [end] if "".join(lines).removeprefix(BOM).strip() else []
            lines += [f"[{table}]{end}", written + end] if table else [written + end]
        else:
            if not lines[after - 1].endswith("\n"):
                lines[after - 1] += end
            lines.insert(after, written + end)
    changed = "".join(lines)
    if not _is(text, changed, key, value):
        raise ConfigError(
            f"{FILE}: {key} cannot be written into it without a risk for the rest",
            code="settings.edit",
            hint=f"write it yourself: [{table}] {written}",
        )
    return changed


def _assignment(lines: list[str], key: str) -> int | None:
    """The line that assigns the key, in its table or with its dots."""
    current = ""
    for number, line in enumerate(lines):
        if header := re.match(r"\s*\[\s*([A-Za-z0-9_.\-\" ]+?)\s*\]", line.removeprefix(BOM)):
            current = _plain(header[1])
        elif assigned := re.match(r"\s*([A-Za-z0-9_.\-\" ]+?)\s*=", line.removeprefix(BOM)):
            name = _plain(assigned[1])
            if (f"{current}.{name}" if current else name) == key:
                return number
    return None


def _table_end(lines: list[str], table: str) -> int | None:
    """Behind the last assignment of a table; None when it has no header of its own."""
    found: int | None = None
    inside = False
    for number, line in enumerate(lines):
        if header := re.match(r"\s*\[\s*([A-Za-z0-9_.\-\" ]+?)\s*\]", line.removeprefix(BOM)):
            inside = _plain(header[1]) == table
            found = number + 1 if inside else found
        elif inside and line.strip() and not line.lstrip().startswith("#"):
            found = number + 1
    return found


def _plain(name: str) -> str:
    return ".".join(part.strip(' "') for part in name.split("."))


def _is(before: str, after: str, key: str, value: str) -> bool:
    """Whether the new text says what the old one said, and the key besides."""
    import tomllib

    try:
        wanted = tomllib.loads(before.removeprefix(BOM))
        found = tomllib.loads(after.removeprefix(BOM))
    except ValueError:
        return False
    node = wanted
    *tables, name = key.split(".")
    for table in tables:
        node = node.setdefault(table, {})
        if not isinstance(node, dict):
            return False
    node[name] = value
    return wanted == found
