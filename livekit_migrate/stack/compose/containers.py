"""The containers of a project by Compose's labels: one request for all, one for each closer look."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from .engine import Client, talking
from .model import Published

_LABEL = "com.docker.compose."
PROJECT = f"{_LABEL}project"
SERVICE = f"{_LABEL}service"
HASH = f"{_LABEL}config-hash"


@dataclass(frozen=True, slots=True)
class Row:
    """A container as the engine lists it.

    Args:
        state: ``created``, ``running``, ``restarting``, ``exited``, ``paused``, ``dead``, ``removing``.
        health: ``healthy``, ``starting``, ``unhealthy``; empty without a health check.
        exit_code: of one that has ended.
        image_id: the image that it was made from, whatever its name means by now.
        created: Unix seconds.
    """

    id: str
    name: str
    project: str
    service: str
    number: int
    state: str
    health: str
    exit_code: int | None
    image: str
    image_id: str
    hash: str
    folder: str
    files: tuple[str, ...]
    created: float
    ports: tuple[Published, ...] = ()

    @property
    def running(self) -> bool:
        return self.state in ("running", "paused")

    @property
    def title(self) -> str:
        """The service's name; with its number where there are several."""
        return title_of(self.service, self.number)


@dataclass(frozen=True, slots=True)
class Detail:
    """What only the closer look tells. Times are Unix seconds, None where there is none."""

    row: Row
    started: float | None = None
    ended: float | None = None
    exit_code: int | None = None
    restarts: int = 0
    pid: int | None = None
    error: str = ""
    out_of_memory: bool = False
    checks: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    binds: Mapping[str, Path] = field(default_factory=dict)
    image_labels: Mapping[str, str] = field(default_factory=dict)
    tty: bool = False


def title_of(service: str, number: int) -> str:
    """What a container of a service is called where people read it."""
    return service if number == 1 else f"{service}-{number}"


def listed(client: Client) -> tuple[Row, ...]:
    """Every container of any Compose project; those of `docker compose run` left out.

    Raises:
        NotReadyError: the engine went away.
    """
    with talking():
        raws = client.containers(all=True, filters={"label": [PROJECT]})
    rows = (_row(raw) for raw in raws if raw["Labels"].get(f"{_LABEL}oneoff") != "True")
    return tuple(sorted(rows, key=lambda row: (row.service, row.number)))


def of_folder(rows: Sequence[Row], *folders: Path) -> tuple[Row, ...]:
    """Those that were started from a project's folders, however they were spelled."""
    real = {os.path.realpath(folder) for folder in folders}
    return tuple(row for row in rows if row.folder and os.path.realpath(row.folder) in real)


def of_project(rows: Sequence[Row], name: str) -> tuple[Row, ...]:
    """Those of the Compose project of that name."""
    return tuple(row for row in rows if row.project == name)


def detail(client: Client, row: Row) -> Detail | None:
    """The closer look; None when it is gone by now.

    Raises:
        NotReadyError: the engine went away.
    """
    import docker.errors

    try:
        with talking():
            raw = client.inspect_container(row.id)
    except docker.errors.NotFound:
        return None
    state, config = raw["State"], raw["Config"]
    health = state.get("Health") or {}
    running = bool(state.get("Running"))
    return Detail(
        row,
        when(state.get("StartedAt")),
        None if running else when(state.get("FinishedAt")),
        None if running else state.get("ExitCode"),
        int(raw.get("RestartCount") or 0),
        state.get("Pid") or None,
        str(state.get("Error") or ""),
        bool(state.get("OOMKilled")),
        tuple(str(check.get("Output", "")).strip() for check in health.get("Log") or ()),
        dict(pair.partition("=")[::2] for pair in config.get("Env") or ()),
        {
            mount["Destination"]: Path(mount["Source"])
            for mount in raw.get("Mounts") or ()
            if mount.get("Type") == "bind"
        },
        config.get("Labels") or {},
        bool(config.get("Tty")),
    )


def when(text: str | None) -> float | None:
    """The engine's time as Unix seconds; None for its zero."""
    if not text or text.startswith("0001-"):
        return None
    # Nine digits of a second; Python takes six.
    with contextlib.suppress(ValueError):
        return datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text)).timestamp()
    return None


def _row(raw: Mapping[str, Any]) -> Row:
    labels, status = raw["Labels"], str(raw.get("Status", ""))
    health = re.search(r"\((?:health: )?(starting|healthy|unhealthy)\)", status)
    ended = re.match(r"(?:Exited|Restarting) \((\d+)\)", status)
    number = str(labels.get(f"{_LABEL}container-number", "1"))
    return Row(
        str(raw["Id"]),
        str((raw.get("Names") or ["/?"])[0]).lstrip("/"),
        str(labels.get(PROJECT, "")),
        str(labels.get(SERVICE, "")),
        int(number) if number.isdigit() else 1,
        str(raw.get("State", "")),
        health[1] if health else "",
        int(ended[1]) if ended else None,
        str(raw.get("Image", "")),
        # What Compose compares, too, where it made the container.
        str(labels.get(f"{_LABEL}image") or raw.get("ImageID", "")),
        str(labels.get(HASH, "")),
        str(labels.get(f"{_LABEL}project.working_dir", "")),
        tuple(file for file in str(labels.get(f"{_LABEL}project.config_files", "")).split(",") if file),
        float(raw.get("Created") or 0),
        tuple(dict.fromkeys(_ports(raw.get("Ports") or ()))),
    )


def _ports(raws: Sequence[Mapping[str, Any]]) -> Iterator[Published]:
    for raw in sorted(raws, key=lambda raw: (raw.get("Type", ""), raw.get("PrivatePort") or 0)):
        if raw.get("PublicPort"):
            # Published everywhere it comes twice, once for IPv6.
            host = str(raw.get("IP", ""))
            host = "" if host in ("0.0.0.0", "::") else host  # noqa: S104 - compared only
            yield Published(
                int(raw["PublicPort"]), int(raw["PrivatePort"]), str(raw.get("Type", "tcp")), host
            )
