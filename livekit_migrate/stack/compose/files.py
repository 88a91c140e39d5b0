"""Which Compose files a project has: found as Compose finds them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from ...code import env as dotenv
from ...code.compose import NAMES, OVERRIDES
from ...core.errors import ConfigError
from ...core.settings import Settings


def found(settings: Settings, env: Mapping[str, str] = os.environ) -> tuple[Path, ...]:
    """``compose.files`` of lkm.toml, else COMPOSE_FILE of the shell or of .env, else the first of the usual
    names with its override.

    A file that is named and is not there is listed all the same: Compose says so.
    """
    root = settings.root
    if named := settings.texts("compose.files"):
        return tuple(root / name for name in named)
    listed, separator = _variable(root, env, "COMPOSE_FILE"), _variable(root, env, "COMPOSE_PATH_SEPARATOR")
    if listed:
        return tuple(root / part for part in listed.split(separator or os.pathsep) if part)
    first = next((root / name for name in NAMES if os.path.lexists(root / name)), None)
    if first is None:
        return ()
    override = next((root / name for name in OVERRIDES if os.path.lexists(root / name)), None)
    return (first, override) if override else (first,)


def explicit(settings: Settings, files: Sequence[Path]) -> tuple[Path, ...]:
    """The files that Compose has to be told of: none where it finds these by itself."""
    by_itself = files == found(settings) and not settings.texts("compose.files")
    return () if by_itself else tuple(files)


def _variable(root: Path, env: Mapping[str, str], name: str) -> str:
    if name in env:
        return env[name]
    try:
        value = dotenv.read(root / ".env").get(name)
    except ConfigError:
        return ""
    return value.value if value else ""
