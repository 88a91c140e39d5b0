"""What the supervisor left behind, held against the processes that really live."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...core.settings import Settings
from ...core.state import open_state
from .. import supervise

CONFIG = "livekit.yaml"
SUPERVISOR_LOG = "supervisor.log"


def folder_of(settings: Settings, *, create: bool = False) -> Path:
    """``.lkm/native`` of a project.

    Raises:
        ConfigError: the state folder cannot be made, or a newer lkm made it.
    """
    from ...core.files import private_directory

    folder = open_state(settings.root, create=create) / "native"
    return private_directory(folder) if create else folder


@dataclass(frozen=True, slots=True)
class Process:
    """A process that was started, known by PID and start time together: a PID alone is given out again."""

    pid: int
    start: str

    @property
    def alive(self) -> bool:
        return bool(self.start) and supervise.start_token(self.pid) == self.start


@dataclass(frozen=True, slots=True)
class Record:
    """``state.json`` of one run. Times are Unix seconds.

    Args:
        facts: what `lkm up` knew at the start: version, ports, url, config and key fingerprints.
        requested: the end was asked for by `lkm down`.
    """

    run: str
    phase: str
    started_at: float
    supervisor: Process
    server: Process
    ended_at: float | None = None
    exit_code: int | None = None
    signal: str | None = None
    requested: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)

    def ending(self) -> str:
        """How it ended, in words."""
        if self.signal:
            return f"killed by {self.signal}"
        return "ended" if self.exit_code is None else f"exit {self.exit_code}"


def read(folder: Path) -> Record | None:
    """The last run's record; None when there is none that can be read."""
    try:
        data = json.loads((folder / supervise.STATE).read_text(encoding="utf-8"))
        return Record(
            str(data["run"]),
            str(data["phase"]),
            float(data["started_at"]),
            Process(int(data["supervisor"]["pid"]), str(data["supervisor"]["start"])),
            Process(int(data["server"]["pid"]), str(data["server"]["start"])),
            data.get("ended_at"),
            data.get("exit_code"),
            data.get("signal"),
            bool(data.get("requested")),
            data,
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


@dataclass(frozen=True, slots=True)
class Living:
    """The processes of a project that live now, whatever the record says.

    Args:
        strays: servers on this project's configuration that no record names (``.lkm`` was deleted, or lkm
            was killed at a bad moment).
    """

    server: Process | None = None
    supervisor: Process | None = None
    strays: tuple[Process, ...] = ()
    supervisor_strays: tuple[Process, ...] = ()

    @property
    def servers(self) -> tuple[Process, ...]:
        return (*((self.server,) if self.server else ()), *self.strays)

    @property
    def supervisors(self) -> tuple[Process, ...]:
        return (*((self.supervisor,) if self.supervisor else ()), *self.supervisor_strays)

    @property
    def any(self) -> bool:
        return bool(self.servers or self.supervisors)


def living(folder: Path, record: Record | None) -> Living:
    """Look at the processes: by the record first, by their command lines for what it does not name."""
    server = record.server if record and record.server.alive else None
    supervisor = record.supervisor if record and record.supervisor.alive else None
    if server and supervisor:
        return Living(server, supervisor)
    known = {process.pid for process in (server, supervisor) if process}
    strays, supervisors = _by_command_line(folder, known)
    return Living(server, supervisor, strays, supervisors)


def _by_command_line(folder: Path, known: set[int]) -> tuple[tuple[Process, ...], tuple[Process, ...]]:
    import psutil

    config = str(folder / CONFIG)
    servers: list[Process] = []
    supervisors: list[Process] = []
    looked_at = {*known, os.getpid()}
    # Two lists: a supervisor that was just started hands over to a child. Who ends before it is looked at
    # has its child in the second one.
    for found in (process for _ in range(2) for process in psutil.process_iter()):
        if found.pid in looked_at:
            continue
        looked_at.add(found.pid)
        argv: list[str] = []
        with contextlib.suppress(psutil.Error):
            argv = found.cmdline()
        into = None
        pairs = list(itertools.pairwise(argv))
        if ("--config", config) in pairs:
            into = servers
        elif any(value == str(folder) and before.endswith("/stack/supervise.py") for before, value in pairs):
            into = supervisors
        if into is not None and (start := supervise.start_token(found.pid)):
            into.append(Process(found.pid, start))
    return tuple(servers), tuple(supervisors)


def stopping(folder: Path) -> bool:
    """Whether `lkm down` has asked the server to end."""
    return (folder / supervise.STOPPING).exists()
