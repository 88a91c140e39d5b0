"""The flag in what was built and in what runs: images and containers of the Compose stack."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..core.errors import LkmError
from ..core.settings import Settings
from .model import Running

if TYPE_CHECKING:
    from ..stack.compose.job import Job
    from ..stack.compose.model import Spec

_DEVELOPMENT = re.compile(
    r"\bnext\s+dev\b|\bvite(?:\s+(?:dev|serve)\b|\s+-|\s*$)|\breact-scripts\s+start\b"
    r"|\b(?:npm|pnpm|yarn|bun)\s+(?:run\s+)?(?:dev|start:dev)\b"
)


@dataclass(frozen=True, slots=True)
class Look:
    """What the engine was seen to have.

    Args:
        services: those that name the flag, or are the web front end.
        why_not: why nothing was looked at; empty where it was.
    """

    services: tuple[Running, ...] = ()
    why_not: str = ""


def look(settings: Settings, name: str, named: Sequence[str]) -> Look:
    """Ask the engine for the images and containers of services.

    Args:
        named: the services whose Compose entry names the flag.
    """
    from ..stack.compose.files import found
    from ..stack.compose.job import ask

    if not found(settings):
        return Look(why_not="there is no Compose file")
    try:
        job = ask(settings)
    except LkmError as error:
        return Look(why_not=error.message)
    services = []
    for spec in job.stack.services.values():
        if spec.name not in named and job.role(spec.name) != "web":
            continue
        services.append(_service(job, spec, name))
    return Look(tuple(services))


def _service(job: Job, spec: Spec, name: str) -> Running:
    from ..stack.compose import containers
    from ..stack.compose.built import built_with

    exists, built_in = built_with(job, spec, name)
    row = next((row for row in job.rows_of(spec.name) if row.running), None)
    detail = containers.detail(job.client, row) if row is not None else None
    words = " ".join((*spec.entrypoint, *spec.command))
    development = bool(_DEVELOPMENT.search(words) or (spec.build and spec.build.development))
    return Running(
        spec.name,
        built_in,
        detail.environment.get(name) if detail else None,
        built=exists,
        runs=detail is not None,
        development=development,
    )


@dataclass(frozen=True, slots=True)
class Server:
    """The LiveKit server of this project's stack.

    Args:
        ready: whether it answers.
        said: why it is not ready.
        rooms: room → identities; None where it could not be asked.
    """

    ready: bool = False
    said: str = ""
    rooms: Mapping[str, Sequence[str]] | None = None

    @property
    def people(self) -> int:
        return sum(len(identities) for identities in (self.rooms or {}).values())


def server(settings: Settings) -> Server:
    """Look at the project's LiveKit server; what cannot be asked is not ready, and says why."""
    from ..stack.runtime import pick

    try:
        services = pick(settings).status(settings).services
    except LkmError as error:
        return Server(said=error.message)
    found = next((each for each in services if (each.role or each.name) == "livekit"), None)
    if found is None:
        return Server(said="no LiveKit server runs in this project's stack")
    if found.state == "ready":
        return Server(ready=True, rooms=found.rooms)
    return Server(said=found.message or f"it is {found.state}")
