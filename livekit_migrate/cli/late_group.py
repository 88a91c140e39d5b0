"""A group whose subcommands are imported when they run: the bare command must not pay for them."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, ClassVar

import typer
from typer.core import TyperGroup

from .base import single


class LateGroup(TyperGroup):
    """Subcommands by name; a subclass says which there are, and where."""

    LATE: ClassVar[Mapping[str, str]]
    """Name → help."""
    MODULES: ClassVar[str]
    """What comes before a name in its module's: ``package.`` or ``package.token_``."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - typer calls it
        return list(self.LATE)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - typer calls it
        if cmd_name not in self.LATE:
            return None
        name = cmd_name.replace("-", "_")
        command = typer.main.get_command(single(getattr(import_module(f"{self.MODULES}{name}"), name)))
        command.name, command.short_help = cmd_name, self.LATE[cmd_name]
        return command

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - typer calls it
        with formatter.section("Commands"):
            formatter.write_dl(list(self.LATE.items()))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        self.commands = dict.fromkeys(self.LATE)  # type: ignore[assignment]  # for "did you mean"
        return super().resolve_command(ctx, args)
