"""`lkm config show`: what a server ends up with, and who set it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...core.errors import ConfigError, LkmError, UsageError
from ...core.result import Result, Table
from ..base import Run, command
from ..server_version import ServerVersion

if TYPE_CHECKING:
    from ...core.settings import Settings
    from ...livekit.configcheck.schema import Schema
    from ...livekit.serverstart.effective import Setting
    from ...livekit.serverstart.starts import Start

HELP = "Show what a server's configuration comes to, and where each value comes from."
NATIVE = "native"


@command("config show")
def show(
    run: Run,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="A configuration by itself.", show_default=False)
    ] = None,
    *,
    server: Annotated[
        str | None,
        typer.Option("--server", metavar="NAME", help="A Compose service, or native.", show_default=False),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", "-a", help="Defaults too.")] = False,
    server_version: ServerVersion = None,
) -> Result:
    """Show what a server's configuration comes to, key by key, and where each value comes from.

    Without FILE: of the project's server, with its command line, its environment and what lkm overrides.
    An option beats a variable, a variable beats the file, the file beats the default. Secrets are masked.
    """
    from ...livekit.configcheck import schema as schemas
    from ...livekit.configcheck.tree import NotYamlError
    from ...livekit.serverstart import starts

    settings = run.settings
    if file is not None and server is not None:
        raise UsageError("FILE and --server: one of them", code="usage", hint="lkm config show --help")
    found: list[Start] = []
    if file is None:
        found = [start for start in starts.find(settings).found if start.complete]
        names = [*(_name(start) for start in found), NATIVE]
        chosen = _chosen(found, server, names)
    else:
        names, chosen = [], starts.of_file(settings, file)
    version = server_version or (chosen.version if chosen else None) or settings.text("server.version")
    schema = schemas.load(schemas.nearest(version))
    try:
        who, rows = _settings(settings, chosen, schema)
    except NotYamlError as error:
        name = file if file is not None else settings.text("paths.livekit")
        raise ConfigError(
            f"{name}:{error.line}:{error.column}: not YAML: {error.text}", code="config.syntax",
            hint="lkm config lint",
        ) from error  # fmt: skip
    others = [name for name in names if name != (_name(chosen) if chosen else NATIVE)]
    notes = [f"livekit-server {version}, {who}"]
    if schemas.release_of(version) != schema.release:
        notes.append(f"nothing is known of livekit-server {version}: defaults of {schema.version}")
    if others and server is None:
        notes.append(f"another server of this project: lkm config show --server {others[0]}")
    shown = [row for row in rows if everything or run.verbose or not row.is_default]
    return Result(run.command, data=_data(version, schema, who, rows), tables=[_table(shown)], notes=notes)


def _name(start: Start) -> str:
    return start.who.removeprefix("compose service ")


def _chosen(found: list[Start], server: str | None, names: list[str]) -> Start | None:
    """The start that is shown; None for the native one."""
    if server is None:
        return found[0] if found else None
    if server == NATIVE:
        return None
    for start in found:
        if _name(start) == server:
            return start
    raise UsageError(
        f"--server {server}: no such server here",
        code="usage.server",
        detail=f"there are: {', '.join(names)}",
    )


def _settings(settings: Settings, start: Start | None, schema: Schema) -> tuple[str, list[Setting]]:
    from ...livekit.serverstart import options, texts
    from ...livekit.serverstart.effective import settings_of
    from ...livekit.serverstart.native import settings_of_native, text_of

    if start is None:
        return "started by lkm up", settings_of_native(settings, text_of(settings), schema)
    given = options.read(start.words, start.environment, schema)
    text = texts.of_start(start, given, settings)
    if text.text is None:
        why = text.troubles[0]
        raise LkmError(f"{why.at.at}: {why.title}", code=why.id, detail=why.detail, hint=why.fix)
    return start.who, settings_of(text, given, schema)


def _table(rows: list[Setting]) -> Table:
    return Table(
        ("key", "value", "from"),
        tuple((row.key, _text(row.value), "; ".join((row.origin, *row.beaten))) for row in rows),
    )


def _text(value: Any) -> str:
    import json

    if isinstance(value, str):
        return value or '""'
    return json.dumps(value, ensure_ascii=False)


def _data(version: str, schema: Schema, who: str, rows: list[Setting]) -> dict[str, Any]:
    return {
        "server": who,
        "server_version": version,
        "judged_as": schema.version,
        "settings": [
            {
                "key": row.key,
                "value": row.value,
                "origin": row.origin,
                "default": row.is_default,
                "beaten": list(row.beaten),
            }
            for row in rows
        ],
    }
