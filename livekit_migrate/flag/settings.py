"""Every place that sets the flag, and which one wins for whom."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..app.look import App
from ..code import compose
from ..code import env as dotenv
from ..core.errors import ConfigError, LkmError
from ..core.settings import Settings
from ..stack.compose.files import folder_of, found
from .model import Reader, Setting
from .readers import MODES, env_files


@dataclass(frozen=True, slots=True)
class Set:
    """All settings of one variable.

    Args:
        packages: of the readers, those that win first.
        services: of Compose services.
        shell: its value in lkm's own environment, which beats every file in what is started from here.
        problems: files that could not be read.
    """

    packages: tuple[Setting, ...]
    services: tuple[Setting, ...]
    shell: str | None
    problems: tuple[LkmError, ...]

    def winner(self, package: str, mode: str) -> Setting | None:
        """The setting that counts for a package in a mode."""
        return next(
            (each for each in self.packages if each.wins and (each.package, each.mode) == (package, mode)),
            None,
        )


def look(
    app: App,
    settings: Settings,
    readers: Sequence[Reader],
    name: str,
    shell: Mapping[str, str] = os.environ,
) -> Set:
    """Read every file that sets a variable for one of its readers, or for a Compose service."""
    files = Files()
    packages = [
        each for reader in readers for mode in MODES for each in _of_package(app, reader, mode, name, files)
    ]
    services, more = _of_services(settings, name, shell)
    problems = {problem.message: problem for problem in (*files.problems, *more)}
    return Set(tuple(packages), tuple(services), shell.get(name), tuple(problems.values()))


class Files:
    """Files of variables, each read once; ``problems`` are those that cannot be."""

    def __init__(self) -> None:
        self._read: dict[Path, dotenv.EnvFile | None] = {}
        self.problems: list[LkmError] = []

    def read(self, path: Path) -> dotenv.EnvFile | None:
        """The file; None where it cannot be read."""
        if path not in self._read:
            try:
                self._read[path] = dotenv.read(path)
            except LkmError as error:
                self.problems.append(error)
                self._read[path] = None
        return self._read[path]


def _of_package(app: App, reader: Reader, mode: str, name: str, files: Files) -> Iterator[Setting]:
    won = False
    for path in dict.fromkeys(env_files(app, reader, mode)):
        file = files.read(path)
        value = file.get(name) if file else None
        if value is not None:
            yield Setting(reader.folder, path, value.line, value.value, reader.via, mode, not won)
            won = True


def _of_services(
    settings: Settings, name: str, shell: Mapping[str, str]
) -> tuple[list[Setting], tuple[ConfigError, ...]]:
    files = [file for file in found(settings) if os.path.lexists(file)]
    if not files:
        return [], ()
    stack = compose.read_files(files, folder_of(settings), shell, root=settings.root)
    settings_found: list[Setting] = []
    for service in stack.services:
        for how, values in (("build argument", service.args), ("environment", service.environment)):
            value = values.get(name)
            if value is not None:
                variable = name if name in value.names else next(iter(value.names), "")
                one = Setting(
                    f"service {service.name}",
                    value.file,
                    value.line,
                    value.text,
                    "Compose",
                    wins=True,
                    how=how,
                    variable=variable,
                )
                settings_found.append(one)
    return settings_found, stack.problems


def merged(settings: Sequence[Setting]) -> list[Setting]:
    """Settings of one file for one package that count alike in both modes, as one each."""
    out: list[Setting] = []
    for each in settings:
        same = [one for one in settings if (one.package, one.file) == (each.package, each.file)]
        alike = len(same) == len(MODES) and len({one.wins for one in same}) == 1
        one = replace(each, mode="") if alike else each
        if one not in out:
            out.append(one)
    return out
