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


def folder_of(settings: Settings) -> Path:
    """Where relative paths in Compose files count from, and what Compose names the project after.

    It is the folder of the first file, as that is written: Compose follows no link to find it.
    """
    files = found(settings)
    if not files or not files[0].parent.is_dir():  # Compose takes more than paths: oci://…
        return settings.root
    folder = os.path.normpath(files[0].parent)
    return settings.root if folder == os.path.normpath(settings.root) else Path(folder)


def folders(settings: Settings) -> tuple[Path, ...]:
    """What containers of this project name as the folder that they were started from."""
    return tuple(dict.fromkeys((settings.root, folder_of(settings))))


def env_files(settings: Settings, env: Mapping[str, str] = os.environ) -> tuple[Path, ...]:
    """The files of variables that Compose has to be told of: none where it finds them by itself.

    Where the Compose files lie in a folder of their own, it reads its .env too, and the project's wins.
    """
    if settings.origins.get("paths.env") != "default" and settings.env_file.exists():
        return (settings.env_file,)
    if folder_of(settings) == settings.root or env.get("COMPOSE_ENV_FILES"):
        return ()
    return tuple(
        path for folder in (folder_of(settings), settings.root) if (path := folder / ".env").exists()
    )


def explicit(settings: Settings, files: Sequence[Path]) -> tuple[Path, ...]:
    """The files that Compose has to be told of: none where it finds these by itself."""
    usual = not settings.texts("compose.files") and folder_of(settings) == settings.root
    by_itself = usual and files == found(settings)
    return () if by_itself else tuple(files)


def _variable(root: Path, env: Mapping[str, str], name: str) -> str:
    if name in env:
        return env[name]
    try:
        value = dotenv.read(root / ".env").get(name)
    except ConfigError:
        return ""
    return value.value if value else ""
