"""Git's ignore rules, read without git: what `.gitignore` files say about one entry of a folder.

The rules of gitignore(5): the last matching pattern of a file decides, a deeper file beats a higher one. Who
walks the tree must not go into an ignored folder, since nothing in it can be taken back by a later pattern.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_CLASSES = {
    "alnum": "a-zA-Z0-9",
    "alpha": "a-zA-Z",
    "blank": " \\t",
    "cntrl": "\\x00-\\x1f\\x7f",
    "digit": "0-9",
    "graph": "\\x21-\\x7e",
    "lower": "a-z",
    "print": "\\x20-\\x7e",
    "punct": "!-/:-@\\[-`{-~",
    "space": "\\s",
    "upper": "A-Z",
    "xdigit": "0-9a-fA-F",
}


@dataclass(frozen=True, slots=True)
class _Pattern:
    regex: re.Pattern[str]
    keep: bool  # written with a `!`
    folders_only: bool
    whole_path: bool  # else it is about the entry's name alone


class Rules:
    """The patterns of one ignore file.

    Args:
        text: its text.
        folder: the folder it lies in, relative to the walk's root, ``""`` for the root itself; a file above
            the root gives the way from there to the root as ``above``.
    """

    def __init__(self, text: str, folder: str = "", *, above: str = "") -> None:
        patterns = [each for line in text.removeprefix("\ufeff").split("\n") if (each := _parse(line))]
        self._patterns = patterns[::-1]
        self._cut = len(folder) + 1 if folder else 0
        self._above = f"{above}/" if above else ""
        # One look with everything in it: nearly all entries match nothing.
        self._names = _any(each.regex for each in patterns if not each.whole_path)
        self._paths = _any(each.regex for each in patterns if each.whole_path)

    def __bool__(self) -> bool:
        return bool(self._patterns)

    def verdict(self, path: str, name: str, *, folder: bool) -> bool | None:
        """Whether these rules ignore the entry; None when they do not speak of it.

        Args:
            path: relative to the walk's root, with ``/``.
            name: its last part.
            folder: whether it is a folder.
        """
        inner = self._above + path[self._cut :]
        if not (self._names and self._names.match(name)) and not (self._paths and self._paths.match(inner)):
            return None
        for pattern in self._patterns:
            if pattern.folders_only and not folder:
                continue
            if pattern.regex.match(inner if pattern.whole_path else name):
                return not pattern.keep
        return None


def ignored(rules: Iterable[Rules], path: str, name: str, *, folder: bool) -> bool:
    """What several files say together; the nearest one comes first."""
    for each in rules:
        verdict = each.verdict(path, name, folder=folder)
        if verdict is not None:
            return verdict
    return False


def _any(regexes: Iterable[re.Pattern[str]]) -> re.Pattern[str] | None:
    parts = [f"(?:{regex.pattern})" for regex in regexes]
    return re.compile("|".join(parts), re.DOTALL) if parts else None


def _parse(line: str) -> _Pattern | None:
    line = _without_end(line.removesuffix("\r"))
    if not line or line.startswith("#"):
        return None
    keep = line.startswith("!")
    if keep:
        line = line[1:]
    folders_only = line.endswith("/")
    if folders_only:
        line = line[:-1]
    whole_path = "/" in line
    source = _translate(line.removeprefix("/") if whole_path else line)
    if not line or source is None:
        return None
    return _Pattern(re.compile(source + r"\Z", re.DOTALL), keep, folders_only, whole_path)


def _without_end(line: str) -> str:
    """Without trailing spaces, except one that a backslash protects."""
    end = len(line)
    while end and line[end - 1] == " ":
        slashes = len(line[: end - 1]) - len(line[: end - 1].rstrip("\\"))
        if slashes % 2:
            break
        end -= 1
    return line[:end]


def _translate(glob: str) -> str | None:
    """The regular expression of a pattern; None for one that matches nothing (a bracket left open)."""
    out: list[str] = []
    at = 0
    while at < len(glob):
        char = glob[at]
        if char == "*":
            end = at
            while glob[end : end + 1] == "*":
                end += 1
            starts, rest = at == 0 or glob[at - 1] == "/", glob[end:]
            if end - at == 2 and starts and rest.startswith("/"):
                out.append("(?:[^/]+/)*")
                at = end + 1
                continue
            out.append(".+" if end - at == 2 and starts and not rest else "[^/]*")
            at = end
        elif char == "?":
            out.append("[^/]")
            at += 1
        elif char == "[":
            found = _bracket(glob, at)
            if found is None:
                return None
            source, at = found
            out.append(source)
        elif char == "\\":
            if at + 1 == len(glob):
                return None
            out.append(re.escape(glob[at + 1]))
            at += 2
        else:
            out.append(re.escape(char))
            at += 1
    return "".join(out)


def _bracket(glob: str, start: int) -> tuple[str, int] | None:
    """A ``[…]`` of a pattern as a regular expression, and where it ends."""
    at = start + 1
    negated = glob[at : at + 1] in ("!", "^") and bool(glob[at : at + 1])
    at += negated
    parts: list[str] = []
    first = True
    while at < len(glob):
        char = glob[at]
        if char == "]" and not first:
            if not parts:
                return None
            return f"(?!/)[{'^' if negated else ''}{''.join(parts)}]", at + 1
        first = False
        if glob.startswith("[:", at) and (end := glob.find(":]", at)) != -1:
            known = _CLASSES.get(glob[at + 2 : end])
            if known is None:
                return None
            parts.append(known)
            at = end + 2
            continue
        low, at = _literal(glob, at)
        if glob[at : at + 1] == "-" and glob[at + 1 : at + 2] not in ("", "]"):
            high, at = _literal(glob, at + 1)
            if low <= high:
                parts.append(f"{re.escape(low)}-{re.escape(high)}")
            continue
        parts.append(re.escape(low))
    return None


def _literal(glob: str, at: int) -> tuple[str, int]:
    if glob[at] == "\\" and at + 1 < len(glob):
        return glob[at + 1], at + 2
    return glob[at], at + 1
