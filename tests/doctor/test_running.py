"""Faults of a stack that runs, each provoked for real: named first, nothing unrelated fails, the mend "
"mends."""

from __future__ import annotations

import contextlib
import secrets
import shlex
import subprocess
from pathlib import Path

import psutil
import pytest

from tests.compose import Project, generation
from tests.conftest import clean_environment, free_port
from tests.native import until

from .conftest import write_stack
from .running import Running, free_range


@pytest.mark.parametrize("major", [5, 2])
def test_a_healthy_stack_is_clean(stack: Running, major: int) -> None:
    env = generation(major)
    found = stack.doctor(env=env)
    assert [f["title"] for f in found["findings"] if f["status"] in ("fail", "warn")] == []
    assert found["exit_code"] == 0
    seen = {one["id"]: one["status"] for one in found["data"]["checks"]}
    # It was really looked at.
    for name in ("stack.redis", "stack.services", "stack.health", "docker.engine", "env.keys", "config.lint"):
        assert seen[name] in ("ok", "info"), name
    ran = stack.lkm("doctor", "--all", env=env)
    assert ran.out.count("\n") == 1  # the count


def test_redis_is_stopped(stack: Running) -> None:
    stack.compose("stop", "redis")
    assert "does not run, and the rest of the stack does" in stack.first_lines()
    assert stack.causes() == ["stack.redis"]
    stack.compose("start", "redis")
    until(lambda: stack.causes() == [], "healthy again", 180)


def test_redis_has_no_channels_for_the_user(stack: Running) -> None:
    stack.redis("ACL", "SETUSER", "default", "resetchannels")
    found = stack.doctor()
    assert found["data"]["causes"][0]["id"] == "stack.redis"
    top = found["findings"][0]
    assert "does not let this user pass messages: NOPERM" in top["title"]
    assert top["evidence"]["worked"] == ["PING"]  # which is what misleads people
    subprocess.run(shlex.split(top["fix"]["command"]), check=True, env=stack.env, capture_output=True)
    # Redis broke the server's subscription off when the rights changed, and it may not come back by itself:
    # what is said then is what mends that.
    found = stack.doctor()
    if found["data"]["causes"]:
        assert found["findings"][0]["fix"]["command"] == "lkm restart"
        stack.compose("restart", "livekit")
    until(lambda: stack.causes() == [], "healthy again", 180)


def test_redis_wants_a_password(stack: Running) -> None:
    stack.redis("CONFIG", "SET", "requirepass", "another-word")
    try:
        found = stack.doctor()
        assert found["data"]["causes"][0]["id"] == "stack.redis"
        assert "refuses the login: NOAUTH" in found["findings"][0]["title"]
    finally:
        stack.redis("-a", "another-word", "CONFIG", "SET", "requirepass", "")
        stack.compose("restart", "livekit")


def test_the_server_refuses_its_configuration(stack: Running) -> None:
    stack.edit("livekit.yaml", "udp_port:", "udp_prot:")
    stack.compose("up", "--detach", "--force-recreate", "livekit")
    found = stack.doctor()
    assert found["data"]["causes"][0]["id"] == "config.unknown-key"
    assert "livekit.yaml" in stack.first_lines()
    assert {cause["id"].partition(".")[0] for cause in found["data"]["causes"]} <= {"config", "stack"}
    assert stack.lkm("doctor", "--all", "--fix", "--only", "config").code == 0
    stack.compose("up", "--detach", "--force-recreate", "--wait", "livekit")
    assert stack.causes() == []


def test_the_app_has_another_secret(stack: Running) -> None:
    """The server was started with one pair; .env was changed after that."""
    stack.edit(".env", "LIVEKIT_API_KEY=APItestkey00001", "LIVEKIT_API_KEY=APIsomeoneelse1")
    found = stack.doctor()
    assert found["data"]["causes"][0]["id"] == "keys.opens"
    assert "does not know this key" in found["findings"][0]["title"]
    assert found["findings"][0]["fix"]["command"] == "lkm restart"
    assert [cause["id"] for cause in found["data"]["causes"]] == ["keys.opens"]


def test_a_container_s_address_is_advertised(stack: Running) -> None:
    """Row 1: nobody is there, as nobody is for whoever is not on this machine."""
    stack.edit("livekit.yaml", "node_ip: 127.0.0.1", "node_ip: 172.30.255.254")
    stack.compose("up", "--detach", "--force-recreate", "--wait", "livekit")
    found = stack.doctor()
    assert [(c["id"], c["symptoms"]) for c in found["data"]["causes"]] == [
        ("config.docker-node-ip", ["health.ice"])
    ], found["data"]["causes"]
    stack.edit("livekit.yaml", "node_ip: 172.30.255.254", "node_ip: 127.0.0.1")
    stack.compose("up", "--detach", "--force-recreate", "--wait", "livekit")
    assert stack.causes() == []


def test_the_server_was_killed(stack: Running) -> None:
    stack.compose("kill", "redis", "livekit")
    found = stack.doctor()
    assert all(cause["id"].startswith("stack.") for cause in found["data"]["causes"])
    assert found["data"]["causes"]


def test_one_machine_document_in_every_format(stack: Running) -> None:
    stack.edit("livekit.yaml", "udp_port:", "udp_prot:")
    ran = stack.lkm("doctor", "--all", "--only", "config", "--format", "github")
    assert ran.code == 1
    assert ran.out.startswith("::error file=livekit.yaml,line=")


@pytest.mark.usefixtures("_stacks")
def test_a_range_of_ports_is_clean(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The other way of media, with few ports, each of which the engine has to open."""
    folder = tmp_path_factory.mktemp("range") / f"lkmt{secrets.token_hex(4)}"
    folder.mkdir()
    first, *_, last = free_range(6)
    (folder / "lkm.toml").write_text(
        f'rtc = "range"\n[ports]\nsignal = {free_port()}\nrtc_tcp = {free_port()}\nredis = {free_port()}\n'
        f"postgres = {free_port()}\nrtc_range_start = {first}\nrtc_range_end = {last}\n"
    )
    env = {**clean_environment(folder.parent), "DOCKER_CONFIG": str(Path.home() / ".docker"), **generation(5)}
    running = Running(folder, {k: v for k, v in env.items() if not k.startswith(("COMPOSE_", "POSTGRES_"))})
    try:
        assert running.lkm("up", "--runtime", "compose", "--no-media").code == 0
        found = running.doctor()
        assert [f["title"] for f in found["findings"] if f["status"] in ("fail", "warn")] == []
        said = next(f for f in found["findings"] if f["id"] == "stack.published")
        assert f"{first}–{last}" in said["title"]
    finally:
        Project(folder, folder.name, env).clean_up()


def proxies(ports: range) -> int:
    """Processes that the engine runs for these published UDP ports."""
    found = 0
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, ValueError, IndexError):
            line = process.cmdline()
            if line and line[0].endswith("docker-proxy") and line[line.index("-proto") + 1] == "udp":
                found += int(line[line.index("-host-port") + 1]) in ports
    return found


@pytest.mark.usefixtures("_stacks")
def test_a_wide_range_costs_a_process_for_each_port(tmp_path: Path) -> None:
    """Row 6, with as few ports as are worth a word: 501 of them took this engine a minute to publish."""
    folder = write_stack(tmp_path / f"lkmt{secrets.token_hex(4)}")
    env = {**clean_environment(tmp_path), **generation(5)}
    running = Running(folder, {k: v for k, v in env.items() if not k.startswith(("COMPOSE_", "POSTGRES_"))})
    udp = (folder / "livekit.yaml").read_text().partition("udp_port: ")[2].split()[0]
    ports = next(found for found in iter(lambda: free_range(101), None) if int(udp) not in found)
    span = f"{ports[0]}-{ports[-1]}"
    one, many = f"udp_port: {udp}", f"port_range_start: {ports[0]}\n  port_range_end: {ports[-1]}"
    narrow, wide = f"127.0.0.1:{udp}:{udp}/udp", f"127.0.0.1:{span}:{span}/udp"
    try:
        running.edit("livekit.yaml", one, many)
        running.edit("docker-compose.yml", narrow, wide)
        running.compose("up", "--detach", "--wait")
        assert proxies(ports) == len(ports)
        found = running.doctor()
        said = next(f for f in found["findings"] if f["id"] == "stack.wide-range")
        assert said["status"] == "info"
        assert said["title"] == "livekit publishes 101 UDP ports through a bridge network"
        assert "rtc.udp_port" in said["fix"]["text"]
        assert found["data"]["causes"] == []
        running.edit("livekit.yaml", many, one)
        running.edit("docker-compose.yml", wide, narrow)
        running.compose("up", "--detach", "--wait")
        assert (proxies(ports), proxies(range(int(udp), int(udp) + 1))) == (0, 1)
        said = next(f for f in running.doctor()["findings"] if f["id"] == "stack.wide-range")
        assert (said["status"], said["title"]) == ("ok", "livekit publishes 1 UDP port")
    finally:
        Project(folder, folder.name, env).clean_up()


@pytest.mark.usefixtures("_stacks")
def test_an_image_that_cannot_be_built(tmp_path: Path) -> None:
    folder = tmp_path / f"lkmt{secrets.token_hex(4)}"
    folder.mkdir()
    (folder / "Dockerfile").write_text("FROM redis:7\nRUN echo on purpose && exit 3\n")
    (folder / "compose.yaml").write_text("services: {app: {build: .}}\n")
    env = {**clean_environment(tmp_path), "DOCKER_CONFIG": str(Path.home() / ".docker"), **generation(5)}
    running = Running(folder, env)
    assert running.doctor("--only", "docker.images")["data"]["checks"][0]["status"] == "skip"
    found = running.doctor("--only", "docker.images", "--build")
    assert found["data"]["causes"][0]["title"] == "app: its image cannot be built"
    assert found["findings"][0]["fix"]["command"] == "docker compose build app"
    (folder / "Dockerfile").write_text("FROM redis:7\n")
    try:
        assert running.doctor("--only", "docker.images", "--build")["exit_code"] == 0
    finally:
        name = f"{folder.name}-app"
        subprocess.run(["docker", "rmi", "--force", name], check=True, capture_output=True)
        # A failed build leaves the container of its step.
        listed = ["docker", "ps", "--all", "--quiet", "--no-trunc", "--format", "{{.ID}} {{.Command}}"]
        for line in subprocess.run(listed, check=True, capture_output=True, text=True).stdout.splitlines():
            if "echo on purpose" in line:
                subprocess.run(["docker", "rm", "--force", line.split()[0]], check=True, capture_output=True)
