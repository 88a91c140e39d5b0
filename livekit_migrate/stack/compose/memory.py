"""What lkm remembers of a stack in `.lkm/compose`: the mounted files, and the last proof of media."""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ...core.result import Finding
from ...core.settings import Settings
from .containers import Detail
from .model import PUBLIC, Spec
from .shift import folder_of

_FILE = "state.json"
_LARGEST = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Proof:
    """Media that was seen to flow. ``at`` is Unix seconds.

    Args:
        server: the container, and since when it ran: another one has proven nothing yet.
        over: ``udp`` or ``tcp``; empty where only the way was looked at.
        frames: video frames that arrived.
    """

    at: float
    server: str
    over: str = ""
    frames: int = 0
    text: str = ""

    @property
    def age(self) -> float:
        return max(0.0, time.time() - self.at)

    def to_dict(self) -> dict[str, Any]:
        return {
            "at": self.at,
            "server": self.server,
            "over": self.over,
            "frames": self.frames,
            "text": self.text,
        }


@dataclass(frozen=True, slots=True)
class Memory:
    """Container → what it was started with: path → print of a mounted file; service → print of build args.

    Args:
        stacks: the Compose projects that lkm has started from this folder: their data is this folder's.
        draining: runs of LiveKit servers that were told to end, as ``run_of`` names them.
    """

    files: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    builds: Mapping[str, str] = field(default_factory=dict)
    proof: Proof | None = None
    stacks: tuple[str, ...] = ()
    draining: tuple[str, ...] = ()


def read(settings: Settings) -> Memory:
    """What is remembered; nothing where that cannot be read."""
    try:
        data = json.loads((folder_of(settings) / _FILE).read_text(encoding="utf-8"))
        proof = data.get("proof")
        return Memory(
            {str(key): dict(value) for key, value in data.get("files", {}).items()},
            {str(key): str(value) for key, value in data.get("builds", {}).items()},
            Proof(**proof) if proof else None,
            tuple(str(name) for name in data.get("stacks", ())),
            tuple(str(run) for run in data.get("draining", ())),
        )
    except (OSError, ValueError, TypeError, AttributeError):
        return Memory()


def write(settings: Settings, memory: Memory) -> None:
    """Remember. A disk that takes nothing more is no reason to fail: then less is known next time."""
    from ...core.errors import LkmError
    from ...core.files import private_directory, write_atomic
    from ...core.state import open_state

    data = {
        "files": memory.files,
        "builds": memory.builds,
        "proof": memory.proof.to_dict() if memory.proof else None,
        "stacks": list(memory.stacks),
        "draining": memory.draining,
    }
    with contextlib.suppress(OSError, LkmError):
        private_directory(open_state(settings.root) / "compose")
        write_atomic(folder_of(settings) / _FILE, json.dumps(data).encode(), mode=0o600, follow=False)


def run_of(found: Detail) -> str:
    """One run of a container: started once more, it is another."""
    return f"{found.row.id[:12]}@{found.started or 0}"


def forget_containers(settings: Settings) -> None:
    """They are gone: from now on an engine that does not answer hides none of this project."""
    remembered = read(settings)
    if remembered.files:
        write(settings, replace(remembered, files={}))


def prints(spec: Spec) -> dict[str, str]:
    """Print of each file that a service mounts; folders are its own affair."""
    return {str(path): of_file(path) for path in spec.binds.values() if path.is_file()}


def of_file(path: Path) -> str:
    """Print of a file's content; empty when it cannot be read or is too large to be a configuration."""
    with contextlib.suppress(OSError):
        if path.stat().st_size <= _LARGEST:
            return hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    return ""


def of_build(spec: Spec) -> str:
    """Print of what a build writes into what browsers get; empty where there is nothing of the kind."""
    if spec.build is None:
        return ""
    public = sorted(f"{name}={value}" for name, value in spec.build.args.items() if PUBLIC.match(name))
    return hashlib.sha256("\0".join(public).encode()).hexdigest()[:16] if public else ""


def proof_of(findings: Sequence[Finding], server: str) -> Proof | None:
    """The proof that a climb has given; None when it has not come as far as ICE."""
    by_id = {finding.id: finding for finding in findings}
    if any(finding.status == "fail" for finding in findings):
        return None
    media, ice = by_id.get("health.media"), by_id.get("health.ice")
    if media is not None and media.status == "ok":
        return Proof(
            time.time(),
            server,
            str(media.evidence.get("over") or ""),
            int(media.evidence.get("frames") or 0),
            media.title,
        )
    if ice is not None and ice.status in ("ok", "warn"):
        return Proof(time.time(), server, text=ice.title)
    return None
