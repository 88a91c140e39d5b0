"""Errors a user can act on. Anything else that escapes a command is a bug (exit 70)."""

from __future__ import annotations

from . import exits


class LkmError(Exception):
    """What went wrong, where, why, and the next command.

    Args:
        message: one line: what, and where (``file:line:column`` first when there is one).
        code: stable, dotted, for programs: ``config.unknown-key``.
        detail: why; may have several lines.
        hint: the next command or edit.
    """

    exit_code = exits.FAILED

    def __init__(self, message: str, *, code: str, detail: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.detail = detail
        self.hint = hint


class UsageError(LkmError):
    """The arguments do not fit (exit 2)."""

    exit_code = exits.USAGE


class NotReadyError(LkmError):
    """This machine lacks something (exit 3)."""

    exit_code = exits.NOT_READY


class ConfigError(LkmError):
    """A file or a credential is wrong (exit 4)."""

    exit_code = exits.CONFIG


class HealthTimeoutError(LkmError):
    """A service did not become healthy in time (exit 5)."""

    exit_code = exits.TIMEOUT
