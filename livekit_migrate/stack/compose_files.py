"""The default stack: templates/stack rendered for a project, and what of it belongs on disk.

lkm writes the files into the project, where they are the user's to commit and to edit. One that is still as
lkm wrote it follows lkm.toml; one that somebody edited is left alone.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..core.changes import ChangeSet, change
from ..core.errors import ConfigError
from ..core.files import cannot, read_text, write_atomic
from ..core.paths import resource_root
from ..core.render import render_file
from ..core.settings import KEYS, Settings
from ..core.state import open_state

COMPOSE = "docker-compose.yml"
LIVEKIT = "livekit.yaml"
ESSENTIAL = (COMPOSE, LIVEKIT)
"""Without these the stack does not start; the other files of the template help people."""

_RECORD = "stack.json"
_REMEMBERED = 10


@dataclass(frozen=True, slots=True)
class App:
    """The app that runs beside LiveKit, as far as its services go.

    Args:
        backend, web: folders with a Dockerfile, relative to the project; empty where there is none.
        backend_health: path of the back end that answers 200 when it is ready.
        mediasoup: whether the back end serves Mediasoup, too.
    """

    backend: str = ""
    web: str = ""
    backend_health: str = "/health"
    mediasoup: bool = False


@lru_cache(maxsize=1)
def template() -> dict[str, Any]:
    """What ``templates/stack/template.yaml`` says of its folder: ``files`` and ``variables``."""
    import yaml

    document = yaml.safe_load(read_text(_folder() / "template.yaml", what="template"))
    if not isinstance(document, dict):
        raise TypeError("templates/stack/template.yaml is no mapping")
    return document


def _folder() -> Path:
    return resource_root() / "templates" / "stack"


def values(settings: Settings, app: App | None = None) -> dict[str, Any]:
    """The template's variables for a project: its ports, its server version, its way of media."""
    app = app or App()
    found = {name: variable["default"] for name, variable in template()["variables"].items()}
    for key in KEYS:
        table, _, name = key.name.rpartition(".")
        if table == "ports" and f"port_{name}" in found:
            found[f"port_{name}"] = settings.number(key.name)
    return found | {
        "livekit_version": settings.text("server.version"),
        "livekit_file": settings.text("paths.livekit"),
        "rtc": settings.text("rtc"),
        "backend": app.backend,
        "backend_health": app.backend_health,
        "web": app.web,
        "mediasoup": app.mediasoup,
    }


def render(settings: Settings, app: App | None = None) -> dict[str, str]:
    """Every file of the default stack, name → text."""
    filled = values(settings, app)
    return {name: render_file(_folder() / name, filled) for name in template()["files"]}


@dataclass(frozen=True, slots=True)
class Planned:
    """What is to be written so that the project has the default stack.

    Args:
        changes: files that are missing, or as lkm wrote them and out of date.
        edited: files that differ and are the user's: they stay as they are, and what has to agree with them.
        texts: what lkm would have them be; file name relative to the project → text.
    """

    changes: ChangeSet
    edited: tuple[str, ...]
    texts: Mapping[str, str]


def plan(settings: Settings, title: str, app: App | None = None, *, complete: bool = False) -> Planned:
    """Compare the project's files with what its settings make of the template.

    Args:
        title: the command as a user types it, for `lkm undo`.
        complete: also write the files that only help people (.env.example, …).

    Raises:
        ConfigError: a file cannot be read.
    """
    texts = {_name(settings, name): text for name, text in render(settings, app).items()}
    essential = {_name(settings, name) for name in ESSENTIAL}
    defaults = {_name(settings, name): text for name, text in _defaults().items()}
    written = _written(settings.root)
    changes = []
    edited = []
    for name, text in texts.items():
        path = settings.root / name
        if not os.path.lexists(path):
            if complete or name in essential:
                changes.append(change(path, text.encode()))
            continue
        if name not in essential and name not in written:
            continue  # a file of the project that happens to have this name
        now = read_text(path)
        if now == text:
            continue
        if _print(now) in written.get(name, ()) or now == defaults[name]:
            changes.append(change(path, text.encode()))
        else:
            edited.append(name)
    if essential & set(edited) and os.path.lexists(settings.root / COMPOSE):
        # Compose file and configuration name the same ports: one alone would be worse than neither.
        changes = [each for each in changes if settings.relative(each.path) not in essential]
    return Planned(ChangeSet(title, settings.root, tuple(changes)), tuple(edited), texts)


def remember(root: Path, texts: Mapping[str, str]) -> None:
    """Note what lkm wrote, so that it may bring these files up to date later. Call it after the change.

    Raises:
        ConfigError: the state folder cannot be written.
    """
    path = open_state(root) / _RECORD
    prints = _written(root)
    for name, text in texts.items():
        # Earlier ones, too: `lkm undo` brings them back.
        earlier = [each for each in prints.get(name, ()) if each != _print(text)]
        prints[name] = [*earlier, _print(text)][-_REMEMBERED:]
    try:
        write_atomic(path, (json.dumps({"files": prints}, indent=1) + "\n").encode(), follow=False)
    except OSError as error:
        raise cannot("write", "record of the stack", path, error) from error


def _written(root: Path) -> dict[str, list[str]]:
    """File name → prints of what lkm wrote; nothing where the record is missing or broken."""
    try:
        document = json.loads(read_text(open_state(root, create=False) / _RECORD))
        return {str(name): [str(each) for each in prints] for name, prints in document["files"].items()}
    except (ConfigError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def _print(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _name(settings: Settings, name: str) -> str:
    return settings.relative(settings.path("paths.livekit")) if name == LIVEKIT else name


@lru_cache(maxsize=1)
def _defaults() -> dict[str, str]:
    """The files as every project gets them whose lkm.toml sets nothing: a clone has them without a record."""
    filled = {name: variable["default"] for name, variable in template()["variables"].items()}
    return {name: render_file(_folder() / name, filled) for name in template()["files"]}
