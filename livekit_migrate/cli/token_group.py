"""`lkm token`'s subcommands, imported when they run: the bare command must not pay for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from typer._click.exceptions import UsageError as ClickUsageError

from .late_group import LateGroup


class TokenGroup(LateGroup):
    """A group whose own options make a token, and whose subcommands look at one."""

    LATE: ClassVar[Mapping[str, str]] = {
        "inspect": "Say in words what a token says; needs no key.",
        "verify": "Say what a LiveKit server makes of a token, and why.",
    }
    MODULES: ClassVar[str] = f"{__package__}.token_"

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args[0].count(".") >= 2 or args[0] == "-":
            raise ClickUsageError("a token: what about it? lkm token inspect, or lkm token verify", ctx)
        given = [name for name in ctx.params if ctx.get_parameter_source(name).name == "COMMANDLINE"]
        if args[0] in self.LATE and given:
            options = [param.opts[0] for param in self.params if param.name in given]
            raise ClickUsageError(f"{', '.join(options)}: options go after {args[0]}", ctx)
        return super().resolve_command(ctx, args)
