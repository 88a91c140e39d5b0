"""The native runtime: a livekit-server process of this machine, without Docker."""

from __future__ import annotations

import os

from ...core.errors import NotReadyError
from ...core.settings import Settings
from ..native import down, logs, restart, status, up

__all__ = ["NAME", "ORDER", "active", "down", "logs", "restart", "status", "suits", "unavailable", "up"]

NAME = "native"
ORDER = 50


def unavailable() -> NotReadyError | None:
    """Why it cannot be used on this machine; None when it can."""
    if os.name == "posix":
        return None
    return NotReadyError(
        "native needs Linux, macOS or WSL2; native Windows has no process groups",
        code="native.platform",
        hint="on Windows, run lkm inside WSL2: https://learn.microsoft.com/windows/wsl/install",
    )


def suits(settings: Settings) -> bool:  # noqa: ARG001 - the same for every runtime
    """Whether ``auto`` may take it for this project."""
    return True


def active(settings: Settings) -> bool:
    """Whether a server of this project runs as a process."""
    from ..native import record

    folder = record.folder_of(settings)
    return folder.exists() and record.living(folder, record.read(folder)).any
