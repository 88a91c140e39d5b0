"""The token that `lkm token inspect` and `lkm token verify` look at: an argument, or standard input."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from ..core.errors import UsageError
from ..core.secret import remember
from ..livekit.tokencheck.pasted import Pasted, take
from ..livekit.tokencheck.rules import LARGEST_TOKEN

Token = Annotated[
    str | None,
    typer.Argument(
        metavar="[TOKEN|-]",
        help="The token; - or nothing: standard input, where no process list shows it.",
        show_default=False,
    ),
]


def read(argument: str | None, command: str) -> Pasted:
    """The token; from here on every output masks it.

    Raises:
        UsageError: there is none, or it is not one.
    """
    if argument not in (None, "-"):
        if os.path.isfile(argument) or argument.startswith("@"):  # noqa: PTH113 - Path's raises where nobody may look
            raise UsageError(
                "the argument is a file's name, not a token",
                code="token.file",
                hint=f"lkm {command} < {argument.removeprefix('@')}",
            )
        found = take(os.fsencode(argument), "the argument")
    elif sys.stdin is None or sys.stdin.isatty():
        raise UsageError("which token?", code="token.none", hint=f"lkm {command} < FILE, or pipe one in")
    else:
        try:
            data = sys.stdin.buffer.read(LARGEST_TOKEN + 1)
        except OSError as error:  # a directory
            raise UsageError(
                f"standard input cannot be read: {(error.strerror or str(error)).lower()}", code="token.stdin"
            ) from error
        found = take(data, "standard input")
    if found.token.count(".") >= 2 and len(found.token) >= 40:
        remember(found.token)
        remember(found.token.rpartition(".")[2])
    return found
