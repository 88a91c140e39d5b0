"""Redis and databases that are published for everybody."""

from __future__ import annotations

from collections.abc import Iterator

from ...core.result import Finding, Fix
from ..context import Context
from ..model import Check, Fault
from ._compose import place
from ._docker import composed

_INNER = {"redis": "Redis", "db": "the database"}
_IMAGES = {
    "redis": "redis",
    "valkey": "redis",
    "postgres": "db",
    "mysql": "db",
    "mariadb": "db",
    "mongo": "db",
}


def _run(context: Context) -> Iterator[Finding]:
    from ...stack.compose.model import EVERYWHERE

    it = composed(context)
    clean = True
    for name, spec in it.stack.services.items():
        base = spec.image.rpartition("/")[2].partition(":")[0]
        role = _INNER.get(it.roles.get(name, "") or _IMAGES.get(base, ""))
        if role is None:
            continue
        for port in spec.ports:
            if port.host in EVERYWHERE and port.protocol == "tcp":
                clean = False
                number = port.number or port.target
                yield CHECK.found(
                    "warn",
                    f"{role} ({name}) is published on every address of this machine: TCP {number}",
                    "Docker's rules come before those of ufw and firewalld: a firewall there does not "
                    "close it",
                    at=place(context, name, "ports"),
                    fix=Fix(f'for this machine alone: "127.0.0.1:{number}:{port.target}"'),
                    service=name,
                    port=number,
                )
    if clean:
        yield CHECK.ok("Redis and databases are published for this machine alone, or not at all")


CHECK = Check(
    id="security.open-ports",
    title="Redis and databases are not open to everybody",
    category="security",
    order=30,
    needs=("project.compose",),
    run=_run,
    why="Docker publishes on 0.0.0.0 unless told otherwise, past the host's firewall. Redis has no "
    "password by itself.",
    source="docs.docker.com/engine/network/packet-filtering-firewalls",
    evidence="`docker compose ps`: 0.0.0.0:6379->6379/tcp.",
    remedy='Bind to this machine: `"127.0.0.1:6379:6379"`, or publish nothing.',
    faults=(
        Fault(
            '"6379:6379" in the Compose file',
            "Redis (…) is published on every address of this machine: TCP 6379",
            "from another machine: `redis-cli -h HOST ping` says PONG",
        ),
    ),
)
