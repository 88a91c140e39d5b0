"""The flag in what was built and in what runs: images and containers of the Compose stack."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

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
_TARGETS = ("dev", "development", "local")


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
    from ..stack.compose.model import image_of

    image = _image(job.client, image_of(job.stack, spec))
    row = next((row for row in job.rows_of(spec.name) if row.running), None)
    detail = containers.detail(job.client, row) if row is not None else None
    words = " ".join((*spec.entrypoint, *spec.command))
    development = bool(_DEVELOPMENT.search(words)) or bool(
        spec.build and spec.build.target.lower() in _TARGETS
    )
    return Running(
        spec.name,
        _in_image(image, name) if image else None,
        detail.environment.get(name) if detail else None,
        built=image is not None,
        runs=detail is not None,
        development=development,
    )


def _image(client: Any, name: str) -> Mapping[str, Any] | None:
    import docker.errors

    from ..stack.compose.engine import talking

    try:
        with talking():
            return {"inspect": client.inspect_image(name), "history": client.history(name)}
    except docker.errors.NotFound:
        return None


def _in_image(image: Mapping[str, Any], name: str) -> str | None:
    """The flag that an image was built with: its environment, its labels, or the arguments of its layers.

    Docker notes the arguments that a ``RUN`` saw in the layer's history: ``|1 NAME=true /bin/sh -c …``. Of a
    build in several stages only those of the last one are in the image.
    """
    config = image["inspect"].get("Config") or {}
    for pair in config.get("Env") or ():
        key, _, value = pair.partition("=")
        if key == name:
            return str(value)
    label = (config.get("Labels") or {}).get(name)
    if label is not None:
        return str(label)
    for layer in image["history"]:
        said = re.search(rf"(?:^|\s){re.escape(name)}=(\S*)", str(layer.get("CreatedBy") or ""))
        if said:
            return said[1].strip("\"'")
    return None


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
