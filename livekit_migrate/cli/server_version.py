"""The option that says which release of livekit-server is meant."""

from __future__ import annotations

from typing import Annotated

import typer

ServerVersion = Annotated[
    str | None,
    typer.Option(
        "--server-version",
        metavar="V",
        help="Judge as this release does; default: the project's.",
        show_default=False,
    ),
]
