"""What must lie in the project's folder before Compose can start: the files, keys and a database password."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from ...code import env as dotenv
from ...core.changes import ChangeSet, change
from ...core.report import Reporter
from ...core.settings import Settings

PASSWORD = "POSTGRES_PASSWORD"  # noqa: S105 - the variable's name


def default_stack(settings: Settings, reporter: Reporter, files: Sequence[Path], command: str) -> None:
    """Write the default stack where there are no Compose files; bring it up to date where lkm wrote them.

    Args:
        files: the project's Compose files.
        command: as a user types it.

    Raises:
        ConfigError: a file cannot be read or written.
    """
    from ...core.journal import apply
    from .. import compose_files

    own = settings.root / compose_files.COMPOSE
    if files and files[0] != own:
        return
    planned = compose_files.plan(settings, command, complete=not files)
    if planned.changes.empty or (files and compose_files.COMPOSE in planned.edited):
        return  # nothing to do, or the file is somebody's own
    with reporter.step("files") as step:
        applied = apply(planned.changes)
        compose_files.remember(settings.root, {name: planned.texts[name] for name in planned.changes.files})
        names = ", ".join(applied.files)
        what = f"brought up to date with lkm.toml: {names}" if files else f"there was no stack: wrote {names}"
        step.finish(f"{what} (lkm undo)")


def is_own(settings: Settings, files: Sequence[Path]) -> bool:
    """Whether these are the default stack, as lkm has written it."""
    from .. import compose_files

    own = settings.root / compose_files.COMPOSE
    return list(files) == [own] and compose_files.COMPOSE not in compose_files.plan(settings, "").edited


def environment(settings: Settings, files: Sequence[Path], command: str) -> tuple[ChangeSet | None, bool]:
    """The change of .env that holds what is missing there, and whether a database password is in it.

    Raises:
        ConfigError: .env cannot be read or edited, or its keys are half there or mean different things.
    """
    from ...livekit.keys import ensure_pair

    _, changes = ensure_pair(settings)
    if changes is not None:
        changes = replace(changes, title=command)
    if not _lacks_password(settings, files, os.environ):
        return changes, False
    if changes is not None:
        [planned] = changes.changes
        file = dotenv.parse(planned.after or b"", settings.env_file)
        text = file.set(PASSWORD, secrets.token_urlsafe(24)).to_bytes()
        return replace(changes, changes=(replace(planned, after=text),)), True
    file = dotenv.read(settings.env_file)
    text = file.set(PASSWORD, secrets.token_urlsafe(24)).to_bytes()
    mode = None if file.exists else 0o600
    planned = change(settings.env_file, text, mode=mode, secret=True)
    return ChangeSet(command, settings.root, (planned,)), True


def prepare(settings: Settings, reporter: Reporter, files: Sequence[Path], command: str) -> bool:
    """Write what is missing into .env, and say so; whether a database password was made.

    Raises:
        ConfigError: as ``environment``.
    """
    from ...code.git import exposed
    from ...core.journal import apply
    from ...livekit.keys import KEY, find_pair

    changes, password = environment(settings, files, command)
    if changes is not None:
        with reporter.step("keys") as step:
            applied = apply(changes)
            for note in applied.notes:
                reporter.note(note)
            made = [f"API key {find_pair(settings).pair.key}"] if _sets(changes, KEY) else []
            made += [PASSWORD] if password else []
            step.finish(f"made {' and '.join(made)}, in {', '.join(applied.files)} (lkm undo)")
        for warning in exposed(settings.env_file, settings.relative(settings.env_file)):
            reporter.note(f"warning: {warning}")
    found = find_pair(settings)
    for note in (*found.shadowed, *found.notes):
        reporter.note(f"keys: {note}")
    return password


def _sets(changes: ChangeSet, name: str) -> bool:
    [planned] = changes.changes
    before, after = (
        dotenv.parse(data or b"", planned.path).get(name) for data in (planned.before, planned.after)
    )
    return (before.value if before else None) != (after.value if after else None)


def _lacks_password(settings: Settings, files: Sequence[Path], env: Mapping[str, str]) -> bool:
    """Whether a Compose file asks for it and nobody sets it."""
    if PASSWORD in env:
        return False
    asked = False
    for file in files:
        with contextlib.suppress(OSError, ValueError):
            text = file.read_text(encoding="utf-8")
            asked = asked or re.search(rf"\$\{{{PASSWORD}(?:\}}|:?\?)", text) is not None
    value = dotenv.read(settings.env_file).get(PASSWORD) if asked else None
    return asked and (value is None or not value.value)
