"""Docker as the checks see it: the CLI's own answers first, the slower SDK only once an engine is there."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...core.errors import LkmError, NotReadyError
from ..context import Context

if TYPE_CHECKING:
    from pathlib import Path

    from ...stack.compose.argv import Call
    from ...stack.compose.engine import Endpoint
    from ...stack.compose.job import Job
    from ...stack.compose.model import Stack

ENGINE_SECONDS = 4.0


@dataclass(frozen=True, slots=True)
class Engine:
    """What `docker version` says.

    Args:
        server: empty where no engine answers; ``said`` is then why.
        context: the Docker context in use.
    """

    client: Mapping[str, Any]
    server: Mapping[str, Any]
    said: str = ""

    @property
    def context(self) -> str:
        return str(self.client.get("Context") or "default")

    @property
    def desktop(self) -> bool:
        return "desktop" in str((self.server.get("Platform") or {}).get("Name", "")).lower()


def engine(context: Context) -> Engine:
    """The client and the engine.

    Raises:
        NotReadyError: there is no docker command.
    """
    return context.once("docker.engine", lambda: _engine(context))


def _engine(context: Context) -> Engine:
    from ...core.process import TIMED_OUT, run
    from ...stack.compose.cli import environment

    done = run(
        ["docker", "version", "--format", "{{json .}}"],
        env=environment(),
        timeout=context.seconds(ENGINE_SECONDS),
    )
    try:
        said = json.loads(done.stdout.splitlines()[0])
    except (ValueError, IndexError):
        said = {}
    silence = done.stderr.strip()
    if done.code == TIMED_OUT:
        silence = "timed out"
    return Engine(said.get("Client") or {}, said.get("Server") or {}, silence)


def where(context: Context) -> Endpoint:
    """Where the engine is; the SDK is asked only where the docker command names a context of its own.

    Raises:
        NotReadyError: a context is named that there is not.
    """
    from ...stack.compose import engine as engines

    plain = not context.env.get("DOCKER_HOST") and not context.env.get("DOCKER_CONTEXT")
    if plain and engine(context).context == "default":
        return engines.Endpoint("unix:///var/run/docker.sock", "default")
    return engines.endpoint(context.env)


def wanted(context: Context) -> str:
    """Why this project has nothing to do with Docker; empty where it has."""
    if context.settings.text("runtime") == "native":
        return f"runtime = native ({context.settings.origins['runtime']})"
    if not compose_files(context):
        return "the project has no Compose files"
    return ""


def compose_files(context: Context) -> tuple[Path, ...]:
    """The project's Compose files."""
    from ...stack.compose.job import files_of

    return context.once("compose.files", lambda: files_of(context.settings))


def installed() -> bool:
    """Whether there is a docker command."""
    return shutil.which("docker") is not None


@dataclass(frozen=True, slots=True)
class Composed:
    """The project's Compose files as Compose reads them.

    Args:
        document: what `docker compose config` prints.
        roles: service → role.
        warnings: what Compose warns of.
    """

    call: Call
    document: Mapping[str, Any]
    stack: Stack
    roles: Mapping[str, str]
    warnings: tuple[str, ...]

    def raw(self, service: str) -> Mapping[str, Any]:
        """A service as Compose prints it."""
        found: Mapping[str, Any] = (self.document.get("services") or {}).get(service) or {}
        return found

    def having(self, role: str) -> tuple[str, ...]:
        """The services of a role; there may be several where nobody has said which."""
        return tuple(name for name, has in self.roles.items() if has == role)


def composed(context: Context) -> Composed:
    """The project's stack.

    Raises:
        LkmError: Compose refuses the files, is not there, or there are no files.
    """
    return context.once("compose", lambda: _composed(context))


def _composed(context: Context) -> Composed:
    from ...stack.compose import cli, roles
    from ...stack.compose.files import explicit
    from ...stack.compose.job import call_of
    from ...stack.compose.model import parse

    files = compose_files(context)
    if not files:
        raise NotReadyError("the project has no Compose files", code="compose.none")
    settings = context.settings
    call = call_of(settings, explicit(settings, files))
    document, warnings = cli.config(call)
    found = roles.by_service(roles.of_document(settings, document))
    return Composed(call, document, parse(document), found, warnings)


def job(context: Context) -> Job:
    """The stack with its engine and containers, as `lkm status` sees it.

    Raises:
        LkmError: the engine does not answer, or Compose refuses the files.
    """
    return context.once("compose.job", lambda: _job(context))


def _job(context: Context) -> Job:
    from dataclasses import replace

    from ...core.together import Later
    from ...stack.compose import containers
    from ...stack.compose import engine as engines
    from ...stack.compose.job import Job

    def asked() -> tuple[Any, Mapping[str, Any], tuple[containers.Row, ...]]:
        client = engines.connect(seconds=60 if context.asked.everything else ENGINE_SECONDS)
        with engines.talking():
            return client, client.info(), containers.listed(client)

    answer = Later(asked)
    it = composed(context)
    client, info, rows = answer.result()
    mine = containers.of_project(rows, it.stack.name)
    return Job(
        context.settings,
        replace(it.call, name=it.stack.name),
        "",
        engines.endpoint(),
        client,
        info,
        it.stack,
        {},
        mine,
        tuple(row for row in rows if row not in mine),
        it.roles,
    )


def try_job(context: Context) -> Job | None:
    """``job``; None where there is no engine to ask."""
    try:
        return job(context)
    except LkmError:
        return None
