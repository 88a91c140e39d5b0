"""Where keys are found, with which line, and what is passed over."""

from __future__ import annotations

from pathlib import Path

import pytest

from livekit_migrate.core import settings as project_settings
from livekit_migrate.core.settings import Settings
from livekit_migrate.livekit.key_places import find, naming
from livekit_migrate.livekit.key_search import Found, Place

S1, S2, S3 = ("first", "second", "third")
SECRETS = {name: f"{name}-0123456789abcdefghijklmnopqrstuvwxyz" for name in (S1, S2, S3)}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "lkm.toml").write_text("")
    return project_settings.load(tmp_path, env={})


def put(settings: Settings, name: str, text: str) -> None:
    path = settings.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    for short, secret in SECRETS.items():
        text = text.replace(f"<{short}>", secret)
    path.write_text(text)


def seen(found: Found, *roles: str) -> list[tuple[str, str, str]]:
    """(key, which secret, where), sorted."""
    names = {secret: short for short, secret in SECRETS.items()}

    def one(place: Place) -> tuple[str, str, str]:
        secret = place.secret.reveal() if place.secret else ""
        return place.key, names.get(secret, secret), place.where

    return sorted(one(place) for place in found.places if not roles or place.role in roles)


def test_every_env_file_of_every_package(settings: Settings) -> None:
    pair = "LIVEKIT_API_KEY=API{0}\nLIVEKIT_API_SECRET=<first>\n"
    put(settings, ".env", "# x\n" + pair.format(0))
    put(settings, "apps/web/.env.local", pair.format(1))
    put(settings, "packages/a/b/.env.development", "\n\n" + pair.format(2))
    put(settings, "apps/api/.env.production", pair.format(3))
    for name in (
        "node_modules/x/.env",
        ".git/.env",
        "apps/web/dist/.env",
        ".env.example",
        ".env.local.sample",
    ):
        put(settings, name, pair.format(9))
    found = find(settings, {})
    assert seen(found) == [
        ("API0", S1, ".env:2 and .env:3"),
        ("API1", S1, "apps/web/.env.local:1 and apps/web/.env.local:2"),
        ("API2", S1, "packages/a/b/.env.development:3 and packages/a/b/.env.development:4"),
        ("API3", S1, "apps/api/.env.production:1 and apps/api/.env.production:2"),
    ]
    assert {place.key: bool(place.other) for place in found.places} == {
        "API0": False,
        "API1": False,
        "API2": False,
        "API3": True,
    }


def test_halves_complete_each_other_or_are_named(settings: Settings) -> None:
    put(settings, ".env", "LIVEKIT_API_KEY=APIa\nLIVEKIT_API_SECRET=<first>\n")
    put(settings, ".env.local", "LIVEKIT_API_SECRET=<second>\n")
    put(settings, "apps/web/.env", "LIVEKIT_API_KEY=APIb\n")
    found = find(settings, {"LIVEKIT_API_KEY": "APIshell"})
    assert seen(found) == [
        ("APIa", S1, ".env:1 and .env:2"),
        ("APIa", S2, ".env:1 and .env.local:1"),
        ("APIshell", S1, "LIVEKIT_API_KEY (shell) and .env:2"),
    ]
    assert [(problem.id, str(problem.at)) for problem in found.problems] == [("keys.half", "apps/web/.env:1")]


@pytest.mark.parametrize(
    ("written", "key", "where"),
    [
        ('"${LIVEKIT_API_KEY}: ${LIVEKIT_API_SECRET}"', "APIa", "compose.yaml:5 (from .env:1, .env:2)"),
        ('"${NO:-APIa}: ${LIVEKIT_API_SECRET:?x}"', "APIa", "compose.yaml:5 (from .env:2)"),
        ("'APIb: <first>'", "APIb", "compose.yaml:5"),
        ("|\n        APIc: <first>", "APIc", "compose.yaml:6"),
    ],
)
def test_what_compose_gives_the_server(settings: Settings, written: str, key: str, where: str) -> None:
    put(settings, ".env", "LIVEKIT_API_KEY=APIa\nLIVEKIT_API_SECRET=<first>\n")
    put(
        settings,
        "compose.yaml",
        "services:\n  livekit:\n    image: livekit/livekit-server\n    environment:\n"
        f"      LIVEKIT_KEYS: {written}\n",
    )
    assert seen(find(settings, {}), "server") == [(key, S1, where)]


def test_what_wins_in_a_server(settings: Settings) -> None:
    """A key file, then LIVEKIT_KEYS, then `keys` of the configuration (livekit-server 1.13.5)."""
    compose = (
        "services:\n  livekit:\n    image: livekit/livekit-server:v1.13.5\n"
        "    command: --config /etc/livekit.yaml\n    volumes: ['./conf:/etc']\n{more}"
    )
    put(settings, "compose.yaml", compose.format(more=""))
    put(settings, "conf/livekit.yaml", "port: 7880\nkeys:\n  APIfile: <first>\n")
    assert seen(find(settings, {}), "server") == [("APIfile", S1, "conf/livekit.yaml:3")]
    put(
        settings,
        "compose.yaml",
        compose.format(more="    environment:\n      - 'LIVEKIT_KEYS=APIenv: <second>'\n"),
    )
    found = find(settings, {})
    assert [place.key for place in found.places if not place.other] == ["APIenv"]
    assert [place.key for place in found.places if place.other] == ["APIfile"]
    put(settings, "conf/livekit.yaml", "key_file: /etc/keys.yaml\n")
    put(settings, "conf/keys.yaml", "# keys\nAPIkf: <third>\n")
    (settings.root / "conf/keys.yaml").chmod(0o604)
    found = find(settings, {})
    assert seen(found, "server") == [("APIkf", S3, "conf/keys.yaml:2")]
    assert [problem.id for problem in found.problems] == ["keys.key-file-mode"]
    (settings.root / "conf/keys.yaml").chmod(0o640)
    assert find(settings, {}).problems == ()


def test_livekits_own_services_and_apps_in_compose(settings: Settings) -> None:
    put(settings, "shared.env", "LIVEKIT_API_KEY=APIshared\nLIVEKIT_API_SECRET=<third>\n")
    put(
        settings,
        "docker-compose.yml",
        "services:\n"
        "  egress:\n    image: livekit/egress:latest\n    environment:\n"
        "      EGRESS_CONFIG_BODY: |\n        api_key: APIe\n        api_secret: <first>\n"
        "  agent:\n    build: .\n    env_file: shared.env\n"
        "  api:\n    build: .\n    environment:\n      - LIVEKIT_API_KEY=APIapi\n"
        "      - LIVEKIT_API_SECRET=<second>\n",
    )
    put(settings, "ops/ingress.yaml", "api_secret: <first>\napi_key: APIi\n")
    put(settings, "livekit.yaml", "webhook:\n  api_key: APIw\n")
    found = find(settings, {})
    assert seen(found, "egress") == [("APIe", S1, "docker-compose.yml:6 and docker-compose.yml:7")]
    assert seen(found, "ingress") == [("APIi", S1, "ops/ingress.yaml:2 and ops/ingress.yaml:1")]
    assert seen(found, "webhook") == [("APIw", "", "livekit.yaml:2")]
    assert seen(found, "app") == [
        ("APIapi", S2, "docker-compose.yml:14 and docker-compose.yml:15"),
        ("APIshared", S3, "shared.env:1 and shared.env:2"),
    ]


def test_what_is_filled_in_does_not_name_the_key(settings: Settings) -> None:
    put(settings, ".env", "LIVEKIT_API_KEY=APIa\nLIVEKIT_API_SECRET=<first>\n")
    put(
        settings,
        "compose.yaml",
        "services:\n  livekit:\n    image: livekit/livekit-server\n    environment:\n"
        '      LIVEKIT_KEYS: "${LIVEKIT_API_KEY}: ${LIVEKIT_API_SECRET}"\n',
    )
    assert [str(place.key_at) for place in naming(find(settings, {}), settings, "APIa")] == [".env:1"]


NOT_SET = """services:
  a:
    image: livekit/livekit-server
    environment:
      LIVEKIT_KEYS: "${NOT_SET:?run it}: x"
"""


@pytest.mark.parametrize(
    ("name", "text", "problem", "where"),
    [
        (".env", "LIVEKIT_KEYS=APIa:nospace-0123456789\n", "keys.spacing", ".env:1"),
        ("web/.env", "NEXT_PUBLIC_LIVEKIT_API_SECRET=<first>\n", "keys.public-secret", "web/.env:1"),
        ("compose.yaml", "services: [\n", "keys.unreadable", "compose.yaml:2"),
        ("egress.yaml", "api_key: a: b\n", "keys.unreadable", "egress.yaml:1"),
        ("egress.yaml", "api_key: a\napi_secret: *<first>\n", "keys.unreadable", "egress.yaml:2"),
        ("compose.yaml", NOT_SET, "keys.unresolved", "compose.yaml:5"),
    ],
)
def test_what_gives_no_key_is_a_problem_with_its_line(
    settings: Settings, name: str, text: str, problem: str, where: str
) -> None:
    put(settings, name, text)
    found = find(settings, {})
    assert [(one.id, str(one.at)) for one in found.problems] == [(problem, where)]
    said = "".join(one.title + one.detail for one in found.problems)
    assert not any(secret in said for secret in SECRETS.values())


def test_a_huge_tree_is_cut_and_said_so(settings: Settings) -> None:
    from livekit_migrate.code.walk import Walk

    for number in range(30):
        (settings.root / f"d{number}").mkdir()
    walk = Walk(settings.root, folders=10)
    assert len(list(walk)) == 10
    assert walk.cut
    whole = Walk(settings.root)
    assert len(list(whole)) == 31
    assert not whole.cut


def test_a_link_in_a_circle_does_no_harm(settings: Settings) -> None:
    (settings.root / "a").mkdir()
    (settings.root / "a" / "up").symlink_to("..")
    (settings.root / ".env").symlink_to(".env")
    assert [problem.id for problem in find(settings, {}).problems] == ["keys.unreadable"]
