"""`lkm up`: start the stack and wait until it is ready."""

from __future__ import annotations

from typing import Annotated

import typer

from ...core.durations import parse
from ...core.result import Result
from ..base import Run, command, single

HELP = "Start LiveKit on this machine and wait until it is ready."
ORDER = 20


@command("up")
def start(
    run: Run,
    services: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SERVICES]...", help="Only these, and what they depend on.", show_default=False
        ),
    ] = None,
    *,
    runtime: Annotated[
        str | None,
        typer.Option(help="What runs it: auto, compose or native.", show_default="lkm.toml, else auto"),
    ] = None,
    build: Annotated[bool, typer.Option("--build", help="Build images anew.")] = False,
    pull: Annotated[bool, typer.Option("--pull", help="Pull images anew.")] = False,
    profile: Annotated[
        list[str] | None, typer.Option(help="Switch a Compose profile on.", show_default=False)
    ] = None,
    timeout: Annotated[
        str | None,
        typer.Option(
            help="How long it may take to become ready.", show_default="30s; 2m for a stack of containers"
        ),
    ] = None,
    media: Annotated[bool, typer.Option(help="Check the way of media after the start.")] = True,
    lint: Annotated[bool, typer.Option(help="Refuse a livekit.yaml that cannot work.")] = True,
    port_offset: Annotated[
        int | None,
        typer.Option(metavar="N", help="Add N to every port, to run beside another.", show_default=False),
    ] = None,
) -> Result:
    """Start LiveKit on this machine and wait until it is ready, media included.

    With Docker and Compose files in the project it starts their services; without, livekit-server as a
    process. `--runtime compose` in a project without Compose files writes a stack to start from.

    Makes .env with a key where it is missing, and says so. It goes on running when this terminal is closed;
    running already is fine.
    """
    from ...stack.runtime import UpOptions, pick
    from ..stack import up_result

    options = UpOptions(
        timeout=None if timeout is None else parse(timeout, "--timeout"),
        media=media,
        services=tuple(services or ()),
        build=build,
        pull=pull,
        profiles=tuple(profile or ()),
        lint=lint,
        port_offset=port_offset,
    )
    settings = run.settings
    picked = pick(settings, runtime, reporter=run.reporter)
    return up_result(run, picked.up(settings, run.reporter, options))


app = single(start)
