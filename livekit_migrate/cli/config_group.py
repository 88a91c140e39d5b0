"""`lkm config`'s subcommands, found by listing their folder and imported when they run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

import typer
from typer.core import TyperGroup

from . import config
from .base import single

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


class ConfigGroup(TyperGroup):
    """A group of subcommands that are files."""

    LATE: ClassVar[Mapping[str, str]] = _found()

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - typer calls it
        return list(self.LATE)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - typer calls it
        if cmd_name not in self.LATE:
            return None
        name = cmd_name.replace("-", "_")
        module = import_module(f"{config.__name__}.{name}")
        command = typer.main.get_command(single(getattr(module, name)))
        command.name, command.short_help = cmd_name, self.LATE[cmd_name]
        return command

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - typer calls it
        with formatter.section("Commands"):
            formatter.write_dl(list(self.LATE.items()))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        self.commands = dict.fromkeys(self.LATE)  # type: ignore[assignment]  # for "did you mean"
        return super().resolve_command(ctx, args)
