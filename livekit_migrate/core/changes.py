"""ChangeSet: what a command wants to do to files, planned in memory, shown as a diff before it is done."""

from __future__ import annotations

import difflib
import os
import re
import stat
from dataclasses import dataclass, replace
from pathlib import Path

from .files import link_end, read_bytes
from .secret import MASK, redact

_CONTEXT = 3
_ASSIGNMENT = re.compile(
    r"^(?P<head>\s*(?:[#;]+\s*)?(?:export\s+)?[\"']?[A-Za-z_][A-Za-z0-9_.-]*[\"']?\s*[=:]\s?)(?P<value>.*)$"
)


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file before and after.

    Args:
        path: the file; where it is a symlink, the file it points to is the one that changes.
        before: its bytes when the change was planned, None when there was no file.
        after: its new bytes, None to delete it. Deleting a symlink deletes the link, not what it points to.
        mode: permission bits of the new file; None keeps the old ones (0644 for a new file).
        secret: it holds secrets: the diff hides values, and what undo needs lies outside the project.
        before_mode: its permission bits when the change was planned.
    """

    path: Path
    before: bytes | None
    after: bytes | None
    mode: int | None = None
    secret: bool = False
    before_mode: int | None = None

    @property
    def empty(self) -> bool:
        """Whether carrying it out would leave everything as it is."""
        same_mode = self.after is None or self.mode is None or self.mode == self.before_mode
        return self.before == self.after and same_mode


def change(path: Path, after: bytes | None, *, mode: int | None = None, secret: bool = False) -> FileChange:
    """A FileChange from what the file is now.

    Raises:
        ConfigError: there is something that is not a readable regular file.
    """
    path = path.absolute()
    if after is None and path.is_symlink():
        return FileChange(path, os.fsencode(path.readlink()), None, None, secret, stat.S_IFLNK)
    if not os.path.lexists(link_end(path)):
        return FileChange(path, None, after, mode, secret)
    before = read_bytes(path)
    return FileChange(path, before, after, mode, secret, stat.S_IMODE(path.stat().st_mode))


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """Changes that are carried out together or not at all (``journal.apply``).

    Args:
        title: the command as a user types it: ``lkm keys new``.
        root: the project's folder.
    """

    title: str
    root: Path
    changes: tuple[FileChange, ...] = ()

    @property
    def empty(self) -> bool:
        return all(change.empty for change in self.changes)

    @property
    def files(self) -> tuple[str, ...]:
        """The names of what changes, relative to the project."""
        return tuple(relative(change.path, self.root) for change in self.changes if not change.empty)

    def diff(self) -> str:
        """All changes as one git-style unified diff, with secrets masked."""
        return redact("".join(_diff(item, self.root) for item in self.changes if not item.empty))

    def __add__(self, other: ChangeSet) -> ChangeSet:
        """Both, under this one's title."""
        return replace(self, changes=self.changes + other.changes)


def relative(path: Path, root: Path) -> str:
    """A file's name as outputs show it: relative to the project where it lies inside."""
    try:
        return path.relative_to(root).as_posix()
    except ValueError:
        return str(path)


def _diff(item: FileChange, root: Path) -> str:
    name = relative(item.path, root)
    lines = [f"diff --git a/{name} b/{name}\n"]
    if item.before is None:
        lines.append(f"new file mode {_git_mode(item.mode)}\n")
    elif item.after is None:
        lines.append(f"deleted file mode {_git_mode(item.before_mode)}\n")
    elif item.mode is not None and item.before_mode is not None and item.mode != item.before_mode:
        lines += [f"old mode {_git_mode(item.before_mode)}\n", f"new mode {_git_mode(item.mode)}\n"]
    if item.before == item.after:
        return "".join(lines)
    try:
        if b"\0" in (item.before or b"") + (item.after or b""):
            raise ValueError("binary")
        old, new = (item.before or b"").decode("utf-8"), (item.after or b"").decode("utf-8")
    except ValueError:
        sizes = " → ".join(
            "nothing" if data is None else f"{len(data)} bytes" for data in (item.before, item.after)
        )
        return "".join([*lines, f"Binary file {name} differs: {sizes}\n"])
    a, b = _lines(old), _lines(new)
    shown_a, shown_b = (_masked(a), _masked(b)) if item.secret else (a, b)
    body = _hunks(a, b, shown_a, shown_b)
    if body:
        lines.append("--- /dev/null\n" if item.before is None else f"--- a/{name}\n")
        lines.append("+++ /dev/null\n" if item.after is None else f"+++ b/{name}\n")
    return "".join(lines + body)


def _git_mode(mode: int | None) -> str:
    if mode is not None and stat.S_ISLNK(mode):
        return "120000"
    return f"100{0o644 if mode is None else mode:o}"


def _lines(text: str) -> list[str]:
    """Lines with their ends; only a line feed ends one, as in git (``splitlines`` knows ten more)."""
    lines = text.split("\n")
    return [line + "\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def _hunks(a: list[str], b: list[str], shown_a: list[str], shown_b: list[str]) -> list[str]:
    """What differs between a and b, told in the words of shown_a and shown_b (line for line the same)."""
    # Only what lies between the first and the last difference is worth comparing, with its context.
    shorter = min(len(a), len(b))
    head = next((i for i in range(shorter) if a[i] != b[i]), shorter)
    tail = next((i for i in range(shorter - head) if a[-1 - i] != b[-1 - i]), shorter - head)
    lead, trail = min(head, _CONTEXT), min(tail, _CONTEXT)
    head, tail = head - lead, tail - trail
    a, b = a[head : len(a) - tail], b[head : len(b) - tail]
    shown_a, shown_b = shown_a[head:], shown_b[head:]
    # The context stays out of the comparison: lines like it elsewhere would be matched in its place, and git
    # takes a change that ends without context for the end of the file.
    matcher = difflib.SequenceMatcher(None, a[lead : len(a) - trail], b[lead : len(b) - trail])
    opcodes = [(kind, i + lead, j + lead, k + lead, m + lead) for kind, i, j, k, m in matcher.get_opcodes()]
    before = [("equal", 0, lead, 0, lead)] if lead else []
    behind = [("equal", len(a) - trail, len(a), len(b) - trail, len(b))] if trail else []
    matcher.opcodes = [*before, *opcodes, *behind]  # type: ignore[assignment, list-item, attr-defined, unused-ignore]
    out: list[str] = []
    for group in matcher.get_grouped_opcodes(_CONTEXT):
        first, last = group[0], group[-1]
        ranges = _range(first[1], last[2], head), _range(first[3], last[4], head)
        out.append(f"@@ -{ranges[0]} +{ranges[1]} @@\n")
        for kind, a_from, a_to, b_from, b_to in group:
            if kind == "equal":
                out += [_line(" ", text) for text in shown_a[a_from:a_to]]
                continue
            out += [_line("-", text) for text in shown_a[a_from:a_to]]
            out += [_line("+", text) for text in shown_b[b_from:b_to]]
    return out


def _range(start: int, stop: int, offset: int) -> str:
    length = stop - start
    return f"{offset + start + (1 if length else 0)},{length}"


def _line(sign: str, text: str) -> str:
    return sign + text if text.endswith("\n") else f"{sign}{text}\n\\ No newline at end of file\n"


def _masked(lines: list[str]) -> list[str]:
    """The lines of a secret file: names stay, values do not, nor does what is neither name nor comment."""
    out: list[str] = []
    quote = ""  # of a value that goes on over several lines
    for line in lines:
        text = line.rstrip("\r\n")
        end = line[len(text) :]
        match = None if quote else _ASSIGNMENT.match(text)
        if quote:
            quote = "" if quote in text else quote
            shown = MASK
        elif match:
            value = match["value"].strip()
            if value[:1] in ("'", '"', "`") and value.count(value[0]) == 1:
                quote = value[0]
            shown = match["head"] + (MASK if value else "")
        elif not text.strip() or text.lstrip().startswith(("#", ";")):
            shown = text
        else:
            shown = MASK
        out.append(shown + end)
    return out
