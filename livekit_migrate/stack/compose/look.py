"""What a stack is now: services, health, ports, load, drift."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...core.errors import ConfigError, LkmError
from ...core.secret import redact, remember
from ...core.settings import Settings
from ...core.together import Later, together
from ...livekit.keys import pairs_in
from .. import ports as port_checks
from ..ports import Port
from ..probe import probe
from ..runtime import Outcome, Service, State
from . import containers, drift, engine, files, memory, stats
from .containers import Detail, Row
from .job import Job, ask, call_of, namesakes
from .model import Published, Spec, Stack, purpose, secrets_of
from .roles import of_rows
from .wait import address_of, listening

_DIAL_SECONDS = 3.0
_SILENCE_SECONDS = 0.05  # it is only shown: nothing hangs on it
# What a container that was told to stop ends with: by itself, by SIGTERM, by SIGKILL.
_ENDS = (0, 143, 137)


def status(settings: Settings) -> Outcome:
    """What is there now, also where the files are gone or wrong."""
    try:
        return look(_own(ask(settings)))
    except ConfigError as error:
        job = by_label(settings)
        outcome = look(job)
        said = f"the Compose files cannot be read: {error.message}"
        return Outcome("compose", outcome.services, drift=(said,), facts=outcome.facts)


def _own(job: Job) -> Job:
    """Without the containers of another folder whose project has the same name."""
    strangers = namesakes(job)
    rows = tuple(row for row in job.rows if row not in strangers)
    return replace(job, rows=rows, others=(*job.others, *strangers))


def by_label(settings: Settings, stack: str = "") -> Job:
    """What the engine alone knows of a stack: no files are needed.

    Args:
        stack: the name of a Compose project; empty: the one that was started from this folder.

    Raises:
        NotReadyError: the engine does not answer.
    """
    client = engine.connect()
    with engine.talking():
        info = client.info()
    rows = containers.listed(client)
    mine = (
        containers.of_project(rows, stack) if stack else containers.of_folder(rows, *files.folders(settings))
    )
    name = stack or (mine[0].project if mine else "")
    specs = {row.service: Spec(row.service, row.image) for row in mine}
    others = tuple(row for row in rows if row not in mine)
    empty = Stack(name, specs)
    call = call_of(settings)
    return Job(
        settings, call, "", engine.endpoint(), client, info, empty, {}, mine, others, of_rows(settings, mine)
    )


def look(job: Job, *, quick: bool = False, ready: Mapping[str, float] | None = None) -> Outcome:
    """Look at every container.

    Args:
        quick: leave out what takes time: load, rooms, drift.
        ready: title → seconds that it took.
    """
    rows = job.rows
    found_all = together(*(functools.partial(containers.detail, job.client, row) for row in rows))
    details = dict(zip(rows, found_all, strict=True))
    load = {
        row.id: Later(
            functools.partial(stats.of, job.client, row.id, None if job.where.remote else found.pid)
        )
        for row, found in details.items()
        if found and row.running and not quick
    }
    # The ports of an engine elsewhere are not those of this machine: nobody is asked there.
    opened = {} if job.where.remote else _opened(rows)
    services = [
        _service(
            job,
            row,
            found,
            opened=opened,
            load=load.get(row.id),
            ready=(ready or {}).get(row.title),
            quick=quick,
        )
        for row, found in details.items()
        if found is not None
    ]
    have = {row.service for row in rows}
    services += [
        Service(spec.name, "compose", "stopped", role=job.role(spec.name), image=spec.image or None)
        for spec in job.stack.services.values()
        if spec.name not in have and spec.replicas
    ]
    drifted = () if quick else tuple(each.text for each in drift.of_job(job, memory.read(job.settings)))
    order = list(job.stack.services)
    services.sort(key=lambda one: (one.role != "livekit", order.index(one.name) if one.name in order else 99))
    return Outcome("compose", tuple(services), drift=drifted, facts=facts(job))


def facts(job: Job) -> dict[str, Any]:
    """What concerns the stack as a whole."""
    remembered = memory.read(job.settings).proof
    server, _ = server_of(job)
    proof = remembered if remembered and remembered.server == server else None
    used = next((row.files for row in job.rows if row.files), ())
    namesake = (row.folder for row in job.others if row.project == job.stack.name and row.folder)
    return {
        "project": job.stack.name or None,
        "namesake": next(namesake, None),
        "engine": {
            "version": job.info.get("ServerVersion"),
            "host": job.where.host,
            "origin": job.where.origin,
        },
        "compose": job.version or None,
        "compose_files": [
            job.settings.relative(path) for path in job.call.files or files.found(job.settings)
        ],
        "started_with": [job.settings.relative(path) for path in map(Path, used)],
        "proof": proof.to_dict() if proof else None,
        "data_volumes": list(job.stack.volumes),
    }


def server_of(job: Job) -> tuple[str, str]:
    """The LiveKit container's identity for a proof, and its URL; empty where it does not run."""
    row = next((row for row in job.rows if row.running and job.role(row.service) == "livekit"), None)
    if row is None:
        return "", ""
    found = containers.detail(job.client, row)
    address = address_of(job.stack.services.get(row.service), row)
    url = f"ws://{address.dial}:{address.number}" if address else ""
    # Its address, too: the same container on another port has proven nothing.
    return f"{row.id[:12]}@{found.started if found else 0}", url


def _service(
    job: Job,
    row: Row,
    found: Detail,
    *,
    opened: Mapping[Published, bool | None],
    load: Later | None,
    ready: float | None,
    quick: bool,
) -> Service:
    role = job.role(row.service)
    spec = job.stack.services.get(row.service) or Spec(row.service, row.image)
    for value in secrets_of(found.environment):
        remember(value)
    here = role == "livekit" and row.running and not job.where.remote
    address = address_of(spec, row) if here else None
    state, message = _state(job, row, found, address)
    url = f"ws://{address.dial}:{address.number}" if address else None
    rooms: Mapping[str, tuple[str, ...]] | None = None
    if role == "livekit" and not quick and url and state == "ready":
        rooms, why = _rooms(found, url)
        message = "; ".join(filter(None, [message, why]))
    cpu, used = load.result() if load else (None, None)
    tag = row.image.rpartition(":")[2] if ":" in row.image.rpartition("/")[2] else ""
    return Service(
        row.title,
        "compose",
        state,
        version=re.sub(r"^v(?=\d)", "", tag) or None,
        url=url,
        pid=found.pid,
        started_at=found.started,
        ended_at=found.ended,
        exit_code=found.exit_code,
        message=message,
        ports=tuple(_ports(spec, role, row, opened)),
        rooms=rooms,
        cpu_percent=cpu,
        memory_bytes=used,
        role=role,
        container=row.name,
        image=row.image,
        health=row.health or None,
        restarts=found.restarts,
        ready_after=None if ready is None else round(ready, 2),
        one_shot=job.stack.one_shot(row.service) or (job.stack.may_end(row.service) and found.exit_code == 0),
    )


def _state(job: Job, row: Row, found: Detail, address: Published | None) -> tuple[State, str]:
    if row.running:
        return _running_state(row, found, address)
    code = found.exit_code or 0
    if row.state == "restarting":
        return "crashed", f"it ends again and again: {found.restarts} times, last with exit code {code}"
    if row.state == "created":
        return "stopped", f"it was never started{f': {found.error}' if found.error else ''}"
    if job.stack.may_end(row.service) and code == 0:
        return "stopped", "done"
    if found.out_of_memory:
        return "crashed", "the kernel killed it: out of memory"
    if code in _ENDS:
        return "stopped", "" if not found.error else found.error
    return "crashed", f"exit {code}{f': {found.error}' if found.error else ''}"


def _running_state(row: Row, found: Detail, address: Published | None) -> tuple[State, str]:
    if row.state == "paused":
        return "unresponsive", f"it is paused: docker unpause {row.name}"
    if address is not None and address.number is not None:
        status_, said = probe(address.number, _DIAL_SECONDS, address.dial)
        if status_ == 200:
            return "ready", ""
        if status_ == 406:
            return "unresponsive", f"{said}: it has lost Redis"
        return ("starting" if row.health == "starting" else "unresponsive"), said
    if row.health == "unhealthy":
        last = redact(found.checks[-1]).splitlines() if found.checks else []
        return "unresponsive", f"its health check fails{f': {last[-1][:200]}' if last else ''}"
    return ("starting" if row.health == "starting" else "ready"), ""


def _ports(
    spec: Spec, role: str, row: Row, opened: Mapping[Published, bool | None]
) -> Iterator[dict[str, Any]]:
    for port in row.ports:
        yield {
            "number": port.number,
            "protocol": port.protocol,
            "purpose": purpose(spec, role, _as_written(spec, port)),
            "open": opened.get(port),
            "target": port.target,
            "host": port.host or None,
        }


def _as_written(spec: Spec, port: Published) -> Published:
    """The port of the Compose file that this one is."""
    same = (each for each in spec.ports if (each.target, each.protocol) == (port.target, port.protocol))
    return next(same, port)


def _opened(rows: Sequence[Row]) -> dict[Published, bool | None]:
    """Whether somebody answers on each published port of this machine."""
    wanted = [port for row in rows if row.running for port in row.ports]
    found: dict[Published, bool | None] = {}
    tcp = [port for port in wanted if port.protocol == "tcp"]
    answers = together(*(functools.partial(listening, port, _SILENCE_SECONDS) for port in tcp))
    found.update(zip(tcp, answers, strict=True))
    for port in wanted:
        if port.protocol == "udp" and port.number is not None:
            # Nobody can be asked over UDP. That somebody has it says the engine's proxy, where it runs one.
            held = port_checks.held(Port(port.number, "udp", "", port.host))
            found[port] = True if held else None
    return found


def _rooms(found: Detail, url: str) -> tuple[Mapping[str, tuple[str, ...]] | None, str]:
    from ...livekit import api

    pair = next(iter(pairs_in(found.environment.get("LIVEKIT_KEYS", ""))), None)
    if pair is None:
        return None, "rooms unknown: its key is not in its environment"
    try:
        return {room.name: room.identities for room in api.rooms(url, pair, timeout=10.0)}, ""
    except LkmError as error:
        return None, f"rooms unknown: {error.message}"
