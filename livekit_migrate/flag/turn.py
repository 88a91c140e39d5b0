"""Turn the flag: the value is written where it is read, all of it or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ..code import env as dotenv
from ..code import yaml
from ..code.git import known
from ..core.changes import ChangeSet, FileChange, change
from ..core.errors import ConfigError, LkmError
from ..core.secret import MASK
from .model import Reader, Setting, is_on
from .readers import MODES, env_files
from .report import Report


@dataclass(frozen=True, slots=True)
class Turn:
    """What turning the flag changes.

    Args:
        places: ``file:line`` or ``file`` with what is written there.
        services: Compose services that have to be made anew for it.
        tracked: files among those that git has: the change is the team's.
    """

    changes: ChangeSet
    places: tuple[tuple[str, str], ...]
    services: tuple[str, ...]
    tracked: tuple[str, ...]
    name: str = ""

    def diff(self) -> str:
        """The changes, with the flag readable between values that may be secrets."""
        shown = []
        for line in self.changes.diff().splitlines(keepends=True):
            if line.startswith("+") and line[1:].strip().removeprefix("export ").startswith(
                f"{self.name}={MASK}"
            ):
                value = "true" if self.changes.title.endswith(" on") else "false"
                shown.append(line.replace(MASK, value))
            else:
                shown.append(line)
        return "".join(shown)


@dataclass
class _Edits:
    """The files as they will be."""

    report: Report
    value: str
    env: dict[Path, dotenv.EnvFile] = field(default_factory=dict)
    compose: dict[Path, yaml.Document] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)

    def set_env(self, path: Path) -> None:
        name = self.report.name
        file = self.env.get(path) or dotenv.read(path)
        old = file.get(name)
        self.env[path] = file if old and old.value == self.value else file.set(name, self.value)
        if self.env[path] is not file:
            where = self.report.settings.relative(path) + (f":{old.line}" if old else "")
            self.places[where] = f"{name}={self.value}"

    def set_service(self, setting: Setting) -> None:
        """A literal value in a Compose file."""
        path, name = setting.file, self.report.name
        shown = self.report.settings.relative(path)
        document = self.compose.get(path) or yaml.load(path, name=shown, what="Compose file")
        service = setting.package.removeprefix("service ")
        section = "build.args" if setting.how == "build argument" else "environment"
        place = document.find(f"services.{service}.{section}")
        if place is not None and place.kind == "sequence":
            document = _set_item(document, setting, name, self.value, shown)
        else:
            document = document.set(f"services.{service}.{section}.{name}", self.value)
        self.compose[path] = document
        self.places[f"{shown}:{setting.line}"] = f'{name}: "{self.value}"'


def plan(report: Report, *, on: bool) -> Turn:
    """What turning the flag writes.

    Raises:
        LkmError: no code reads it.
        ConfigError: a file cannot be edited; with its place.
    """
    if not report.readers and not report.found.services:
        raise LkmError(
            f"no code reads {report.name}: turning it would change nothing",
            code="flag.unread",
            hint="lkm init brings LiveKit in, and the module that decides\n"
            "a flag of another name: lkm flag on --name NAME",
        )
    for problem in report.found.problems:
        raise ConfigError(
            f"{problem.message}: what the flag is now cannot be seen",
            code="flag.unreadable",
            detail=problem.detail,
            hint=problem.hint,
        )
    edits = _Edits(report, "true" if on else "false")
    for reader in report.readers:
        if reader.via != "Node" or not report.found.services:
            for path in _targets(report, reader, on=on):
                edits.set_env(path)
    services = []
    for setting in report.found.services:
        if is_on(setting.value) != on:
            services.append(setting.package.removeprefix("service "))
        _service(edits, setting)
    changes = tuple(_changes(edits))
    root = report.settings.root
    return Turn(
        ChangeSet(f"lkm flag {'on' if on else 'off'}", root, changes),
        tuple(edits.places.items()),
        tuple(dict.fromkeys(services)),
        tuple(
            report.settings.relative(each.path)
            for each in changes
            if not each.empty and known(each.path) == "tracked"
        ),
        report.name,
    )


def _targets(report: Report, reader: Reader, *, on: bool) -> Iterator[Path]:
    """The files that count for a reader; where none has it yet, the one for what is this machine's alone."""
    winners = [report.found.winner(reader.folder, mode) for mode in MODES]
    yield from dict.fromkeys(winner.file for winner in winners if winner)
    if all(winners) or not on:
        return  # where nobody sets it, it is off
    if reader.via == "Node":
        yield report.app.root / reader.folder / ".env"
        return
    folder = env_files(report.app, reader, MODES[0])[-1].parent
    # Both modes read it. (Next.js and Vite: not in tests, which want their own.)
    yield folder / ".env.local"


def _service(edits: _Edits, setting: Setting) -> None:
    if setting.variable:
        settings = edits.report.settings
        if setting.variable != edits.report.name:
            raise ConfigError(
                f"{edits.report.where(setting)}: {edits.report.name} is ${{{setting.variable}}} there",
                code="flag.other-variable",
                hint=f"set {setting.variable} yourself, or write ${{{edits.report.name}:-false}} there",
            )
        edits.set_env(settings.env_file)
    elif setting.file.name.startswith(".env") or setting.file.suffix == ".env":
        edits.set_env(setting.file)
    else:
        edits.set_service(setting)


def _set_item(document: yaml.Document, setting: Setting, name: str, value: str, shown: str) -> yaml.Document:
    """``- NAME=false`` of a list."""
    lines = document.text.splitlines(keepends=True)
    line = lines[setting.line - 1]
    old = f"{name}={setting.value or ''}"
    if line.count(old) != 1:
        raise ConfigError(f"{shown}:{setting.line}: {name} must be edited by hand here", code="yaml.by-hand")
    lines[setting.line - 1] = line.replace(old, f"{name}={value}")
    return yaml.parse("".join(lines), document.name, bom=document.bom)


def _changes(edits: _Edits) -> Iterator[FileChange]:
    for path, file in edits.env.items():
        after = change(path, file.to_bytes(), secret=True)
        if after.before is None:
            # It may get secrets later.
            after = change(path, file.to_bytes(), mode=0o600, secret=True)
        yield after
    for path, document in edits.compose.items():
        yield change(path, document.to_bytes())
