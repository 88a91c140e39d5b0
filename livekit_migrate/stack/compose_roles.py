"""What each service of a Compose project is for: guessed from what its files say of it, with the reason.

Projects call their services what they like. lkm has to know which one is the LiveKit server, which one Redis,
the database, the back end, the web front end, the Mediasoup server; `compose.roles` in lkm.toml has the last
word.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..core.errors import ConfigError
from ..core.settings import Settings

ROLES = ("livekit", "redis", "db", "backend", "web", "mediasoup")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the files say of one service.

    Args:
        build: context and Dockerfile, as words; empty where nothing is built.
        ports: numbers in the container that are published or exposed.
        command: entrypoint and command.
        variables: names in its environment and its build arguments.
        needs: services that it depends on.
    """

    name: str
    image: str = ""
    build: str = ""
    ports: tuple[tuple[int, str], ...] = ()
    command: str = ""
    variables: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Role:
    """A role and the service that has it.

    Args:
        service: empty when it is not known; ``candidates`` are then those between which lkm cannot choose.
        reason: why, in words for a reader.
        guessed: nobody has said so.
    """

    role: str
    service: str = ""
    reason: str = ""
    guessed: bool = True
    candidates: tuple[str, ...] = ()


def facts(document: Mapping[str, Any]) -> tuple[Facts, ...]:
    """The services of what `docker compose config --format json` prints (v2.30 to v5.5)."""
    return tuple(_facts(name, raw or {}) for name, raw in (document.get("services") or {}).items())


def _facts(name: str, raw: Mapping[str, Any]) -> Facts:
    build = raw.get("build") or {}
    ports = [
        (int(port["target"]), str(port.get("protocol") or "tcp"))
        for port in raw.get("ports") or ()
        if isinstance(port, dict) and port.get("target")
    ]
    exposed = (re.fullmatch(r"(\d+)(?:/(\w+))?", str(text)) for text in raw.get("expose") or ())
    ports += [(int(match[1]), match[2] or "tcp") for match in exposed if match]
    words = [*_words(raw.get("entrypoint")), *_words(raw.get("command"))]
    return Facts(
        name,
        str(raw.get("image") or ""),
        " ".join(str(build.get(part) or "") for part in ("context", "dockerfile")).strip(),
        tuple(ports),
        " ".join(words),
        tuple(sorted({*(raw.get("environment") or {}), *(build.get("args") or {})})),
        tuple(raw.get("depends_on") or ()),
    )


def _words(value: object) -> list[str]:
    return [str(word) for word in value] if isinstance(value, list) else [str(value)] if value else []


def assign(settings: Settings, services: Sequence[Facts]) -> tuple[Role, ...]:
    """Every role: what lkm.toml says, else the guess.

    Raises:
        ConfigError: lkm.toml names a service that the files do not have.
    """
    names = [service.name for service in services]
    found: list[Role] = []
    for role in ROLES:
        key = f"compose.roles.{role}"
        named, origin = settings.text(key), settings.origins[key]
        if not named:
            found.append(guess(role, services))
        elif named in names:
            found.append(Role(role, named, origin, guessed=False))
        else:
            near = difflib.get_close_matches(named, names, n=1, cutoff=0.5)
            raise ConfigError(
                f"{origin}: {key}: there is no service {named!r}"
                + (f"; did you mean {near[0]!r}?" if near else ""),
                code="compose.role",
                detail="services: " + (", ".join(names) or "none"),
            )
    return tuple(found)


def guess(role: str, services: Iterable[Facts]) -> Role:
    """The service that has a role, as far as that can be seen."""
    weighed = [
        (score, service.name, reason) for service in services for score, reason in [_weigh(role, service)]
    ]
    best = max((score for score, _, _ in weighed), default=0)
    if best == 0:
        return Role(role)
    chosen = [(name, reason) for score, name, reason in weighed if score == best]
    if len(chosen) > 1:
        names = tuple(name for name, _ in chosen)
        return Role(role, "", f"{chosen[0][1]}, but so {_have(names[1:])}", candidates=names)
    return Role(role, *chosen[0])


def _have(names: Sequence[str]) -> str:
    return f"{'has' if len(names) == 1 else 'have'} {', '.join(names)}"


def _weigh(role: str, service: Facts) -> tuple[int, str]:
    """How much speaks for a role, and what speaks the most; 0 for nothing."""
    signs = sorted(_SIGNS[role](service), reverse=True)
    return (sum(score for score, _ in signs), signs[0][1]) if signs else (0, "")


Sign = tuple[int, str]

_TOOLS = re.compile(
    r"exporter|admin|insight|commander|adminer|backup|migrat|proxy|pgbouncer|express", re.ASCII
)
"""Images and services around a database that are none."""


def _repository(image: str) -> str:
    """``registry:5000/owner/name:tag@digest`` → ``owner/name``, without a registry's host."""
    name = re.sub(r"(?::[^/:@]+)?(?:@.*)?$", "", image)
    first, slash, rest = name.partition("/")
    return rest if slash and ("." in first or ":" in first or first == "localhost") else name


def _listens(service: Facts, *numbers: int) -> Iterator[Sign]:
    for number, protocol in service.ports:
        if number in numbers and protocol == "tcp":
            yield 30, f"port {number}"


def _named(service: Facts, pattern: str, score: int = 10) -> Iterator[Sign]:
    if re.search(rf"(?:^|[-_.])(?:{pattern})(?:$|[-_.\d])", service.name, re.IGNORECASE):
        yield score, "its name"


def _livekit(service: Facts) -> Iterator[Sign]:
    repository = _repository(service.image)
    if re.search(r"(?:^|[/-])livekit[-/](?:egress|ingress|sip|agents?|cli)\b", repository):
        return
    if re.search(r"(?:^|/)livekit(?:-server)?$", repository):
        yield 100, f"image {service.image}"
    for variable in ("LIVEKIT_KEYS", "LIVEKIT_CONFIG"):
        if variable in service.variables:
            yield 80, f"it is given {variable}"
    if "livekit-server" in service.command:
        yield 80, "it runs livekit-server"
    if re.search(r"livekit\S*$", service.build, re.IGNORECASE):
        yield 40, f"built from {service.build.split()[-1]}"
    yield from _listens(service, 7880)


def _redis(service: Facts) -> Iterator[Sign]:
    repository = _repository(service.image)
    if _TOOLS.search(repository) or _TOOLS.search(service.name):
        return
    if re.search(r"(?:^|/)(?:redis|redis-stack|redis-stack-server|valkey|keydb|dragonfly)$", repository):
        yield 100, f"image {service.image}"
    if re.search(r"\b(?:redis|valkey|keydb)-server\b", service.command):
        yield 80, "it runs a Redis server"
    yield from _listens(service, 6379)


def _db(service: Facts) -> Iterator[Sign]:
    repository = _repository(service.image)
    if _TOOLS.search(repository) or _TOOLS.search(service.name):
        return
    known = (
        "postgres|postgresql|postgis|pgvector|timescaledb|mysql|mysql-server|mariadb|mongo|mongodb|cockroach"
    )
    if re.search(rf"(?:^|/)(?:{known})(?:-ha)?$", repository):
        yield 100, f"image {service.image}"
    for variable in service.variables:
        if re.fullmatch(
            r"(?:POSTGRES|MYSQL_ROOT|MARIADB_ROOT)_PASSWORD(?:_FILE)?|MONGO_INITDB_\w+", variable
        ):
            # An app may be given it, too: then it is built.
            yield 10 if service.build else 60, f"it is given {variable}"
    yield from _listens(service, 5432, 3306, 27017)


def _server(service: Facts) -> bool:
    """Whether it is one of the services that others stand on."""
    return any(score >= 60 for sign in (_livekit, _redis, _db) for score, _ in sign(service))


def _mediasoup(service: Facts) -> Iterator[Sign]:
    if _server(service):
        return
    if variable := next((name for name in service.variables if name.startswith("MEDIASOUP_")), ""):
        yield 80, f"it is given {variable}"
    if re.search(
        r"mediasoup", f"{service.image} {service.build} {service.command} {service.name}", re.IGNORECASE
    ):
        yield 60, "mediasoup in its image, build or command"
    media = [number for number, protocol in service.ports if protocol == "udp"]
    if media and service.build:
        yield 20, f"it is built here and has {len(media)} UDP port{'s' if len(media) > 1 else ''}"


def _backend(service: Facts) -> Iterator[Sign]:
    if not service.build or _server(service):
        return
    secrets = ("LIVEKIT_API_SECRET", "DATABASE_URL", "REDIS_URL", "PGHOST", "JWT_SECRET", "SESSION_SECRET")
    public = [name for name in service.variables if _PUBLIC.match(name)]
    if variable := next((name for name in secrets if name in service.variables), ""):
        yield 15 if public else 40, f"it is built here and is given {variable}"
    yield from _named(service, "backend|back|api|server|app-server|signaling|signalling", 20)
    if any(re.search(r"postgres|mysql|mongo|redis|db", need) for need in service.needs):
        yield 10, "it waits for the database"


_PUBLIC = re.compile(r"(?:NEXT_PUBLIC|VITE|REACT_APP|NUXT_PUBLIC)_", re.ASCII)


def _web(service: Facts) -> Iterator[Sign]:
    if not service.build or _server(service):
        return
    if variable := next((name for name in service.variables if _PUBLIC.match(name)), ""):
        yield 40, f"it is built here and is given {variable}"
    yield from _named(service, "web|frontend|front|client|ui|www|next|nuxt", 20)
    for number, protocol in service.ports:
        if number in (3000, 4200, 5173, 80) and protocol == "tcp":
            yield 10, f"port {number}"


_SIGNS = {
    "livekit": _livekit,
    "redis": _redis,
    "db": _db,
    "backend": _backend,
    "web": _web,
    "mediasoup": _mediasoup,
}
