"""What public projects have and is no fault: nothing is said of it. With it, the fault that it looks like."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.conftest import free_port

from .conftest import KEY, SECRET
from .looking import look


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """A project whose port is its own: whoever works on this machine may have a server on the usual one."""
    if not (folder / "lkm.toml").exists():
        (folder / "lkm.toml").write_text(f"[ports]\nsignal = {free_port()}\n")
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def manifest(*needs: str) -> str:
    return json.dumps({"dependencies": dict.fromkeys(needs, "^2.0.0")})


@pytest.mark.parametrize(
    ("needs", "missed"),
    [(["livekit-client"], []), (["livekit-client", "livekit-server-sdk"], ["keys.missing"])],
)
def test_a_page_that_only_joins_needs_no_key(tmp_path: Path, needs: list[str], missed: list[str]) -> None:
    write(tmp_path, {"package.json": manifest(*needs)})
    assert look(tmp_path, only=["env"], offline=True).causes == missed


def test_the_env_file_of_such_a_page_gets_no_key_pair(tmp_path: Path) -> None:
    write(tmp_path, {"package.json": manifest("livekit-client"), ".env.example": "VITE_LIVEKIT_URL=\n"})
    fix = look(tmp_path, only=["env.file"]).one("env.file").fix
    assert fix is not None
    assert fix.command == "cp .env.example .env"


HELM = "{{- if .Values.ingress.enabled -}}\nkeys: {}\n{{- end }}\n"
COMPOSE = (
    "services:\n  livekit:\n    image: livekit/livekit-server:v1.13.5\n"
    "    command: --config /etc/livekit.yaml\n    volumes: ['./livekit-server.yaml:/etc/livekit.yaml']\n"
)


def test_a_helm_chart_and_an_example_in_the_docs_are_none_of_the_project(tmp_path: Path) -> None:
    pair = {".env": f"LIVEKIT_API_KEY={KEY}\nLIVEKIT_API_SECRET={SECRET}\n"}
    chart = {"helm/Chart.yaml": "name: a\n", "helm/templates/ingress.yaml": HELM}
    write(tmp_path, {"package.json": "{}", **pair, **chart, "docs/start/compose.yaml": COMPOSE})
    assert look(tmp_path, only=["env", "config"], offline=True).causes == []
    write(tmp_path, {"deploy/compose.yaml": COMPOSE, "deploy/ingress.yaml": HELM})
    found = look(tmp_path, only=["env", "config"], offline=True)
    assert found.causes == ["config.file-missing"]
    assert found.status("env.keys") == "warn"  # that file is nobody's template


def test_missing_files_of_one_compose_file_are_one_finding(tmp_path: Path) -> None:
    text = "services:\n"
    for name in ("a", "b", "c"):
        text += f"  {name}:\n    image: redis:7\n    env_file: [env/common, env/{name}]\n"
    pair = {".env": f"LIVEKIT_API_KEY={KEY}\nLIVEKIT_API_SECRET={SECRET}\n"}
    write(tmp_path, {"compose.yaml": text, "package.json": "{}", "env/common.dist": "A=\n", **pair})
    found = look(tmp_path, only=["env.keys"], offline=True)
    said = found.one("keys.unreadable")
    assert said.title == "4 env_files are missing: env/common, env/a, env/b, env/c"
    assert str(said.location) == "compose.yaml:4"


def test_what_compose_misses_is_named_as_a_person_would(files: Path) -> None:
    path = files / "docker-compose.yml"
    path.write_text(
        path.read_text().replace("    restart: unless", "    env_file: env/common\n    restart: unless", 1)
    )
    write(files, {"env/common.dist": "A=\n"})
    top = look(files, only=["project"]).one("project.compose")
    assert top.title == "Compose refuses the project's files: env file env/common not found"
    assert top.fix is not None
    assert top.fix.command == "cp env/common.dist env/common"


def test_a_path_in_livekit_config_beside_config_is_said_once(tmp_path: Path) -> None:
    environment = "    environment: {LIVEKIT_CONFIG: /etc/livekit.yaml}\n"
    write(tmp_path, {"compose.yaml": COMPOSE + environment, "livekit-server.yaml": "port: 7880\n"})
    found = look(tmp_path, only=["config"], offline=True)
    assert found.causes == ["config.path-as-text"]
    fix = found.one("config.path-as-text").fix
    assert fix is not None
    assert fix.text.startswith("take LIVEKIT_CONFIG away: --config names a file already")


def test_redis_of_a_server_that_is_not_started(tmp_path: Path) -> None:
    signal = free_port()
    config = f"port: {signal}\nredis: {{address: 'localhost:{free_port()}'}}\nkeys: {{{KEY}: {SECRET}}}\n"
    write(tmp_path, {"package.json": "{}", "livekit.yaml": config})
    found = look(tmp_path, only=["stack.redis"])
    assert found.status("stack.redis") == "skip"
    with socket.create_server(("127.0.0.1", signal)):  # something runs where the server should
        assert look(tmp_path, only=["stack.redis"]).causes == ["stack.redis"]


def test_one_short_secret_is_one_cause(files: Path) -> None:
    env = files / ".env"
    env.write_text(env.read_text().replace(SECRET, "secret"))
    found = look(files, only=["config", "security.dev-keys"])
    assert found.causes == ["security.dev-keys"]
    assert [each.id for each in found.diagnosis.problems[0].symptoms] == ["config.short-secret"]
