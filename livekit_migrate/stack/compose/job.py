"""What a command works on: the engine, the files as Compose reads them, and what is there already."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ...core.errors import ConfigError, NotReadyError
from ...core.report import Reporter
from ...core.settings import Settings
from ...core.together import together
from ..compose_roles import Role
from . import cli, engine, ground, shift
from . import roles as role_rules
from .argv import Call
from .containers import Row, listed, of_folder, of_project
from .files import env_files, explicit, folder_of, folders, found
from .model import Spec, Stack, parse


@dataclass(frozen=True, slots=True)
class Job:
    """Everything that was asked before anything is done.

    Args:
        where: the engine's address.
        info: the engine's own description of itself.
        hashes: service → hash of its configuration, as Compose would label a container made now.
        rows: the containers of this project.
        others: the containers of every other Compose project.
        roles: service → role.
        found_roles: each role with the reason for it.
        warnings: what Compose warns of.
    """

    settings: Settings
    call: Call
    version: str
    where: engine.Endpoint
    client: engine.Client
    info: Mapping[str, Any]
    stack: Stack
    hashes: Mapping[str, str]
    rows: tuple[Row, ...]
    others: tuple[Row, ...]
    roles: Mapping[str, str] = field(default_factory=dict)
    found_roles: tuple[Role, ...] = ()
    warnings: tuple[str, ...] = ()

    def role(self, name: str) -> str:
        return self.roles.get(name, "")

    @property
    def livekit(self) -> Spec | None:
        """The service that is the LiveKit server."""
        return next(
            (spec for spec in self.stack.services.values() if self.role(spec.name) == "livekit"), None
        )

    def rows_of(self, name: str) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.service == name)

    def fresh(self) -> Job:
        """With the containers as they are now."""
        rows = listed(self.client)
        mine = of_project(rows, self.stack.name)
        return replace(self, rows=mine)


def call_of(settings: Settings, files: Sequence[Path] = (), profiles: Sequence[str] = ()) -> Call:
    """The options that every call for this project has."""
    return Call(
        settings.root,
        tuple(files),
        env_files=env_files(settings),
        profiles=tuple(profiles),
        folder=folder_of(settings),
    )


def files_of(settings: Settings) -> tuple[Path, ...]:
    """The project's Compose files, and what lkm added to move ports."""
    files = found(settings)
    override = shift.override_of(settings)
    return (*files, override) if files and override.exists() else files


def ask(
    settings: Settings,
    *,
    services: Sequence[str] = (),
    profiles: Sequence[str] = (),
    files: Sequence[Path] | None = None,
) -> Job:
    """Ask the engine and Compose at once.

    Raises:
        NotReadyError: one of them is missing, too old, or does not answer.
        ConfigError, UsageError: Compose refuses the files, or there is no such service.
    """
    files = files_of(settings) if files is None else files
    call = call_of(settings, explicit(settings, files), profiles)
    version, (client, info, rows), (document, warned), hashes = together(
        cli.version,
        _engine,
        functools.partial(_config, call, services),
        functools.partial(_hashes, call, services),
    )
    stack = parse(document)
    mine = of_project(rows, stack.name)
    found_roles = role_rules.of_document(settings, document)
    return Job(
        settings,
        replace(call, name=stack.name),
        version,
        engine.endpoint(),
        client,
        info,
        stack,
        hashes,
        mine,
        tuple(row for row in rows if row not in mine),
        role_rules.by_service(found_roles),
        found_roles,
        warned,
    )


def _config(call: Call, services: Sequence[str]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The whole stack; with services that are named and whose profile is not switched on."""
    document, warned = cli.config(call)
    if any(name not in document.get("services", {}) for name in services):
        more, warned_too = cli.config(call, services)
        document = {**document, "services": {**document.get("services", {}), **more.get("services", {})}}
        warned = tuple(dict.fromkeys((*warned, *warned_too)))
    return document, warned


def _hashes(call: Call, services: Sequence[str]) -> dict[str, str]:
    """Those of the whole stack, and of services as in ``_config``: Compose leaves these out, named or not."""
    known = cli.hashes(call)
    if any(name not in known for name in services):
        return {**cli.hashes(replace(call, profiles=("*",))), **known}
    return known


def _engine() -> tuple[engine.Client, Mapping[str, Any], tuple[Row, ...]]:
    client = engine.connect()
    with engine.talking():
        info = client.info()
    return client, info, listed(client)


def refuse_remote(where: engine.Endpoint) -> None:
    """Refuse to start on another machine.

    Raises:
        NotReadyError: the engine runs there.
    """
    if where.remote:
        raise NotReadyError(
            f"the Docker engine is on another machine: {where}",
            code="docker.remote",
            detail="its ports cannot be tried from here, livekit.yaml cannot be mounted from here, and the "
            "server would tell browsers to send media to 127.0.0.1 (status, logs and down do work)",
            hint="take the engine of this machine: docker context use default (or: unset DOCKER_HOST)\n"
            "or run lkm on that machine",
        )


def namesakes(job: Job) -> tuple[Row, ...]:
    """Of the containers of that project name those that another folder has started."""
    ours = of_folder(job.rows, *folders(job.settings))
    return tuple(row for row in job.rows if row.folder and row not in ours)


def refuse_namesake(job: Job) -> None:
    """Refuse to take over the containers of another folder that has the same project name.

    Raises:
        ConfigError: there are such containers.
    """
    if strangers := namesakes(job):
        folder = strangers[0].folder
        raise ConfigError(
            f"another folder's stack is called {job.stack.name}, too: {folder}",
            code="compose.namesake",
            detail="Compose tells projects apart by name alone: it would replace those containers",
            hint=f"give this one a name: COMPOSE_PROJECT_NAME={job.stack.name}-2 in "
            f"{job.settings.relative(job.settings.env_file)}\nor stop the other one: "
            f"lkm down --stack {job.stack.name}",
        )


def start_job(
    settings: Settings,
    reporter: Reporter,
    *,
    command: str,
    services: Sequence[str] = (),
    profiles: Sequence[str] = (),
    offset: int | None = None,
) -> Job:
    """Everything for a start: missing files and keys are written first, and moved ports after.

    Args:
        offset: added to every published port; None: as at the last start.

    Raises:
        As ``ask``; and NotReadyError for an engine on another machine.
    """
    refuse_remote(engine.endpoint())
    ground.default_stack(settings, reporter, found(settings), command)
    files = found(settings)
    made_password = ground.prepare(settings, reporter, files, command)
    job = ask(settings, services=services, profiles=profiles, files=files)
    refuse_namesake(job)
    if made_password and (volume := _old_data(job)):
        reporter.note(
            f"volume {volume} is there already: its database keeps the password that it was made with. "
            f"Put that one into {settings.relative(settings.env_file)}"
        )
    if not ground.is_own(settings, files):
        role_rules.keep(settings, reporter, job.found_roles, command)
    if offset is None:
        offset = shift.offset_of(settings)
        if offset:
            reporter.note(f"ports stay moved by {offset} until lkm down (back: lkm up --port-offset 0)")
    moves = shift.moves(job.stack, job.roles, settings, offset)
    with shift.restored(shift.saved(settings)):
        if shift.write(settings, job.stack, job.roles, moves, offset):
            override = shift.override_of(settings)
            job = ask(settings, services=services, profiles=profiles, files=(*files, override))
    return job


def _old_data(job: Job) -> str:
    """The volume of a database that is older than the password that was just made."""
    import docker.errors

    for spec in job.stack.services.values():
        if job.role(spec.name) == "db":
            for volume in job.stack.volumes:
                try:
                    with engine.talking():
                        job.client.inspect_volume(volume)
                except docker.errors.NotFound:
                    continue
                if any(volume.endswith(source) for source in spec.volumes):
                    return volume
    return ""
