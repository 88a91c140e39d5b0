"""A stack in a real engine, with both generations of Compose: up, proven, restarted, moved, gone."""

from __future__ import annotations

import importlib.util
import json
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.compose import engine, generation
from tests.conftest import Lkm, Ran, free_port, need
from tests.e2e.test_stack_template import free_range
from tests.native import Caller, hold, release, until
from tests.stack.composed import IMAGE, SLEEP, Composed, busy, checked, environment

_SHELL = ("/bin/busybox", "sh", "-c")
STACK = ("livekit/livekit-server:v1.13.5", "redis:7", "postgres:17")


@pytest.fixture
def own(tmp_path: Path, clean_env: dict[str, str], compose_env: dict[str, str]) -> Iterator[Composed]:
    """A project without Compose files, with free ports in lkm.toml."""
    engine(*STACK)
    mine = Composed(tmp_path, environment(clean_env, compose_env))
    signal_port, tcp, udp = mine.ports
    (mine.root / "lkm.toml").write_text(
        f"[ports]\nsignal = {signal_port}\nrtc_tcp = {tcp}\nrtc_udp = {udp}\n"
        f"redis = {free_port()}\npostgres = {free_port()}\n"
    )
    mine.env["COMPOSE_PROJECT_NAME"] = mine.name
    try:
        yield mine
    finally:
        mine.clean_up()


def test_from_an_empty_folder_to_media_and_back(own: Composed) -> None:
    up = own.lkm("up", "--json", "--runtime", "compose")
    assert up.code == 0, up.out
    findings = {finding["id"]: finding["status"] for finding in up.json["findings"]}
    assert findings["health.media"] == "ok"
    assert {one["name"]: one["state"] for one in up.json["data"]["services"]} == {
        "livekit": "ready",
        "redis": "ready",
        "postgres": "ready",
    }
    assert (own.root / "docker-compose.yml").is_file()
    assert "POSTGRES_PASSWORD=" in (own.root / ".env").read_text()
    again = own.lkm("up", "--json")
    assert again.json["data"]["changed"] is False
    assert again.json["findings"] == []
    assert again.json["data"]["proof"]["frames"] > 0, "the last proof, not a new one"
    # Redis dies: the server knows, and so does lkm.
    own.docker("stop", "--time", "0", f"{own.name}-redis-1")

    def gone() -> Ran | None:
        ran = own.lkm("status", "--json")
        (livekit,) = [one for one in ran.json["data"]["services"] if one["name"] == "livekit"]
        return ran if livekit["state"] == "unresponsive" and "406" in livekit["message"] else None

    assert until(gone, "the server says that it has lost Redis").code == 1
    assert own.lkm("up", "--no-media").code == 0, "the mend"
    # By label: without the file, and from anywhere.
    (own.root / "docker-compose.yml").unlink()
    down = own.lkm("down", "--json", "--runtime", "compose", "-C", str(own.root), cwd=Path("/"))
    assert down.code == 0, down.out
    assert own.left() == [f"{own.name}_postgres-data", f"{own.name}_redis-data"]


def test_a_range_of_media_ports(composed: Composed) -> None:
    engine(*STACK)
    first = free_range(12)
    signal_port, tcp, _ = composed.ports
    (composed.root / "lkm.toml").write_text(
        f'rtc = "range"\n[ports]\nsignal = {signal_port}\nrtc_tcp = {tcp}\nredis = {free_port()}\n'
        f"postgres = {free_port()}\nrtc_range_start = {first}\nrtc_range_end = {first + 11}\n"
    )
    composed.env["COMPOSE_PROJECT_NAME"] = composed.name
    up = composed.lkm("up", "livekit", "--json", "--runtime", "compose")
    assert up.code == 0, up.out
    assert {f["id"]: f["status"] for f in up.json["findings"]}["health.ice"] == "ok"
    livekit = composed.service()
    udp = [port["number"] for port in livekit["ports"] if port["protocol"] == "udp"]
    assert udp == list(range(first, first + 12))


def free_tcp(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_offset(*ports: int, after: int = 4) -> int:
    """What moves TCP ports to free ones, of which none is one of them."""
    return next(
        n
        for n in range(after + 1, after + 400)
        if all(free_tcp(port + n) and port + n not in ports for port in ports)
    )


def test_two_projects_at_once_by_an_offset(composed: Composed, more_composed: Any) -> None:
    """The same files twice: media ports move inside and outside alike, and media flows in both."""
    composed.write({"livekit": composed.livekit()})
    other = more_composed("other")
    other.ports = composed.ports
    other.write({"livekit": composed.livekit()})
    (other.root / "livekit.yaml").write_text((composed.root / "livekit.yaml").read_text())
    assert composed.lkm("up", "--no-media").code == 0
    before = (other.root / "docker-compose.yml").read_text()
    offset = free_offset(*composed.ports)
    up = other.lkm("up", "--json", "--port-offset", str(offset))
    assert up.code == 0, up.out
    assert up.json["data"]["url"] == f"ws://127.0.0.1:{composed.ports[0] + offset}"
    assert {f["id"]: f["status"] for f in up.json["findings"]}["health.ice"] == "ok"
    assert (other.root / "docker-compose.yml").read_text() == before, "its files are its own"
    assert other.lkm("status", "--json").json["data"]["drift"] == []
    assert composed.service()["state"] == other.service()["state"] == "ready"
    assert other.lkm("down").code == 0
    assert composed.service()["state"] == "ready"


def test_values_with_a_dollar_sign(composed: Composed, compose_env: dict[str, str]) -> None:
    """They stay what they are where lkm writes them anew, are masked, and differ from nothing."""
    composed.env |= compose_env
    secret = "hunter$2$$-hunter"
    port = composed.ports[0]
    composed.write(
        {
            "app": busy(
                f"echo my password is $APP_PASSWORD; {SLEEP}",
                environment={
                    "APP_PASSWORD": secret.replace("$", "$$"),
                    "DATABASE_URL": f"postgres://app:{secret}@localhost:{port}/app".replace("$", "$$"),
                    "GREETING": "${GREETING:-hi}",
                },
                ports=[f"127.0.0.1:{port}:5432"],
                healthcheck=checked(),
            )
        }
    )
    offset = free_offset(port)
    up = composed.up("--port-offset", str(offset))
    assert up.code == 0, up.err
    said = composed.docker("exec", f"{composed.name}-app-1", *_SHELL, "echo $APP_PASSWORD $DATABASE_URL")
    assert said == f"{secret} postgres://app:{secret}@localhost:{port + offset}/app"
    logs = composed.lkm("logs", "app")
    assert "my password is" in logs.out
    assert secret not in logs.out
    (drift,) = composed.lkm("status", "--json", env={"GREETING": "ho"}).json["data"]["drift"]
    assert drift.startswith("app: GREETING changed ")


def test_files_in_a_folder_of_their_own(composed: Composed, compose_env: dict[str, str]) -> None:
    """lkm sees what Compose sees: relative paths and the name are that folder's, .env is of both."""
    composed.env |= compose_env
    folder = composed.root / composed.name
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "mine").write_text("it is here\n")
    (folder / ".env").write_text("THERE=there\nBOTH=there\n")
    (composed.root / ".env").write_text(f"COMPOSE_FILE={composed.name}/compose.yml\nHERE=here\nBOTH=here\n")
    app = busy(
        SLEEP,
        environment={"WORDS": "${HERE} ${THERE} ${BOTH}"},
        volumes=["./data:/data"],
        ports=[f"127.0.0.1:{composed.ports[0]}:5432"],
        healthcheck=checked(),
    )
    (folder / "compose.yml").write_text(json.dumps({"services": {"app": app}}))
    assert composed.project.compose("up", "-d", env=compose_env).code == 0
    up = composed.up("--json")
    assert up.code == 0, up.out
    assert up.json["data"]["changed"] is False, "it is the same stack"
    offset = free_offset(composed.ports[0])
    moved = composed.up("--json", "--port-offset", str(offset))
    assert moved.code == 0, moved.out
    assert moved.json["data"]["changed"] is True
    said = composed.docker("exec", f"{composed.name}-app-1", *_SHELL, "cat /data/mine; echo $WORDS")
    assert said == "it is here\nhere there here"
    assert composed.service("app")["ports"][0]["number"] == composed.ports[0] + offset
    assert not (composed.root / "data").exists()
    (folder / "compose.yml").unlink()
    assert composed.lkm("down").code == 0
    assert composed.left() == []


def test_an_offset_stays_until_down(composed: Composed) -> None:
    first, second, _ = composed.ports
    offset = free_offset(first, second)
    taken = free_offset(first, second, after=offset)
    composed.write(
        {
            "one": busy(SLEEP, ports=[f"127.0.0.1:{first}:80"]),
            "two": busy(SLEEP, ports=[f"127.0.0.1:{second}:80"]),
        }
    )

    def moved() -> list[int]:
        found = composed.lkm("status", "--json").json["data"]
        assert found["drift"] == []
        numbers = {one["name"]: one["ports"][0]["number"] for one in found["services"]}
        return [numbers["one"] - first, numbers["two"] - second]

    assert composed.up("--port-offset", str(offset)).code == 0
    assert moved() == [offset, offset]
    for words in (("restart", "one"), ("up",)):
        ran = composed.lkm(*words, "--no-media", "--json")
        assert ran.code == 0, ran.out
        assert f"ports stay moved by {offset}" in " ".join(ran.json["data"]["notes"])
        assert moved() == [offset, offset], words
    # One that is refused leaves the override as the containers have it.
    squatter = hold("tcp", first + taken, "127.0.0.1")
    try:
        assert composed.up("--port-offset", str(taken)).code == 3
    finally:
        release(squatter)
    assert moved() == [offset, offset]
    assert composed.up("--port-offset", "0").code == 0
    assert moved() == [0, 0]
    assert composed.up("--port-offset", str(offset)).code == 0
    assert composed.lkm("down").code == 0
    assert not (composed.root / ".lkm" / "compose" / "override.yaml").exists()


@pytest.mark.parametrize(
    "folder", ["with space", "Größe & Maß's", "x" * 120, "link"], ids=["space", "umlaut", "long", "symlink"]
)
def test_odd_folders(more_composed: Any, tmp_path: Path, folder: str) -> None:
    composed = more_composed(folder)
    composed.write({"livekit": composed.livekit()})
    where = composed.root
    if folder == "link":
        where = tmp_path / "elsewhere"
        where.symlink_to(composed.root)
    assert composed.lkm("up", "--no-media", cwd=where).code == 0
    assert composed.service()["state"] == "ready", "also when it is asked by the other name"
    assert composed.lkm("down", cwd=where).code == 0
    assert composed.left() == []


def test_restart_makes_anew_what_changed(composed: Composed) -> None:
    composed.write(
        {"livekit": composed.livekit(), "app": busy(SLEEP, environment={"GREETING": "${GREETING:-hi}"})}
    )
    assert composed.up().code == 0
    made = {name: composed.service(name)["pid"] for name in ("livekit", "app")}
    env = composed.root / ".env"
    env.write_text(env.read_text() + "GREETING=hello\n")
    config = composed.root / "livekit.yaml"
    config.write_text(config.read_text() + "logging:\n  level: debug\n")
    drift = composed.lkm("status", "--json").json["data"]["drift"]
    assert any("app: GREETING changed" in text for text in drift)
    assert any("livekit: livekit.yaml changed" in text for text in drift)
    again = composed.lkm("restart", "--no-media", "--json")
    assert again.code == 0, again.out
    assert sorted(again.json["data"]["recreated"]) == ["app", "livekit"]
    assert composed.docker("exec", f"{composed.name}-app-1", *_SHELL, "echo $GREETING") == "hello"
    assert composed.lkm("status", "--json").json["data"]["drift"] == []
    only = composed.lkm("restart", "app", "--no-media", "--json")
    assert only.json["data"]["recreated"] == []
    assert composed.service("livekit")["pid"] != made["livekit"]


def test_browser_variables_are_built_in(composed: Composed) -> None:
    """A production image has them inside: built anew. A development target reads them when it starts."""
    image = "livekit/livekit-server:v1.13.5"
    (composed.root / "Dockerfile").write_text(
        f"FROM {image} AS dev\nLABEL {composed.name}=1\n"
        'ENTRYPOINT ["/bin/busybox", "sleep", "1000"]\nSTOPSIGNAL SIGKILL\n'
        "FROM dev AS prod\nARG NEXT_PUBLIC_NAME\nENV BAKED=$NEXT_PUBLIC_NAME\n"
    )
    args = {"NEXT_PUBLIC_NAME": "${NEXT_PUBLIC_NAME:-one}"}
    services = {
        target: {
            "image": f"{composed.name}-{target}",
            "build": {"context": ".", "target": target, "args": args},
            "environment": args,
        }
        for target in ("dev", "prod")
    }
    composed.write(services)
    try:
        assert composed.up().code == 0
        env = composed.root / ".env"
        env.write_text(env.read_text() + "NEXT_PUBLIC_NAME=two\n")
        again = composed.lkm("restart", "--no-media", "--json")
        assert again.code == 0, again.out
        assert again.json["data"]["rebuilt"] == ["prod"]
        assert sorted(again.json["data"]["recreated"]) == ["dev", "prod"]
        notes = " ".join(again.json["data"]["notes"])
        assert "prod: NEXT_PUBLIC_NAME are written into its image" in notes
        assert "dev: a new container is enough for NEXT_PUBLIC_NAME" in notes
        assert composed.docker("exec", f"{composed.name}-prod-1", *_SHELL, "echo $BAKED") == "two"
    finally:
        composed.clean_up()  # the images, too: by their label


def test_logs_are_merged_masked_and_followed(composed: Composed) -> None:
    secret = "hunter2-hunter2"
    composed.write(
        {
            "livekit": composed.livekit(),
            "app": busy(
                f'echo "ERROR: my password is {secret}"; while :; do sleep 0.2; echo tick; done',
                environment={"APP_PASSWORD": secret},
            ),
        }
    )
    assert composed.up().code == 0
    ran = composed.lkm("logs", "-n", "0")
    assert ran.code == 0
    assert secret not in ran.out
    assert "app      | " in ran.out
    assert "starting LiveKit server" in ran.out
    errors = composed.lkm("logs", "--level", "error", "--json").json["data"]["lines"]
    assert [line["service"] for line in errors] == ["app"]
    only = composed.lkm("logs", "livekit", "--json").json["data"]["lines"]
    assert {line["service"] for line in only} == {"livekit"}
    with composed.popen("logs", "-f", "app") as process:
        out = process.stdout
        assert out is not None
        assert all("| " in out.readline() for _ in range(12))
        # What is started anew is followed, too.
        composed.docker("restart", "--time", "0", f"{composed.name}-app-1")
        until(lambda: "password" in out.readline(), "the first line of the next start")
        process.send_signal(signal.SIGINT)
        assert process.wait(180) == 130
    # Its reader leaves: a clean end.
    script = 'exec "$0" -m livekit_migrate logs -f app | head -n 2'
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", script, sys.executable],
        cwd=composed.root,
        env=composed.env,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.stdout.count("\n") == 2
    assert done.stderr == ""


def test_the_secrets_of_later_containers_are_masked(composed: Composed) -> None:
    """One that is made while its log is followed, with a secret that was not there before."""

    def write(secret: str) -> None:
        script = f'echo "my password is {secret}"; ' + SLEEP
        composed.write({"app": busy(script, environment={"APP_PASSWORD": secret})})

    write("hunter2-hunter2")
    assert composed.up().code == 0
    with composed.popen("logs", "-f", "app") as process:
        out = process.stdout
        assert out is not None
        assert "password is" in out.readline()
        write("swordfish-swordfish")
        ran = composed.project.compose("up", "--detach")
        assert ran.code == 0, ran.err
        line = out.readline()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=180)
    assert "password is" in line
    assert "swordfish" not in line


def test_it_is_said_that_media_was_not_proven(composed: Composed) -> None:
    composed.write({"app": busy(SLEEP)})
    ran = composed.lkm("up")
    assert ran.code == 0, ran.err
    assert "media was not proven: no service is known to be the LiveKit server" in ran.err
    composed.write({"sfu": composed.livekit(ports=[])})
    ran = composed.lkm("up")
    assert ran.code == 0, ran.err
    assert "media was not proven: the signalling port of sfu is not published" in ran.err
    assert "not proven" not in composed.up().err


def test_status_again_and_again(composed: Composed) -> None:
    composed.write({"app": busy(SLEEP)})
    assert composed.up().code == 0
    with composed.popen("status", "--watch", "--interval", "100ms", "--json") as process:
        out = process.stdout
        assert out is not None
        first, second = (json.loads(out.readline()) for _ in range(2))
        assert first["data"]["services"][0]["state"] == "ready"
        assert second["exit_code"] == 0
        composed.docker("stop", "--time", "0", f"{composed.name}-app-1")
        until(lambda: json.loads(out.readline())["data"]["services"][0]["state"] == "stopped", "the stop")
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=180)
    assert process.returncode == 130
    assert json.loads(rest.splitlines()[-1])["error"]["code"] == "interrupted"


@pytest.fixture
def users_volume() -> Iterator[tuple[str, str]]:
    """A Compose project's name, and its volume."""
    engine(*STACK)
    project = f"lkmt{secrets.token_hex(4)}"
    volume = f"{project}_postgres-data"
    label = f"com.docker.compose.project={project}"
    subprocess.run(["docker", "volume", "create", "--label", label, volume], check=True)
    try:
        yield project, volume
    finally:
        subprocess.run(["docker", "volume", "rm", "--force", volume], check=True)


def test_the_demo_in_containers(
    lkm: Lkm, clean_env: dict[str, str], tmp_path: Path, users_volume: tuple[str, str]
) -> None:
    """In a shell that is set up for another project, too: neither gets into the other's way."""
    if importlib.util.find_spec("livekit.rtc") is None:
        need("media", "the rtc library is not installed")
    temp = tmp_path / "temp"
    temp.mkdir()
    project, volume = users_volume
    env = environment(clean_env, generation(5)) | {
        "TMPDIR": str(temp),
        "COMPOSE_PROJECT_NAME": project,
        "COMPOSE_FILE": "elsewhere.yml",
        "COMPOSE_PROFILES": "none",
        "LKM_RTC": "range",
    }
    ran = lkm("demo", "--json", env=env)
    assert ran.code == 0, ran.out
    data = ran.json["data"]
    assert data["server"] == {"version": "1.13.5", "origin": "docker", "path": None}
    assert data["media"]["frames"] >= 10
    assert [step["name"].split(" --")[0] for step in ran.json["steps"]] == [
        "lkm keys new",
        "lkm up",
        "lkm token",
        "lkm health",
        "lkm down",
        "lkm scan",
        "lkm init",
        "lkm flag on",
        "lkm cleanup-mediasoup",
        "lkm cleanup-mediasoup",
        "lkm scan",
    ]
    assert not list(temp.iterdir())
    listed = subprocess.run(
        ["docker", "volume", "ls", "--quiet"], capture_output=True, text=True, check=True
    ).stdout
    assert "lkm-demo-" not in listed
    assert volume in listed.split()


def test_some_services_and_a_profile(composed: Composed) -> None:
    composed.write(
        {
            "livekit": composed.livekit(),
            "one": busy(SLEEP),
            "two": busy(SLEEP, depends_on=["one"]),
            "extra": busy(SLEEP, profiles=["more"]),
        }
    )

    def running() -> list[str]:
        services = composed.lkm("status", "--json").json["data"]["services"]
        return sorted(one["name"] for one in services if one["running"])

    assert composed.up("two").code == 0
    assert running() == ["one", "two"]
    assert composed.up("--profile", "more").code == 0
    assert running() == ["extra", "livekit", "one", "two"]
    # Named, it needs no profile to be switched on.
    assert composed.lkm("restart", "extra", "--no-media").code == 0
    assert composed.lkm("down").code == 0
    assert composed.left() == []


def test_up_makes_anew_what_is_not_as_written(composed: Composed) -> None:
    tag = f"lkm-test/{composed.name}:1"
    tool = {"image": tag, "profiles": ["more"], "environment": {"X": "1"}}

    def write() -> None:
        composed.write({"app": busy(SLEEP, image=tag), "tool": busy(SLEEP, **tool)})

    def again(*words: str) -> bool:
        ran = composed.up(*words, "--json")
        assert ran.code == 0, ran.out
        return bool(ran.json["data"]["changed"])

    composed.docker("tag", IMAGE, tag)
    try:
        write()
        assert again("app", "tool")
        assert not again("app", "tool"), "nothing is different"
        # A service that no profile switches on is compared, too.
        tool["environment"] = {"X": "2"}
        write()
        assert again("tool")
        assert "X=2" in composed.docker("exec", f"{composed.name}-tool-1", "/bin/busybox", "env")
        # The same name, another image: as after a pull or a build.
        other = another_image(composed, tag)
        assert composed.lkm("status", "--json").json["data"]["drift"] == [
            f"app: its image {tag} changed since its container was made"
        ]
        assert again()
        assert composed.docker("inspect", "--format", "{{.Image}}", f"{composed.name}-app-1") == other
        assert not again()
    finally:
        composed.clean_up()
        composed.docker("rmi", "--force", tag)


def another_image(composed: Composed, tag: str) -> str:
    """The image of that name, replaced by one that differs in a label; its identity."""
    container = composed.docker("create", tag)
    try:
        return composed.docker("commit", "--change", f"LABEL lkm-test={composed.name}", container, tag)
    finally:
        composed.docker("rm", container)


def test_a_gap_in_the_numbers_of_containers(composed: Composed) -> None:
    composed.write({"w": busy(SLEEP, scale=2)})
    assert composed.up().code == 0
    composed.docker("rm", "--force", f"{composed.name}-w-1")
    # Compose gives the new one the next number.
    mended = composed.up("--json")
    assert mended.code == 0, mended.out
    assert {one["name"]: one["state"] for one in mended.json["data"]["services"]} == {
        "w-2": "ready",
        "w-3": "ready",
    }
    assert composed.up("--json").json["data"]["changed"] is False


def test_two_ups_at_the_same_moment(composed: Composed) -> None:
    composed.write({"livekit": composed.livekit()})
    with (
        composed.popen("up", "--no-media", "--json") as one,
        composed.popen("up", "--no-media", "--json") as two,
    ):
        said = [json.loads(process.communicate(timeout=180)[0]) for process in (one, two)]
    assert [document["exit_code"] for document in said] == [0, 0]
    assert sorted(document["data"]["changed"] for document in said) == [False, True]
    assert composed.service()["restarts"] == 0


def test_thirty_containers_of_others(composed: Composed, more_composed: Any) -> None:
    other = more_composed("crowd")
    other.write({"app": busy(SLEEP, scale=30, network_mode="none")})
    assert other.project.compose("up", "-d").code == 0
    composed.write({"livekit": composed.livekit()})
    assert composed.up().code == 0
    assert [one["name"] for one in composed.lkm("status", "--json").json["data"]["services"]] == ["livekit"]
    assert composed.lkm("down").code == 0
    assert len([name for name in other.left() if "app" in name]) == 30


def test_calls_are_drained_and_who_is_left_is_named(composed: Composed) -> None:
    if importlib.util.find_spec("livekit.rtc") is None:
        need("media", "the rtc library is not installed")
    composed.write({"livekit": composed.livekit()})
    assert composed.up().code == 0
    anna = Caller(composed, "anna")
    try:
        rooms = composed.service()["rooms"]
        assert rooms == [{"name": "demo", "identities": ["anna"]}]
        down = composed.lkm("down", "--drain-timeout", "1s", "--json")
        assert down.code == 0, down.out
        assert down.json["data"]["left"] == {"demo": ["anna"]}
        assert any("anna (demo)" in note for note in down.json["data"]["notes"])
    finally:
        anna.end()
    assert composed.left() == []
