"""What `make demo-full` needs of a machine, and the way to get it."""

from __future__ import annotations

import shutil
import subprocess
from importlib.util import find_spec

from tests.e2e.browser import PROGRAMS

from .app import built_worker

NODE = "node:20-bookworm-slim"
IMAGES = ("livekit/livekit-server:v1.13.5", "redis:7", "postgres:17", NODE)
_OLDEST_NODE = 20


def missing() -> list[tuple[str, str]]:
    """What this machine lacks, each with the way to get it."""
    lacks = _docker()
    lacks += _node()
    if not any(map(shutil.which, PROGRAMS)):
        lacks.append(("Chromium", "apt-get install chromium"))
    if find_spec("playwright") is None:
        lacks.append(("Playwright for Python", "make venv"))
    return lacks


def stand_in() -> bool:
    """Whether the image of Node was made on this machine, where no registry of images is in reach."""
    return "stand-in" in _ran("docker", "image", "inspect", NODE).stdout


def _docker() -> list[tuple[str, str]]:
    if not shutil.which("docker"):
        return [("Docker", "https://docs.docker.com/engine/install, or: apt-get install docker.io")]
    lacks: list[tuple[str, str]] = []
    if _ran("docker", "compose", "version").returncode:
        lacks.append(("Docker Compose", "https://docs.docker.com/compose/install"))
    answer = _ran("docker", "info")
    if answer.returncode:
        way = "start it: sudo systemctl start docker; or as root, one for the demo alone:\n"
        way += "tools/with-docker.sh make demo-full"
        if "permission denied" in answer.stderr.lower():
            way = "sudo usermod -aG docker $USER, then log in anew"
        return [("a Docker engine that answers", way), *lacks]
    if gone := [image for image in IMAGES if _ran("docker", "image", "inspect", image).returncode]:
        lacks.append((f"images: {', '.join(gone)}", "tools/images.sh"))
    elif stand_in() and built_worker() is None:
        lacks.append(("a Mediasoup worker (MEDIASOUP_WORKER_BIN)", "tools/mediasoup-worker.sh"))
    return lacks


def _node() -> list[tuple[str, str]]:
    what, way = f"Node.js {_OLDEST_NODE} or newer, with npm", "https://nodejs.org/en/download"
    if not shutil.which("node") or not shutil.which("npm"):
        return [(what, way)]
    version = _ran("node", "--version").stdout.strip()
    major = version.removeprefix("v").partition(".")[0]
    if not major.isdecimal() or int(major) < _OLDEST_NODE:
        return [(f"{what} (this is {version or 'broken'})", way)]
    return []


def _ran(*argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
