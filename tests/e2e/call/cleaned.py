"""The example app taken from Mediasoup to LiveKit and cleaned up, by the commands that a user types."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.conftest import ROOT, clean_environment

SEAM = "apps/web/src/call/useCall.ts#useCall"
AUTHORIZE = "apps/server/src/access.ts#roomAccess(services, env.SESSION_SECRET)"
OLD = "apps/server/src/signaling"


def clean(folder: Path, own: Path) -> None:
    """Scan, init, flag on, cleanup, npm install.

    Args:
        folder: a copy of examples/call-app with the packages of examples/call-app-migrated.
        own: a folder for lkm's state.
    """
    # No project above it counts.
    (folder / "lkm.toml").touch()
    assert lkm(folder, own, "scan")["summary"]["sites"] > 0
    lkm(folder, own, "init", "--no-input", "--seam", SEAM, "--authorize", AUTHORIZE)
    # What `npm install` makes of it here: a test of the example's holds that.
    shutil.copy(ROOT / "examples" / "call-app-migrated" / "package-lock.json", folder)
    lkm(folder, own, "flag", "on")
    lkm(folder, own, "cleanup-mediasoup", "--old", OLD, "--apply")
    # Nothing is missing, so it only takes away what the lockfile does not have any more.
    npm(folder, "install", "--offline", "--no-audit", "--no-fund")


def lkm(folder: Path, own: Path, *words: str) -> dict[str, Any]:
    """What a command, which must succeed, says in its ``data``."""
    # The package manager's cache is the user's own, which another home would hide.
    env = clean_environment(own) | {"HOME": str(Path.home())}
    argv = [sys.executable, "-m", "livekit_migrate", *words, "--json"]
    done = _run(argv, folder, env)
    assert done.returncode == 0, done.stdout + done.stderr
    data = json.loads(done.stdout)["data"]
    assert isinstance(data, dict)
    return data


def npm(folder: Path, *words: str) -> str:
    """What an npm command, which must succeed, prints."""
    done = _run(["npm", *words], folder, dict(os.environ))
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _run(argv: list[str], folder: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        argv,
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
