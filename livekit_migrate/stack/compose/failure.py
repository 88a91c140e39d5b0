"""A start that failed, as one error: who, why in its own words, what mends it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ...core.errors import ConfigError, HealthTimeoutError, LkmError
from ...core.process import Completed
from ...core.secret import redact
from ..logs import parse
from . import containers
from .cli import words_of
from .containers import Row
from .engine import gone, talking
from .job import Job
from .preflight import no_room
from .wait import Failed

_TAIL = 12


@dataclass(frozen=True, slots=True)
class Known:
    """Last words whose meaning is known.

    Args:
        pattern: over what the container said.
        text: what it means, after the service's name.
        hint: the command that mends it; ``{volume}`` is the service's first volume, ``{redis}`` the service
            that is Redis, after a blank.
        config: it is a matter of configuration (exit 4).
    """

    pattern: str
    text: str
    hint: str
    config: bool = True


_KNOWN = (
    Known(
        r"data directory was initialized by PostgreSQL version (?P<old>[\d.]+)",
        "its volume {volume} holds data of PostgreSQL {old}",
        "keep that version: image: postgres:{old} in the Compose file\n"
        "or, if nothing in it is needed: lkm down --volumes, then lkm up (without that data)",
    ),
    Known(
        r"password authentication failed|Access denied for user",
        "its database has another password than .env",
        "put the old one into .env; or, if nothing in it is needed: lkm down --volumes",
    ),
    Known(
        r"unable to connect to redis: (?P<why>.*)",
        "it does not reach Redis: {why}",
        "look at Redis: lkm logs{redis}",
        config=False,
    ),
    Known(
        r"one of key-file or keys must be provided|at least one key",
        "it was given no key",
        "lkm keys check shows every place",
    ),
)


def error_of(job: Job, failed: Failed, *, timeout: float) -> LkmError:
    """The error for services that did not become ready. Their containers stay.

    Args:
        timeout: the seconds that they had.
    """
    rows = {row.title: row for row in job.rows}
    said = {title: last_words(job, rows.get(title)) for title in failed.verdicts}
    detail = list(_detail(job, failed, rows, said))
    names = ", ".join(failed.verdicts)
    title, verdict = next(iter(failed.verdicts.items()))
    more = f" (and {len(failed.verdicts) - 1} more)" if len(failed.verdicts) > 1 else ""
    look = f"lkm logs {' '.join(dict.fromkeys(_service(title, rows) for title in failed.verdicts))}"
    if known := _known(job, title, rows.get(title), said[title]):
        kind = ConfigError if known.config else LkmError
        return kind(
            f"{title}: {known.text}{more}", code="compose.known", detail="\n".join(detail), hint=known.hint
        )
    if failed.timed_out:
        return HealthTimeoutError(
            f"not ready after {timeout:g} s: {names}",
            code="compose.timeout",
            detail="\n".join(detail),
            hint=f"give it longer: --timeout {2 * timeout:g}s\nor see all of what it said: {look}",
        )
    if verdict.kind == "unhealthy":
        return HealthTimeoutError(
            f"{title} is unhealthy: {verdict.text}{more}",
            code="compose.unhealthy",
            detail="\n".join(detail),
            hint=f"{look}; then: lkm up",
        )
    if job.role(_service(title, rows)) == "livekit" and verdict.kind in ("ended", "flaps", "crashed"):
        return _server_refused(job, title, said[title], detail, more)
    hint = f"all of what it said: {look}; then: lkm up"
    if verdict.kind == "ended":
        hint += (
            f"\nif it is meant to end: another service says so by depends_on: {title}: "
            "condition: service_completed_successfully"
        )
    return LkmError(
        f"{title}: {verdict.text}{more}", code=f"compose.{verdict.kind}", detail="\n".join(detail), hint=hint
    )


def last_words(job: Job, row: Row | None, count: int = _TAIL) -> list[str]:
    """The last lines of one container."""
    if row is None:
        return []
    import docker.errors

    try:
        with talking():
            raw = job.client.logs(row.id, stdout=True, stderr=True, tail=count)
    except (docker.errors.NotFound, LkmError):
        return []
    return [redact(line.rstrip()) for line in raw.decode("utf-8", "replace").splitlines() if line.strip()]


def _detail(
    job: Job, failed: Failed, rows: Mapping[str, Row], said: Mapping[str, list[str]]
) -> Iterator[str]:
    for title, verdict in failed.verdicts.items():
        yield f"{title}: {verdict.text}"
        row = rows.get(title)
        if verdict.kind == "unhealthy" or (failed.timed_out and row and row.health):
            yield from _check_said(job, row)
        yield from (f"  {line}" for line in said[title])
    if failed.verdicts and any(title in rows for title in failed.verdicts):
        yield "the containers stay as they are, for a closer look"


def _check_said(job: Job, row: Row | None) -> Iterator[str]:
    found = containers.detail(job.client, row) if row else None
    if found and found.checks:
        lines = redact(found.checks[-1]).splitlines() or ["nothing"]
        yield f"  its health check said: {lines[-1][:200]}"


def _service(title: str, rows: Mapping[str, Row]) -> str:
    return rows[title].service if title in rows else title


def _known(job: Job, title: str, row: Row | None, said: list[str]) -> Known | None:
    text = "\n".join(said)
    for known in _KNOWN:
        if match := re.search(known.pattern, text):
            spec = job.stack.services.get(row.service if row else title)
            names = {volume.rpartition("_")[2]: volume for volume in job.stack.volumes}
            first = next(iter(spec.volumes), "") if spec else ""
            redis = next((f" {name}" for name in job.stack.services if job.role(name) == "redis"), "")
            volume = names.get(first, first) or "its volume"
            facts = {**match.groupdict(), "volume": volume, "redis": redis}
            return Known(known.pattern, known.text.format(**facts), known.hint.format(**facts), known.config)
    return None


def _server_refused(job: Job, title: str, said: list[str], detail: list[str], more: str) -> LkmError:
    """A LiveKit server that ended: its last word is the reason, its lines are those of the mounted file."""
    words = [line for line in said if parse(line).level in ("", "error")] or said
    if not words:
        return LkmError(
            f"{title} ended without a word{more}", code="compose.crashed", detail="\n".join(detail)
        )
    reason = words[-1].strip()
    if any(re.match(r"(panic:|fatal error:|goroutine )", line) for line in words):
        return LkmError(
            f"{title} crashed: {reason}{more}",
            code="compose.crashed",
            detail="\n".join(detail),
            hint=f"lkm logs {title}",
        )
    spec = job.livekit
    source = (
        next((path for path in spec.binds.values() if path.suffix in (".yaml", ".yml")), None)
        if spec
        else None
    )
    name = job.settings.relative(source) if source else ""
    if name:
        reason = re.sub(r"\bline (\d+)", rf"{name}:\1", reason)
    return ConfigError(
        f"{title} refused to start: {reason}{more}",
        code="compose.server-refused",
        detail="\n".join(detail),
        hint=f"edit {name}, then: lkm up" if name else f"lkm logs {title}",
    )


def not_started(job: Job, done: Completed) -> LkmError:
    """The error for a `compose up` that failed by itself."""
    said = words_of(done)
    last = next((line.strip() for line in reversed(said.splitlines()) if line.strip()), "")
    if re.search(r"Cannot connect to the Docker daemon|error during connect|EOF$", last):
        return gone(last)
    if error := no_room(said):
        return error
    if re.search(r"port is already allocated|address already in use|ports are not available", said):
        return LkmError(
            f"a port was taken meanwhile: {last}",
            code="ports.busy",
            hint="lkm up once more names who has it",
        )
    return LkmError(
        f"Compose could not start {job.stack.name}: {last or f'exit code {done.code}'}",
        code="compose.failed",
        detail=said if said != last else "",
        hint="lkm up goes on from where it stopped; lkm down clears away",
    )
