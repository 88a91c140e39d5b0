"""Facts of this machine that several checks ask for."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..context import Context


@dataclass(frozen=True, slots=True)
class Machine:
    """This machine.

    Args:
        system: ``Linux``, ``Darwin``, ``Windows``.
        wsl: 1 or 2 inside of WSL, else 0.
        cloud: the editor in a browser that this runs in: ``Codespaces``, ``Gitpod``; empty where none.
        ssh: whether this shell came over SSH.
        container: whether this is a container itself.
    """

    system: str
    release: str
    wsl: int = 0
    distribution: str = ""
    cloud: str = ""
    ssh: bool = False
    container: bool = False


def machine(context: Context) -> Machine:
    """This machine, looked at once."""
    return context.once("machine", lambda: look(context.env))


def look(env: Mapping[str, str], *, system: str = "", release: str = "", root: Path = Path("/")) -> Machine:
    """This machine.

    Args:
        system, release: instead of what the kernel says.
        root: where ``/.dockerenv`` is looked for.
    """
    system, release = system or platform.system(), release or platform.release()
    wsl = 0
    if system == "Linux" and "microsoft" in release.lower():
        wsl = 2 if "wsl2" in release.lower() or env.get("WSL_INTEROP") else 1
    return Machine(
        system,
        release,
        wsl,
        env.get("WSL_DISTRO_NAME", ""),
        _cloud(env),
        bool(env.get("SSH_CONNECTION")),
        (root / ".dockerenv").exists() or (root / "run/.containerenv").exists(),
    )


def _cloud(env: Mapping[str, str]) -> str:
    if env.get("CODESPACES") == "true" or env.get("CODESPACE_NAME"):
        return "Codespaces"
    if env.get("GITPOD_WORKSPACE_ID"):
        return "Gitpod"
    return "Cloud Shell" if env.get("CLOUD_SHELL") == "true" else ""
