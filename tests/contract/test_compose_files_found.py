"""The Compose files of a project: those that lkm names are those that Compose reads, in both generations."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from livekit_migrate.core import settings
from livekit_migrate.stack.compose import files
from tests import compose

ALL = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")


def service(name: str) -> str:
    """Each file brings a service of its own, so that Compose's answer tells which files it read."""
    return re.sub(r"\W", "-", name)


CASES: dict[str, tuple[tuple[str, ...], str, dict[str, str]]] = {
    "each name alone: compose.yaml": ((ALL[0],), "", {}),
    "each name alone: compose.yml": ((ALL[1],), "", {}),
    "each name alone: docker-compose.yml": ((ALL[2],), "", {}),
    "each name alone: docker-compose.yaml": ((ALL[3],), "", {}),
    "all names at once": (ALL, "", {}),
    "the older names": (ALL[2:], "", {}),
    "an override": (("docker-compose.yml", "docker-compose.override.yml"), "", {}),
    "an override of the other family": (("compose.yaml", "docker-compose.override.yml"), "", {}),
    "two overrides": (("compose.yml", "compose.override.yml", "compose.override.yaml"), "", {}),
    "COMPOSE_FILE in the shell": (("compose.yaml", "a.yml"), "", {"COMPOSE_FILE": "a.yml"}),
    "COMPOSE_FILE in .env": (("compose.yaml", "a.yml", "b.yml"), "COMPOSE_FILE=a.yml:b.yml", {}),
    "the shell wins": (("a.yml", "b.yml"), "COMPOSE_FILE=a.yml", {"COMPOSE_FILE": "b.yml"}),
    "another separator": (("a.yml", "b.yml"), "COMPOSE_FILE=a.yml,b.yml\nCOMPOSE_PATH_SEPARATOR=,", {}),
    "no override beside COMPOSE_FILE": (("a.yml", "compose.override.yaml"), "COMPOSE_FILE=a.yml", {}),
    "in a folder": (("sub/a.yml",), "COMPOSE_FILE=sub/a.yml", {}),
}


@pytest.mark.parametrize(("names", "env_file", "shell"), CASES.values(), ids=CASES.keys())
def test_found_as_compose_finds_them(
    tmp_path: Path,
    compose_env: dict[str, str],
    names: tuple[str, ...],
    env_file: str,
    shell: dict[str, str],
) -> None:
    compose.write(tmp_path, {name: f"services: {{{service(name)}: {{image: x}}}}\n" for name in names})
    if env_file:
        compose.write(tmp_path, {".env": env_file + "\n"})
    found = files.found(settings.load(tmp_path, env={}), shell)
    told = compose.Project(tmp_path, "lkm-found", {**compose_env, **shell}).config()
    assert {service(path.relative_to(tmp_path).as_posix()) for path in found} == set(told["services"])


def test_lkm_toml_names_them(tmp_path: Path, compose_env: dict[str, str]) -> None:
    compose.write(
        tmp_path, {name: f"services: {{{service(name)}: {{image: x}}}}\n" for name in ("a.yml", "b.yml")}
    )
    compose.write(
        tmp_path, {"lkm.toml": "compose.files = ['b.yml', 'a.yml']\n", ".env": "COMPOSE_FILE=a.yml\n"}
    )
    mine = settings.load(tmp_path, env={})
    found = files.found(mine)
    assert [path.name for path in found] == ["b.yml", "a.yml"]
    words = [word for path in files.explicit(mine, found) for word in ("--file", str(path))]
    told = compose.Project(tmp_path, "lkm-found", compose_env).config(*words)
    assert set(told["services"]) == {"a-yml", "b-yml"}
