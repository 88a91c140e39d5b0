"""What `up`, `restart`, `status` and `down` say about a stack: one set of JSON keys, one set of tables."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
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
    if note := _proof(outcome):
        notes.append(note)
    return Result(
        run.command,
        findings=[*outcome.findings, *(_bad(service) for service in outcome.services if _failed(service))],
        data=data_of(run.settings, outcome),
        tables=[*_up_tables(outcome), Table(("next", ""), NEXT)],
        notes=notes,
    )


def _failed(service: Service) -> bool:
    """Whether a service that was ready has ended since: while media was being proven.

    One that is slow to answer once is no failure of the start: a machine at work is slow.
    """
    return service.ready_after is not None and service.state == "crashed"


def _up_tables(outcome: Outcome) -> list[Table]:
    if outcome.runtime == "native":
        service = outcome.services[0]
        rows = [
            ("URL", service.url or "?"),
            *(
                (str(port["purpose"]), f"{port['protocol'].upper()} {port['number']}")
                for port in service.ports
            ),
            ("PID", f"{service.pid} (livekit-server {service.version or '?'})"),
            ("configuration", service.config or "?"),
            ("log", service.log or "?"),
        ]
        return [Table(("livekit", service.state), tuple(rows))]
    rows_of_all = tuple(
        (
            service.name,
            "done" if service.one_shot and service.exit_code == 0 else service.state,
            "–" if service.ready_after is None or not outcome.changed else f"{service.ready_after:.1f} s",
            _ports_of(service),
            service.url or "",
        )
        for service in outcome.services
    )
    return [Table(("service", "state", "ready in", "ports", "URL"), rows_of_all)]


def _ports_of(service: Service) -> str:
    """The published ports on one line; many neighbours as a range."""
    parts: list[str] = []
    for protocol in ("tcp", "udp"):
        numbers = sorted({int(port["number"]) for port in service.ports if port["protocol"] == protocol})
        runs: list[list[int]] = []
        for number in numbers:
            if runs and number == runs[-1][-1] + 1:
                runs[-1].append(number)
            else:
                runs.append([number])
        shown_runs = (
            f"{run[0]}–{run[-1]}" if len(run) > 2 else ", ".join(str(number) for number in run)
            for run in runs
        )
        parts += [f"{text}/udp" if protocol == "udp" else text for text in shown_runs]
    return ", ".join(parts) or "–"


def _proof(outcome: Outcome) -> str:
    """The last proof of media and its age, where this command made none itself."""
    proof = outcome.facts.get("proof")
    if not proof or outcome.findings:
        return ""
    age = shown(max(0.0, time.time() - float(proof["at"])))
    return f"last proof of media: {age} ago, {proof['text']} (again: lkm health)"


def status_result(run: Run, outcome: Outcome) -> Result:
    """The Result of `status`: exit 1 when a service crashed or does not answer."""
    settings = run.settings
    findings = [_bad(service) for service in outcome.services if service.state in ("crashed", "unresponsive")]
    tables = _status_tables(outcome)
    facts = [("project", f"{settings.root} ({settings.root_reason})")]
    facts += list(files_of(settings).items())
    facts += _stack_facts(outcome)
    facts += [("URL", service.url) for service in outcome.services if service.url]
    facts += [("log", service.log) for service in outcome.services if service.log]
    tables.append(Table(("what", "where"), tuple(facts)))
    notes = [
        f"{s.name}: {s.message}"
        for s in outcome.services
        if s.message and s.state not in ("crashed", "unresponsive") and not s.one_shot
    ]
    if note := _proof(outcome):
        notes.append(note)
    if not any(service.running for service in outcome.services):
        notes.append("start it: lkm up")
    if folder := outcome.facts.get("namesake"):
        notes.append(f"another folder's stack is called {outcome.facts['project']}, too: {folder}")
    return Result(
        run.command,
        findings=findings,
        data=data_of(settings, outcome),
        tables=tables,
        notes=[*notes, *_drift(outcome)],
    )


def _status_tables(outcome: Outcome) -> list[Table]:
    if outcome.runtime == "native":
        columns: tuple[str, ...] = (
            "service", "state", "PID", "uptime", "version", "rooms", "participants", "CPU", "memory",
        )  # fmt: skip
    else:
        columns = (
            "service", "state", "health", "uptime", "version", "rooms", "participants", "CPU", "memory",
            "restarts",
        )  # fmt: skip
    tables = [Table(columns, tuple(_row(service, outcome.runtime) for service in outcome.services))]
    rows = [
        (
            *((service.name,) if outcome.runtime != "native" else ()),
            f"{port['protocol'].upper()} {port['number']}",
            str(port["purpose"]),
            _open(port["open"]),
        )
        for service in outcome.services
        for port in _few(service.ports)
    ]
    if rows:
        head = ("port", "for", "") if outcome.runtime == "native" else ("service", "port", "for", "")
        tables.append(Table(head, tuple(rows)))
    return tables


def _few(ports: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Of a long range of ports the first and the last."""
    udp = [port for port in ports if port["protocol"] == "udp"]
    if len(udp) <= 4:
        return list(ports)
    return [port for port in ports if port["protocol"] != "udp" or port in (udp[0], udp[-1])]


def _stack_facts(outcome: Outcome) -> list[tuple[str, str]]:
    """What concerns a Compose project as a whole."""
    facts = outcome.facts
    if "engine" not in facts:
        return []
    engine = facts["engine"]
    found = [
        ("Compose project", str(facts.get("project") or "–")),
        ("Compose files", ", ".join(facts.get("compose_files", ())) or "none"),
        ("Docker engine", f"{engine['version']} at {engine['host']} ({engine['origin']})"),
    ]
    if facts.get("compose"):
        found.append(("Compose", str(facts["compose"])))
    return found


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
        "role": service.role or ("livekit" if service.name == "livekit" else None),
        "container": service.container,
        "image": service.image,
        "health": service.health,
        "restarts": service.restarts,
        "ready_seconds": service.ready_after,
        "one_shot": service.one_shot,
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
        fix=Fix(
            f"see what it said: lkm logs{'' if service.runtime == 'native' else f' {service.name}'}",
            "lkm up" if crashed else "lkm restart",
        ),
    )


def _row(service: Service, runtime: str) -> tuple[str, ...]:
    uptime = _uptime(service)
    rooms, people = service.rooms, service.participants
    done = service.one_shot and service.exit_code == 0 and not service.running
    cells = (
        service.name,
        "done" if done else service.state,
        str(service.pid or "–") if runtime == "native" else service.health or "–",
        "–" if uptime is None else shown(uptime),
        service.version or "–",
        "–" if rooms is None else str(len(rooms)),
        "–" if people is None else str(people),
        "–" if service.cpu_percent is None else f"{service.cpu_percent:.0f} %",
        "–" if service.memory_bytes is None else f"{service.memory_bytes / 1_000_000:.0f} MB",
    )
    if runtime == "native":
        return cells
    return (*cells, "–" if service.restarts is None else str(service.restarts))


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
