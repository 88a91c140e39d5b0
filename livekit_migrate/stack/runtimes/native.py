"""The native runtime: a livekit-server process of this machine, without Docker."""

from __future__ import annotations

import os

from ..native import down, logs, restart, status, up

__all__ = ["NAME", "ORDER", "down", "logs", "restart", "status", "unavailable", "up"]

NAME = "native"
ORDER = 50


def unavailable() -> str:
    """Why it cannot be used on this machine; empty when it can."""
    return "" if os.name == "posix" else "it needs Linux, macOS or WSL2; native Windows has no process groups"
