"""Where lkm keeps things outside a project, and where its own bundled files lie."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from .errors import NotReadyError


def cache_dir() -> Path:
    """Downloads and built servers: may be deleted at any time. ``LKM_CACHE_DIR`` moves it."""
    if override := os.environ.get("LKM_CACHE_DIR"):
        return Path(override).absolute()
    return _at_home("cache", "LKM_CACHE_DIR")


def state_dir() -> Path:
    """Crash logs and what undo needs of secret files. ``LKM_STATE_DIR`` moves it."""
    if override := os.environ.get("LKM_STATE_DIR"):
        return Path(override).absolute()
    return _at_home("state", "LKM_STATE_DIR")


def _at_home(kind: Literal["cache", "state"], variable: str) -> Path:
    import platformdirs

    find = platformdirs.user_cache_dir if kind == "cache" else platformdirs.user_state_dir
    # A container's made-up user, without HOME: platformdirs 4.14 raises, older ones leave the tilde.
    try:
        path = find("lkm", appauthor=False)
    except RuntimeError:
        path = "~"
    if path.startswith("~"):
        raise NotReadyError(
            "this user has no home folder", code="home.missing", hint=f"set HOME, or {variable} to a folder"
        )
    return Path(path)


def resource_root() -> Path:
    """The folder that holds ``templates/``, ``docker-compose.yml`` and ``livekit.yaml``."""
    package = Path(__file__).resolve().parent.parent
    bundled = package / "_bundled"
    return bundled if bundled.is_dir() else package.parent
