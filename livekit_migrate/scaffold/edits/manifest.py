"""Dependencies in package.json and variables in .env.example: added, never changed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ...app.manifests import Package
from ...code import env as dotenv
from ...code.json_edit import with_members
from ..templates import Variable
from .model import Outcome

ID = "init.dependencies"
_MAJOR = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class Needs:
    """What templates need of one package: name → range, and for development only."""

    runtime: Mapping[str, str]
    development: Mapping[str, str]


def with_dependencies(text: str, package: Package, needs: Needs) -> str:
    """package.json's text with what is missing added.

    Raises:
        ConfigError: it is no JSON object, or a section of it is not.
    """
    for section, wanted, after in (
        ("dependencies", needs.runtime, ("scripts", "type", "name")),
        ("devDependencies", needs.development, ("dependencies", "scripts")),
    ):
        missing = {name: wanted[name] for name in sorted(wanted) if name not in package.needs}
        text = with_members(text, section, missing, after=after)
    return text


def too_old(package: Package, needs: Needs) -> Iterator[tuple[str, str, str]]:
    """Dependencies that are there in an older major version: name, what is there, what is needed."""
    for name, wanted in {**needs.development, **needs.runtime}.items():
        there = package.needs.get(name, "")
        has, needed = _MAJOR.search(there), _MAJOR.search(wanted)
        if has and needed and int(has[1]) < int(needed[1]):
            yield name, there, wanted


def by_hand(package: Package, needs: Needs, why: str) -> Outcome:
    """The dependencies to add where package.json is not one that lkm edits."""
    lines = [f'"{name}": "{version}",' for name, version in {**needs.runtime, **needs.development}.items()]
    return Outcome(ID, "dependencies", package.file, "by-hand", (), 1, why, "\n".join(lines))


def with_variables(text: str, variables: Sequence[Variable], newline: str = "\n") -> str:
    """A .env.example with the variables that it does not name yet, each below what it is for.

    Raises:
        ConfigError: a line of it cannot be read.
    """
    from pathlib import Path

    there = dotenv.parse(text.encode(), Path(".env.example"))
    named = {value.name for value in there.values}
    # A name that is commented out is there, too: somebody decided so.
    named |= set(re.findall(r"^\s*#\s*([A-Z][A-Z0-9_]*)\s*=", text, re.MULTILINE))
    lines: list[str] = []
    for variable in variables:
        if variable.name not in named:
            lines += [f"# {variable.text}"] if variable.text else []
            lines.append(f"{variable.name}={variable.default}")
    if not lines:
        return text
    end = "\r\n" if "\r\n" in text else newline
    head = "" if not text else ("" if text.endswith("\n") else end) + end
    return text + head + end.join(lines) + end
