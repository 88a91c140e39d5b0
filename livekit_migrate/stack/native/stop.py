"""Stopping: let calls end while somebody watches, then end what is left; whatever state lkm was killed in."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.errors import LkmError
from ...core.files import cannot
from ...core.report import Progress, Reporter
from ...core.settings import Settings
from .. import supervise
from ..drain import Rooms, said
from ..runtime import DownOptions, Outcome
from . import record as records
from .record import Living, Process, folder_of

if TYPE_CHECKING:
    from ...livekit.keys import KeyPair

# 1.13.5 hangs when it is told to stop within 0.1 s of its first 200: no use in waiting for it.
_FORCED_SECONDS = 2.0
_KILLED_SECONDS = 30.0
_POLL_SECONDS = 0.02


def stop(settings: Settings, reporter: Reporter, options: DownOptions) -> Outcome:
    """Stop what runs; nothing to stop is fine. The caller holds the lock."""
    from .look import look

    folder = folder_of(settings)
    record = records.read(folder)
    living = records.living(folder, record)
    left: Rooms = {}
    if living.any:
        try:
            left = _stop(settings, reporter, options, folder, living)
        except KeyboardInterrupt:
            if pids := ", ".join(str(server.pid) for server in living.servers if server.alive):
                # It waits for its participants without limit, whatever --drain-timeout said.
                reporter.note(f"livekit still drains (PID {pids}); at once: lkm down --now")
            raise
    _settle(folder)
    return replace(look(settings, quick=True), changed=living.any, left=left)


def _stop(
    settings: Settings, reporter: Reporter, options: DownOptions, folder: Path, living: Living
) -> Rooms:
    left: Rooms = {}
    with reporter.step("livekit") as step:
        _announce(folder)
        for server in living.servers:
            send(server, signal.SIGKILL if options.unannounced else signal.SIGTERM)
        at_once = options.now or options.unannounced
        if not at_once and not _gone(living.servers, 0.3):
            left = _drain(settings, reporter, living.servers, step, seconds=options.drain)
        end(folder)
        if left:
            step.finish(f"stopped after {options.drain:g} s; still there: {said(left)}", "warn")
        else:
            step.finish("stopped at once" if at_once else "stopped")
    return left


def _drain(
    settings: Settings, reporter: Reporter, servers: Sequence[Process], step: Progress, *, seconds: float
) -> Rooms:
    """Wait for the participants; who is left when the time is up."""
    from ..drain import drain

    record = records.read(folder_of(settings))
    url = str(record.facts.get("url", "")) if record else ""
    pair = running_pair(servers[0]) or _project_pair(settings)
    return drain(lambda wait: _gone(servers, wait), url, pair, reporter, step, seconds=seconds)


def running_pair(server: Process) -> KeyPair | None:
    """The pair that a running server was started with, from its environment: .env may have changed since."""
    import psutil

    from ...livekit.keys import pairs_in

    found = ""
    with contextlib.suppress(psutil.Error, OSError):
        found = psutil.Process(server.pid).environ().get("LIVEKIT_KEYS", "") if server.alive else ""
    return next(iter(pairs_in(found)), None)


def _project_pair(settings: Settings) -> KeyPair | None:
    from ...livekit.keys import find_pair

    with contextlib.suppress(LkmError):
        return find_pair(settings).pair
    return None


def end(folder: Path) -> None:
    """End every process of the project at once: the second signal forces the server, SIGKILL is the last.

    Raises:
        LkmError: one of them belongs to another user.
    """
    _announce(folder)
    deadline = time.monotonic() + _FORCED_SECONDS
    # Looked up anew each time: a supervisor that was just started may be about to start its server.
    while (living := records.living(folder, records.read(folder))).any and time.monotonic() < deadline:
        for server in living.servers:
            send(server, signal.SIGTERM)
        # The supervisor ends by itself once it has recorded how its server did.
        _gone((*living.servers, *living.supervisors), 0.2)
    if living.any:
        # Servers first: without its supervisor, the next look might not find them.
        for process in (*living.servers, *living.supervisors):
            send(process, signal.SIGKILL)
        _gone((*living.servers, *living.supervisors), _KILLED_SECONDS)
    _settle(folder)


def _announce(folder: Path) -> None:
    """Before the first signal: the supervisor sees by this file that the end is wanted.

    Raises:
        LkmError: it cannot be written.
    """
    try:
        flags = os.O_WRONLY | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
        os.close(os.open(folder / supervise.STOPPING, flags, 0o600))
    except FileNotFoundError:  # somebody deleted .lkm while the server ran
        return
    except OSError as error:
        raise cannot("write", "file", folder / supervise.STOPPING, error) from error


def _settle(folder: Path) -> None:
    """After the end: the record says that it was wanted."""
    if records.read(folder) is None:
        return
    with contextlib.suppress(OSError, ValueError):
        path = folder / supervise.STATE
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if data.get("phase") != "ended" or not data.get("requested"):
            data |= {"phase": "ended", "requested": True}
            data.setdefault("ended_at", time.time())
            supervise.write_json(str(path), data)
    (folder / supervise.STOPPING).unlink(missing_ok=True)


def send(process: Process, number: int) -> None:
    """Signal a process, unless another one has its PID by now.

    Raises:
        LkmError: it belongs to another user.
    """
    try:
        if hasattr(os, "pidfd_open"):
            try:
                handle = os.pidfd_open(process.pid)
            except ProcessLookupError:
                return
            except OSError:
                handle = -1  # a kernel or sandbox without it
            if handle >= 0:
                try:
                    if process.alive:
                        signal.pidfd_send_signal(handle, number)  # type: ignore[attr-defined,unused-ignore]
                finally:
                    os.close(handle)
                return
        if process.alive:
            os.kill(process.pid, number)
    except ProcessLookupError:
        return
    except PermissionError as error:
        raise LkmError(
            f"PID {process.pid} belongs to another user: it may not be stopped",
            code="native.permission",
            hint=f"as that user, or root: sudo kill {process.pid}",
        ) from error


def _gone(processes: Sequence[Process], seconds: float) -> bool:
    """Whether all of them have ended within so many seconds."""
    deadline = time.monotonic() + seconds
    while any(process.alive for process in processes):
        if time.monotonic() >= deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True
