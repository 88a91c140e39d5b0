"""Faults of a stack in containers, each provoked for real: exit code, message, and the mend."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import socket
import socketserver
import stat
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.conftest import Ran, need
from tests.native import hold, release, until
from tests.unprivileged import give, unprivileged

from .composed import BUSY, IMAGE, SLEEP, Composed, busy, checked, masked

Golden = Callable[[str, str], None]


def told(ran: Ran) -> str:
    """The error as people read it: from the line that fails on, without the steps before."""
    lines = ran.err.splitlines()
    at = max(index for index, line in enumerate(lines) if line.startswith(("✗", "x ")))
    return "\n".join(lines[at:]) + "\n"


def refused(ran: Ran, code: int) -> Ran:
    assert ran.code == code, (ran.out, ran.err)
    assert "Traceback" not in ran.err
    return ran


def test_no_engine(composed: Composed, golden: Golden) -> None:
    composed.write({"livekit": composed.livekit()})
    nowhere = {"DOCKER_HOST": "unix:///nonexistent/docker.sock"}
    ran = refused(composed.up("--runtime", "compose", env=nowhere), 3)
    golden("compose/no-engine.txt", told(ran))
    assert refused(composed.lkm("logs", "--runtime", "compose", env=nowhere), 3).out == ""


def test_an_engine_that_falls_silent_hides_no_stack(composed: Composed) -> None:
    """Without being told, lkm stays with the runtime in which the project runs: nothing is called stopped."""
    composed.write({"app": busy(SLEEP)})
    assert composed.up().code == 0
    nowhere = {"DOCKER_HOST": "unix:///nonexistent/docker.sock"}
    for words in (("down",), ("status",), ("logs",), ("restart",), ("up",)):
        ran = refused(composed.lkm(*words, "--json", env=nowhere), 3)
        error = json.loads(ran.out)["error"]
        assert error["code"] == "docker.absent", words
        assert "--runtime native" in error["hint"]
    assert composed.service("app")["state"] == "ready"
    assert composed.lkm("down").code == 0
    # Nothing of it is left to be hidden: the other runtime may be asked.
    status = composed.lkm("status", "--json", env=nowhere)
    assert (status.code, status.json["data"]["runtime"]) == (0, "native")


def test_a_context_that_is_not_there(composed: Composed, golden: Golden) -> None:
    composed.write({"livekit": composed.livekit()})
    env = {"DOCKER_CONTEXT": "moon", "DOCKER_HOST": ""}  # which would beat a context
    ran = refused(composed.up("--runtime", "compose", env=env), 3)
    golden("compose/no-context.txt", told(ran))


def test_an_engine_on_another_machine(composed: Composed, golden: Golden) -> None:
    """The same engine by way of an address that is not 127.0.0.1."""
    composed.write({"livekit": composed.livekit(), "app": busy("echo far away; " + SLEEP)})
    assert composed.up().code == 0
    with forwarded_engine() as address:
        far = {"DOCKER_HOST": f"tcp://{address}"}
        ran = refused(composed.lkm("up", "--runtime", "compose", env=far), 3)
        golden("compose/remote.txt", told(ran).replace(address, "ADDRESS"))

        def ready() -> dict[str, Any] | None:
            """Only the engine's own health check says so of a server elsewhere, once it has had its turn."""
            found: dict[str, Any] = composed.lkm("status", "--json", env=far).json["data"]
            return found if {each["state"] for each in found["services"]} == {"ready"} else None

        status = until(ready, "both are ready", 60)
        assert status["engine"]["host"] == far["DOCKER_HOST"]
        livekit, _ = status["services"]
        # What answers on this machine's ports is somebody else: it is not asked, and gets no token.
        assert [port["open"] for port in livekit["ports"]] == [None, None, None]
        assert (livekit["url"], status["url"], livekit["rooms"]) == (None, None, None)
        assert "far away" in composed.lkm("logs", env=far).out
        assert composed.lkm("down", env=far).code == 0
    assert composed.left() == []


@contextlib.contextmanager
def forwarded_engine() -> Iterator[str]:
    """The engine's socket on the address of its own bridge, which is this machine's and no other's."""
    bridge = psutil.net_if_addrs().get("docker0")
    if not bridge:
        need("docker", "the engine has no bridge on this machine")
    assert bridge
    host = next(one.address for one in bridge if one.family == socket.AF_INET)
    path = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock").removeprefix("unix://")

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with socket.socket(socket.AF_UNIX) as engine:
                engine.connect(path)
                pump = threading.Thread(target=_pump, args=(engine, self.request), daemon=True)
                pump.start()
                _pump(self.request, engine)
                pump.join()

    with socketserver.ThreadingTCPServer((host, 0), Handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield f"{host}:{server.server_address[1]}"
        finally:
            server.shutdown()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)


def test_a_socket_that_is_not_this_users(composed: Composed, golden: Golden, tmp_path: Path) -> None:
    if os.getuid() != 0:
        need("root", "the engine's socket is this user's, and there is no other user to be")
    base = Path("/tmp") / composed.name  # where that user can go
    project = base / "project"
    project.mkdir(parents=True)
    try:
        (project / "lkm.toml").write_text("")
        composed.write({"livekit": composed.livekit()})
        (project / "docker-compose.yml").write_text((composed.root / "docker-compose.yml").read_text())
        give(base)
        env = {
            **composed.env,
            "HOME": str(base),
            "LKM_STATE_DIR": str(base / "state"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
        }
        import sys

        words = [sys.executable, "-m", "livekit_migrate", "status", "--runtime", "compose"]
        ran = refused(unprivileged(words, cwd=project, env=env), 3)
        given = f"{os.environ['DOCKER_HOST']} (DOCKER_HOST)" if "DOCKER_HOST" in os.environ else ""
        text = told(ran).replace(given, "unix:///var/run/docker.sock (default)") if given else told(ran)
        golden("compose/permission.txt", text)
    finally:
        subprocess.run(["rm", "-rf", str(base)], check=True)


def program(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)


_PLUGINS = [
    Path("/usr", place, "docker/cli-plugins") for place in ("libexec", "lib", "local/lib", "local/libexec")
]


def hide(*folders: Path) -> tuple[str, ...]:
    """What runs a program in a mount namespace of its own, in which these folders are empty."""
    if os.getuid() != 0:
        need("root", "this machine's own Compose cannot be hidden from one test")
    mounts = " && ".join(f"mount -t tmpfs none {shlex.quote(str(folder))}" for folder in folders)
    return ("unshare", "--mount", "sh", "-c", f'{mounts} && exec "$@"', "sh")


@pytest.mark.parametrize("old", [False, True], ids=["missing", "v1"])
def test_no_compose(composed: Composed, golden: Golden, tmp_path: Path, old: bool) -> None:
    """Without the plugin docker itself says so; v1 is long gone from every registry: a script stands in."""
    composed.write({"livekit": composed.livekit()})
    tools = tmp_path / "tools"
    tools.mkdir()
    if old:
        program(tools, "docker-compose", "echo 1.29.2")
    bare = tmp_path / "no-plugins"
    bare.mkdir()
    env = {"DOCKER_CONFIG": str(bare), "PATH": f"{tools}:{composed.env['PATH']}"}
    hidden = [folder for folder in _PLUGINS if folder.exists()]
    prefix = hide(*hidden) if hidden else ()
    ran = refused(composed.lkm("up", "--runtime", "compose", env=env, prefix=prefix), 3)
    golden(f"compose/compose-{'v1' if old else 'missing'}.txt", told(ran))
    # By itself lkm then takes the other runtime, and says why.
    assert composed.lkm("status", "--json", env=env, prefix=prefix).json["data"]["runtime"] == "native"


@pytest.mark.parametrize(
    ("kind", "host", "which"),
    [("tcp", "127.0.0.1", 0), ("udp", "127.0.0.1", 2), ("tcp", "::1", 0)],
    ids=["tcp", "udp-only", "ipv6-only"],
)
def test_a_port_that_a_process_has(
    composed: Composed,
    golden: Golden,
    request: pytest.FixtureRequest,
    *,
    kind: str,
    host: str,
    which: int,
) -> None:
    composed.write({"livekit": composed.livekit()})
    squatter = hold(kind, composed.ports[which], host)
    try:
        ran = refused(composed.up(), 3)
        said = re.sub(r"user \w+", "user USER", masked(told(ran), composed))
        said = re.sub(r"kill \d+", "kill N", re.sub(r"python\S*", "python", said))
        said = re.sub(r"\): .*squatter.*", "): squatter", said)
        golden(f"compose/port-{request.node.callspec.id}.txt", said)
        assert f"kill {squatter.pid}" in ran.err
    finally:
        release(squatter)  # what the hint says
    assert composed.up().code == 0


def test_a_port_that_a_container_has(composed: Composed, golden: Golden, more_composed: Any) -> None:
    other = more_composed("other")
    other.write({"web": busy(SLEEP, ports=[f"127.0.0.1:{composed.ports[0]}:80"])})
    assert other.project.compose("up", "-d").code == 0
    composed.write({"livekit": composed.livekit()})
    ran = refused(composed.up(), 3)
    golden("compose/port-container.txt", masked(told(ran), composed, [(other.name, "OTHER"), (BUSY, "BUSY")]))
    command = re.search(r"→ (docker stop \S+)", ran.err)
    assert command
    composed.docker(*command[1].split()[1:])
    assert composed.up().code == 0


def test_an_image_that_no_registry_has(composed: Composed, golden: Golden) -> None:
    missing = "localhost:9/nobody/nothing:1"
    composed.write({"app": busy(SLEEP) | {"image": missing}})
    ran = refused(composed.up(), 3)
    said = re.sub(r"^  .*$", "  REASON", told(ran), count=1, flags=re.MULTILINE)  # the resolver's own words
    golden("compose/image.txt", said)
    assert not [name for name in composed.left() if "app" in name]
    composed.docker("tag", IMAGE, missing)
    try:
        assert composed.up().code == 0
    finally:
        composed.clean_up()
        composed.docker("rmi", missing)


def test_a_build_that_fails(composed: Composed, golden: Golden) -> None:
    (composed.root / "Dockerfile").write_text(
        f'FROM {IMAGE}\nRUN ["/bin/busybox", "sh", "-c", "echo cannot find the thing >&2; exit 7", '
        f'"{composed.name}"]\n'
    )
    composed.write({"app": {"build": ".", "image": f"{composed.name}:1"}})
    ran = refused(composed.up(), 1)
    assert "cannot find the thing" in ran.err
    assert re.search(r"returned a non-zero code: 7|exit code: 7", ran.err)
    assert told(ran).splitlines()[0] == "✗ fail building app failed"
    assert told(ran).splitlines()[-1].strip() == "→ mend the Dockerfile or what it copies, then: lkm up"
    (composed.root / "Dockerfile").write_text(f'FROM {IMAGE}\nENTRYPOINT ["/bin/busybox", "sleep", "100"]\n')
    try:
        assert composed.up().code == 0
    finally:
        composed.clean_up()
        composed.docker("rmi", f"{composed.name}:1")


FAILING: dict[str, tuple[int, dict[str, Any]]] = {
    "crash": (1, busy("echo about to fail >&2; exit 3")),
    "exits-0": (1, busy("echo all done", restart="unless-stopped", healthcheck=checked())),
    "flaps": (1, busy("echo again; exit 4", restart="always")),
    "unhealthy": (5, busy(SLEEP, healthcheck=checked("echo not well; false", retries=2))),
    "hangs": (5, busy(SLEEP, healthcheck=checked("false", retries=1000))),
    "no-program": (1, {"image": IMAGE, "entrypoint": ["/nothing/there"]}),
}


@pytest.mark.parametrize("fault", FAILING)
def test_a_service_that_fails(composed: Composed, golden: Golden, fault: str) -> None:
    code, service = FAILING[fault]
    composed.write({"app": service, "quiet": busy("echo nobody asked me; " + SLEEP, healthcheck=checked())})
    if fault == "hangs":  # what is well need not be in time
        assert composed.up("quiet").code == 0
    more = ("--timeout", "10s") if fault == "hangs" else ()
    ran = refused(composed.up(*more), code)
    said = told(ran)
    assert "nobody asked me" not in said, "only the failing service's lines"
    if fault != "no-program":
        said = re.sub(r"\d+ times", "N times", said)
        said = re.sub(r"(  again\n)+", "  again\n", said)
        golden(f"compose/service-{fault}.txt", masked(said, composed))
        assert any("app" in name for name in composed.left()), "its container stays"
    # What the user mends is the service; then `lkm up` goes on from there.
    composed.write({"app": busy(SLEEP, healthcheck=checked())})
    assert composed.up().code == 0


def test_a_process_runs_and_nobody_listens(composed: Composed) -> None:
    def up(script: str, *words: str) -> Ran:
        composed.write({"app": busy(script, ports=[f"127.0.0.1:{composed.ports[0]}:80"])})
        return composed.up(*words)

    assert "it ended with exit code 3" in told(refused(up("sleep 1; exit 3"), 1))
    listens = up("sleep 2; exec /bin/busybox nc -ll -p 80 -e /bin/busybox cat", "--json")
    assert listens.code == 0, listens.out
    assert listens.json["data"]["services"][0]["ready_seconds"] >= 2
    # As a container for development does, which waits for its developer.
    silent = up(SLEEP)
    assert silent.code == 0, silent.err
    assert "app: it runs, but nothing listens on the ports that it publishes" in silent.err


def test_slow_but_healthy(composed: Composed) -> None:
    slow = busy("sleep 2; touch /tmp/ready; " + SLEEP, healthcheck=checked("test -e /tmp/ready", retries=100))
    composed.write({"app": slow})
    ran = composed.up("--json")
    assert ran.code == 0, ran.out
    (app,) = ran.json["data"]["services"]
    assert app["ready_seconds"] >= 2


def test_a_service_that_does_its_work_and_ends(composed: Composed) -> None:
    composed.write(
        {
            "migrate": busy("echo migrated"),
            "app": busy(SLEEP, depends_on={"migrate": {"condition": "service_completed_successfully"}}),
        }
    )
    first = composed.up("--json")
    assert first.code == 0, first.out
    assert {one["name"]: one["one_shot"] for one in first.json["data"]["services"]} == {
        "migrate": True,
        "app": False,
    }
    assert composed.lkm("status").code == 0
    assert composed.up("--json").json["data"]["changed"] is False


def test_redis_dead_at_the_start(composed: Composed, golden: Golden) -> None:
    redis = busy("echo cannot open my file >&2; exit 1")
    needs = {"redis": {"condition": "service_started"}}
    environment = {**composed.livekit()["environment"], "REDIS_HOST": "redis:6379"}
    composed.write({"redis": redis, "livekit": composed.livekit(depends_on=needs, environment=environment)})
    golden("compose/redis-dead.txt", masked(told(refused(composed.up(), 1)), composed))


def test_bad_server_configuration(composed: Composed, golden: Golden) -> None:
    composed.write({"livekit": composed.livekit()})
    config = composed.root / "livekit.yaml"
    good = config.read_text()
    config.write_text(good + "rtc: {}\n")
    golden("compose/config-lint.txt", masked(told(refused(composed.up(), 4)), composed))
    assert composed.left() == [], "refused before anything was made"
    forced = refused(composed.up("--no-lint"), 4)
    said = re.sub(r"livekit.yaml:\d+", "livekit.yaml:N", masked(told(forced), composed))
    said = re.sub(r"^  .*\t.*\n", "", said, flags=re.MULTILINE)
    said = re.sub(r"(  (?:could not|yaml|\s*mapping|  ).*\n)+", "  THE SERVER'S WORDS\n", said)
    golden("compose/config-forced.txt", said)
    config.write_text(good)
    assert composed.up().code == 0


def test_keys_that_do_not_match(composed: Composed, golden: Golden) -> None:
    other = {"LIVEKIT_KEYS": "APIother: 0123456789abcdef0123456789abcdef"}
    composed.write({"livekit": composed.livekit(environment=other)})
    golden("compose/key-mismatch.txt", masked(told(refused(composed.up(), 4)), composed))
    composed.write({"livekit": composed.livekit()})
    assert composed.up().code == 0


def test_an_env_file_that_is_read_in_two_ways(composed: Composed, golden: Golden) -> None:
    composed.write({"app": busy(SLEEP, environment={"GREETING": "${GREETING}"})})
    assert composed.lkm("keys", "new").code == 0
    env = composed.root / ".env"
    plain = env.read_text()
    env.write_text(plain + 'GREETING="a$b"\n')
    golden("compose/env-differs.txt", masked(told(refused(composed.up(), 4)), composed))
    env.write_text(plain + "GREETING=a-b\n")
    assert composed.up().code == 0


def test_a_variable_that_is_missing(composed: Composed, golden: Golden) -> None:
    composed.write({"app": busy(SLEEP, environment={"A": "${NEEDED_ONE:?get it from Ann}"})})
    golden("compose/variable.txt", masked(told(refused(composed.up(), 4)), composed))


def test_a_compose_file_that_is_wrong(composed: Composed, golden: Golden) -> None:
    composed.write({"app": busy(SLEEP, ports="80")})
    golden("compose/refused.txt", masked(told(refused(composed.up(), 4)), composed))
    # `status` says so too, and shows what there is.
    assert "cannot be read" in composed.lkm("status").err


def test_data_of_another_postgres(composed: Composed, golden: Golden) -> None:
    """The words are PostgreSQL's own; a script says them, since the machine has one version only."""
    words = (
        "FATAL:  database files are incompatible with server\\n"
        "DETAIL:  The data directory was initialized by PostgreSQL version 15, which is not compatible with "
        "this version 17.2."
    )
    composed.write(
        {"db": busy(f"printf '{words}\\n' >&2; exit 1", volumes=["data:/var/lib/postgresql/data"])},
        volumes={"data": {}},
    )
    ran = refused(composed.up(), 4)
    golden("compose/postgres-version.txt", masked(told(ran), composed))
    down = composed.lkm("down", "--volumes", "--yes", "--json")
    assert down.json["data"]["volumes_removed"] == [f"{composed.name}_data"]
    assert composed.left() == []


def test_a_namesake_in_another_folder(composed: Composed, golden: Golden, more_composed: Any) -> None:
    other = more_composed("other")
    other.write({"app": busy(SLEEP)})
    assert other.up().code == 0
    composed.write({"app": busy(SLEEP)})
    named = (composed.root / "docker-compose.yml").read_text().replace(composed.name, other.name)
    (composed.root / "docker-compose.yml").write_text(named)
    ran = refused(composed.up(), 4)
    golden(
        "compose/namesake.txt",
        masked(told(ran), composed, [(str(other.root), "OTHER_ROOT"), (other.name, "OTHER")]),
    )
    status = composed.lkm("status", "--json").json["data"]
    assert [one["state"] for one in status["services"]] == ["stopped"], "the other one's is not its own"
    assert (status["namesake"], status["drift"]) == (str(other.root), [])
    assert f"is called {other.name}, too: {other.root}" in composed.lkm("status").err
    assert composed.lkm("down", "--json").json["data"]["changed"] is False
    assert other.service("app")["state"] == "ready", "it was left alone"
    (composed.root / ".env").write_text(
        (composed.root / ".env").read_text() + f"COMPOSE_PROJECT_NAME={composed.name}\n"
    )
    assert composed.up().code == 0


def test_volumes_are_not_removed_without_being_asked(composed: Composed, golden: Golden) -> None:
    composed.write({"app": busy(SLEEP, volumes=["data:/data"])}, volumes={"data": {}})
    assert composed.up().code == 0
    ran = refused(composed.lkm("down", "--volumes"), 2)
    golden("compose/down-volumes.txt", masked(told(ran), composed))
    assert composed.service("app")["state"] == "ready", "nothing was touched"
    kept = composed.lkm("down")
    assert f"{composed.name}_data" in kept.err
    assert composed.left() == [f"{composed.name}_data"]


def test_down_keeps_to_the_folders_own_project(composed: Composed, more_composed: Any) -> None:
    """Somebody else's project of the same folder, and another folder's data of the same name."""
    composed.write({"app": busy(SLEEP, volumes=["data:/data"])}, volumes={"data": {}})
    other = more_composed("other")
    assert other.project.compose("-f", str(composed.root / "docker-compose.yml"), "up", "-d").code == 0
    assert composed.up().code == 0
    down = composed.lkm("down", "--volumes", "--yes", "--json")
    assert down.code == 0, down.out
    assert down.json["data"]["volumes_removed"] == [f"{composed.name}_data"]
    assert any(other.name in note for note in down.json["data"]["notes"])
    assert composed.left() == []
    again = composed.lkm("down", "--volumes", "--yes", "--json")
    assert again.json["data"]["changed"] is False
    assert f"{other.name}-app-1" in other.left(), "it runs on"
    other.project.compose("-f", str(composed.root / "docker-compose.yml"), "down")
    assert other.left() == [f"{other.name}_data"]
    # Of that name, too, and never started from its folder.
    other.write({"app": busy(SLEEP, volumes=["data:/data"])}, volumes={"data": {}})
    assert f"--stack {other.name}" in refused(other.lkm("down", "--volumes", "--yes"), 2).err
    assert other.left() == [f"{other.name}_data"]
    assert other.lkm("down", "--volumes", "--yes", "--stack", other.name).code == 0
    assert other.left() == []


def test_a_volume_that_somebody_else_uses_stays(composed: Composed, more_composed: Any) -> None:
    composed.write({"app": busy(SLEEP, volumes=["data:/data"])}, volumes={"data": {}})
    assert composed.up().code == 0
    volume = f"{composed.name}_data"
    other = more_composed("other")
    outside = {"data": {"name": volume, "external": True}}
    other.write({"app": busy(SLEEP, volumes=["data:/data"])}, volumes=outside)
    assert other.project.compose("up", "-d").code == 0
    down = composed.lkm("down", "--volumes", "--yes", "--json")
    assert down.json["data"]["volumes_removed"] == []
    assert down.json["data"]["volumes_kept"] == [volume]
    assert any("another container uses it" in note for note in down.json["data"]["notes"])
    other.clean_up()
    # Its containers are gone, and it is still known whose data that is.
    assert composed.lkm("down", "--volumes", "--yes", "--json").json["data"]["volumes_removed"] == [volume]
    assert composed.left() == []


def test_a_service_that_there_is_not(composed: Composed) -> None:
    composed.write({"app": busy(SLEEP)})
    for words in (("up", "nothing"), ("restart", "nothing")):
        ran = refused(composed.lkm(*words), 2)
        assert "no service nothing" in ran.err


def test_one_document_also_for_a_fault(composed: Composed) -> None:
    composed.write({"app": busy("exit 3")})
    ran = composed.up("--json")
    assert (ran.code, ran.err) == (1, "")
    assert json.loads(ran.out)["error"]["code"] == "compose.crashed"
