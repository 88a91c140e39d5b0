"""What `up`, `restart`, `status` and `down` say about a stack: one set of JSON keys, one set of tables."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ..core.durations import shown
from ..core.result import Finding, Fix, Result, Table

if TYPE_CHECKING:
    from ..core.settings import Settings
    from ..stack.runtime import Outcome, Service
    from .base import Run

NEXT = (
    ("lkm health", "prove that calls work, up to real media"),
    ("lkm token --room demo", "a token to join with"),
    ("lkm logs -f", "what the server says"),
    ("lkm down", "stop it; calls may end first"),
)


def up_result(run: Run, outcome: Outcome) -> Result:
    """The Result of `up` and `restart`."""
    notes = list(_drift(outcome))
    if run.verbose:
        notes += [f"set by lkm: {text}" for text in outcome.facts.get("overrides", ())]
    service = outcome.services[0]
    rows = [
        ("URL", service.url or "?"),
        *((str(port["purpose"]), f"{port['protocol'].upper()} {port['number']}") for port in service.ports),
        ("PID", f"{service.pid} (livekit-server {service.version or '?'})"),
        ("configuration", service.config or "?"),
        ("log", service.log or "?"),
    ]
    return Result(
        run.command,
        findings=outcome.findings,
        data=data_of(run.settings, outcome),
        tables=[Table(("livekit", service.state), tuple(rows)), Table(("next", ""), NEXT)],
        notes=notes,
    )


def status_result(run: Run, outcome: Outcome) -> Result:
    """The Result of `status`: exit 1 when a service crashed or does not answer."""
    settings = run.settings
    findings = [_bad(service) for service in outcome.services if service.state in ("crashed", "unresponsive")]
    tables = [
        Table(
            ("service", "state", "PID", "uptime", "version", "rooms", "participants", "CPU", "memory"),
            tuple(_row(service) for service in outcome.services),
        )
    ]
    for service in outcome.services:
        if service.ports:
            rows = tuple(
                (f"{port['protocol'].upper()} {port['number']}", str(port["purpose"]), _open(port["open"]))
                for port in service.ports
            )
            tables.append(Table(("port", "for", ""), rows))
    facts = [("project", f"{settings.root} ({settings.root_reason})")]
    facts += [(name, text) for name, text in files_of(settings).items()]
    facts += [("URL", service.url) for service in outcome.services if service.url]
    facts += [("log", service.log) for service in outcome.services if service.log]
    tables.append(Table(("what", "where"), tuple(facts)))
    notes = [
        f"{s.name}: {s.message}"
        for s in outcome.services
        if s.message and s.state not in ("crashed", "unresponsive")
    ]
    if not any(service.running for service in outcome.services):
        notes.append("start it: lkm up")
    return Result(
        run.command,
        findings=findings,
        data=data_of(settings, outcome),
        tables=tables,
        notes=[*notes, *_drift(outcome)],
    )


def data_of(settings: Settings, outcome: Outcome) -> dict[str, Any]:
    """The JSON of a stack."""
    return {
        "runtime": outcome.runtime,
        "changed": outcome.changed,
        "url": next((service.url for service in outcome.services if service.url), None),
        "services": [service_data(service) for service in outcome.services],
        "drift": list(outcome.drift),
        "left": {room: list(people) for room, people in outcome.left.items()},
        "root": str(settings.root),
        "root_reason": settings.root_reason,
        "files": files_of(settings),
        **outcome.facts,
    }


def service_data(service: Service) -> dict[str, Any]:
    """The JSON of one service."""
    return {
        "name": service.name,
        "runtime": service.runtime,
        "state": service.state,
        "running": service.running,
        "version": service.version,
        "url": service.url,
        "pid": service.pid,
        "supervisor_pid": service.supervisor_pid,
        "started_at": _stamp(service.started_at),
        "ended_at": _stamp(service.ended_at),
        "uptime_seconds": _uptime(service),
        "exit_code": service.exit_code,
        "signal": service.signal,
        "message": service.message,
        "ports": [dict(port) for port in service.ports],
        "rooms": None
        if service.rooms is None
        else [{"name": name, "identities": list(people)} for name, people in service.rooms.items()],
        "participants": service.participants,
        "cpu_percent": service.cpu_percent,
        "memory_bytes": service.memory_bytes,
        "config": service.config,
        "log": service.log,
    }


def files_of(settings: Settings) -> dict[str, str]:
    """Which files count, and what counts where there is none."""
    livekit = settings.path("paths.livekit")
    name = settings.relative(livekit)
    return {
        "lkm.toml": settings.relative(settings.file) if settings.file else "none, defaults",
        "environment file": settings.relative(settings.env_file)
        if settings.env_file.exists()
        else f"{settings.relative(settings.env_file)} (not there)",
        "server configuration": name if livekit.exists() else f"{name} (not there: defaults)",
    }


def _drift(outcome: Outcome) -> list[str]:
    if not outcome.drift:
        return []
    return [
        *(f"what runs is not what is configured: {text}" for text in outcome.drift),
        "take it over: lkm restart",
    ]


def _bad(service: Service) -> Finding:
    crashed = service.state == "crashed"
    return Finding(
        f"status.{service.state}",
        "fail",
        f"{service.name} {'crashed' if crashed else 'runs, but does not answer as it should'}",
        detail=service.message,
        category="status",
        evidence={"exit_code": service.exit_code, "signal": service.signal, "pid": service.pid},
        fix=Fix("see what it said: lkm logs", "lkm up" if crashed else "lkm restart"),
    )


def _row(service: Service) -> tuple[str, ...]:
    uptime = _uptime(service)
    rooms, people = service.rooms, service.participants
    return (
        service.name,
        service.state,
        str(service.pid or "–"),
        "–" if uptime is None else shown(uptime),
        service.version or "–",
        "–" if rooms is None else str(len(rooms)),
        "–" if people is None else str(people),
        "–" if service.cpu_percent is None else f"{service.cpu_percent:.0f} %",
        "–" if service.memory_bytes is None else f"{service.memory_bytes / 1_000_000:.0f} MB",
    )


def _open(value: object) -> str:
    return {True: "open", False: "NOT open", None: "unknown"}[value if isinstance(value, bool) else None]


def _uptime(service: Service) -> float | None:
    if not service.running or service.started_at is None:
        return None
    return round(max(0.0, time.time() - service.started_at), 1)


def _stamp(seconds: float | None) -> str | None:
    return (
        None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    )
