"""`lkm keys`: make an API key pair, show which one counts."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ...core.result import Result, Table
from ...core.settings import Settings
from ...livekit import keys
from .. import keys_check, keys_rotate
from ..base import Run, command, group

HELP = "Make API keys, show, check and rotate them."
ORDER = 10

app = group(HELP)


@app.command("new")
@command("keys new")
def new(
    run: Run,
    force: Annotated[bool, typer.Option("--force", help="Replace a pair that is there.")] = False,
    to_stdout: Annotated[bool, typer.Option("--stdout", help="Print key and secret, write nothing.")] = False,
) -> Result:
    """Make a key pair and write it to the project's .env (mode 0600); print the key, never the secret.

    LIVEKIT_URL is added where the file has none. Comments, order and line ends of the file stay.
    """
    pair = keys.new_pair()
    if to_stdout:
        return Result(
            run.command,
            data={"key": pair.key, "secret": pair.secret.reveal()},
            payload=_assignments(pair),
            revealed=frozenset({"secret"}),
        )
    from ...core.journal import apply

    settings = run.settings
    changes = keys.plan_pair(
        settings, pair, title="lkm keys new --force" if force else "lkm keys new", force=force
    )
    planned = changes.changes[0]
    diff = changes.diff()
    if not run.as_json:
        for line in diff.splitlines():
            run.reporter.note(line)
    applied = apply(changes, on_wait=lambda who: run.reporter.note(f"waiting for another lkm: {who}"))
    for line in applied.notes:
        run.reporter.note(line)
    name = settings.relative(settings.env_file)
    run.reporter.note(f"{name}: new key {pair.key}; its secret is in that file only (undo: lkm undo)")
    if planned.before_mode is not None and planned.mode != planned.before_mode:
        run.reporter.note(f"{name}: others could read it (mode {planned.before_mode:04o}); it is 0600 now")
    if planned.before is not None and keys.KEY.encode() in planned.before:
        run.reporter.note("a server that runs keeps the keys it was started with until it starts again")
    warnings = [*_file_warnings(settings), *_shell_warnings()]
    for warning in warnings:
        run.reporter.note(f"warning: {warning}")
    data = {"key": pair.key, "files": list(applied.files), "change": applied.id, "diff": diff}
    return Result(run.command, data=data | {"warnings": warnings}, payload=pair.key)


@app.command("show")
@command("keys show")
def show(
    run: Run,
    reveal: Annotated[bool, typer.Option("--reveal", help="Print the secret too.")] = False,
) -> Result:
    """Show which key counts and where it comes from, what is shadowed, and what is unwise about it."""
    settings = run.settings
    found = keys.find_pair(settings)
    url, url_origin = keys.find_url(settings)
    secret = found.pair.secret.reveal()
    warnings = [*found.notes, *_file_warnings(settings)]
    for line in (*found.shadowed, *(f"warning: {warning}" for warning in warnings)):
        run.reporter.note(line)
    data: dict[str, Any] = {
        "key": found.pair.key,
        "key_origin": found.key_origin,
        "secret": secret if reveal else None,
        "secret_origin": found.secret_origin,
        "secret_length": len(secret),
        "url": url,
        "url_origin": url_origin,
        "shadowed": list(found.shadowed),
        "warnings": warnings,
    }
    if reveal:
        revealed = frozenset({"secret"})
        return Result(run.command, data=data, payload=_assignments(found.pair), revealed=revealed)
    table = Table(
        ("variable", "value", "from"),
        (
            (keys.KEY, found.pair.key, found.key_origin),
            (keys.SECRET, f"{len(secret)} characters (--reveal shows them)", found.secret_origin),
            (keys.URL, url, url_origin),
        ),
    )
    return Result(run.command, data=data, tables=[table])


app.command("check")(keys_check.check)
app.command("rotate")(keys_rotate.rotate)


def _assignments(pair: keys.KeyPair) -> str:
    return f"{keys.KEY}={pair.key}\n{keys.SECRET}={pair.secret.reveal()}\n"


def _file_warnings(settings: Settings) -> list[str]:
    """Lines that Docker Compose reads differently, or refuses the whole file for; and what git may get."""
    from ...code import env
    from ...code.git import exposed

    name = settings.relative(settings.env_file)
    lines = [
        f"{name}:{problem.line}: {problem.name + ': ' if problem.name else ''}{problem.why}"
        for problem in env.read(settings.env_file).problems
    ]
    return [*lines, *exposed(settings.env_file, name)]


def _shell_warnings() -> list[str]:
    import os

    return [
        f"the shell's {variable} wins over the new one: unset {variable}"
        for variable in (keys.KEY, keys.SECRET)
        if variable in os.environ
    ]
