"""Which service of a Compose project is which: by what the files say, and by what the user says."""

from __future__ import annotations

from pathlib import Path

import pytest

from livekit_migrate.core import settings
from livekit_migrate.core.errors import ConfigError
from livekit_migrate.stack import compose_files, compose_roles
from livekit_migrate.stack.compose_files import App
from livekit_migrate.stack.compose_roles import Facts
from tests import compose

ENV = "LIVEKIT_API_KEY=APIx\nLIVEKIT_API_SECRET=s\nPOSTGRES_PASSWORD=p\n"

# What people have: their own names, images from elsewhere, programs around the servers.
FOREIGN = """
services:
  sfu:
    image: registry.example.com:5000/mirror/livekit-server@sha256:0000000000000000000000000000000000000000
  recorder:
    image: livekit/egress:v1.9
    environment: {EGRESS_CONFIG_BODY: "x"}
  cache:
    image: valkey/valkey:8-alpine
  cache-ui:
    image: rediscommander/redis-commander:latest
    ports: ["8081:8081"]
  pg:
    image: pgvector/pgvector:pg17
    environment: {POSTGRES_PASSWORD: x}
  pg-metrics:
    image: quay.io/prometheuscommunity/postgres-exporter
    environment: {POSTGRES_PASSWORD: x}
  rooms:
    build: {context: ./rooms}
    depends_on: [pg, cache]
    environment: {DATABASE_URL: x, LIVEKIT_API_SECRET: x}
    ports: ["8080:8080"]
  calls:
    build: {context: ./calls}
    environment: {MEDIASOUP_ANNOUNCED_IP: 127.0.0.1}
    ports: ["4001:4001", "40000-40010:40000-40010/udp"]
  page:
    build: {context: ./page, args: {NEXT_PUBLIC_LIVEKIT_URL: "ws://localhost:7880"}}
    ports: ["3000:3000"]
"""


def chosen(folder: Path, services: tuple[Facts, ...]) -> dict[str, str]:
    found = compose_roles.assign(settings.load(folder, env={}), services)
    return {role.role: role.service for role in found}


def test_the_default_stack(project: Path, compose_env: dict[str, str]) -> None:
    compose.write(project, {**compose_files.render(settings.load(project, env={})), ".env": ENV})
    services = compose_roles.facts(compose.Project(project, "roles", compose_env).config())
    assert chosen(project, services) == {
        "livekit": "livekit",
        "redis": "redis",
        "db": "postgres",
        "backend": "",
        "web": "",
        "mediasoup": "",
    }


def test_the_stack_with_an_app(project: Path, compose_env: dict[str, str]) -> None:
    texts = compose_files.render(settings.load(project, env={}), App("server", "web", mediasoup=True))
    compose.write(project, {**texts, ".env": ENV})
    services = compose_roles.facts(compose.Project(project, "roles", compose_env).config())
    found = chosen(project, services)
    assert (found["backend"], found["web"], found["mediasoup"]) == ("backend", "web", "backend")


def test_services_with_other_names(project: Path, compose_env: dict[str, str]) -> None:
    (project / "compose.yaml").write_text(FOREIGN)
    services = compose_roles.facts(compose.Project(project, "roles", compose_env).config())
    found = compose_roles.assign(settings.load(project, env={}), services)
    assert [(role.role, role.service, role.reason) for role in found] == [
        ("livekit", "sfu", f"image {services_image(services, 'sfu')}"),
        ("redis", "cache", "image valkey/valkey:8-alpine"),
        ("db", "pg", "image pgvector/pgvector:pg17"),
        ("backend", "rooms", "it is built here and is given LIVEKIT_API_SECRET"),
        ("web", "page", "it is built here and is given NEXT_PUBLIC_LIVEKIT_URL"),
        ("mediasoup", "calls", "it is given MEDIASOUP_ANNOUNCED_IP"),
    ]
    assert all(role.guessed for role in found)


def services_image(services: tuple[Facts, ...], name: str) -> str:
    return next(service.image for service in services if service.name == name)


def test_lkm_toml_has_the_last_word(project: Path) -> None:
    (project / "lkm.toml").write_text("[compose.roles]\nlivekit = 'b'\n")
    services = (Facts("a", "livekit/livekit-server:v1.13.5"), Facts("b", "example.com/own:1"))
    role = compose_roles.assign(settings.load(project, env={}), services)[0]
    assert (role.service, role.reason, role.guessed) == ("b", "lkm.toml:2", False)


def test_a_name_that_no_service_has(project: Path) -> None:
    (project / "lkm.toml").write_text("[compose.roles]\nredis = 'cahce'\n")
    with pytest.raises(ConfigError) as refused:
        compose_roles.assign(settings.load(project, env={}), (Facts("cache"), Facts("app")))
    assert refused.value.message == (
        "lkm.toml:2: compose.roles.redis: there is no service 'cahce'; did you mean 'cache'?"
    )
    assert refused.value.detail == "services: cache, app"


def test_between_two_alike_nobody_is_chosen() -> None:
    services = [Facts("one", "redis:7"), Facts("two", "redis:7"), Facts("three", "nginx")]
    role = compose_roles.guess("redis", services)
    assert role.service == ""
    assert role.candidates == ("one", "two")
    assert role.reason == "image redis:7, but so has two"


@pytest.mark.parametrize(
    ("service", "role"),
    [
        (Facts("x", "livekit/livekit-server"), "livekit"),
        (Facts("x", "ghcr.io/acme/livekit:latest"), "livekit"),
        (Facts("x", build=". livekit.Dockerfile"), "livekit"),
        (Facts("x", command="/livekit-server --dev"), "livekit"),
        (Facts("x", "acme/sfu", variables=("LIVEKIT_KEYS",)), "livekit"),
        (Facts("x", "livekit/ingress:v1"), ""),
        (Facts("x", "livekit/sip"), ""),
        (Facts("livekit-agent", "acme/agent", variables=("LIVEKIT_API_SECRET",)), ""),
        (Facts("x", "localhost:5000/redis"), "redis"),
        (Facts("x", "docker.dragonflydb.io/dragonflydb/dragonfly"), "redis"),
        (Facts("x", "oliver006/redis_exporter"), ""),
        (Facts("x", "redis/redisinsight:2"), ""),
        (Facts("x", "alpine", ports=((6379, "tcp"),)), "redis"),
        (Facts("x", "bitnami/postgresql:17"), "db"),
        (Facts("x", "mysql:8"), "db"),
        (Facts("x", "dpage/pgadmin4"), ""),
        (Facts("x", "edoburu/pgbouncer", ports=((5432, "tcp"),)), ""),
        (Facts("signaling", build="./s", ports=((44444, "udp"),), variables=("MEDIASOUP_X",)), "mediasoup"),
        (Facts("frontend", build="./f"), "web"),
        (Facts("api", build="./f"), "backend"),
        (Facts("worker", build="./w"), ""),
    ],
)  # fmt: skip
def test_one_service_alone(service: Facts, role: str) -> None:
    found = [one for one in compose_roles.ROLES if compose_roles.guess(one, [service]).service]
    strongest = [one for one in found if one != "backend" or role == "backend"]
    assert strongest == ([role] if role else [])
