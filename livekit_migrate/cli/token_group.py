"""`lkm token`'s subcommands, imported when they run: the bare command must not pay for them."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, ClassVar

import typer
from typer._click.exceptions import UsageError as ClickUsageError
from typer.core import TyperGroup

from .base import single


class TokenGroup(TyperGroup):
    """A group whose own options make a token, and whose subcommands look at one."""

    LATE: ClassVar[Mapping[str, str]] = {
        "inspect": "Say in words what a token says; needs no key.",
        "verify": "Say what a LiveKit server makes of a token, and why.",
    }

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - typer calls it
        return list(self.LATE)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - typer calls it
        if cmd_name not in self.LATE:
            return None
        module = import_module(f"{__package__}.token_{cmd_name}")
        command = typer.main.get_command(single(getattr(module, cmd_name)))
        command.name, command.short_help = cmd_name, self.LATE[cmd_name]
        return command

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - typer calls it
        with formatter.section("Commands"):
            formatter.write_dl(list(self.LATE.items()))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args[0].count(".") >= 2 or args[0] == "-":
            raise ClickUsageError("a token: what about it? lkm token inspect, or lkm token verify", ctx)
        given = [name for name in ctx.params if ctx.get_parameter_source(name).name == "COMMANDLINE"]
        if args[0] in self.LATE and given:
            options = [param.opts[0] for param in self.params if param.name in given]
            raise ClickUsageError(f"{', '.join(options)}: options go after {args[0]}", ctx)
        self.commands = dict.fromkeys(self.LATE)  # type: ignore[assignment]  # for "did you mean"
        return super().resolve_command(ctx, args)
