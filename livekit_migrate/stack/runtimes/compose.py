"""The Compose runtime: the services of the project's Compose files, in a Docker engine of this machine."""

from __future__ import annotations

from ...core.errors import LkmError, NotReadyError
from ...core.settings import Settings
from ..compose import down, logs, restart, status, up

__all__ = ["NAME", "ORDER", "active", "down", "logs", "restart", "status", "suits", "unavailable", "up"]

NAME = "compose"
ORDER = 10


def unavailable() -> NotReadyError | None:
    """Why it cannot be used on this machine; None when it can."""
    from ...core.together import together
    from ..compose import cli, engine

    try:
        together(cli.version, lambda: engine.connect().close())
    except NotReadyError as error:
        return error
    return None


def suits(settings: Settings) -> bool:
    """Whether the project has Compose files."""
    from ..compose.files import found

    return bool(found(settings))


def active(settings: Settings) -> bool:
    """Whether containers of this folder are there; of an engine that does not answer, what is remembered."""
    from ..compose import memory
    from ..compose.look import by_label

    try:
        return bool(by_label(settings).rows)
    except LkmError:
        # Silence says nothing about them: another runtime must not report that they are gone.
        return bool(memory.read(settings).files)
