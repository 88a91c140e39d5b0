"""A stack as Compose itself reads its files: the JSON of `docker compose config` as values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..ports import Port

_SECRET_NAME = re.compile(r"SECRET|PASSWORD|PASSWD|TOKEN|(?:^|_)KEYS?$", re.IGNORECASE)
PUBLIC = re.compile(r"^(?:NEXT_PUBLIC|VITE)_", re.ASCII)
"""Variables that web frameworks write into what browsers get, when they build."""
EVERYWHERE = ("", "0.0.0.0", "::")  # noqa: S104 - compared only


@dataclass(frozen=True, slots=True)
class Published:
    """A port of a container on this machine.

    Args:
        number: on the host; None: the engine picks one.
        target: in the container.
        host: the address that it is bound to; empty for every one.
        choice: ``4000-4005``: the engine takes the first of these that is free.
    """

    number: int | None
    target: int
    protocol: str = "tcp"
    host: str = ""
    choice: str = ""

    @property
    def dial(self) -> str:
        """The address at which this machine reaches it."""
        return "127.0.0.1" if self.host in EVERYWHERE else self.host


@dataclass(frozen=True, slots=True)
class Build:
    """How an image is built. ``args`` are those with a value."""

    context: str
    target: str = ""
    args: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def development(self) -> bool:
        """Whether its target is one for a developer's machine, which reads variables when it starts."""
        return self.target.lower() in ("dev", "development", "local")


@dataclass(frozen=True, slots=True)
class Spec:
    """One service as it shall be.

    Args:
        needs: services that it depends on → the condition.
        restart: the restart policy, ``no`` where there is none.
        binds: path in the container → file or folder of this machine.
        environment: what the container gets; secrets included.
        entrypoint: what replaces the image's own, empty where nothing does.
        replicas: how many containers; 0: none is wanted.
    """

    name: str
    image: str = ""
    build: Build | None = None
    platform: str = ""
    needs: Mapping[str, str] = field(default_factory=dict)
    restart: str = "no"
    checked: bool = False
    ports: tuple[Published, ...] = ()
    binds: Mapping[str, Path] = field(default_factory=dict)
    volumes: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    replicas: int = 1
    pull_policy: str = ""


@dataclass(frozen=True, slots=True)
class Stack:
    """All services that are switched on.

    Args:
        volumes: named volumes as the engine calls them.
    """

    name: str
    services: Mapping[str, Spec]
    volumes: tuple[str, ...] = ()

    def wanted(self, names: Sequence[str]) -> tuple[Spec, ...]:
        """These services and what they depend on; all of them when none is named. Dependencies first."""
        order: list[str] = []

        def visit(name: str) -> None:
            if name in order or name not in self.services:
                return
            for need in self.services[name].needs:
                visit(need)
            if name not in order:
                order.append(name)

        for name in names or self.services:
            visit(name)
        return tuple(self.services[name] for name in order if self.services[name].replicas)

    def one_shot(self, name: str) -> bool:
        """Whether a service does its work and ends: another one waits for that."""
        return "service_completed_successfully" in self._conditions(name)

    def may_end(self, name: str) -> bool:
        """Whether ending with 0 is right: never started anew, it serves nothing, and others depend on it."""
        spec = self.services.get(name)
        if self.one_shot(name):
            return True
        return bool(
            spec and spec.restart == "no" and not spec.checked and not spec.ports and self._conditions(name)
        )

    def _conditions(self, name: str) -> list[str]:
        return [spec.needs[name] for spec in self.services.values() if name in spec.needs]


def image_of(stack: Stack, spec: Spec) -> str:
    """The image of a service; one that is built and has no name gets Compose's own."""
    return spec.image or f"{stack.name}-{spec.name}"


def parse(data: Mapping[str, Any]) -> Stack:
    """The document that `docker compose config --format json` prints (v2.30 to v5.5)."""
    services = {name: _spec(name, raw) for name, raw in (data.get("services") or {}).items()}
    volumes = tuple(str((raw or {}).get("name", name)) for name, raw in (data.get("volumes") or {}).items())
    return Stack(str(data.get("name", "")), services, volumes)


def secrets_of(environment: Mapping[str, str]) -> Iterator[str]:
    """Values that no output may show."""
    for name, value in environment.items():
        if value and _SECRET_NAME.search(name):
            yield value
            if name == "LIVEKIT_KEYS":
                for line in value.splitlines():
                    yield line.partition(":")[2].strip().strip("\"'")


def _spec(name: str, raw: Mapping[str, Any]) -> Spec:
    build = raw.get("build")
    check = raw.get("healthcheck") or {}
    test = check.get("test") or []
    deploy = raw.get("deploy") or {}
    replicas = raw.get("scale", deploy.get("replicas", 1))
    mounts = [mount for mount in raw.get("volumes") or () if isinstance(mount, dict)]
    return Spec(
        name,
        str(raw.get("image") or ""),
        _build(build) if build else None,
        str(raw.get("platform") or ""),
        {need: str((how or {}).get("condition", "")) for need, how in (raw.get("depends_on") or {}).items()},
        _restart(raw, deploy),
        bool(test) and test != ["NONE"] and not check.get("disable"),
        tuple(_ports(raw.get("ports") or ())),
        {
            str(mount["target"]): Path(str(mount["source"]))
            for mount in mounts
            if mount.get("type") == "bind" and mount.get("source")
        },
        tuple(
            str(mount["source"]) for mount in mounts if mount.get("type") == "volume" and mount.get("source")
        ),
        {key: str(value) for key, value in (raw.get("environment") or {}).items() if value is not None},
        tuple(str(word) for word in raw.get("entrypoint") or ()),
        tuple(str(word) for word in raw.get("command") or ()),
        int(replicas) if replicas is not None else 1,
        str(raw.get("pull_policy") or ""),
    )


def _restart(raw: Mapping[str, Any], deploy: Mapping[str, Any]) -> str:
    policy = str(raw.get("restart") or "")
    if not policy:
        condition = str((deploy.get("restart_policy") or {}).get("condition") or "")
        policy = {"any": "always", "on-failure": "on-failure"}.get(condition, "no")
    return policy


def _build(raw: Mapping[str, Any] | str) -> Build:
    if isinstance(raw, str):
        return Build(raw)
    args = {key: str(value) for key, value in (raw.get("args") or {}).items() if value is not None}
    return Build(str(raw.get("context") or ""), str(raw.get("target") or ""), args)


def _ports(raws: Sequence[Mapping[str, Any]]) -> Iterator[Published]:
    for raw in raws:
        if not isinstance(raw, dict) or not raw.get("target"):
            continue
        text = str(raw.get("published") or "")
        number = int(text) if text.isdigit() and int(text) else None
        yield Published(
            number,
            int(raw["target"]),
            str(raw.get("protocol") or "tcp"),
            str(raw.get("host_ip") or ""),
            text if number is None else "",
        )


def signal_port(spec: Spec) -> Published | None:
    """Where a LiveKit service signals: container port 7880, else its first TCP port."""
    tcp = [port for port in spec.ports if port.protocol == "tcp"]
    return next((port for port in tcp if port.target == 7880), tcp[0] if tcp else None)


def purpose(spec: Spec, role: str, port: Published) -> str:
    """What a port is for, in words."""
    if role != "livekit":
        return spec.name
    if port.protocol == "udp":
        return "TURN" if port.target == 3478 else "media over UDP"
    return "signalling and API" if port == signal_port(spec) else "media over TCP"


def host_ports(spec: Spec, role: str) -> Iterator[Port]:
    """The ports of a service that must be free before it starts."""
    for port in spec.ports:
        if port.number is not None and port.protocol in ("tcp", "udp"):
            host = "" if port.host in EVERYWHERE else port.host
            yield Port(
                port.number, "udp" if port.protocol == "udp" else "tcp", purpose(spec, role, port), host
            )
