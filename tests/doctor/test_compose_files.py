"""Faults in Compose files, seen without starting anything: what is said first, where, and what mends it."""

from __future__ import annotations

import json
import os
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, need, running_server
from tests.native import release
from tests.unprivileged import unprivileged, user_env, user_project

from .looking import look

__all__ = ["user_env", "user_project"]

# `docker compose config` needs no engine: neither do these.
STATIC = (
    "project", "env", "config", "security",
    "stack.published", "stack.wide-range", "stack.image", "stack.grace", "stack.healthcheck",
    "stack.redis-same",
)  # fmt: skip


def edit(folder: Path, old: str, new: str, name: str = "docker-compose.yml") -> None:
    path = folder / name
    text = path.read_text()
    assert old in text, f"{old} is not in {name}"
    path.write_text(text.replace(old, new))


def port(folder: Path, key: str) -> int:
    """A port of livekit.yaml."""
    lines = (folder / "livekit.yaml").read_text().splitlines()
    return next(int(line.split(": ")[1]) for line in lines if line.strip().startswith(f"{key}: "))


def test_the_default_stack_is_clean(files: Path) -> None:
    found = look(files, only=STATIC)
    assert found.causes == []
    assert found.status("stack.published") == "ok"


def test_the_default_stack_with_a_range_is_clean(files: Path) -> None:
    udp = port(files, "udp_port")
    edit(files, f"udp_port: {udp}", "port_range_start: 50000\n  port_range_end: 50200", "livekit.yaml")
    edit(files, f"127.0.0.1:{udp}:{udp}/udp", "127.0.0.1:50000-50200:50000-50200/udp")
    found = look(files, only=STATIC)
    assert found.causes == []
    assert found.failed == []
    assert found.status("stack.wide-range") == "info"  # 201 ports: a word, no warning


REDIS_HOST = "      REDIS_HOST: redis:6379\n"
Break = Callable[[Path], None]


def udp_published_elsewhere(folder: Path) -> None:
    udp = port(folder, "udp_port")
    edit(folder, f"127.0.0.1:{udp}:{udp}/udp", f"127.0.0.1:{udp + 1}:{udp}/udp")


def udp_not_published(folder: Path) -> None:
    udp = port(folder, "udp_port")
    edit(folder, f'      - "127.0.0.1:{udp}:{udp}/udp"\n', "")


def range_too_small(folder: Path) -> None:
    udp = port(folder, "udp_port")
    edit(folder, f"udp_port: {udp}", "port_range_start: 50000\n  port_range_end: 50100", "livekit.yaml")
    edit(folder, f"127.0.0.1:{udp}:{udp}/udp", "127.0.0.1:50000-50050:50000-50050/udp")


def very_wide(folder: Path) -> None:
    udp = port(folder, "udp_port")
    edit(folder, f"udp_port: {udp}", "port_range_start: 50000\n  port_range_end: 60000", "livekit.yaml")
    edit(folder, f"127.0.0.1:{udp}:{udp}/udp", "127.0.0.1:50000-60000:50000-60000/udp")


def signal_not_published(folder: Path) -> None:
    signal = port(folder, "port")
    edit(folder, f"127.0.0.1:{signal}:{signal}", f"127.0.0.1:{signal}:{signal + 1}")


def old_image(folder: Path) -> None:
    edit(folder, "livekit-server:v1.13.5", "livekit-server:v1.10.0")


def latest_image(folder: Path) -> None:
    edit(folder, "livekit-server:v1.13.5", "livekit-server:latest")


def curl(folder: Path) -> None:
    signal = port(folder, "port")
    old = f'["CMD", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1:{signal}/"]'
    edit(folder, old, f'["CMD", "curl", "-f", "http://127.0.0.1:{signal}/"]')


def open_redis(folder: Path) -> None:
    text = (folder / "docker-compose.yml").read_text()
    line = next(line for line in text.splitlines() if line.endswith(':6379"'))
    edit(folder, line, line.replace("127.0.0.1:", ""))


def other_key(folder: Path) -> None:
    edit(folder, "${LIVEKIT_API_KEY:?run lkm keys new}: ", "APIother0000000: ")


def key_without_space(folder: Path) -> None:
    edit(folder, "run lkm keys new}: ${LIVEKIT_API_SECRET", "run lkm keys new}:${LIVEKIT_API_SECRET")


def no_password(folder: Path) -> None:
    edit(folder, "POSTGRES_PASSWORD=a-word-of-its-own\n", "", ".env")


def unset_variable(folder: Path) -> None:
    edit(folder, REDIS_HOST, f"{REDIS_HOST}      REGION: ${{SOME_REGION}}\n")


def broken_yaml(folder: Path) -> None:
    edit(folder, "services:\n  livekit:\n", "services:\n  livekit:\n   bad: [\n")


def unknown_key(folder: Path) -> None:
    edit(folder, "    restart: unless-stopped\n", "    restrat: unless-stopped\n")


def second_file(folder: Path) -> None:
    (folder / "compose.yaml").write_text((folder / "docker-compose.yml").read_text())


def named_and_gone(folder: Path) -> None:
    path = folder / "lkm.toml"
    path.write_text(f'compose.files = ["docker-compose.yml", "gone.yml"]\n{path.read_text()}')


@pytest.mark.parametrize(
    ("breaks", "first", "status", "says"),
    [
        (udp_published_elsewhere, "stack.published", "fail", "the server tells browsers"),
        (udp_not_published, "stack.published", "fail", "livekit publishes none"),
        (range_too_small, "stack.published", "fail", "on 50000–50100, and livekit publishes 50000–50050"),
        (very_wide, "stack.wide-range", "warn", "livekit publishes 10001 UDP ports"),
        (signal_not_published, "stack.signal-port", "fail", "signalling is configured on TCP"),
        (old_image, "stack.image", "fail", "livekit-server 1.10.0 is known to be broken"),
        (latest_image, "stack.image", "warn", "the image's tag latest says no release"),
        (curl, "stack.healthcheck", "fail", "the health check of livekit calls curl"),
        (open_redis, "security.open-ports", "warn", "Redis (redis) is published on every address"),
        (other_key, "keys.key-differs", "fail", "the key differs from the one of"),
        (key_without_space, "keys.spacing", "fail", ""),
        (no_password, "env.compose", "fail", "POSTGRES_PASSWORD has no value"),
        (unset_variable, "env.compose", "warn", "in the place of SOME_REGION: it has no value"),
        (broken_yaml, "project.compose", "fail", "Compose refuses the project's files"),
        (unknown_key, "project.compose", "fail", "restrat"),
        (second_file, "project.compose-files", "warn", "Compose reads compose.yaml, and docker-compose.yml"),
        (named_and_gone, "project.compose-gone", "fail", "gone.yml is not there"),
    ],
    ids=lambda value: value.__name__ if callable(value) else None,
)
def test_each_fault_is_named_first_and_nothing_unrelated_fails(
    files: Path, breaks: Break, first: str, status: str, says: str
) -> None:
    before = {path: path.read_bytes() for path in files.iterdir() if path.is_file()}
    breaks(files)
    found = look(files, only=STATIC)
    assert found.causes[:1] == [first], [(f.id, f.title) for f in found.diagnosis.findings[:5]]
    top = found.diagnosis.problems[0].finding
    assert top.status == status
    assert top.fix is not None  # what to do about it
    assert says in f"{top.title} {top.detail}"
    # A second cause is one of the same kind at most: the config checker's word on the same line.
    others = {name.partition(".")[0] for name in found.causes[1:]}
    assert others <= {first.partition(".")[0], "config"}, found.causes
    assert "doctor.broken-check" not in found.causes
    for path in files.iterdir():
        if path.is_file() and path not in before:
            path.unlink()
    for path, data in before.items():
        path.write_bytes(data)
    assert look(files, only=STATIC).causes == []


def test_what_compose_requires_is_not_missed_twice(files: Path) -> None:
    no_password(files)
    (files / ".env.example").write_text("POSTGRES_PASSWORD=\n")
    found = look(files, only=STATIC)
    assert found.causes == ["env.compose"]
    fix = found.one("env.compose").fix
    assert fix is not None
    assert fix.command == "lkm up", "which makes one"


def test_ports_of_a_configuration_that_is_refused_are_not_judged(files: Path) -> None:
    edit(files, "udp_port:", "udp_prot:", "livekit.yaml")
    found = look(files, only=STATIC)
    assert found.causes == ["config.unknown-key"]
    assert found.status("stack.published") == "skip"


def test_a_short_grace_period_is_written_with_its_diff(files: Path) -> None:
    after = "    restart: unless-stopped\n    # 0: no limit.\n"
    edit(files, f"    stop_grace_period: 30s\n{after}", after)
    found = look(files, only=STATIC)
    assert found.causes == ["stack.grace"]
    assert look(files, only=STATIC, fix=True).causes == ["stack.grace"]  # no safe one
    mended = look(files, only=STATIC, fix=True, unsafe=True)
    assert mended.causes == []
    assert "+    stop_grace_period: 30s" in mended.session.mended.diff


def test_expose_that_was_forgotten(files: Path) -> None:
    edit(files, "    image: livekit/livekit-server:v1.13.5\n", "    build: {context: .}\n")
    (files / "Dockerfile").write_text("FROM livekit/livekit-server:v1.13.5\nEXPOSE 7880 50000-50100/udp\n")
    found = look(files, only=["stack.published"])
    assert found.causes == ["stack.expose"]
    assert str(found.one("stack.expose").location) == "Dockerfile:2"
    udp = port(files, "udp_port")
    (files / "Dockerfile").write_text(f"FROM livekit/livekit-server:v1.13.5\nEXPOSE 7880 {udp}/udp\n")
    assert look(files, only=["stack.published"]).causes == []


@pytest.mark.parametrize(
    ("configuration", "ident", "says"),
    [
        (
            "redis: {address: 'other:6379'}\nws_url: ws://livekit:7880\n",
            "stack.redis-same",
            "is on Redis other:6379, livekit on redis:6379",
        ),
        (
            "redis: {address: 'redis:6379'}\nws_url: ws://localhost:7880\n",
            "stack.egress-url",
            "itself inside",
        ),
        ("redis: {address: 'redis:6379', db: 1}\nws_url: ws://livekit:7880\n", "", ""),
    ],
)
def test_egress_beside_the_server(files: Path, configuration: str, ident: str, says: str) -> None:
    service = {"image": "livekit/egress:v1.9", "environment": {"EGRESS_CONFIG_BODY": configuration}}
    edit(files, "services:\n", f"services:\n  egress: {json.dumps(service)}\n")
    found = look(files, only=["stack.redis-same"])
    assert found.causes == ([ident] if ident else [])  # test_egress.py has them for real
    if ident:
        assert says in found.one(ident).title


def test_an_override_counts(files: Path) -> None:
    (files / "docker-compose.override.yml").write_text(
        "services:\n  livekit:\n    healthcheck:\n      test: [CMD, curl, http://127.0.0.1]\n"
    )
    found = look(files, only=["stack.healthcheck"])
    assert str(found.one("stack.healthcheck").location) == "docker-compose.override.yml:4"


def test_a_secret_in_a_compose_file_that_git_has(files: Path) -> None:
    if subprocess.run(["git", "init", "-q"], cwd=files, check=False).returncode:
        need("git", "there is no git")
    (files / ".gitignore").write_text(".env\n")
    canary = "canary-9f8e7d6c5b4a39281706f5e4d3c2b1a0"
    edit(files, REDIS_HOST, f"{REDIS_HOST}      LIVEKIT_API_SECRET: {canary}\n")
    found = look(files, only=["security.yaml-secret"])
    top = found.one("security.yaml-secret")
    assert top.title == "LIVEKIT_API_SECRET stands in docker-compose.yml itself"
    assert canary not in str(top.to_dict())


def fake_docker(folder: Path, version: str) -> dict[str, str]:
    """A docker command with an old Compose: no machine has one any more. The environment."""
    folder.mkdir()
    program = folder / "docker"
    real = shutil.which("docker")
    program.write_text(f'#!/bin/sh\n[ "$1 $2" = "compose version" ] && exec {version}\nexec {real} "$@"\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return {"PATH": f"{folder}:{os.environ['PATH']}"}


def test_compose_is_too_old(files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Recorded: what the old one prints."""
    for name, value in fake_docker(tmp_path / "bin", "echo 2.17.2").items():
        monkeypatch.setenv(name, value)
    found = look(files, only=["docker.compose", "project.compose", "stack.published"])
    assert found.causes == ["docker.compose"]
    assert found.one("docker.compose").title == "Compose 2.17.2 is too old: lkm needs 2.30 or newer"
    # What stands on Compose is not looked at, and that is said under it once.
    assert {s.id for s in found.diagnosis.problems[0].symptoms} >= {"project.compose", "stack.published"}


def test_there_is_no_docker(doctor: Any, files: Path, tmp_path: Path) -> None:
    only_git = tmp_path / "bin"
    only_git.mkdir()
    ran = doctor("--json", cwd=files, env={"PATH": str(only_git)})
    assert ran.code == 3
    assert [cause["id"] for cause in ran.json["data"]["causes"]] == ["docker.cli"]
    words = doctor(cwd=files, env={"PATH": str(only_git)}).out.splitlines()
    assert words[1].startswith("✗ fail there is no docker command")


def test_no_engine_answers(doctor: Any, files: Path) -> None:
    plugins = os.environ.get("DOCKER_CONFIG") or str(Path.home() / ".docker")
    gone = {"DOCKER_HOST": "unix:///nonexistent/docker.sock", "DOCKER_CONFIG": plugins}
    ran = doctor("--json", cwd=files, env=gone)
    assert ran.code == 3
    causes = ran.json["data"]["causes"]
    assert [cause["id"] for cause in causes] == ["docker.engine"]
    assert "docker.disk" in causes[0]["symptoms"]
    assert ran.json["findings"][0]["title"] == "the Docker engine does not answer"


def test_the_engine_is_elsewhere(files: Path) -> None:
    far = {"DOCKER_HOST": "ssh://admin@192.0.2.7"}
    found = look(files, env=far, only=["docker.remote"])
    top = found.one("docker.remote")
    assert "is on another machine: ssh://admin@192.0.2.7" in top.title
    assert top.fix is not None
    assert top.fix.command == "unset DOCKER_HOST"


def number(folder: Path, name: str) -> int:
    """A port of lkm.toml."""
    return int((folder / "lkm.toml").read_text().split(f"{name} = ")[1].split()[0])


# Nothing here asks an engine: the files, the ports and what answers there.
PORTS = ("project", "env", "config", "stack.ports", "stack.health")


def test_a_port_is_taken_by_another_program(files: Path, tmp_path: Path) -> None:
    signal = number(files, "signal")
    # One that answers, so that nobody waits for it.
    argv = [sys.executable, "-u", "-m", "http.server", "--bind", "127.0.0.1", str(signal)]
    holder = subprocess.Popen(
        argv, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline().startswith("Serving HTTP")
        found = look(files, only=PORTS)
        assert found.causes == ["stack.ports"], [(f.id, f.title) for f in found.diagnosis.findings[:4]]
        top = found.one("stack.ports")
        assert f"TCP {signal} is taken by" in top.title
        assert f"PID {holder.pid}" in top.title
        assert top.fix is not None
        assert top.fix.command == f"kill {holder.pid}"
    finally:
        release(holder)
    assert look(files, only=PORTS).causes == []


def test_a_udp_port_is_taken(files: Path) -> None:
    udp = number(files, "rtc_udp")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mine:
        mine.bind(("127.0.0.1", udp))
        found = look(files, only=PORTS)
        assert found.causes == ["stack.ports"]
        assert f"UDP {udp} is taken by" in found.one("stack.ports").title
    assert look(files, only=PORTS).causes == []


def test_another_livekit_has_the_port(files: Path, tmp_path: Path) -> None:
    """A real server with another key: not "wrong key" is the cause, but who is asked."""
    with running_server(tmp_path) as server:
        edit(files, f"signal = {number(files, 'signal')}", f"signal = {server.port}", "lkm.toml")
        text = (files / "docker-compose.yml").read_text()
        signal = port(files, "port")
        (files / "docker-compose.yml").write_text(text.replace(str(signal), str(server.port)))
        edit(files, f"port: {signal}", f"port: {server.port}", "livekit.yaml")
        found = look(files, only=PORTS)
        assert found.causes == ["stack.ports"], [(f.id, f.title) for f in found.diagnosis.findings[:4]]
        assert f"PID {server.pid}" in found.one("stack.ports").title
        assert {s.id for s in found.diagnosis.problems[0].symptoms} >= {"keys.opens", "health.twirp"}
    assert look(files, only=PORTS).causes == []


@pytest.mark.usefixtures("files")
def test_an_engine_that_this_user_may_not_ask(user_project: Path, user_env: dict[str, str]) -> None:
    """A socket of somebody else's, as the engine's is to whoever is not in its group."""
    if os.getuid() != 0:
        need("root", "there is no other user to be")
    (user_project / "compose.yaml").write_text("services: {app: {image: redis:7}}\n")
    path = user_project / "engine.sock"
    with socket.socket(socket.AF_UNIX) as engine:
        engine.bind(str(path))
        path.chmod(0o600)
        engine.listen()
        argv = [
            sys.executable,
            "-m",
            "livekit_migrate",
            "doctor",
            "--all",
            "--json",
            "--only",
            "docker.engine",
        ]
        env = {**user_env, "PYTHONPATH": str(ROOT), "DOCKER_HOST": f"unix://{path}"}
        ran = unprivileged(argv, cwd=user_project, env=env)
    assert ran.code == 3, (ran.out, ran.err)
    first = ran.json["findings"][0]
    assert first["id"] == "docker.engine"
    assert "may not talk to the Docker engine" in first["title"]
    assert first["fix"]["command"] == "sudo usermod -aG docker $USER"
