"""Where UDP does not come from a browser into a container, and what to do about it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .engine import Endpoint
from .job import Job


def notes(job: Job) -> Iterator[str]:
    """What to say about the place that this is run in."""
    spec = job.livekit
    if spec is None:
        return
    tcp = [port.number for port in spec.ports if port.protocol == "tcp" and port.number]
    yield from told(
        surroundings(os.environ, job.where, job.info, _kernel()), tcp, os.environ, _user_at(os.environ)
    )


def surroundings(env: Mapping[str, str], where: Endpoint, info: Mapping[str, Any], kernel: str) -> str:
    """``colima``, ``wsl``, ``ssh``, ``cloud``, or empty for a machine with a browser of its own.

    Args:
        info: of the engine: ``docker info``.
        kernel: the text of /proc/version.
    """
    if any(env.get(name) for name in ("CODESPACES", "GITPOD_WORKSPACE_ID", "CLOUD_SHELL")):
        return "cloud"
    if "/.colima/" in where.host or "/.lima/" in where.host or str(info.get("Name", "")).startswith("colima"):
        return "colima"
    if env.get("SSH_CONNECTION"):
        return "ssh"
    if "microsoft" in kernel.lower():
        return "wsl"
    return ""


def told(place: str, tcp: list[int], env: Mapping[str, str], host: str) -> Iterator[str]:
    """The lines for a place.

    Args:
        tcp: published TCP ports of the server: signalling, media.
        host: ``user@host`` of this machine, as its SSH server knows it.
    """
    media = tcp[1] if len(tcp) > 1 else None
    way = f"media will use TCP {media}" if media else "media will not arrive: no TCP media port is published"
    match place:
        case "colima":
            yield f"Colima forwards no UDP to this machine: {way}"
        case "wsl":
            yield f"a browser on Windows does not reach UDP ports inside WSL2: {way}"
        case "ssh":
            forward = " ".join(f"-L {port}:127.0.0.1:{port}" for port in tcp)
            yield f"this is an SSH session: for a browser on your own machine {way}; forward it there:"
            yield f"  ssh -N {forward} {host}"
        case "cloud":
            yield f"this is an editor in the cloud, which forwards no UDP: {way}; forward it to your machine:"
            ports = " ".join(f"{port}:{port}" for port in tcp)
            if env.get("CODESPACES"):
                yield f"  gh codespace ports forward {ports} --codespace {env.get('CODESPACE_NAME', 'NAME')}"
            else:
                forward = " ".join(f"-L {port}:127.0.0.1:{port}" for port in tcp)
                yield f"  ssh -N {forward} HOST"


def _kernel() -> str:
    try:
        return Path("/proc/version").read_text(encoding="utf-8")
    except OSError:
        return ""


def _user_at(env: Mapping[str, str]) -> str:
    parts = env.get("SSH_CONNECTION", "").split()
    return f"{env.get('USER') or env.get('LOGNAME') or 'USER'}@{parts[2] if len(parts) == 4 else 'HOST'}"
