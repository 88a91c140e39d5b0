"""Looking: what runs, since when, how it ended, who is in it, and what changed since it was started."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ...core.errors import LkmError
from ...core.settings import Settings
from .. import supervise
from ..ports import answers
from ..runtime import Outcome, Service, State
from . import record as records
from .record import Living, Record, folder_of

_STARTING_SECONDS = 30


def look(settings: Settings, *, quick: bool = False) -> Outcome:
    """What is there now.

    Args:
        quick: leave out what takes time: rooms, participants and CPU.
    """
    folder = folder_of(settings)
    record = records.read(folder)
    living = records.living(folder, record)
    service = _service(settings, folder, record, living, quick=quick)
    drift = tuple(_drift(settings, record)) if service.running and record else ()
    return Outcome("native", (service,), drift=drift)


def _service(
    settings: Settings, folder: Path, record: Record | None, living: Living, *, quick: bool
) -> Service:
    log = folder / supervise.LOG
    shown_log = settings.relative(log) if log.exists() else None
    server = living.servers[0] if living.servers else None
    if server is None:
        return _stopped(folder, record, living, shown_log)
    facts: Mapping[str, Any] = record.facts if record else {}
    port = next((p["number"] for p in facts.get("ports", ())), settings.number("ports.signal"))
    state, message = _running_state(folder, record, living, port)
    cpu, memory = _load(server.pid, quick=quick)
    rooms, why = None, ""
    if not quick and state in ("ready", "draining"):
        rooms, why = _rooms(server, str(facts.get("url") or f"ws://127.0.0.1:{port}"))
    return Service(
        "livekit",
        "native",
        state,
        version=facts.get("version"),
        url=facts.get("url"),
        pid=server.pid,
        supervisor_pid=living.supervisors[0].pid if living.supervisors else None,
        started_at=record.started_at if record else None,
        message="; ".join(filter(None, [message, why])),
        ports=tuple(_open_ports(server.pid, facts.get("ports", ()))),
        rooms=rooms,
        cpu_percent=cpu,
        memory_bytes=memory,
        config=settings.relative(folder / records.CONFIG),
        log=shown_log,
    )


def _running_state(folder: Path, record: Record | None, living: Living, port: int) -> tuple[State, str]:
    from ..probe import probe

    status, said = probe(port)
    orphan = "" if living.supervisors else "its supervisor is gone, nobody keeps its log: lkm restart"
    if records.stopping(folder):
        return "draining", orphan
    if status == 200:
        return "ready", orphan
    young = record is not None and time.time() - record.started_at < _STARTING_SECONDS
    return ("starting" if young and status is None else "unresponsive"), "; ".join(
        filter(None, [said, orphan])
    )


def _stopped(folder: Path, record: Record | None, living: Living, log: str | None) -> Service:
    if record is None:
        return Service("livekit", "native", "stopped", log=log)
    state: State = "crashed"
    message = ""
    if record.requested:
        state = "stopped"
    elif record.phase != "ended" and living.supervisors:
        message = "the server is gone, its supervisor has not noticed: lkm down clears it away"
    elif record.phase != "ended":
        message = "it was killed together with its supervisor (or this machine was restarted)"
    else:
        from .failure import run_lines

        said = list(run_lines(folder, record.run))[-50:]
        if record.exit_code == 0 and any("exit requested, shutting down" in line for line in said):
            state, message = "stopped", "somebody sent it a signal to stop"
        else:
            # What it said before somebody killed it is no reason; what it said before it ended is.
            words = [line for line in said if not re.search(r"\t(INFO|DEBUG|WARN)\t", line)]
            words = words or (said if not record.signal else [])
            message = f"{record.ending()}{': ' if words else ''}{words[-1].strip() if words else ''}"
    return Service(
        "livekit",
        "native",
        state,
        version=record.facts.get("version"),
        started_at=record.started_at,
        ended_at=record.ended_at,
        exit_code=record.exit_code,
        signal=record.signal,
        message=message,
        log=log,
    )


def _load(pid: int, *, quick: bool) -> tuple[float | None, int | None]:
    import psutil

    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        memory = int(process.memory_info().rss)
        return None if quick else process.cpu_percent(interval=0.1), memory
    return None, None


def _open_ports(pid: int, ports: Any) -> Iterator[dict[str, Any]]:
    """Each port with whether the server has it open: TCP answers, UDP has a socket."""
    import psutil

    udp: set[int] | None = None
    with contextlib.suppress(psutil.Error):
        udp = {c.laddr.port for c in psutil.Process(pid).net_connections(kind="udp") if c.laddr}
    for port in ports:
        is_open: bool | None = None
        if port["protocol"] == "tcp":
            is_open = answers(port["number"])
        elif udp is not None:
            is_open = port["number"] in udp
        yield {
            "number": port["number"],
            "protocol": port["protocol"],
            "purpose": port["purpose"],
            "open": is_open,
        }


def _rooms(server: records.Process, url: str) -> tuple[dict[str, tuple[str, ...]] | None, str]:
    from ...livekit import api
    from .stop import running_pair

    if (pair := running_pair(server)) is None:
        return None, "rooms unknown: its key cannot be read"
    try:
        return {room.name: room.identities for room in api.rooms(url, pair, timeout=10.0)}, ""
    except LkmError as error:
        return None, f"rooms unknown: {error.message}"


def _drift(settings: Settings, record: Record) -> Iterator[str]:
    """What differs between the running server and what `lkm up` would start now."""
    from .plan import plan_now

    plan = plan_now(settings)
    if plan is None:
        yield "keys or configuration cannot be read now: lkm up would refuse"
        return
    facts = record.facts
    if facts.get("keys_print") != plan.keys_print:
        yield "the API key or secret changed since it was started: tokens made now are refused"
    before = {(p["purpose"], p["protocol"]): p["number"] for p in facts.get("ports", ())}
    after = {(p.purpose, p.protocol): p.number for p in plan.ports}
    moved = [
        f"{purpose}: {before.get((purpose, kind), 'none')} → {number}"
        for (purpose, kind), number in after.items()
        if before.get((purpose, kind)) != number
    ]
    if moved:
        yield f"ports changed: {', '.join(moved)}"
    elif facts.get("config_print") != plan.config_print:
        yield f"{settings.relative(settings.path('paths.livekit'))} changed since it was started"
    if facts.get("version") and not _serves(str(facts["version"]), plan.version):
        yield f"version {facts['version']} runs, {plan.version} is set"


def _serves(found: str, wanted: str) -> bool:
    from ..server.binary import serves

    return serves(found, wanted)
